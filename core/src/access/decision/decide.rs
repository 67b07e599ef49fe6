//! The function that decides who may call an endpoint.
// `access/check.rs` explains why this lint is allowed.
#![allow(clippy::inline_always)]

use crate::access::caller::{Caller, Standing};
use crate::endpoint::need::{FeatureRule, Need};
use crate::tier::Tier;
use std::time::SystemTime;

/// The facts about a caller that a decision depends on. Tiers are ranks, and add-ons are bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) standing: Standing,
    pub(crate) rank: Option<u32>,
    pub(crate) features: u64,
    pub(crate) until: Option<SystemTime>,
    pub(crate) then_rank: Option<u32>,
    pub(crate) plan_version: Option<u32>,
}

/// What is known about the caller of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Identification {
    Caller(Facts),
    /// The tier source is unavailable.
    #[cfg_attr(not(feature = "source"), allow(dead_code))]
    SourceUnavailable,
    /// The tier source returned a tier that the program doesn't define.
    #[cfg_attr(not(feature = "source"), allow(dead_code))]
    UnreadableTier,
    /// No layer has identified the caller.
    #[cfg_attr(not(feature = "_check"), allow(dead_code))]
    MissingLayer,
}

/// The overrides of one endpoint that apply to one caller. If an override has no end, its end is
/// `None`.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::option_option)] // The outer option is the override, and the inner one is its end.
pub(crate) struct Rules {
    pub(crate) close: Option<Option<SystemTime>>,
    pub(crate) grant: Option<Option<SystemTime>>,
    pub(crate) require: Option<(u32, Option<SystemTime>)>,
    pub(crate) observe: Option<(u32, Option<SystemTime>)>,
}

/// The result of [`decide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the call is allowed, or the reason for refusing it.
    pub(crate) result: Result<(), Reason>,
    /// The reason for which the observed requirement would refuse this allowed call.
    pub(crate) shadow: Option<Reason>,
    /// The override that led to the result.
    pub(crate) applied: Applied,
    /// Whether the caller's tier and add-ons have ended.
    pub(crate) has_ended: bool,
}

/// The kind of override that led to a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    Nothing,
    Close,
    Grant,
    Require,
}

/// The reason for refusing a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    EndpointClosed {
        until: Option<SystemTime>,
    },
    MissingLayer,
    SourceUnavailable,
    UnreadableTier,
    UnknownCaller,
    NoSubscription,
    SubscriptionExpired,
    /// `required` is `None` if the endpoint and the caller use different tier enums.
    TierTooLow {
        required: Option<u32>,
        actual: u32,
    },
    FeatureMissing,
}

/// Decides whether a caller may call an endpoint. Every decision uses this function. The function is
/// pure and total: it reads no clock, store or request, allocates nothing, and can't panic.
///
/// `need` is `None` if the endpoint and the caller use different tier enums.
/// [`Decision`](crate::Decision) documents the precedence as a table.
#[inline(always)]
pub(crate) fn decide(
    need: Option<&Need>,
    identification: Identification,
    rules: Rules,
    now: SystemTime,
) -> Verdict {
    let is_active = |end: Option<SystemTime>| end.is_none_or(|end| now < end);
    if let Some(until) = rules.close.filter(|until| is_active(*until)) {
        return refused(Reason::EndpointClosed { until }, Applied::Close);
    }
    let caller = match identification {
        Identification::Caller(caller) if caller.standing == Standing::Unknown => {
            return refused(Reason::UnknownCaller, Applied::Nothing);
        }
        Identification::Caller(caller) => caller,
        Identification::SourceUnavailable => {
            return refused(Reason::SourceUnavailable, Applied::Nothing);
        }
        Identification::UnreadableTier => return refused(Reason::UnreadableTier, Applied::Nothing),
        Identification::MissingLayer => return refused(Reason::MissingLayer, Applied::Nothing),
    };
    let caller = CallerNow::at(&caller, now);
    let Some(need) = need else {
        return refused(caller.foreign_tier(), Applied::Nothing);
    };
    if rules.grant.is_some_and(is_active) && caller.standing == Standing::Known {
        return Verdict {
            result: Ok(()),
            shadow: None,
            applied: Applied::Grant,
            has_ended: caller.has_ended,
        };
    }
    let require = rules.require.filter(|(_, until)| is_active(*until));
    let observe = rules.observe.filter(|(_, until)| is_active(*until));
    let declared = declared_rank(need, caller.plan_version);
    let (required, applied) = match require {
        Some((rank, _)) => (Some(rank), Applied::Require),
        None => (enforced_rank(need, declared), Applied::Nothing),
    };
    let result = caller.check(need, required);
    let observed = match (observe, require) {
        (Some((rank, _)), _) => Some(Some(rank)),
        (None, None) => need.enforced_rank().map(|_| declared),
        (None, Some(_)) => None,
    };
    Verdict {
        result,
        shadow: match observed {
            Some(rank) if result.is_ok() => caller.check(need, rank).err(),
            _ => None,
        },
        applied,
        has_ended: caller.has_ended,
    }
}

/// Marks the calling branch as rare. The compiler then optimises for allowed calls.
#[cold]
fn unlikely() {}

#[inline]
fn refused(reason: Reason, applied: Applied) -> Verdict {
    Verdict {
        result: Err(reason),
        shadow: None,
        applied,
        has_ended: false,
    }
}

/// Returns the rank that the attribute requires of callers with this plan version.
#[inline]
fn declared_rank(need: &Need, plan_version: Option<u32>) -> Option<u32> {
    let of_version = plan_version.and_then(|version| {
        let mut versions = need.version_ranks();
        versions.find(|(below, _)| version < *below)
    });
    match of_version {
        Some((_, rank)) => Some(rank),
        None => need.required_rank(),
    }
}

/// Returns the rank that is enforced for now, which is never higher than the declared rank.
#[inline]
fn enforced_rank(need: &Need, declared: Option<u32>) -> Option<u32> {
    match (declared, need.enforced_rank()) {
        (Some(declared), Some(enforced)) => Some(declared.min(enforced)),
        _ => declared,
    }
}

/// A caller's tier and add-ons at the time of the decision.
#[derive(Clone, Copy)]
struct CallerNow {
    standing: Standing,
    rank: Option<u32>,
    features: u64,
    plan_version: Option<u32>,
    has_ended: bool,
    /// Whether the subscription has ended and no other tier follows.
    is_expired: bool,
}

impl CallerNow {
    #[inline(always)]
    fn at(caller: &Facts, now: SystemTime) -> Self {
        let has_ended = caller.until.is_some_and(|until| until <= now);
        Self {
            standing: caller.standing,
            rank: if has_ended {
                caller.then_rank
            } else {
                caller.rank
            },
            features: if has_ended { 0 } else { caller.features },
            plan_version: caller.plan_version,
            has_ended,
            is_expired: has_ended
                && caller.then_rank.is_none()
                && (caller.rank.is_some() || caller.features != 0),
        }
    }

    /// Checks the caller's tier and add-ons. `required` is the rank of the required tier, if any.
    #[inline(always)]
    fn check(&self, need: &Need, required: Option<u32>) -> Result<(), Reason> {
        let rule = need.feature_rule();
        let has_feature = self.features & need.feature_bit() != 0;
        if rule == FeatureRule::OrTier && has_feature {
            return Ok(());
        }
        if let Some(required) = required {
            match self.rank {
                Some(actual) if actual < required => {
                    unlikely();
                    let required = Some(required);
                    return Err(Reason::TierTooLow { required, actual });
                }
                Some(_) => {}
                None => return Err(self.without_tier()),
            }
        }
        match rule {
            FeatureRule::AndTier | FeatureRule::FeatureOnly if !has_feature => {
                Err(if self.is_expired {
                    self.without_tier()
                } else {
                    Reason::FeatureMissing
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns why a caller without a tier is refused.
    #[inline]
    fn without_tier(&self) -> Reason {
        match self.standing {
            Standing::Anonymous | Standing::Unknown => Reason::UnknownCaller,
            Standing::Known if self.is_expired => Reason::SubscriptionExpired,
            Standing::Known => Reason::NoSubscription,
        }
    }

    /// Returns why a caller is refused if the endpoint uses another tier enum than the caller.
    #[inline]
    fn foreign_tier(&self) -> Reason {
        let required = None;
        self.rank.map_or_else(
            || self.without_tier(),
            |actual| Reason::TierTooLow { required, actual },
        )
    }
}

impl Facts {
    #[inline]
    pub(crate) fn of<T: Tier>(caller: &Caller<T>) -> Self {
        Self {
            standing: caller.standing(),
            rank: caller.tier().map(T::rank),
            features: caller.feature_bits(),
            until: caller.ends_at(),
            then_rank: caller.next_tier().map(T::rank),
            plan_version: caller.plan_version(),
        }
    }
}
