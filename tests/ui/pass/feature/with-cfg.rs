//! Handlers, variants and options that depend on a condition.
#![deny(warnings)]

use tiergate::{Catalogue, FeatureRule, requires_feature};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
pub enum Feature {
    #[cfg(any())]
    Missing,
    #[cfg_attr(all(), add_on(key = "r"))]
    Radio,
}

#[cfg_attr(all(), derive(Clone, Copy, tiergate::Tier), tier(features = Feature))]
pub enum Tier {
    Free,
    Plus,
}

#[cfg(any())]
#[requires_feature(Missing)]
fn absent() {}

#[requires_feature(Missing)]
#[cfg(any())]
fn absent_below() {}

#[cfg_attr(all(), tiergate::requires_tier(Plus, or_feature = Radio))]
fn present() {}

#[requires_feature(Radio)]
#[cfg_attr(any(), deprecated)]
fn only() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(present, only))]
struct Api;

fn main() {
    let need = Api::ENDPOINTS[0].need().unwrap();
    assert_eq!((need.feature_rule(), need.feature_key()), (FeatureRule::OrTier, Some("r")));
    assert_eq!(Api::ENDPOINTS[1].need().unwrap().feature_key(), Some("r"));
    assert_eq!(Feature::ALL, [Feature::Radio]);
    let _ = Tier::Free;
}
