//! The `router` of a listed catalogue, with the feature `axum`.

use super::{HAS_AXUM, Model, local, located, only_with_a_table};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

impl Model<'_> {
    /// How the handlers are mounted, to stand beside the table, and the method that does it.
    pub(super) fn router(&self) -> (TokenStream, TokenStream) {
        let Self {
            ident,
            tier,
            krate,
            handlers,
            include,
            ..
        } = self;
        if !HAS_AXUM {
            return (TokenStream::new(), TokenStream::new());
        }
        let router = local("router");
        let axum = quote!(#krate::__private::axum);
        let state = match self.state {
            Some(state) => quote!(#state),
            None => quote!(()),
        };
        let merges = include.iter().map(|other| {
            let router = located(&router, other.span());
            quote_spanned! {other.span()=>
                #router.merge(
                    <<#other as #krate::__private::Listed<#tier>>::This as #axum::Mounted<#state>>::router()
                );
            }
        });
        let only_with_a_table = only_with_a_table();
        let attributes = self.attributes_of_methods();
        let (mounted, method) = match self.state {
            Some(_) => {
                let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                    let router = located(&router, handler.span());
                    quote_spanned!(handler.span()=> #router.mount(ENDPOINTS[#index], #handler);)
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
                        /// A router with every handler of this catalogue, mounted where its attribute says.
                        pub fn router() -> #axum::Router<#state> {
                            #axum::finish(<Self as #axum::Mounted<#state>>::router())
                        }
                    }
                };
                (mounted, method)
            }
            // Without a state nobody said that a router is wanted, and the handlers may be those
            // of another framework: what cannot be mounted is an error only where `router` is
            // called. For that, all of it waits for the type parameter.
            None => {
                let checks = self.checks();
                let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                    quote_spanned! {handler.span()=>
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
                        /// A router with every handler of this catalogue, mounted where its attribute says.
                        ///
                        /// Handlers with a state need `#[catalogue(state = …)]`.
                        pub fn router<__State>() -> #axum::Router<__State>
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

    /// In the place of the method, where the list is wrong.
    pub(super) fn router_of_none(&self) -> TokenStream {
        if !HAS_AXUM {
            return TokenStream::new();
        }
        let (ident, krate) = (&self.ident, &self.krate);
        let (state, generics) = match self.state {
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
}
