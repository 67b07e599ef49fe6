//! Deprecated add-ons, tiers and enums that handlers still name.
#![deny(warnings)]

use tiergate::{Catalogue, requires_feature, requires_tier};

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    #[deprecated = "no longer sold"]
    Pager,
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    #[deprecated = "no longer sold"]
    Silver,
    Plus,
}

#[allow(deprecated)]
#[requires_tier(Plus, feature = Pager, until_version(2, Silver), enforced = Silver)]
fn old() {}

#[requires_tier(Silver, or_feature = Feature::Pager, enforced = Free)]
#[allow(deprecated)]
fn older() {}

#[requires_feature(Pager)]
#[allow(deprecated)]
fn oldest() {}

#[deprecated]
#[derive(Clone, Copy, tiergate::Feature)]
pub enum Module {
    Old,
}

#[deprecated]
#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Module)]
pub enum Plan {
    Basic,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(old, older, oldest))]
struct Api;

fn main() {
    let keys: Vec<_> = Api::ENDPOINTS.iter().map(|endpoint| endpoint.required_feature()).collect();
    assert_eq!(keys, [Some("pager"); 3]);
    assert_eq!(Api::ENDPOINTS[0].need().unwrap().enforced_tier(), Some("Silver"));
    let _ = (Feature::Radio, Tier::Free);
}
