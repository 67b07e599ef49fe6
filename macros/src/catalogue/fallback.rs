//! The expansion of an invalid catalogue.

use super::actix_web_configure::fallback_configure;
use super::axum_router::fallback_router;
use super::model::CatalogueModel;
use super::quota::quota_const;
use crate::syntax::spans::is_for_editor;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns an empty catalogue in place of an invalid catalogue. Code that uses the catalogue then
/// causes no further errors.
pub(super) fn empty_catalogue(model: &CatalogueModel<'_>) -> TokenStream {
    let CatalogueModel {
        ident, tier, krate, ..
    } = model;
    let (router, configure) = (fallback_router(model), fallback_configure(model));
    // An editor needs the quota to complete a tier in an invalid quota.
    let quota_const = is_for_editor().then(|| quota_const(model));
    quote! {
        impl #krate::__private::DerivedCatalogue for #ident {}
        impl #krate::Catalogue for #ident {
            type Tier = #tier;
            #quota_const
            fn endpoints() -> &'static [#krate::Endpoint] { &[] }
        }
        impl #ident {
            pub const ENDPOINTS: &'static [#krate::Endpoint] = &[];
            pub const EVENTS: &'static [#krate::Endpoint] = &[];
        }
        #router
        #configure
    }
}
