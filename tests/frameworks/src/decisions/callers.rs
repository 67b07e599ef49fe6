//! The callers of the rows, which authentication and the tier source return by their names.

use crate::decisions::overrides::{at, second_after};
use crate::{Feature, Tier};
use tiergate::Caller;
use tiergate::source::{ApiKey, SourceError, TierSource};

/// Returns the caller with this name.
///
/// # Panics
/// If the name is misspelled.
pub fn caller_named(name: &str) -> Caller<Tier> {
    match name {
        "free" => Caller::new(Tier::Free),
        "plus" => Caller::new(Tier::Plus),
        "pro" => Caller::new(Tier::Pro),
        "none" => Caller::without_subscription(),
        "unknown" => Caller::unknown(),
        "anonymous" => Caller::anonymous(Tier::Free),
        "anonymous-ended" => Caller::anonymous(Tier::Plus).until(at()),
        // The customer with an exception.
        "customer" => Caller::new(Tier::Free).with_id("customer-7"),
        "customer-none" => Caller::without_subscription().with_id("customer-7"),
        "customer-ended" => Caller::new(Tier::Plus).until(at()).with_id("customer-7"),
        "customer-anonymous" => Caller::anonymous(Tier::Free).with_id("customer-7"),
        "customer-unknown" => Caller::unknown().with_id("customer-7"),
        "other-customer" => Caller::new(Tier::Free).with_id("customer-70"),
        // Subscriptions with an end.
        "plus-ending" => Caller::new(Tier::Plus).until(second_after(at())),
        "plus-ended" => Caller::new(Tier::Plus).until(at()),
        "plus-then-free" => Caller::new(Tier::Plus).until(at()).then(Tier::Free),
        "plus-ending-then-free" => Caller::new(Tier::Plus)
            .until(second_after(at()))
            .then(Tier::Free),
        "free-then-plus" => Caller::new(Tier::Free).until(at()).then(Tier::Plus),
        // Add-ons.
        "free-maps" => Caller::new(Tier::Free).with_feature(Feature::Maps),
        "free-camera" => Caller::new(Tier::Free).with_feature(Feature::BodyCam),
        "plus-camera" => Caller::new(Tier::Plus).with_feature(Feature::BodyCam),
        "none-camera" => Caller::without_subscription().with_feature(Feature::BodyCam),
        "unknown-camera" => Caller::unknown().with_feature(Feature::BodyCam),
        "anonymous-camera" => Caller::anonymous(Tier::Free).with_feature(Feature::BodyCam),
        "plus-camera-ending" => caller_named("plus-camera").until(second_after(at())),
        "plus-camera-ended" => caller_named("plus-camera").until(at()),
        "plus-camera-then-pro" => caller_named("plus-camera").until(at()).then(Tier::Pro),
        "none-camera-ended" => caller_named("none-camera").until(at()),
        "anonymous-camera-ended" => caller_named("anonymous-camera").until(at()),
        // Price lists.
        "free-version-1" => Caller::new(Tier::Free).with_plan_version(1),
        "free-version-2" => Caller::new(Tier::Free).with_plan_version(2),
        "plus-version-2" => Caller::new(Tier::Plus).with_plan_version(2),
        "plus-version-3" => Caller::new(Tier::Plus).with_plan_version(3),
        "plus-version-4" => Caller::new(Tier::Plus).with_plan_version(4),
        "pro-version-4" => Caller::new(Tier::Pro).with_plan_version(4),
        name => panic!("no caller has the name {name}"),
    }
}

/// A source that returns [`caller_named`], or fails for the keys `down` and `unreadable`.
pub struct Source;

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        match key.expose() {
            "down" => Err(SourceError::unavailable("connection refused")),
            "unreadable" => Err(SourceError::from("Gold".parse::<Tier>().unwrap_err())),
            "unknown" => Err(SourceError::UnknownCaller),
            name => Ok(caller_named(name)),
        }
    }
}
