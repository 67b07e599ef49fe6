//! Code that the generated functions `router` and `configure` share.

use super::model::CatalogueModel;
use crate::syntax::editor_spans::error_span;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Attributes for an `impl` with a method that the trait `Catalogue` has too, for catalogues without
/// a list.
pub(super) fn method_attributes(model: &CatalogueModel<'_>) -> TokenStream {
    let allows = &model.allows;
    quote! {
        #(#allows)*
        #[automatically_derived]
        #[allow(clippy::same_name_method)]
    }
}

/// Checks that each handler has a route.
pub(super) fn route_checks(model: &CatalogueModel<'_>) -> TokenStream {
    let krate = &model.krate;
    let checks = model.handlers.iter().enumerate().map(|(index, handler)| {
        quote_spanned! {error_span(handler.span())=> #krate::__private::assert_routed(ENDPOINTS[#index]); }
    });
    checks.collect()
}

/// A type that is invalid if the table is invalid, for example because a handler can't be listed. The
/// compiler then reports no further errors in the same function.
pub(super) fn only_with_a_table() -> TokenStream {
    quote!(let _: [(); TABLE.shape_count];)
}
