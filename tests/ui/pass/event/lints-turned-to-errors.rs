//! Strict lints, which generated code must not trigger.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    nonstandard_style,
    rust_2018_idioms,
    future_incompatible,
    unused,
    unreachable_pub,
    private_interfaces,
    private_bounds,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
#![forbid(unsafe_code, dead_code, deprecated, unreachable_patterns, non_local_definitions)]

use tiergate::Catalogue as _;

/// The add-ons.
#[derive(Clone, Copy, Debug, tiergate::Feature)]
pub enum Feature {
    /// A radio.
    Radio,
}

/// The tiers.
#[derive(Clone, Copy, Debug, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

/// An event.
#[derive(Debug, tiergate::Event)]
#[event(Plus, feature = Radio, until_version(2, Free), enforced = Free)]
pub struct UnitStatus<'a, T> {
    /// A field.
    pub text: &'a T,
}

/// Another event.
#[derive(Debug, tiergate::Event)]
#[deprecated]
#[event(Plus)]
pub struct Old;

/// Several events.
#[derive(Debug, tiergate::Event)]
#[event(Free)]
pub enum Push {
    /// The first.
    First,
    /// The second.
    #[event(Plus)]
    #[deprecated = "use `First`"]
    Second {
        /// A field.
        #[deprecated]
        field: u8,
    },
    /// Never.
    Never(std::convert::Infallible),
}

/// Deprecated events.
#[derive(Debug, tiergate::Event)]
#[event(Free)]
#[deprecated]
pub enum OldPush {
    /// The first.
    A,
    /// The second.
    B(u8),
}

#[derive(tiergate::Event)]
#[event(Plus)]
struct Private;

mod inner {
    #[derive(tiergate::Event)]
    #[event(super::Tier::Plus)]
    pub(super) struct Restricted;

    #[derive(tiergate::Event)]
    #[event(Tier::Plus)]
    pub(crate) struct Other;

    #[derive(Clone, Copy, tiergate::Tier)]
    pub(crate) enum Tier {
        Plus,
    }
}

/// A catalogue.
#[derive(Debug, tiergate::Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus<'_, u8>, Old, Push, OldPush, inner::Restricted, Private))]
pub struct Api;

fn main() {
    assert_eq!(Api::EVENTS.len(), 9);
    assert!(Api::events()[1].is_deprecated());
    assert!(!Api::EVENTS[2].is_deprecated());
    assert!(Api::EVENTS[3].is_deprecated());
    assert!(!Api::EVENTS[4].is_deprecated());
    assert!(Api::EVENTS[5].is_deprecated());
    assert!(Api::EVENTS[6].is_deprecated());
    let _ = (Private, inner::Restricted, inner::Other, inner::Tier::Plus, UnitStatus { text: &"" }.text);
}
