//! Expands a catalogue with a list of handlers or events.

use super::actix_web_configure::actix_web_configure;
use super::axum_router::axum_router;
use super::event_lists::event_lists;
use super::handler_module::HandlerModule;
use super::handler_records::put_handler_records;
use super::model::CatalogueModel;
use super::quota::{quota_checks, quota_const, quota_feature_check};
use super::route_table::route_table_entries;
use crate::syntax::spans::{definition_span, error_span, local_variable, located_variable};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Implements `Catalogue` for a catalogue with a list of handlers or events, and generates its
/// `ENDPOINTS`, `EVENTS`, `router` and `configure`.
pub(super) fn expand_listed_catalogue(model: &CatalogueModel<'_>) -> TokenStream {
    let CatalogueModel {
        ident,
        tier,
        krate,
        include,
        handlers,
        allow_deprecated,
        ..
    } = model;
    let handler_count = handlers.len();
    let (list, table) = (local_variable("list"), local_variable("table"));
    let handlers_by_module = HandlerModule::group_handlers(handlers);
    let put_records = put_handler_records(model, &list, &handlers_by_module);
    let include_records = include.iter().map(|catalogue| {
        let list = located_variable(&list, catalogue.span());
        quote_spanned! {error_span(catalogue.span())=>
            #list.include(<#catalogue as #krate::__private::Listed<#tier>>::ENDPOINTS);
        }
    });
    let table_entries = route_table_entries(model, &handlers_by_module, &table);
    let include_routes = include.iter().map(|catalogue| {
        let table = located_variable(&table, catalogue.span());
        quote_spanned! {error_span(catalogue.span())=>
            #table.include(<#catalogue as #krate::__private::Listed<#tier>>::ENDPOINTS.len());
        }
    });
    let (event_items, events) = event_lists(model);
    let [endpoints_const, events_const] =
        ["ENDPOINTS", "EVENTS"].map(|name| Ident::new(name, definition_span(ident.span())));
    let (mounted_impl, router_function) = axum_router(model);
    let (configure_impl, configure_function) = actix_web_configure(model);
    let quota_const = quota_const(model);
    let quota_checks = quota_checks(model);
    let quota_feature_check = quota_feature_check(model);
    quote! {
        #quota_feature_check

        #(#allow_deprecated)*
        const _: () = {
            const COUNT: ::core::primitive::usize = #handler_count
                #(+ <#include as #krate::__private::Listed<#tier>>::ENDPOINTS.len())*;
            const SLOTS: ::core::primitive::usize = #krate::__private::slots(COUNT);

            static ENDPOINTS: [#krate::Endpoint; COUNT] = {
                let mut #list = #krate::__private::List::<{ COUNT }>::new(#handler_count);
                #put_records
                #(#include_records)*
                #list.endpoints
            };

            // The route table is separate from the list of endpoints to save compile time. The compiler
            // evaluates the list in every build, because other crates may use the list. It evaluates
            // the table only if the catalogue has changed since the last build.
            //
            // If the list is long, evaluating the table takes longer than the time limit of this lint.
            #[allow(long_running_const_eval)]
            const TABLE: #krate::__private::Table<{ COUNT }, { SLOTS }> = {
                let mut #table = #krate::__private::Table::<{ COUNT }, { SLOTS }>::new(&ENDPOINTS, #handler_count);
                #table_entries
                #(#include_routes)*
                #table
            };
            static INDEX: [::core::primitive::u32; SLOTS] = TABLE.slots;
            static SHAPES: [#krate::__private::Shape; TABLE.shape_count] = TABLE.shapes();

            #event_items

            #[automatically_derived]
            impl #krate::__private::Listed<#tier> for #ident {
                type This = #ident;
                const ENDPOINTS: &'static [#krate::Endpoint] = &ENDPOINTS;
                const EVENTS: &'static [#krate::Endpoint] = #events;

                fn routes() -> #krate::__private::Routes {
                    TABLE.routes(&INDEX, &SHAPES)
                }
            }

            #[automatically_derived]
            impl #krate::__private::DerivedCatalogue for #ident {}

            #[automatically_derived]
            impl #krate::Catalogue for #ident {
                type Tier = #tier;
                #quota_const

                fn endpoints() -> &'static [#krate::Endpoint] {
                    <Self as #krate::__private::Listed<#tier>>::ENDPOINTS
                }

                fn events() -> &'static [#krate::Endpoint] {
                    <Self as #krate::__private::Listed<#tier>>::EVENTS
                }

                fn __routes() -> #krate::__private::Routes {
                    <Self as #krate::__private::Listed<#tier>>::routes()
                }
            }

            #quota_checks
            #mounted_impl
            #configure_impl
        };

        #(#allow_deprecated)*
        #[automatically_derived]
        impl #ident {
            /// Every endpoint of this catalogue, in the order of its lists.
            pub const #endpoints_const: &'static [#krate::Endpoint] =
                <#ident as #krate::__private::Listed<#tier>>::ENDPOINTS;

            /// Every event of this catalogue, in the order of its lists.
            pub const #events_const: &'static [#krate::Endpoint] =
                <#ident as #krate::__private::Listed<#tier>>::EVENTS;
        }

        #router_function
        #configure_function
    }
}
