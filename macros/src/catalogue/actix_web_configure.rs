//! Generates the `configure` function of a listed catalogue if the `actix-web` feature is enabled.

use super::model::CatalogueModel;
use super::route_table::{require_valid_table, route_checks};
use crate::syntax::spans::{definition_span, error_span, local_variable};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

const HAS_ACTIX_WEB: bool = cfg!(any(test, feature = "actix-web"));

/// Returns two `impl` blocks. The first mounts the catalogue's handlers, and the second contains the
/// associated function `configure`.
///
/// The catalogue may list handlers of another framework, which actix-web can't mount. Such a handler
/// must cause an error only if `configure` is called. The generated code therefore has a type
/// parameter, which delays the check of each handler until code calls `configure`.
pub(super) fn actix_web_configure(model: &CatalogueModel<'_>) -> (TokenStream, TokenStream) {
    let CatalogueModel {
        ident, tier, krate, ..
    } = model;
    if !HAS_ACTIX_WEB {
        return (TokenStream::new(), TokenStream::new());
    }
    let actix_web = quote!(#krate::__private::actix_web);
    let routes = local_variable("routes");
    let route_checks = route_checks(model);
    let require_valid_table = require_valid_table();
    let impl_attributes = model.inherent_impl_attributes();
    let configure = Ident::new("configure", definition_span(ident.span()));
    let mount_handlers = model.handlers.iter().enumerate().map(|(index, handler)| {
        quote_spanned! {error_span(handler.span())=>
            (&#actix_web::Mount::<_, __Config>::new(#handler)).mount(#routes, ENDPOINTS[#index]);
        }
    });
    let configure_included = model.include.iter().map(|catalogue| {
        quote_spanned! {error_span(catalogue.span())=>
            <<#catalogue as #krate::__private::Listed<#tier>>::This
                as #actix_web::Configure<__Config>>::collect(#routes);
        }
    });
    // A quota also applies to the endpoints of included catalogues.
    let first_route = local_variable("first_route");
    let count_routes = model
        .quota
        .map(|_| quote!(let #first_route = #routes.count();));
    let expect_quotas = model
        .quota
        .map(|_| quote!(#routes.expect_quotas(#first_route);));
    let configure_impl = quote! {
        #krate::__if_actix_web! {
            #[automatically_derived]
            impl<__Config: #actix_web::Config> #actix_web::Configure<__Config> for #ident {
                fn collect(#routes: &mut #actix_web::Routes) {
                    use #actix_web::{MountHandler as _, MountOther as _};
                    #require_valid_table
                    const { #route_checks }
                    #count_routes
                    #(#mount_handlers)*
                    #(#configure_included)*
                    #expect_quotas
                    let _ = #routes;
                }
            }
        }
    };
    let configure_function = quote! {
        #krate::__if_actix_web! {
            #impl_attributes
            impl #ident {
                /// Mounts every handler of this catalogue at its route:
                /// `App::new().configure(Api::configure)`.
                pub fn #configure<__Config: #actix_web::Config>(config: &mut __Config) {
                    config.mount::<Self>();
                }
            }
        }
    };
    (configure_impl, configure_function)
}

/// Returns a placeholder `configure` function for an invalid catalogue. Calls of `configure` then cause
/// no further errors.
pub(super) fn fallback_configure(model: &CatalogueModel<'_>) -> TokenStream {
    if !HAS_ACTIX_WEB {
        return TokenStream::new();
    }
    let (ident, krate) = (&model.ident, &model.krate);
    quote! {
        #krate::__if_actix_web! {
            impl #ident {
                pub fn configure<__Config: #krate::__private::actix_web::Config>(_: &mut __Config) {}
            }
        }
    }
}
