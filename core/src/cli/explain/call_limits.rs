//! Explains how often a caller may call an endpoint.

use crate::access::caller::Caller;
use crate::access::decision::record::{CallLimitsRecord, CallerLimitRecord, TimeRecord};
use crate::access::overrides::override_entry::{Override, write_origin};
use crate::access::overrides::snapshot::OverrideSnapshot;
use crate::access::overrides::targets::Targets;
use crate::endpoint::Endpoint;
use crate::endpoint::limit_set::LimitSet;
use crate::endpoint::limits::Limits;
use crate::tier::Tier;
use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

/// The limits that apply to a call.
pub(super) struct CallLimits<'a, T> {
    endpoint: Option<CallerLimit<'a, T>>,
    quota: Option<CallerLimit<'a, T>>,
    cost: u32,
}

/// The limits of a caller.
struct CallerLimit<'a, T> {
    of_tier: LimitSet,
    /// The override that replaces the limits, and its limits.
    replaced: Option<(&'a Override<T>, LimitSet)>,
}

impl<'a, T: Tier> CallLimits<'a, T> {
    /// Returns the limits of a call. Returns no limits for unknown callers, because they can't call anything,
    /// for public endpoints, or for events, because they aren't called.
    pub(super) fn of(
        endpoint: Endpoint,
        caller: &Caller<T>,
        targets: &Targets,
        overrides: &'a OverrideSnapshot<T>,
        now: SystemTime,
    ) -> Self {
        let is_limited = !caller.is_unknown() && !endpoint.is_public() && !endpoint.is_event();
        let rank = caller.tier_at(now).map_or(0, T::rank);
        let of_caller = overrides.limits_of(caller);
        let limit = |limits: Option<Limits>, of: Option<Endpoint>| {
            let policy = limits?.of_rank(rank).filter(|_| is_limited)?;
            let found = of_caller.and_then(|limits| limits.find_at(of, now));
            Some(CallerLimit {
                of_tier: LimitSet::of_policy(policy),
                replaced: found.and_then(|found| {
                    let entry = overrides.overrides.get(found.index)?;
                    Some((entry, found.limits))
                }),
            })
        };
        Self {
            endpoint: limit(endpoint.limits(), Some(endpoint)),
            quota: limit(targets.quota, None),
            cost: endpoint.cost(),
        }
    }

    /// Returns the record of the limits, or `None` if nothing limits the call.
    pub(super) fn record(&self) -> Option<CallLimitsRecord<'a>> {
        let record = |limit: &Option<CallerLimit<'a, T>>| limit.as_ref().map(CallerLimit::record);
        let is_limited = self.endpoint.is_some() || self.quota.is_some();
        is_limited.then(|| CallLimitsRecord {
            endpoint: record(&self.endpoint),
            quota: record(&self.quota),
            cost: self.cost,
        })
    }
}

impl<'a, T: Tier> CallerLimit<'a, T> {
    /// Returns the limits that apply.
    fn limits(&self) -> LimitSet {
        self.replaced.map_or(self.of_tier, |(_, limits)| limits)
    }

    fn record(&self) -> CallerLimitRecord<'a> {
        let of_tier = self.of_tier.to_string();
        match self.replaced {
            None => CallerLimitRecord {
                limits: of_tier.into(),
                instead_of: None,
                until: None,
                by: None,
                because: None,
            },
            Some((entry, limits)) => CallerLimitRecord {
                limits: limits.to_string().into(),
                instead_of: Some(of_tier.into()),
                until: entry.ends_at().map(TimeRecord),
                by: entry.author().map(Cow::from),
                because: entry.reason().map(Cow::from),
            },
        }
    }
}

impl<T: Tier> fmt::Display for CallerLimit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((entry, limits)) = &self.replaced else {
            return self.of_tier.fmt(f);
        };
        write!(f, "{limits} instead of {}", self.of_tier)?;
        write_origin(f, entry.ends_at(), entry.author(), entry.reason())
    }
}

/// Shows a line for the endpoint's limits and a line for the catalogue's quota. Each line follows a line
/// break.
impl<T: Tier> fmt::Display for CallLimits<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(limit) = &self.endpoint {
            write!(f, "\nlimit: {limit}")?;
        }
        if let Some(quota) = &self.quota {
            write!(f, "\nquota: {quota}")?;
            match self.cost {
                1 => {}
                0 => f.write_str("\ncost: nothing of the quota")?,
                cost => write!(f, "\ncost: {cost} units of the quota")?,
            }
            let largest_cost = quota.limits().lowest_amount();
            if largest_cost.is_some_and(|largest| self.cost > largest) {
                f.write_str(", which never allows such a call")?;
            }
        }
        Ok(())
    }
}
