//! Generates the records of a catalogue's quota.

use super::model::CatalogueModel;
use crate::limits::records::PolicyRecords;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the constant `__QUOTA` for the implementation of `Catalogue`, or nothing if the catalogue has
/// no quota.
pub(super) fn quota_const(model: &CatalogueModel<'_>) -> TokenStream {
    let Some(quota) = model.quota else {
        return TokenStream::new();
    };
    let (krate, tier) = (&model.krate, model.tier);
    let records = PolicyRecords {
        krate,
        tier_enum: TIER_ENUM,
        tiers: quote!(#krate::__private::Tiers::of_enum::<#tier>()),
        lowest_rank: quote!(#krate::__private::Tiers::lowest_rank_of_enum::<#tier>()),
    };
    let (statements, policies) = records.statements(&quota.policies);
    let tier_enum = proc_macro2::Ident::new(TIER_ENUM, proc_macro2::Span::call_site());
    quote! {
        const __QUOTA: &'static [#krate::__private::PolicyRecord] = {
            type #tier_enum = #tier;
            #statements
            &[#(#policies),*]
        };
    }
}

/// The name of the alias that refers to the tier enum.
const TIER_ENUM: &str = "__TiergateTier";
