//! Makes a recorded decision again.

use crate::access::caller::Caller;
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification};
use crate::access::decision::record::{
    CallerRecord, DecisionRecord, OverrideKindRecord, OverrideRecord, RECORD_VERSION,
    StandingRecord, TimeRecord,
};
use crate::access::overrides::override_entry::Override;
use crate::access::overrides::snapshot::Found;
use crate::access::time::parse_rfc3339;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};
use std::borrow::Cow;

impl<'de> Deserialize<'de> for TimeRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let time = parse_rfc3339(&text).map(Self);
        let expected = "a time in UTC such as \"2026-12-01T00:00:00Z\"";
        time.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl DecisionRecord<'static> {
    /// Reads a decision in JSON.
    ///
    /// # Errors
    /// Returns a message that describes the problem with the text.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let record: Self = serde_json::from_str(text)
            .map_err(|error| format!("not a decision in JSON: {error}"))?;
        if record.version == RECORD_VERSION {
            Ok(record)
        } else {
            let version = record.version;
            Err(format!(
                "the decision has version {version} of the format, and this program reads version \
                 {RECORD_VERSION}; use the release that wrote it"
            ))
        }
    }
}

impl DecisionRecord<'_> {
    /// Finds the recorded endpoint in the current catalogue. The endpoint's name or its route may have
    /// changed since, but not both.
    ///
    /// # Errors
    /// Returns a message if the endpoint no longer exists.
    pub(crate) fn endpoint_in(&self, catalogue: &[Endpoint]) -> Result<Endpoint, String> {
        let recorded = &self.endpoint;
        let route = recorded.method.as_deref().zip(recorded.path.as_deref());
        let has_name = |endpoint: &&Endpoint| endpoint.name() == recorded.name;
        let has_route = |endpoint: &&Endpoint| endpoint.method().zip(endpoint.path()) == route;
        let all = || catalogue.iter();
        let same = all().find(|endpoint| has_name(endpoint) && has_route(endpoint));
        let same_route = || all().find(|endpoint| route.is_some() && has_route(endpoint));
        let same_name = || {
            let mut matches = all().filter(has_name);
            matches.next().filter(|_| matches.next().is_none())
        };
        let found = same.or_else(same_route).or_else(same_name);
        found.copied().ok_or_else(|| {
            let route = route.map(|(method, path)| format!(" ({method} {path})"));
            format!(
                "the catalogue no longer has the endpoint {:?}{}",
                recorded.name,
                route.unwrap_or_default().escape_debug()
            )
        })
    }

    /// Decides about a call of the endpoint with the recorded caller, overrides and time.
    ///
    /// # Errors
    /// Returns a message if the record is inconsistent, or if it names a tier or an add-on that the
    /// program doesn't define.
    pub(crate) fn decide_again<T: Tier>(&self, endpoint: Endpoint) -> Result<Decision, String> {
        let caller = self.caller.caller::<T>()?;
        let identification = match &caller {
            Some(caller) => Identification::Caller(Facts::of(caller)),
            None => self.missing_identification(),
        };
        let mut overrides = Vec::new();
        for entry in &self.overrides {
            overrides.push((entry.kind, entry.to_override::<T>(endpoint)?));
        }
        let of_kind = |wanted: OverrideKindRecord| {
            let mut matches = overrides.iter().filter(|(kind, _)| *kind == wanted);
            matches.next().map(|(_, entry)| entry)
        };
        let found = Found {
            close: of_kind(OverrideKindRecord::Close),
            grant: of_kind(OverrideKindRecord::Grant),
            require: of_kind(OverrideKindRecord::Require),
            observe: of_kind(OverrideKindRecord::Observe),
        };
        Ok(Decision::deciding(
            endpoint,
            identification,
            caller.as_ref(),
            &found,
            self.overrides_version,
            self.time.0,
        ))
    }

    /// Returns why no caller was identified, based on the recorded refusal.
    fn missing_identification(&self) -> Identification {
        let code = self.refusal.as_ref().map(|refusal| &*refusal.code);
        match code {
            Some("tier_source_unavailable") => Identification::SourceUnavailable,
            Some("tier_unreadable") => Identification::UnreadableTier,
            _ => Identification::MissingLayer,
        }
    }
}

impl CallerRecord<'_> {
    /// Returns the recorded caller, or `None` if no caller was identified.
    fn caller<T: Tier>(&self) -> Result<Option<Caller<T>>, String> {
        let tier = || {
            let name = self.tier.as_deref();
            tier_named::<T>(name.ok_or("the recorded caller has no tier")?)
        };
        let mut caller = match self.standing {
            StandingRecord::NotIdentified => return Ok(None),
            StandingRecord::Unknown => Caller::unknown(),
            StandingRecord::WithoutSubscription => Caller::without_subscription(),
            StandingRecord::Anonymous => Caller::anonymous(tier()?),
            StandingRecord::Subscribed => Caller::new(tier()?),
        };
        for key in &self.features {
            caller = caller.with_feature(feature_with_key::<T>(key)?);
        }
        if let Some(id) = &self.id {
            caller = caller.with_id(&**id);
        }
        if let Some(until) = self.until {
            caller = caller.until(until.0);
        }
        if let Some(then) = &self.then {
            caller = caller.then(tier_named(then)?);
        }
        if let Some(version) = self.plan_version {
            caller = caller.with_plan_version(version);
        }
        Ok(Some(caller))
    }
}

impl OverrideRecord<'_> {
    fn to_override<T: Tier>(&self, endpoint: Endpoint) -> Result<Override<T>, String> {
        let tier = || {
            let name = self.tier.as_deref();
            tier_named::<T>(name.ok_or("a recorded override has no tier")?)
        };
        let mut entry = match self.kind {
            OverrideKindRecord::Close => Override::close(endpoint),
            // The record contains only the grant to the recorded caller.
            OverrideKindRecord::Grant => Override::grant("", endpoint),
            OverrideKindRecord::Require => Override::require(endpoint, tier()?),
            OverrideKindRecord::Observe => Override::observe(endpoint, tier()?),
        };
        if let Some(until) = self.until {
            entry = entry.until(until.0);
        }
        if let Some(by) = &self.by {
            entry = entry.by(&**by);
        }
        if let Some(because) = &self.because {
            entry = entry.because(&**because);
        }
        Ok(entry)
    }
}

/// Finds the tier with this name.
///
/// # Errors
/// Returns a message that lists the tiers.
pub(crate) fn tier_named<T: Tier>(name: &str) -> Result<T, String> {
    T::from_name(name).map_err(|error| error.to_string())
}

/// Finds the add-on with this key.
///
/// # Errors
/// Returns a message that lists the add-ons.
pub(crate) fn feature_with_key<T: Tier>(key: &str) -> Result<T::Features, String> {
    let keys = <T::Features as Feature>::KEYS;
    <T::Features as Feature>::from_key(key).ok_or_else(|| {
        if keys.is_empty() {
            format!("unknown add-on {key:?}; the program has no add-ons")
        } else {
            format!(
                "unknown add-on {key:?}; expected one of: {}",
                keys.join(", ")
            )
        }
    })
}
