//! Generates the part of a record that describes what a handler requires besides its tier.

use super::requirement::{FeatureRule, Requirement};
use crate::syntax::spans::{error_span, local_variable};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
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
        let alias = Ident::new(self.alias, tier_span);
        let check = Ident::new(check, tier_span);
        let required = &requirement.variant;
        let variant = match tier.get_ident() {
            Some(variant) => quote_spanned!(tier_span=> #alias::#variant),
            None => tier.to_token_stream(),
        };
        let number_type = quote_spanned!(tier_span=> ::core::primitive::u32);
        let rank_of = |variant: &TokenStream| {
            variant_number(&quote!(#alias), variant, &number_type, tier_span)
        };
        let rank = rank_of(&variant);
        let required_rank = rank_of(&quote_spanned!(tier_span=> #alias::#required));
        quote_spanned!(tier_span=> #krate::__private::#check(#rank, #required_rank))
    }

    /// Returns the position of an add-on in its enum.
    fn feature_position(&self, feature: &Path) -> TokenStream {
        let krate = self.krate;
        let feature_span = error_span(feature.span());
        let tier_enum = Ident::new(self.alias, feature_span);
        let has_features = quote_spanned!(feature_span=> __private::has_features::<#tier_enum>());
        let alias = Ident::new("__TiergateFeatures", feature_span);
        let variant = match feature.get_ident() {
            Some(variant) => quote_spanned!(feature_span=> #alias::#variant),
            None => feature.to_token_stream(),
        };
        let number_type = quote_spanned!(feature_span=> ::core::primitive::u8);
        let position = variant_number(&quote!(#alias), &variant, &number_type, feature_span);
        quote_spanned! {feature_span=> {
            type #alias = <#tier_enum as #krate::__private::FeaturesOf<{ #krate::#has_features }>>::Features;
            #position
        }}
    }
}

/// Returns the number of a variant. The variant must be of the given type, so a constant of another type
/// is an error.
fn variant_number(
    variant_type: &TokenStream,
    variant: &TokenStream,
    number_type: &TokenStream,
    span: Span,
) -> TokenStream {
    // If the user's code contained a constant with this name, the name would refer to the constant.
    let variable = local_variable("__tiergate_variant");
    quote_spanned! {span=> {
        let #variable: #variant_type = #variant;
        #variable as #number_type
    }}
}

/// Returns a path with a different position in the source, so that an error about a call points to this
/// position. The names in the path still refer to the same items.
fn located_at(path: &TokenStream, span: Span) -> TokenStream {
    let tokens = path.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
