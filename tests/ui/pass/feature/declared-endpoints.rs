//! Endpoints without a function that require add-ons.
#![deny(missing_docs, unused, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use tiergate::{Catalogue, FeatureRule};

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

/// The declarations.
pub mod endpoints {
    use super::{Feature, Tier};

    tiergate::endpoint! {
        /// Transmits.
        pub radio(feature = Radio, post = "/radio");
        /// Listens.
        pub(crate) listen(post = "/listen", feature = Feature::Radio, tier = super::Tier);
        both(Plus, feature = Radio, post = "/both");
        either(Tier::Plus, or_feature = Radio, enforced = Free, until_version(2, Free));
        health(public = "all may");
    }

    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier, handlers(radio, listen, both, either, health))]
    pub(super) struct Api;
}

fn main() {
    let rules: Vec<_> = endpoints::Api::ENDPOINTS
        .iter()
        .map(|endpoint| endpoint.need().map(|need| need.feature_rule()))
        .collect();
    assert_eq!(
        rules,
        [
            Some(FeatureRule::FeatureOnly),
            Some(FeatureRule::FeatureOnly),
            Some(FeatureRule::AndTier),
            Some(FeatureRule::OrTier),
            None,
        ]
    );
    let either = endpoints::Api::ENDPOINTS[3].need().expect("it is gated");
    assert_eq!(either.enforced_tier(), Some("Free"));
    assert_eq!(endpoints::Api::find("POST", "/radio").expect("it is listed").summary(), "Transmits.");
    assert_eq!(<endpoints::Api as Catalogue>::endpoints().len(), 5);
}
