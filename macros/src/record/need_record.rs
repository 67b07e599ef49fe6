//! Generates the part of a record that describes what a handler or an event requires besides its tier.

use crate::requirement::model::{FeatureRule, Requirement};
use crate::syntax::spans::error_span;
use crate::syntax::variants::{
    located_at, qualified_variant, rank_of_tier, rank_of_tier_at, variant_number,
};
use proc_macro2::{Ident, Span, TokenStream};
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
        quote!(const { #krate::__private::VersionRecord { below: #below, rank: #rank } })
    });
    let (enforced, has_enforced) = match &requirement.enforced {
        Some(tier) => (needs.lower_rank(tier, "enforced_rank", requirement), true),
        None => (quote!(0), false),
    };
    let (rule, feature) = match &requirement.feature {
        Some((rule, feature)) => (rule_name(*rule), needs.feature_position(feature)),
        None => ("TIER", quote!(0)),
    };
    let rule = Ident::new(rule, Span::call_site());
    // The record contains a reference to the need. Such a reference to a `const` block is always valid. A
    // reference to another expression wouldn't be, because the expression can contain variables.
    quote! {
        const {
            #krate::__private::NeedRecord {
                versions: &[#(#versions),*],
                enforced: #enforced,
                has_enforced: #has_enforced,
                feature: #feature,
                rule: #krate::__private::needs::#rule,
            }
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
        let tier_span = error_span(tier.span());
        let krate = located_at(self.krate, tier_span);
        let check = Ident::new(check, tier_span);
        let rank = rank_of_tier(tier, self.alias);
        let required = Path::from(requirement.variant.clone());
        let required_rank = rank_of_tier_at(&required, self.alias, tier_span);
        quote_spanned!(tier_span=> #krate::__private::#check(#rank, #required_rank))
    }

    /// Returns the position of an add-on in its enum.
    fn feature_position(&self, feature: &Path) -> TokenStream {
        let krate = self.krate;
        let feature_span = error_span(feature.span());
        let tier_enum = Ident::new(self.alias, feature_span);
        let has_features = quote_spanned!(feature_span=> __private::has_features::<#tier_enum>());
        let alias = Ident::new("__TiergateFeatures", feature_span);
        let variant = qualified_variant(feature, &alias);
        let number_type = quote_spanned!(feature_span=> ::core::primitive::u8);
        let position = variant_number(&alias, &variant, &number_type, feature_span);
        quote_spanned! {feature_span=> {
            type #alias = <#tier_enum as #krate::__private::FeaturesOf<{ #krate::#has_features }>>::Features;
            #position
        }}
    }
}
