//! The explanation of a decision: what is required, which override applied, and what the caller has.

use crate::access::caller::Caller;
use crate::access::decision::Decision;
use crate::access::decision::decide::Applied;
use crate::access::overrides::override_entry::{Override, OverrideKind, write_origin};
use crate::access::overrides::snapshot::Found;
use crate::access::time::rfc3339;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The part of an explanation that describes the caller.
#[derive(Clone, Debug)]
pub(crate) struct CallerSummary {
    pub(crate) identity: Identity,
    pub(crate) tier: Option<&'static str>,
    /// The keys of all add-ons, and the bits of the caller's add-ons.
    feature_keys: &'static [&'static str],
    features: u64,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) then: Option<&'static str>,
    pub(crate) plan_version: Option<u32>,
}

/// How a caller was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// No caller was identified.
    Missing,
    Unknown,
    Anonymous,
    WithoutSubscription,
    Subscribed,
}

impl CallerSummary {
    /// Summarises a caller. `None` means that no caller was identified.
    pub(crate) fn new<T: Tier>(caller: Option<&Caller<T>>) -> Self {
        let identity = match caller {
            None => Identity::Missing,
            Some(caller) if caller.is_unknown() => Identity::Unknown,
            Some(caller) if caller.is_anonymous() => Identity::Anonymous,
            Some(caller) if caller.tier().is_none() => Identity::WithoutSubscription,
            Some(_) => Identity::Subscribed,
        };
        Self {
            identity,
            tier: caller.and_then(|caller| caller.tier().map(T::name)),
            feature_keys: <T::Features as Feature>::KEYS,
            features: caller.map_or(0, Caller::feature_bits),
            id: caller.and_then(Caller::shared_id_in_logs),
            until: caller.and_then(Caller::ends_at),
            then: caller.and_then(|caller| caller.next_tier().map(T::name)),
            plan_version: caller.and_then(Caller::plan_version),
        }
    }

    /// Returns the keys of the caller's add-ons.
    pub(crate) fn features(&self) -> impl Iterator<Item = &'static str> + '_ {
        let keys = self.feature_keys.iter().enumerate();
        keys.filter(|(position, _)| self.features & 1 << position != 0)
            .map(|(_, key)| *key)
    }
}

/// The part of an explanation that describes an override.
#[derive(Clone, Debug)]
pub(crate) struct OverrideSummary {
    pub(crate) kind: SummaryKind,
    pub(crate) tier: Option<&'static str>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) by: Option<Arc<str>>,
    pub(crate) because: Option<Arc<str>>,
}

/// What an override does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SummaryKind {
    Close,
    Grant,
    Require,
    Observe,
}

/// The overrides that a decision considered: those of the endpoint, except grants to other customers.
#[derive(Clone, Debug)]
pub(crate) struct ConsideredOverrides {
    close: Option<OverrideSummary>,
    grant: Option<OverrideSummary>,
    require: Option<OverrideSummary>,
    #[cfg(any(feature = "serde", feature = "cli"))]
    observe: Option<OverrideSummary>,
}

impl OverrideSummary {
    /// Summarises an override. Returns `None` if the override doesn't affect decisions.
    fn new<T: Tier>(entry: &Override<T>) -> Option<Self> {
        let (kind, tier) = match entry.kind {
            OverrideKind::Close => (SummaryKind::Close, None),
            OverrideKind::Grant(_) => (SummaryKind::Grant, None),
            OverrideKind::Require(tier) => (SummaryKind::Require, Some(tier.name())),
            OverrideKind::Observe(tier) => (SummaryKind::Observe, Some(tier.name())),
            OverrideKind::Limit { .. } | OverrideKind::Quota { .. } => return None,
        };
        Some(Self {
            kind,
            tier,
            until: entry.until,
            by: entry.by.clone(),
            because: entry.because.clone(),
        })
    }
}

impl ConsideredOverrides {
    pub(crate) fn new<T: Tier>(found: &Found<'_, T>) -> Self {
        Self {
            close: found.close.and_then(OverrideSummary::new),
            grant: found.grant.and_then(OverrideSummary::new),
            require: found.require.and_then(OverrideSummary::new),
            #[cfg(any(feature = "serde", feature = "cli"))]
            observe: found.observe.and_then(OverrideSummary::new),
        }
    }

    /// Returns the override that led to the decision.
    pub(crate) fn applied(&self, applied: Applied) -> Option<&OverrideSummary> {
        match applied {
            Applied::Nothing => None,
            Applied::Close => self.close.as_ref(),
            Applied::Grant => self.grant.as_ref(),
            Applied::Require => self.require.as_ref(),
        }
    }

    /// Returns the overrides in the order of their precedence.
    #[cfg(any(feature = "serde", feature = "cli"))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &OverrideSummary> {
        let all = [&self.close, &self.grant, &self.require, &self.observe];
        all.into_iter().flatten()
    }
}

impl fmt::Display for OverrideSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SummaryKind::Close => "close",
            SummaryKind::Grant => "grant",
            SummaryKind::Require => "require",
            SummaryKind::Observe => "observe",
        })?;
        if let Some(tier) = self.tier {
            write!(f, " {tier}")?;
        }
        write_origin(f, self.until, self.by.as_deref(), self.because.as_deref())
    }
}

impl fmt::Display for CallerSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = match self.identity {
            Identity::Missing => "not identified",
            Identity::Unknown => "unknown",
            Identity::Anonymous => "anonymous",
            Identity::WithoutSubscription => "no subscription",
            Identity::Subscribed => "",
        };
        f.write_str(standing)?;
        let separator = if standing.is_empty() { "" } else { ", " };
        if let Some(tier) = self.tier {
            write!(f, "{separator}the tier {tier}")?;
        }
        for key in self.features() {
            write!(f, ", the add-on {key}")?;
        }
        if let Some(id) = &self.id {
            write!(f, ", id {id:?}")?;
        }
        if let Some(version) = self.plan_version {
            write!(f, ", plan version {version}")?;
        }
        if let Some(until) = self.until {
            write!(f, ", until {}", rfc3339(until))?;
            match self.then {
                Some(tier) => write!(f, " and then the tier {tier}")?,
                None => f.write_str(" and then no subscription")?,
            }
        }
        Ok(())
    }
}

/// Shows a few lines for support: the result, what the attribute requires, the override that applied,
/// what the caller has, and the time.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refusal {
            None => write!(f, "allowed: {}", self.endpoint)?,
            Some(refusal) => write!(
                f,
                "refused with {} {}: {refusal}",
                refusal.status(),
                refusal.code()
            )?,
        }
        match &self.need {
            Some(need) => write!(f, "\nrequires: {need}")?,
            None => f.write_str("\nrequires: nothing, because the endpoint is public")?,
        }
        if let Some(applied) = self.overrides.applied(self.applied) {
            write!(f, "\noverride: {applied}")?;
        }
        if let Some(shadow) = &self.shadow {
            write!(
                f,
                "\nobserved: would be refused with {} {}: {shadow}",
                shadow.status(),
                shadow.code()
            )?;
        }
        write!(f, "\ncaller: {}\nat: {}", self.caller, rfc3339(self.now))
    }
}
