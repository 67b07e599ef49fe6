//! Generates the `router` function of a listed catalogue if the `axum` feature is enabled.

use super::model::CatalogueModel;
use super::route_table::{require_valid_table, route_checks};
use crate::syntax::spans::{definition_span, error_span, local_variable, located_variable};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// Whether the `axum` feature of `tiergate` is enabled. The same build may also contain a second copy
/// of `tiergate` for build scripts, in which this feature is disabled. `__if_axum!` handles that case.
pub(super) const HAS_AXUM: bool = cfg!(any(test, feature = "axum"));

/// Returns two `impl` blocks. The first mounts the catalogue's handlers, and the second contains the
/// associated function `router`. The first block refers to the route table, so this block and the table
/// must be in the same scope.
pub(super) fn axum_router(model: &CatalogueModel<'_>) -> (TokenStream, TokenStream) {
    let CatalogueModel {
        ident,
        krate,
        handlers,
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
    let merge_included = merge_included(model, &router, &state);
    // The quota also applies to the handlers of included catalogues, which have no quota.
    let expect_quotas = model.quota.map(|_| quote!(#router.expect_quotas();));
    let require_valid_table = require_valid_table();
    let impl_attributes = model.inherent_impl_attributes();
    let router_name = Ident::new("router", definition_span(ident.span()));
    let (mounted_impl, router_function) = match model.state {
        Some(_) => {
            let mount_handlers = handlers.iter().enumerate().map(|(index, handler)| {
                let router = located_variable(&router, handler.span());
                quote_spanned!(error_span(handler.span())=> #router.mount(ENDPOINTS[#index], #handler);)
            });
            let mounted_impl = quote! {
                #[automatically_derived]
                impl #axum::Mounted<#state> for #ident {
                    fn router() -> #axum::Router<#state> {
                        #require_valid_table
                        let mut #router = #axum::Mounting::<#state>::new();
                        #(#mount_handlers)*
                        #(#merge_included)*
                        #expect_quotas
                        #router.router()
                    }
                }
            };
            let router_function = quote! {
                #impl_attributes
                impl #ident {
                    /// Returns a router that serves every handler of this catalogue at its route.
                    pub fn #router_name() -> #axum::Router<#state> {
                        #axum::finish(<Self as #axum::Mounted<#state>>::router())
                    }
                }
            };
            (mounted_impl, router_function)
        }
        // A catalogue without a state may list handlers of another framework, which axum can't mount.
        // Such a handler must cause an error only if `router` is called. The generated code therefore
        // has a type parameter, which delays the check of each handler until code calls `router`.
        None => {
            let route_checks = route_checks(model);
            let mount_handlers = handlers.iter().enumerate().map(|(index, handler)| {
                quote_spanned! {error_span(handler.span())=>
                    (&#axum::Mount::<_, __State>::new(#handler))
                        .mount(&mut #router, ENDPOINTS[#index]);
                }
            });
            let mounted_impl = quote! {
                #[automatically_derived]
                impl<__State> #axum::Mounted<__State> for #ident
                where
                    (): #axum::IsState<__State>,
                {
                    fn router() -> #axum::Router<__State> {
                        use #axum::{MountHandler as _, MountOther as _};
                        #require_valid_table
                        const { #route_checks }
                        let mut #router = #axum::Mounting::<()>::new();
                        #(#mount_handlers)*
                        #(#merge_included)*
                        #expect_quotas
                        <() as #axum::IsState<__State>>::convert(#router.router())
                    }
                }
            };
            let router_function = quote! {
                #impl_attributes
                impl #ident {
                    /// Returns a router that serves every handler of this catalogue at its route.
                    ///
                    /// Handlers that take a state need `#[catalogue(state = …)]`.
                    pub fn #router_name<__State>() -> #axum::Router<__State>
                    where
                        (): #axum::IsState<__State>,
                    {
                        <() as #axum::IsState<__State>>::finish(
                            <Self as #axum::Mounted<__State>>::router()
                        )
                    }
                }
            };
            (mounted_impl, router_function)
        }
    };
    let if_axum = |items| quote!(#krate::__if_axum! { #items });
    (if_axum(mounted_impl), if_axum(router_function))
}

/// Returns the statements that merge the routers of the included catalogues.
fn merge_included(
    model: &CatalogueModel<'_>,
    router: &Ident,
    state: &TokenStream,
) -> Vec<TokenStream> {
    let CatalogueModel { tier, krate, .. } = model;
    let axum = quote!(#krate::__private::axum);
    let merge = |catalogue: &Path| {
        let router = located_variable(router, catalogue.span());
        quote_spanned! {error_span(catalogue.span())=>
            #router.merge(
                <<#catalogue as #krate::__private::Listed<#tier>>::This as #axum::Mounted<#state>>::router()
            );
        }
    };
    model.include.iter().map(merge).collect()
}

/// Returns a placeholder `router` function for an invalid catalogue. Calls of `router` then cause no
/// further errors.
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
