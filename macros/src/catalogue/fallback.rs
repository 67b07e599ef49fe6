//! The expansion of an invalid catalogue.

use super::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// Writes an empty catalogue, so that code that uses the catalogue gives no further errors.
pub(super) fn expand(model: &Model<'_>) -> TokenStream {
    let Model {
        ident, tier, krate, ..
    } = model;
    let (router, configure) = (model.fallback_router(), model.fallback_configure());
    quote! {
        impl #krate::Catalogue for #ident {
            type Tier = #tier;
            fn endpoints() -> &'static [#krate::Endpoint] { &[] }
        }
        impl #ident {
            pub const ENDPOINTS: &'static [#krate::Endpoint] = &[];
        }
        #router
        #configure
    }
}
