//! Tier enums that share add-ons, and one without add-ons.
use tiergate::{Catalogue, NoFeatures, requires_feature, requires_tier};

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature, trait_only)]
pub enum Tier {
    Free,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Plan {
    Basic,
    Gold,
}

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Level {
    One,
    Two,
}

#[requires_feature(Radio)]
fn of_tier() {}

#[requires_feature(Radio, tier = Plan)]
fn of_plan() {}

#[requires_tier(Plan::Gold, feature = Feature::Radio)]
fn gold() {}

#[requires_tier(Level::Two, until_version(3, One), enforced = Level::One)]
fn two() {}

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(of_plan, gold))]
struct OfPlan;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(of_tier))]
struct OfTier;

#[derive(Catalogue)]
#[catalogue(tier = Level, handlers(two))]
struct OfLevel;

fn features<T: tiergate::Tier<Features = F>, F: tiergate::Feature>(_: T) -> &'static [&'static str] {
    F::KEYS
}

fn main() {
    assert_eq!(OfPlan::ENDPOINTS[0].required_feature(), Some("radio"));
    assert_eq!(OfPlan::ENDPOINTS[1].required_tier(), Some("Gold"));
    assert_eq!(OfTier::ENDPOINTS[0].required_feature(), Some("radio"));
    assert_eq!(OfLevel::ENDPOINTS[0].need().unwrap().enforced_tier(), Some("One"));
    assert_eq!(features(Plan::Basic), ["radio"]);
    assert_eq!(features(Tier::Free), ["radio"]);
    assert!(features::<Level, NoFeatures>(Level::One).is_empty());
}
