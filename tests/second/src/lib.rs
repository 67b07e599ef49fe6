//! A second crate: its handlers join the registry of the program that uses it.

/// The tiers that both crates share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

mod routes {
    use crate::Tier;
    use tiergate::requires_tier;

    /// Lists the units.
    #[requires_tier(Plus, get = "/second/units")]
    pub fn units() {}
}

pub use routes::units;

/// Open, and in no module.
#[tiergate::requires_tier(public = "all may", get = "/second/health")]
pub fn health() {}

/// Not used by anybody.
pub mod unreferenced {
    use crate::Tier;
    use tiergate::requires_tier;

    /// Nothing refers to this one but the registry.
    #[requires_tier(Plus, get = "/second/hidden")]
    pub fn hidden() {}
}

#[test]
fn every_handler_is_in_the_registry_once() {
    let mut names: Vec<_> = tiergate::registry()
        .iter()
        .map(tiergate::Endpoint::name)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["health", "hidden", "units"]);
    assert!(Tier::Plus.allows(Tier::Free));
}
