//! Expands a catalogue without a list.

use super::model::CatalogueModel;
use super::quota::{quota_const, quota_feature_check, quota_use};
use proc_macro2::TokenStream;
use quote::quote;

/// Implements `Catalogue` for a catalogue without a list. Such a catalogue contains every handler and
/// every event in the registry.
pub(super) fn expand_registered_catalogue(model: &CatalogueModel<'_>) -> TokenStream {
    let CatalogueModel {
        ident,
        tier,
        krate,
        allow_deprecated,
        ..
    } = model;
    let quota_const = quota_const(model);
    let quota_use = quota_use(model);
    let quota_feature_check = quota_feature_check(model);
    quote! {
        #quota_feature_check

        #(#allow_deprecated)*
        const _: () = {
        #quota_use

        static REGISTERED: #krate::__private::Registered = #krate::__private::Registered::new();

        #[automatically_derived]
        impl #krate::__private::DerivedCatalogue for #ident {}

        #[automatically_derived]
        impl #krate::Catalogue for #ident {
            type Tier = #tier;
            #quota_const

            fn endpoints() -> &'static [#krate::Endpoint] {
                REGISTERED.endpoints::<Self>()
            }

            fn events() -> &'static [#krate::Endpoint] {
                REGISTERED.events::<Self>()
            }

            fn __routes() -> #krate::__private::Routes {
                REGISTERED.routes::<Self>()
            }
        }
        };
    }
}
