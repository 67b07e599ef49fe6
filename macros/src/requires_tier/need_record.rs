//! Generates the part of a record that describes what a handler requires besides its tier.

use super::requirement::{FeatureRule, Requirement};
use crate::syntax::spans::{error_span, local_variable};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// Returns the `NeedRecord` of a requirement. `alias` is the name of the alias that refers to the tier
/// enum, and `krate` is the path of `tiergate`.
pub(super) fn need_record(
    requirement: &Requirement,
    alias: &str,
    krate: &TokenStream,
) -> TokenStream {
    let needs = NeedTokens { alias, krate };
    let versions = requirement.versions.iter().map(|(below, tier)| {
        let rank = needs.lower_rank(tier, "version_rank", requirement);
        quote!(#krate::__private::VersionRecord { below: #below, rank: #rank })
    });
    let (enforced, has_enforced) = match &requirement.enforced {
        Some(tier) => (needs.lower_rank(tier, "enforced_rank", requirement), true),
        None => (quote!(0), false),
    };
    let (rule, feature) = match &requirement.feature {
        Some((rule, feature)) => (rule_name(*rule), needs.feature_position(feature)),
        None => ("TIER", quote!(0)),
    };
    let rule = Ident::new(rule, proc_macro2::Span::call_site());
    quote! {
        #krate::__private::NeedRecord {
            versions: &[#(#versions),*],
            enforced: #enforced,
            has_enforced: #has_enforced,
            feature: #feature,
            rule: #krate::__private::needs::#rule,
        }
    }
}

fn rule_name(rule: FeatureRule) -> &'static str {
    match rule {
        FeatureRule::AndTier => "TIER_AND_FEATURE",
        FeatureRule::OrTier => "TIER_OR_FEATURE",
        FeatureRule::FeatureOnly => "FEATURE",
    }
}

struct NeedTokens<'a> {
    alias: &'a str,
    krate: &'a TokenStream,
}

impl NeedTokens<'_> {
    /// Returns the rank of a tier that must be below the required tier. `check` is the function that
    /// checks this at compile time.
    fn lower_rank(&self, tier: &Path, check: &str, requirement: &Requirement) -> TokenStream {
        let krate = self.krate;
        let tier_span = error_span(tier.span());
        let alias = Ident::new(self.alias, tier_span);
        let check = Ident::new(check, tier_span);
        let required = &requirement.variant;
        let rank = match tier.get_ident() {
            Some(variant) => quote_spanned! {tier_span=>
                #alias::#variant as #alias as ::core::primitive::u32
            },
            None => typed(&quote!(#alias), tier, &quote!(::core::primitive::u32)),
        };
        quote_spanned! {tier_span=>
            #krate::__private::#check(#rank, #alias::#required as #alias as ::core::primitive::u32)
        }
    }

    /// Returns the position of an add-on in its enum.
    fn feature_position(&self, feature: &Path) -> TokenStream {
        let krate = self.krate;
        let feature_span = error_span(feature.span());
        let alias = Ident::new(self.alias, feature_span);
        let features = quote_spanned! {feature_span=>
            <#alias as #krate::__private::HasFeatures>::Features
        };
        match feature.get_ident() {
            Some(variant) => quote_spanned! {feature_span=>
                <#features>::#variant as ::core::primitive::u8
            },
            None => typed(&features, feature, &quote!(::core::primitive::u8)),
        }
    }
}

/// Returns the number of a variant that is written as a path. The variant must be of the given type.
fn typed(variant_type: &TokenStream, path: &Path, number_type: &TokenStream) -> TokenStream {
    let variable = local_variable("variant");
    let path_span = error_span(path.span());
    quote_spanned! {path_span=> {
        let #variable: #variant_type = #path;
        #variable as #number_type
    }}
}
