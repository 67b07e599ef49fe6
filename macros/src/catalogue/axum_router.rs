//! The `router` of a listed catalogue, with the feature `axum`.

use super::local_variables::{local_variable, located_variable};
use super::model::CatalogueModel;
use super::mounting::{method_attributes, only_with_a_table, route_checks};
use crate::syntax::editor_spans::{definition_span, error_span};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Whether `tiergate` has the feature. The same build may contain a second `tiergate` without it, for
/// build scripts; `__if_axum!` covers that.
pub(super) const HAS_AXUM: bool = cfg!(any(test, feature = "axum"));

/// Returns the `impl` that mounts the handlers, to write next to the table, and the method `router`.
pub(super) fn axum_router(model: &CatalogueModel<'_>) -> (TokenStream, TokenStream) {
    let CatalogueModel {
        ident,
        tier,
        krate,
        handlers,
        include,
        ..
    } = model;
    if !HAS_AXUM {
        return (TokenStream::new(), TokenStream::new());
    }
    let router = local_variable("router");
    let axum = quote!(#krate::__private::axum);
    let state = match model.state {
        Some(state) => quote!(#state),
        None => quote!(()),
    };
    let merges = include.iter().map(|other| {
        let router = located_variable(&router, other.span());
        quote_spanned! {error_span(other.span())=>
            #router.merge(
                <<#other as #krate::__private::Listed<#tier>>::This as #axum::Mounted<#state>>::router()
            );
        }
    });
    let only_with_a_table = only_with_a_table();
    let attributes = method_attributes(model);
    let name = Ident::new("router", definition_span(ident.span()));
    let (mounted, method) = match model.state {
        Some(_) => {
            let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                let router = located_variable(&router, handler.span());
                quote_spanned!(error_span(handler.span())=> #router.mount(ENDPOINTS[#index], #handler);)
            });
            let mounted = quote! {
                #[automatically_derived]
                impl #axum::Mounted<#state> for #ident {
                    fn router() -> #axum::Router<#state> {
                        #only_with_a_table
                        let mut #router = #axum::Mounting::<#state>::new();
                        #(#mounts)*
                        #(#merges)*
                        #router.router()
                    }
                }
            };
            let method = quote! {
                #attributes
                impl #ident {
                    /// Returns a router that serves every handler of this catalogue at its route.
                    pub fn #name() -> #axum::Router<#state> {
                        #axum::finish(<Self as #axum::Mounted<#state>>::router())
                    }
                }
            };
            (mounted, method)
        }
        // Without a state, the handlers may belong to another framework. A handler that axum can't
        // mount must be an error only where `router` is called, so everything depends on the
        // type parameter.
        None => {
            let checks = route_checks(model);
            let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                quote_spanned! {error_span(handler.span())=>
                    (&#axum::Mount::<_, __State>::new(#handler))
                        .mount(&mut #router, ENDPOINTS[#index]);
                }
            });
            let mounted = quote! {
                #[automatically_derived]
                impl<__State> #axum::Mounted<__State> for #ident
                where
                    (): #axum::IsState<__State>,
                {
                    fn router() -> #axum::Router<__State> {
                        use #axum::{MountHandler as _, MountOther as _};
                        #only_with_a_table
                        const { #checks }
                        let mut #router = #axum::Mounting::<()>::new();
                        #(#mounts)*
                        #(#merges)*
                        <() as #axum::IsState<__State>>::convert(#router.router())
                    }
                }
            };
            let method = quote! {
                #attributes
                impl #ident {
                    /// Returns a router that serves every handler of this catalogue at its route.
                    ///
                    /// Handlers that take a state need `#[catalogue(state = …)]`.
                    pub fn #name<__State>() -> #axum::Router<__State>
                    where
                        (): #axum::IsState<__State>,
                    {
                        <() as #axum::IsState<__State>>::finish(
                            <Self as #axum::Mounted<__State>>::router()
                        )
                    }
                }
            };
            (mounted, method)
        }
    };
    let with_axum = |items| quote!(#krate::__if_axum! { #items });
    (with_axum(mounted), with_axum(method))
}

/// Replaces the method if the list is invalid.
pub(super) fn fallback_router(model: &CatalogueModel<'_>) -> TokenStream {
    if !HAS_AXUM {
        return TokenStream::new();
    }
    let (ident, krate) = (&model.ident, &model.krate);
    let (state, generics) = match model.state {
        Some(state) => (quote!(#state), None),
        None => (quote!(__State), Some(quote!(<__State>))),
    };
    quote! {
        #krate::__if_axum! {
            impl #ident {
                pub fn router #generics () -> #krate::__private::axum::Router<#state> {
                    ::core::unreachable!()
                }
            }
        }
    }
}
