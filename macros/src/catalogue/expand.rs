//! Implements the trait for a valid catalogue.

use super::axum::HAS_AXUM;
use super::locals::{local, located};
use super::model::Model;
use super::module::{Module, type_of};
use crate::syntax::hidden_names;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

pub(super) fn expand(model: &Model<'_>) -> TokenStream {
    if model.is_listed {
        model.expand_listed()
    } else {
        model.expand_registered()
    }
}

impl Model<'_> {
    fn expand_registered(&self) -> TokenStream {
        let Self {
            ident,
            tier,
            krate,
            allows,
            ..
        } = self;
        quote! {
            #(#allows)*
            const _: () = {
            static REGISTERED: #krate::__private::Registered = #krate::__private::Registered::new();

            #[automatically_derived]
            impl #krate::Catalogue for #ident {
                type Tier = #tier;

                fn endpoints() -> &'static [#krate::Endpoint] {
                    REGISTERED.endpoints::<Self>()
                }

                fn __routes() -> #krate::__private::Routes {
                    REGISTERED.routes::<Self>()
                }
            }
            };
        }
    }

    fn expand_listed(&self) -> TokenStream {
        let Self {
            ident,
            tier,
            krate,
            include,
            handlers,
            allows,
            ..
        } = self;
        let own = handlers.len();
        let (list, table) = (local("list"), local("table"));
        let modules = Module::all(&self.handlers);
        let records = self.records(&list, &modules);
        let included = include.iter().map(|other| {
            let list = located(&list, other.span());
            quote_spanned! {other.span()=>
                #list.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS);
            }
        });
        // A state means that there is a router.
        let put = match self.state {
            Some(_) if HAS_AXUM => quote!(put_routed),
            _ => quote!(put),
        };
        let puts = modules.iter().map(|(module, indices)| {
            let Module { start, rest, .. } = module;
            let puts = indices.iter().map(|&index| {
                let at = handlers[index].span();
                let table = located(&table, at);
                quote_spanned!(at=> #table.#put(#index);)
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
        let includes = include.iter().map(|other| {
            let table = located(&table, other.span());
            quote_spanned! {other.span()=>
                #table.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS.len());
            }
        });
        let (mounted, router) = self.router();
        let (configured, configure) = self.configure();
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
                // other crates may use what it refers to, but the table only after a change.
                // Checking a long list takes longer than the compiler expects of a constant.
                #[allow(long_running_const_eval)]
                const TABLE: #krate::__private::Table<{ COUNT }, { SLOTS }> = {
                    let mut #table = #krate::__private::Table::<{ COUNT }, { SLOTS }>::new(&ENDPOINTS, #own);
                    #(#puts)*
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
                pub const ENDPOINTS: &'static [#krate::Endpoint] =
                    <#ident as #krate::__private::Listed<#tier>>::ENDPOINTS;
            }

            #router
            #configure
        }
    }

    /// Puts the record of each handler into the list.
    ///
    /// The record comes from the hidden type next to the handler, which is looked up in the handler's
    /// module. If the handler was imported there, the module has no such type. The lookup then finds the
    /// alias in the outer block, and the record comes from the guard in the handler's signature.
    ///
    /// Of the functions of a type, only the public ones have a hidden type that can be looked up.
    fn records(&self, list: &Ident, modules: &[(Module, Vec<usize>)]) -> TokenStream {
        let (krate, tier) = (&self.krate, self.tier);
        let modules = modules.iter().map(|(Module { path, .. }, indices)| {
            let variables = indices.iter().map(|&index| twin_variable(index));
            let hidden: Vec<_> = indices
                .iter()
                .map(|&index| hidden_type_of(&self.handlers[index]))
                .collect();
            let mut aliases: Vec<_> = hidden
                .iter()
                .zip(indices)
                .map(|(hidden, &index)| match type_of(&self.handlers[index]) {
                    Some(_) => (hidden, local("ByMethod")),
                    None => (hidden, local("ByGuard")),
                })
                .collect();
            aliases.sort_by_key(|(hidden, _)| *hidden);
            aliases.dedup_by_key(|(hidden, _)| *hidden);
            let aliases = aliases
                .iter()
                .map(|(hidden, otherwise)| quote!(#hidden #otherwise));
            let records = indices.iter().map(|&index| {
                let handler = &self.handlers[index];
                let at = handler.span();
                let (list, twin) = (located(list, at), located(&twin_variable(index), at));
                quote_spanned!(at=> #list.put(#index, #twin.record(&#handler));)
            });
            // One block for each module, because the compiler is slow with many variables in one scope.
            quote! {
                {
                    let mut #list = #list.places();
                    let (#(#variables,)*) =
                        #krate::__twins!([#path] [#tier] #(#aliases)*; #(#hidden)*);
                    #(#records)*
                }
            }
        });
        quote!(#(#modules)*)
    }
}

fn twin_variable(index: usize) -> Ident {
    local(&format!("twin_{index}"))
}

fn hidden_type_of(handler: &Path) -> Ident {
    match (type_of(handler), handler.segments.last()) {
        (Some(of), Some(last)) => {
            hidden_names::hidden_type(&hidden_names::public_in(of, &last.ident))
        }
        (None, Some(last)) => hidden_names::hidden_type(&last.ident),
        (_, None) => hidden_names::hidden_type(&Ident::new("_", Span::call_site())),
    }
}
