//! The attributes that declare what a handler or an event requires, and their words in errors.

use proc_macro2::Ident;
use syn::Attribute;

/// An attribute that declares a requirement.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Gate {
    /// `#[requires_tier(…)]`.
    #[default]
    Tier,
    /// `#[requires_feature(…)]`.
    Feature,
    /// A declaration in `endpoint!`, which requires a tier, an add-on, or both.
    Declaration,
    /// `#[event(…)]`, which requires a tier, an add-on, or both.
    Event,
}

impl Gate {
    /// Converts an attribute on a function to a gate. The attribute's name may have a path before it.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let name = &attribute.path().segments.last()?.ident;
        [Self::Tier, Self::Feature]
            .into_iter()
            .find(|gate| name == gate.attribute_name())
    }

    /// Returns the name of the attribute.
    pub(crate) fn attribute_name(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration => "requires_tier",
            Self::Feature => "requires_feature",
            Self::Event => "event",
        }
    }

    /// Returns the noun for the variant in the attribute, with its article.
    pub(crate) fn variant_kind(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration | Self::Event => "a tier",
            Self::Feature => "an add-on",
        }
    }

    /// Returns an example of the variant in the attribute.
    pub(crate) fn variant_example(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration | Self::Event => "Plus",
            Self::Feature => "Radio",
        }
    }

    /// Returns whether the attribute can require an add-on with `feature = Radio` and no tier.
    pub(super) fn accepts_only_a_feature_option(self) -> bool {
        matches!(self, Self::Declaration | Self::Event)
    }

    /// Returns the noun for the item that has the requirement, with its article.
    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::Tier | Self::Feature | Self::Declaration => "an endpoint",
            Self::Event => "an event",
        }
    }

    /// The message for an attribute without a variant.
    pub(super) fn missing_variant(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration => {
                "the tier is missing; add a variant of your tier enum, or `public = \"reason\"` for a public endpoint"
            }
            Self::Feature => {
                "the add-on is missing; add a variant of your feature enum, such as `Radio`"
            }
            Self::Event => {
                "the tier is missing; add a variant of your tier enum, such as `#[event(Plus)]`"
            }
        }
    }

    /// The message for a second variant in the attribute.
    pub(super) fn second_variant(self, first: &Ident, second: &Ident) -> String {
        match self {
            Self::Tier | Self::Declaration => format!(
                "a handler has only one tier, the lowest that may call it; remove `{first}` or `{second}`"
            ),
            Self::Feature => format!(
                "a handler requires only one add-on; remove `{first}` or `{second}`, or write `#[requires_tier({second}, feature = {first})]` if `{second}` is a tier"
            ),
            Self::Event => format!(
                "an event has only one tier, the lowest that receives it; remove `{first}` or `{second}`"
            ),
        }
    }
}
