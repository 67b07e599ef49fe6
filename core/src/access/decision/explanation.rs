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

/// What a decision's explanation says about the caller.
#[derive(Clone, Debug)]
pub(crate) struct CallerSummary {
    pub(crate) standing: &'static str,
    pub(crate) tier: Option<&'static str>,
    /// The keys of all add-ons, and the bits of those that the caller has.
    feature_keys: &'static [&'static str],
    features: u64,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) then: Option<&'static str>,
    pub(crate) plan_version: Option<u32>,
}

impl CallerSummary {
    /// Summarises a caller. `None` means that no caller was identified.
    pub(crate) fn new<T: Tier>(caller: Option<&Caller<T>>) -> Self {
        let standing = match caller {
            None => "not identified",
            Some(caller) if caller.is_unknown() => "unknown",
            Some(caller) if caller.is_anonymous() => "anonymous",
            Some(caller) if caller.tier().is_none() => "no subscription",
            Some(_) => "",
        };
        Self {
            standing,
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

/// The override that led to a decision.
#[derive(Clone, Debug)]
pub(crate) struct AppliedOverride {
    pub(crate) kind: &'static str,
    pub(crate) tier: Option<&'static str>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) by: Option<Arc<str>>,
    pub(crate) because: Option<Arc<str>>,
}

impl AppliedOverride {
    pub(crate) fn new<T: Tier>(applied: Applied, found: &Found<'_, T>) -> Option<Self> {
        let entry: &Override<T> = match applied {
            Applied::Nothing => return None,
            Applied::Close => found.close?,
            Applied::Grant => found.grant?,
            Applied::Require => found.require?,
        };
        let (kind, tier) = match entry.kind {
            OverrideKind::Close => ("close", None),
            OverrideKind::Grant(_) => ("grant", None),
            OverrideKind::Require(tier) => ("require", Some(tier.name())),
            OverrideKind::Observe(tier) => ("observe", Some(tier.name())),
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

impl fmt::Display for AppliedOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        if let Some(tier) = self.tier {
            write!(f, " {tier}")?;
        }
        write_origin(f, self.until, self.by.as_deref(), self.because.as_deref())
    }
}

impl fmt::Display for CallerSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.standing.is_empty() {
            f.write_str(self.standing)?;
            separator = ", ";
        }
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
        if let Some(applied) = &self.applied {
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
