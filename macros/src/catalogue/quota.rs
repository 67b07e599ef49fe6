//! Generates the records of a catalogue's quota.

use super::model::CatalogueModel;
use crate::limits::feature_check::feature_check;
use crate::limits::records::PolicyRecords;
use crate::syntax::spans::error_span;
use crate::syntax::variants::located_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Returns a check that the feature for the catalogue's quota is enabled.
pub(super) fn quota_feature_check(model: &CatalogueModel<'_>) -> Option<TokenStream> {
    let quota = model.quota?;
    Some(feature_check(&quota.key, &model.krate))
}

/// Returns the constant `__QUOTA` for the implementation of `Catalogue`, or nothing if the catalogue has
/// no quota.
pub(super) fn quota_const(model: &CatalogueModel<'_>) -> TokenStream {
    let Some(quota) = model.quota else {
        return TokenStream::new();
    };
    let CatalogueModel {
        ident, tier, krate, ..
    } = model;
    let tiers = quote!(#krate::__private::tiers_of::<#ident>());
    let records = PolicyRecords {
        krate,
        tier_enum: TIER_ENUM,
        lowest_rank: quote!(#tiers.lowest_rank()),
        tiers,
    };
    let (statements, policies) = records.statements(&quota.policies);
    let tier_enum = Ident::new(TIER_ENUM, Span::call_site());
    quote! {
        const __QUOTA: &'static [#krate::__private::PolicyRecord] = {
            type #tier_enum = #tier;
            #statements
            &[#(#policies),*]
        };
    }
}

/// Returns checks that an included catalogue has no quota, and that every call fits into the catalogue's
/// quota. The checks refer to the list of endpoints, so they must be in the same scope.
pub(super) fn quota_checks(model: &CatalogueModel<'_>) -> Option<TokenStream> {
    let CatalogueModel {
        ident,
        tier,
        krate,
        include,
        ..
    } = model;
    let included = include.iter().map(|catalogue| {
        let span = error_span(catalogue.span());
        let krate = located_at(krate, span);
        quote_spanned! {span=>
            #krate::__private::assert_no_quota(
                <<#catalogue as #krate::__private::Listed<#tier>>::This as #krate::Catalogue>::__QUOTA
            );
        }
    });
    let policies = model.quota.map(|quota| quota.policies.spans());
    let policies = policies.unwrap_or_default().into_iter().enumerate();
    let affordable = policies.map(|(position, span)| {
        let span = error_span(span);
        let krate = located_at(krate, span);
        quote_spanned! {span=>
            #krate::__private::assert_affordable(
                <#ident as #krate::Catalogue>::__QUOTA,
                #position,
                &ENDPOINTS,
                #krate::__private::tiers_of::<#ident>(),
            );
        }
    });
    let checks: TokenStream = included.chain(affordable).collect();
    (!checks.is_empty()).then(|| quote!(const _: () = { #checks };))
}

/// Returns a constant that makes the compiler evaluate the quota, even if no code uses it.
pub(super) fn quota_use(model: &CatalogueModel<'_>) -> Option<TokenStream> {
    let (ident, krate) = (&model.ident, &model.krate);
    model.quota.map(|_| {
        quote! {
            const _: &[#krate::__private::PolicyRecord] = <#ident as #krate::Catalogue>::__QUOTA;
        }
    })
}

/// The name of the alias that refers to the tier enum.
const TIER_ENUM: &str = "__TiergateTier";
