//! The callers that a coverage test imitates.

use crate::access::caller::Caller;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use std::fmt;

/// The caller that a coverage test imitates. [`Call::features`](super::Call::features)
/// and [`Call::plan_version`](super::Call::plan_version) return what
/// else the caller has, if the endpoint depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestCaller<T> {
    /// A subscriber with this tier.
    Tier(T),
    /// A caller without credentials.
    Nobody,
    /// A caller with wrong credentials.
    BadCredentials,
}

/// Writes the caller's credentials: `the tier Plus`, `no credentials` or `bad credentials`.
impl<T: Tier> fmt::Display for TestCaller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tier(tier) => write!(f, "the tier {}", tier.name()),
            Self::Nobody => f.write_str("no credentials"),
            Self::BadCredentials => f.write_str("bad credentials"),
        }
    }
}

/// A caller that a test imitates, with everything that can make a difference to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Imitation<T> {
    pub(super) caller: TestCaller<T>,
    /// The add-ons, as the bits of a [`FeatureSet`](crate::FeatureSet).
    pub(super) features: u64,
    pub(super) plan_version: Option<u32>,
}

impl<T> Imitation<T> {
    pub(super) fn plain(caller: TestCaller<T>) -> Self {
        Self {
            caller,
            features: 0,
            plan_version: None,
        }
    }

    pub(super) fn subscriber(tier: T, features: u64, plan_version: Option<u32>) -> Self {
        Self {
            caller: TestCaller::Tier(tier),
            features,
            plan_version,
        }
    }
}

impl<T: Tier> Imitation<T> {
    /// Returns the caller that the application should identify. `anonymous` is the tier of callers
    /// without credentials, if the application has such a tier.
    pub(super) fn identified(&self, anonymous: Option<T>) -> Caller<T> {
        let caller = match (self.caller, anonymous) {
            (TestCaller::Tier(tier), _) => Caller::new(tier),
            (TestCaller::Nobody, Some(tier)) => Caller::anonymous(tier),
            (TestCaller::Nobody, None) | (TestCaller::BadCredentials, _) => Caller::unknown(),
        };
        let features = <T::Features as Feature>::ALL.iter().enumerate();
        let features = features
            .filter(|(position, _)| self.features & 1 << position != 0)
            .map(|(_, feature)| *feature);
        let caller = caller.with_features(features);
        match self.plan_version {
            Some(version) => caller.with_plan_version(version),
            None => caller,
        }
    }
}

/// Writes the caller, such as `the tier Plus, the add-on radio, plan version 2`.
impl<T: Tier> fmt::Display for Imitation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.caller.fmt(f)?;
        for (position, key) in <T::Features as Feature>::KEYS.iter().enumerate() {
            if self.features & 1 << position != 0 {
                write!(f, ", the add-on {key}")?;
            }
        }
        match self.plan_version {
            Some(version) => write!(f, ", plan version {version}"),
            None => Ok(()),
        }
    }
}
