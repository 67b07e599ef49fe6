//! The expansion of a catalogue with a list.

use super::actix_web_configure::actix_web_configure;
use super::axum_router::{HAS_AXUM, axum_router};
use super::handler_module::HandlerModule;
use super::local_variables::{local_variable, located_variable};
use super::model::CatalogueModel;
use super::records::records;
use crate::syntax::editor_spans::{definition_span, error_span};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Implements the trait for a catalogue with a list, and writes its methods.
pub(super) fn listed_catalogue(model: &CatalogueModel<'_>) -> TokenStream {
    let CatalogueModel {
        ident,
        tier,
        krate,
        include,
        handlers,
        allows,
        ..
    } = model;
    let own = handlers.len();
    let (list, table) = (local_variable("list"), local_variable("table"));
    let modules = HandlerModule::all(&model.handlers);
    let records = records(model, &list, &modules);
    let included = include.iter().map(|other| {
        let list = located_variable(&list, other.span());
        quote_spanned! {error_span(other.span())=>
            #list.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS);
        }
    });
    let puts = table_entries(model, &modules, &table);
    let includes = include.iter().map(|other| {
        let table = located_variable(&table, other.span());
        quote_spanned! {error_span(other.span())=>
            #table.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS.len());
        }
    });
    let endpoints = Ident::new("ENDPOINTS", definition_span(ident.span()));
    let (mounted, router) = axum_router(model);
    let (configured, configure) = actix_web_configure(model);
    quote! {
        #(#allows)*
        const _: () = {
            const COUNT: ::core::primitive::usize = #own
                #(+ <#include as #krate::__private::Listed<#tier>>::ENDPOINTS.len())*;
            const SLOTS: ::core::primitive::usize = #krate::__private::slots(COUNT);

            static ENDPOINTS: [#krate::Endpoint; COUNT] = {
                let mut #list = #krate::__private::List::<{ COUNT }>::new(#own);
                #records
                #(#included)*
                #list.endpoints
            };

            // Separate from the list: the compiler evaluates the list in every build, because
            // other crates may use the items in it, but evaluates the table only after a change.
            // Checking a long list takes longer than the compiler expects of a constant.
            #[allow(long_running_const_eval)]
            const TABLE: #krate::__private::Table<{ COUNT }, { SLOTS }> = {
                let mut #table = #krate::__private::Table::<{ COUNT }, { SLOTS }>::new(&ENDPOINTS, #own);
                #puts
                #(#includes)*
                #table
            };
            static INDEX: [::core::primitive::u32; SLOTS] = TABLE.slots;
            static SHAPES: [#krate::__private::Shape; TABLE.shape_count] = TABLE.shapes();

            #[automatically_derived]
            impl #krate::__private::Listed<#tier> for #ident {
                type This = #ident;
                const ENDPOINTS: &'static [#krate::Endpoint] = &ENDPOINTS;

                fn routes() -> #krate::__private::Routes {
                    TABLE.routes(&INDEX, &SHAPES)
                }
            }

            #[automatically_derived]
            impl #krate::Catalogue for #ident {
                type Tier = #tier;

                fn endpoints() -> &'static [#krate::Endpoint] {
                    <Self as #krate::__private::Listed<#tier>>::ENDPOINTS
                }

                fn __routes() -> #krate::__private::Routes {
                    <Self as #krate::__private::Listed<#tier>>::routes()
                }
            }

            #mounted
            #configured
        };

        #(#allows)*
        #[automatically_derived]
        impl #ident {
            /// Every endpoint of this catalogue, in the order of its lists.
            pub const #endpoints: &'static [#krate::Endpoint] =
                <#ident as #krate::__private::Listed<#tier>>::ENDPOINTS;
        }

        #router
        #configure
    }
}

/// Puts the handlers of each module into the table.
fn table_entries(
    model: &CatalogueModel<'_>,
    modules: &[(HandlerModule, Vec<usize>)],
    table: &Ident,
) -> TokenStream {
    let krate = &model.krate;
    // A state means that there is a router.
    let put = match model.state {
        Some(_) if HAS_AXUM => quote!(put_routed),
        _ => quote!(put),
    };
    let entries = modules.iter().map(|(module, indices)| {
        let HandlerModule { start, rest, .. } = module;
        let puts = indices.iter().map(|&index| {
            let at = model.handlers[index].span();
            let table = located_variable(table, at);
            quote_spanned!(error_span(at)=> #table.#put(#index);)
        });
        quote! {
            {
                let mut #table = #table.module(#krate::__private::Module {
                    here: ::core::module_path!(),
                    start: #krate::__private::Start::#start,
                    path: #rest,
                });
                #(#puts)*
            }
        }
    });
    entries.collect()
}
