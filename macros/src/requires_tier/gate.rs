//! The attributes that gate a function, and their words in errors.

use proc_macro2::Ident;
use syn::Attribute;

/// An attribute that gates a function.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Gate {
    /// `#[requires_tier(…)]`.
    #[default]
    Tier,
    /// `#[requires_feature(…)]`.
    Feature,
    /// A declaration in `endpoint!`, which requires a tier, an add-on, or both.
    Declaration,
}

impl Gate {
    /// Returns the gate that an attribute is, with or without a path in front of the attribute's name.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let name = &attribute.path().segments.last()?.ident;
        [Self::Tier, Self::Feature]
            .into_iter()
            .find(|gate| name == gate.attribute_name())
    }

    /// Returns the name of the attribute.
    pub(super) fn attribute_name(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration => "requires_tier",
            Self::Feature => "requires_feature",
        }
    }

    /// Returns what the variant in the attribute is, with its article.
    pub(super) fn variant_kind(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration => "a tier",
            Self::Feature => "an add-on",
        }
    }

    /// Returns an example of the variant in the attribute.
    pub(super) fn variant_example(self) -> &'static str {
        match self {
            Self::Tier | Self::Declaration => "Plus",
            Self::Feature => "Radio",
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
        }
    }
}
