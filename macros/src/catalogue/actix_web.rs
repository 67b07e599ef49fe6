//! The `configure` of a listed catalogue, with the feature `actix-web`.

use super::{Model, local, located, twin_variable};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

impl Model<'_> {
    /// What cannot be mounted is an error only where `configure` is called, as the handlers may be
    /// those of another framework. For that, all of it waits for the type parameter.
    pub(super) fn configure(&self) -> TokenStream {
        let Self {
            ident, tier, krate, ..
        } = self;
        let actix_web = quote!(#krate::__private::actix_web);
        let routes = local("routes");
        let twins = self.twins();
        let checks = self.handlers.iter().enumerate().map(|(index, handler)| {
            quote_spanned! {handler.span()=>
                #krate::__private::assert_routed(<#ident>::ENDPOINTS[#index]);
            }
        });
        let mounts = self.handlers.iter().enumerate().map(|(index, handler)| {
            let twin = located(&twin_variable(index), handler.span());
            quote_spanned! {handler.span()=>
                (&#actix_web::Mount::<_, __Config>::new(#handler))
                    .mount(#routes, #twin.record(&#handler));
            }
        });
        let includes = self.include.iter().map(|other| {
            quote_spanned! {other.span()=>
                <<#other as #krate::__private::Listed<#tier>>::This
                    as #actix_web::Configure<__Config>>::collect(#routes);
            }
        });
        quote! {
            #krate::__if_actix_web! {
                #[automatically_derived]
                impl<__Config: #actix_web::Config> #actix_web::Configure<__Config> for #ident {
                    fn collect(#routes: &mut #actix_web::Routes) {
                        use #actix_web::{MountHandler as _, MountOther as _};
                        const { #(#checks)* }
                        #twins
                        #(#mounts)*
                        #(#includes)*
                        let _ = #routes;
                    }
                }

                #[automatically_derived]
                impl #ident {
                    /// Mounts every handler of this catalogue where its attribute says:
                    /// `App::new().configure(Api::configure)`.
                    pub fn configure<__Config: #actix_web::Config>(config: &mut __Config) {
                        config.mount::<Self>();
                    }
                }
            }
        }
    }
}
