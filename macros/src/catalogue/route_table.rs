//! Generates a listed catalogue's route table, which is a constant, and the checks of its routes.

use super::axum_router::HAS_AXUM;
use super::handler_module::HandlerModule;
use super::model::CatalogueModel;
use crate::syntax::spans::{error_span, located_variable};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Returns the generated code that puts each module's handlers into the route table.
pub(super) fn route_table_entries(
    model: &CatalogueModel<'_>,
    handlers_by_module: &[(HandlerModule, Vec<usize>)],
    table: &Ident,
) -> TokenStream {
    let krate = &model.krate;
    // A catalogue with a state has a router, which can't mount a handler without a route. The table
    // therefore also checks that each handler has a route.
    let put_endpoint = match model.state {
        Some(_) if HAS_AXUM => quote!(put_routed),
        _ => quote!(put),
    };
    let table_entries = handlers_by_module.iter().map(|(module, handler_indices)| {
        let HandlerModule {
            path_start,
            path_after_start,
            ..
        } = module;
        let put_calls = handler_indices.iter().map(|&index| {
            let handler_span = model.handlers[index].span();
            let table = located_variable(table, handler_span);
            quote_spanned!(error_span(handler_span)=> #table.#put_endpoint(#index);)
        });
        quote! {
            {
                let mut #table = #table.module(#krate::__private::Module {
                    here: ::core::module_path!(),
                    start: #krate::__private::Start::#path_start,
                    path: #path_after_start,
                });
                #(#put_calls)*
            }
        }
    });
    table_entries.collect()
}

/// Returns generated checks that each handler has a route. The functions that mount the handlers
/// contain these checks.
pub(super) fn route_checks(model: &CatalogueModel<'_>) -> TokenStream {
    let krate = &model.krate;
    let checks = model.handlers.iter().enumerate().map(|(index, handler)| {
        quote_spanned! {error_span(handler.span())=> #krate::__private::assert_routed(ENDPOINTS[#index]); }
    });
    checks.collect()
}

/// Returns a statement that doesn't compile if the route table is invalid, for example because two
/// handlers have the same route. In that case, the compiler reports no further errors in the function
/// that contains the statement.
pub(super) fn require_valid_table() -> TokenStream {
    quote!(let _: [(); TABLE.shape_count];)
}
