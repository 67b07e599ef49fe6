//! The `configure` of a listed catalogue, with the feature `actix-web`.

use super::local_variables::local_variable;
use super::model::CatalogueModel;
use super::mounting::{method_attributes, only_with_a_table, route_checks};
use crate::syntax::editor_spans::{definition_span, error_span};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

const HAS_ACTIX_WEB: bool = cfg!(any(test, feature = "actix-web"));

/// Returns the `impl` that mounts the handlers, and the method `configure`.
///
/// The handlers may belong to another framework. A handler that actix-web can't mount must be an
/// error only where `configure` is called, so everything depends on the type parameter.
pub(super) fn actix_web_configure(model: &CatalogueModel<'_>) -> (TokenStream, TokenStream) {
    let CatalogueModel {
        ident, tier, krate, ..
    } = model;
    if !HAS_ACTIX_WEB {
        return (TokenStream::new(), TokenStream::new());
    }
    let actix_web = quote!(#krate::__private::actix_web);
    let routes = local_variable("routes");
    let checks = route_checks(model);
    let only_with_a_table = only_with_a_table();
    let attributes = method_attributes(model);
    let name = Ident::new("configure", definition_span(ident.span()));
    let mounts = model.handlers.iter().enumerate().map(|(index, handler)| {
        quote_spanned! {error_span(handler.span())=>
            (&#actix_web::Mount::<_, __Config>::new(#handler)).mount(#routes, ENDPOINTS[#index]);
        }
    });
    let includes = model.include.iter().map(|other| {
        quote_spanned! {error_span(other.span())=>
            <<#other as #krate::__private::Listed<#tier>>::This
                as #actix_web::Configure<__Config>>::collect(#routes);
        }
    });
    let configured = quote! {
        #krate::__if_actix_web! {
            #[automatically_derived]
            impl<__Config: #actix_web::Config> #actix_web::Configure<__Config> for #ident {
                fn collect(#routes: &mut #actix_web::Routes) {
                    use #actix_web::{MountHandler as _, MountOther as _};
                    #only_with_a_table
                    const { #checks }
                    #(#mounts)*
                    #(#includes)*
                    let _ = #routes;
                }
            }
        }
    };
    let method = quote! {
        #krate::__if_actix_web! {
            #attributes
            impl #ident {
                /// Mounts every handler of this catalogue at its route:
                /// `App::new().configure(Api::configure)`.
                pub fn #name<__Config: #actix_web::Config>(config: &mut __Config) {
                    config.mount::<Self>();
                }
            }
        }
    };
    (configured, method)
}

/// Replaces the method if the list is invalid.
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
