//! Chooses the callers that a coverage test imitates.

use crate::access::caller::Caller;
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification};
use crate::access::overrides::snapshot::Found;
use crate::endpoint::Endpoint;
use crate::endpoint::need::{FeatureRule, Need};
use crate::testing::coverage::test_caller::{Imitation, TestCaller};
use crate::tier::Tier;
use std::time::SystemTime;

/// Returns the decision that a test expects. The test's application has no overrides.
pub(super) fn expected<T: Tier>(endpoint: Endpoint, caller: &Caller<T>) -> Decision {
    let identification = Identification::Caller(Facts::of(caller));
    let (overrides, now) = (Found::default(), SystemTime::UNIX_EPOCH);
    Decision::deciding(
        endpoint,
        identification,
        Some(caller),
        &overrides,
        None,
        now,
    )
}

/// Returns the callers that make a difference for an endpoint: without credentials, with bad
/// credentials, with each tier, and on both sides of each boundary that an add-on or a plan version
/// creates.
pub(super) fn callers_of<T: Tier>(endpoint: Endpoint) -> Vec<Imitation<T>> {
    let mut callers = vec![
        Imitation::plain(TestCaller::Nobody),
        Imitation::plain(TestCaller::BadCredentials),
    ];
    match endpoint.need() {
        None => callers.extend(each_tier::<T>(0)),
        Some(need) => Boundaries { endpoint, need }.add_to(&mut callers),
    }
    callers
}

fn each_tier<T: Tier>(features: u64) -> impl Iterator<Item = Imitation<T>> {
    let tiers = T::ALL.iter();
    tiers.map(move |tier| Imitation::subscriber(*tier, features, None))
}

/// Finds the callers on both sides of an endpoint's boundaries.
struct Boundaries {
    endpoint: Endpoint,
    need: Need,
}

impl Boundaries {
    fn add_to<T: Tier>(&self, callers: &mut Vec<Imitation<T>>) {
        let feature = self.need.feature_bit();
        match self.need.feature_rule() {
            FeatureRule::NoFeature => callers.extend(each_tier(0)),
            FeatureRule::AndTier => {
                callers.extend(each_tier(feature));
                let tier = self.lowest_allowed(feature, None);
                callers.extend(tier.map(|tier| Imitation::subscriber(tier, 0, None)));
            }
            FeatureRule::OrTier => {
                callers.extend(each_tier(0));
                let tier = self.lowest_allowed(0, None).and_then(tier_below);
                callers.extend(tier.map(|tier| Imitation::subscriber(tier, feature, None)));
            }
            FeatureRule::FeatureOnly => {
                // The tier makes no difference: not even the highest one replaces the add-on.
                let (lowest, highest) = (T::ALL.first(), T::ALL.last());
                callers.extend(lowest.map(|tier| Imitation::subscriber(*tier, feature, None)));
                callers.extend(highest.map(|tier| Imitation::subscriber(*tier, 0, None)));
            }
        }
        for (below, _) in self.need.version_ranks() {
            self.add_version_boundary(below, callers);
        }
    }

    /// Adds callers whose plan version is less than `below`, and a caller whose version is `below`.
    fn add_version_boundary<T: Tier>(&self, below: u32, callers: &mut Vec<Imitation<T>>) {
        let features = match self.need.feature_rule() {
            FeatureRule::AndTier => self.need.feature_bit(),
            _ => 0,
        };
        let Some(older) = below.checked_sub(1) else {
            return;
        };
        let lowest = |version| self.lowest_allowed::<T>(features, Some(version));
        let (Some(of_older), Some(of_newer)) = (lowest(older), lowest(below)) else {
            return;
        };
        if of_older.rank() == of_newer.rank() {
            return;
        }
        let tier = if of_older.rank() < of_newer.rank() {
            of_older
        } else {
            of_newer
        };
        callers.push(Imitation::subscriber(tier, features, Some(older)));
        callers.push(Imitation::subscriber(tier, features, Some(below)));
        let lower = tier_below(tier);
        callers.extend(lower.map(|tier| Imitation::subscriber(tier, features, Some(older))));
    }

    /// Returns the lowest tier that may call the endpoint.
    fn lowest_allowed<T: Tier>(&self, features: u64, plan_version: Option<u32>) -> Option<T> {
        let mut tiers = T::ALL.iter().copied();
        tiers.find(|tier| {
            let caller = Imitation::subscriber(*tier, features, plan_version).identified(None);
            expected(self.endpoint, &caller).is_allowed()
        })
    }
}

fn tier_below<T: Tier>(tier: T) -> Option<T> {
    let mut lower = T::ALL.iter().rev().copied();
    lower.find(|lower| lower.rank() < tier.rank())
}

#[cfg(test)]
mod tests {
    use super::{callers_of, expected};
    use crate::endpoint::Endpoint;
    use crate::endpoint::test_endpoints::{
        PLUS, PLUS_AND_RADIO, PLUS_OR_RADIO, PRO_OR_OLD_PLUS, PRO_SOON, PUBLIC, RADIO, Tier,
    };

    /// Returns the callers after the two without a subscription, and the expected results.
    fn calls(endpoint: Endpoint) -> Vec<String> {
        let callers = callers_of::<Tier>(endpoint).into_iter();
        let lines = callers.map(|imitation| {
            let decision = expected(endpoint, &imitation.identified(None));
            let result = decision
                .refusal()
                .map_or("allowed", |refusal| refusal.code());
            format!("{imitation}: {result}")
        });
        let mut lines: Vec<_> = lines.collect();
        let without_subscription: Vec<_> = lines.drain(..2).collect();
        let result = if endpoint.is_public() {
            "allowed"
        } else {
            "unknown_caller"
        };
        assert_eq!(
            without_subscription,
            [
                format!("no credentials: {result}"),
                format!("bad credentials: {result}")
            ]
        );
        lines
    }

    #[test]
    fn without_add_ons_every_tier_calls_once() {
        assert_eq!(
            calls(PLUS),
            [
                "the tier Free: tier_too_low",
                "the tier Plus: allowed",
                "the tier Pro: allowed"
            ]
        );
        assert_eq!(
            calls(PUBLIC),
            [
                "the tier Free: allowed",
                "the tier Plus: allowed",
                "the tier Pro: allowed"
            ]
        );
    }

    #[test]
    fn an_add_on_is_tested_where_it_makes_a_difference() {
        assert_eq!(
            calls(PLUS_AND_RADIO),
            [
                "the tier Free, the add-on radio: tier_too_low",
                "the tier Plus, the add-on radio: allowed",
                "the tier Pro, the add-on radio: allowed",
                "the tier Plus: feature_missing",
            ]
        );
        assert_eq!(
            calls(PLUS_OR_RADIO),
            [
                "the tier Free: tier_too_low",
                "the tier Plus: allowed",
                "the tier Pro: allowed",
                "the tier Free, the add-on radio: allowed",
            ]
        );
        assert_eq!(
            calls(RADIO),
            [
                "the tier Free, the add-on radio: allowed",
                "the tier Pro: feature_missing"
            ]
        );
    }

    #[test]
    fn plan_versions_are_tested_around_the_boundary() {
        assert_eq!(
            calls(PRO_OR_OLD_PLUS),
            [
                "the tier Free: tier_too_low",
                "the tier Plus: tier_too_low",
                "the tier Pro: allowed",
                "the tier Plus, plan version 2: allowed",
                "the tier Plus, plan version 3: tier_too_low",
                "the tier Free, plan version 2: tier_too_low",
            ]
        );
    }

    #[test]
    fn only_the_enforced_tier_is_expected() {
        assert_eq!(
            calls(PRO_SOON),
            [
                "the tier Free: allowed",
                "the tier Plus: allowed",
                "the tier Pro: allowed"
            ]
        );
    }
}
