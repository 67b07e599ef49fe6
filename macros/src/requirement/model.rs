//! The requirement of a valid endpoint or event.

use super::gate::Gate;
use super::options::RequirementOptions;
use super::variant::variant_text;
use crate::syntax::spans::error_span;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;
use syn::ext::IdentExt;

/// What an endpoint or an event requires: a tier, an add-on, or both.
#[derive(Clone)]
pub(crate) struct Requirement {
    /// The path of the tier enum.
    pub(crate) tier_enum: TokenStream,
    /// The variant of the required tier. If only an add-on is required, this is the add-on's variant.
    pub(crate) variant: Ident,
    /// The add-on, and how it is combined with the tier.
    pub(crate) feature: Option<(FeatureRule, Path)>,
    /// The lower tiers that callers with an older plan version need, oldest version first.
    pub(crate) versions: Vec<(u32, Path)>,
    /// The tier that is enforced for now.
    pub(crate) enforced: Option<Path>,
}

/// How an endpoint combines a tier and an add-on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum FeatureRule {
    AndTier,
    OrTier,
    FeatureOnly,
}

impl Requirement {
    /// Returns what an attribute with only this variant requires: a tier or, with
    /// `#[requires_feature(…)]`, an add-on.
    pub(crate) fn of_variant(
        gate: Gate,
        variant: &Path,
        options: &RequirementOptions,
    ) -> Option<Self> {
        match gate {
            Gate::Tier | Gate::Declaration | Gate::Event => Self::of_tier(variant),
            Gate::Feature => Self::of_feature(variant, options.tier_enum()),
        }
    }

    /// Splits a tier's path into its enum and its variant. `Plus` is short for `Tier::Plus`.
    fn of_tier(tier: &Path) -> Option<Self> {
        let segments: Vec<_> = tier.segments.iter().map(|segment| &segment.ident).collect();
        let (variant, enum_segments) = segments.split_last()?;
        let leading_colon = tier.leading_colon;
        let tier_enum = if enum_segments.is_empty() {
            default_tier_enum(variant)
        } else {
            quote!(#leading_colon #(#enum_segments)::*)
        };
        Some(Self {
            tier_enum,
            variant: (*variant).clone(),
            feature: None,
            versions: Vec::new(),
            enforced: None,
        })
    }

    /// Returns the requirement of only an add-on. `tier_enum` is the value of the `tier` option.
    pub(crate) fn of_feature(feature: &Path, tier_enum: Option<&Path>) -> Option<Self> {
        let variant = &feature.segments.last()?.ident;
        Some(Self {
            tier_enum: match tier_enum {
                Some(path) => path.to_token_stream(),
                None => default_tier_enum(variant),
            },
            variant: variant.clone(),
            feature: Some((FeatureRule::FeatureOnly, feature.clone())),
            versions: Vec::new(),
            enforced: None,
        })
    }

    /// Adds what the options require besides the tier.
    pub(crate) fn with_options(mut self, options: &RequirementOptions) -> Self {
        let feature = options.feature.as_ref();
        self.feature = feature.map(|option| (option.rule, option.feature.clone()));
        let versions = options.versions.iter();
        self.versions = versions
            .map(|version| (version.below, version.tier.clone()))
            .collect();
        self.enforced = options.enforced.get().map(|(_, tier)| tier.clone());
        self
    }

    /// Returns whether only an add-on is required.
    pub(crate) fn is_only_a_feature(&self) -> bool {
        matches!(self.feature, Some((FeatureRule::FeatureOnly, _)))
    }

    /// Returns whether only a tier is required. The record of such an endpoint needs no `NeedRecord`.
    pub(crate) fn is_only_a_tier(&self) -> bool {
        self.feature.is_none() && self.versions.is_empty() && self.enforced.is_none()
    }

    /// Returns the sentences that the function's documentation contains.
    pub(crate) fn documentation(&self) -> String {
        let variant = self.variant.unraw();
        let requirement = match &self.feature {
            None => format!("Requires the tier `{variant}`."),
            Some((FeatureRule::FeatureOnly, _)) => format!("Requires the add-on `{variant}`."),
            Some((FeatureRule::AndTier, feature)) => {
                let feature = variant_text(feature);
                format!("Requires the tier `{variant}` and the add-on `{feature}`.")
            }
            Some((FeatureRule::OrTier, feature)) => {
                let feature = variant_text(feature);
                format!("Requires the tier `{variant}` or the add-on `{feature}`.")
            }
        };
        let mut sentences = vec![requirement];
        sentences.extend(self.versions.iter().map(|(below, tier)| {
            let tier = variant_text(tier);
            format!("With a plan version below {below}, requires the tier `{tier}`.")
        }));
        sentences.extend(self.enforced.as_ref().map(|tier| {
            let tier = variant_text(tier);
            format!("For now, only the tier `{tier}` is enforced.")
        }));
        sentences.join(" ")
    }
}

fn default_tier_enum(variant: &Ident) -> TokenStream {
    Ident::new("Tier", error_span(variant.span())).into_token_stream()
}
