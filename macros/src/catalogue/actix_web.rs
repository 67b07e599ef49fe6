//! The `configure` of a listed catalogue, with the feature `actix-web`.

use super::locals::{local, only_with_a_table};
use super::model::Model;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

const HAS_ACTIX_WEB: bool = cfg!(any(test, feature = "actix-web"));

impl Model<'_> {
    /// Returns the `impl` that mounts the handlers, and the method `configure`.
    ///
    /// The handlers may belong to another framework. A handler that actix-web can't mount must be an
    /// error only where `configure` is called, so everything depends on the type parameter.
    pub(super) fn configure(&self) -> (TokenStream, TokenStream) {
        let Self {
            ident, tier, krate, ..
        } = self;
        if !HAS_ACTIX_WEB {
            return (TokenStream::new(), TokenStream::new());
        }
        let actix_web = quote!(#krate::__private::actix_web);
        let routes = local("routes");
        let checks = self.checks();
        let only_with_a_table = only_with_a_table();
        let attributes = self.attributes_of_methods();
        let mounts = self.handlers.iter().enumerate().map(|(index, handler)| {
            quote_spanned! {handler.span()=>
                (&#actix_web::Mount::<_, __Config>::new(#handler)).mount(#routes, ENDPOINTS[#index]);
            }
        });
        let includes = self.include.iter().map(|other| {
            quote_spanned! {other.span()=>
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
                    /// Mounts every handler of this catalogue at the route in its attribute:
                    /// `App::new().configure(Api::configure)`.
                    pub fn configure<__Config: #actix_web::Config>(config: &mut __Config) {
                        config.mount::<Self>();
                    }
                }
            }
        };
        (configured, method)
    }

    /// Replaces the method if the list is invalid.
    pub(super) fn fallback_configure(&self) -> TokenStream {
        if !HAS_ACTIX_WEB {
            return TokenStream::new();
        }
        let (ident, krate) = (&self.ident, &self.krate);
        quote! {
            #krate::__if_actix_web! {
                impl #ident {
                    pub fn configure<__Config: #krate::__private::actix_web::Config>(_: &mut __Config) {}
                }
            }
        }
    }
}
