//! Reads a caller from the values that Redis returned.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::stored_features::{UnknownFeatures, split_features};
use crate::source::stores::stored_tier::read_stored_tier;
use crate::source::stores::stored_time::{number_from_digits, time_from_text};
use crate::tier::Tier;

/// The stored parts of a caller.
#[derive(Default)]
pub(super) struct StoredFields {
    pub(super) tier: Option<Vec<u8>>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) until: Option<Vec<u8>>,
    pub(super) then_tier: Option<Vec<u8>>,
    pub(super) features: Option<Vec<u8>>,
    pub(super) plan_version: Option<Vec<u8>>,
}

impl StoredFields {
    /// The names of the fields after the tier and the id, in the order in which
    /// [`from_values`](Self::from_values) expects their values.
    pub(super) const FURTHER_NAMES: [&str; 4] = ["until", "then_tier", "features", "plan_version"];

    /// Takes the values of the tier, the id and the further fields. Fields without a value aren't set.
    pub(super) fn from_values(values: Vec<Option<Vec<u8>>>) -> Self {
        let mut values = values.into_iter();
        let mut next = || values.next().flatten();
        Self {
            tier: next(),
            id: next(),
            until: next(),
            then_tier: next(),
            features: next(),
            plan_version: next(),
        }
    }

    /// Reads the caller with this key.
    pub(super) fn into_caller<T: Tier>(
        self,
        key: &ApiKey,
        unknown_features: &UnknownFeatures,
    ) -> Result<Caller<T>, SourceError> {
        let Some(tier) = self.tier else {
            return Err(SourceError::UnknownCaller);
        };
        let mut caller = Caller::from(read_tier(tier)?);
        if let Some(id) = self.id {
            caller = caller.with_id(into_text(id)?);
        }
        if let Some(until) = self.until {
            let until = time_from_text(&into_text(until)?).ok_or_else(|| {
                unreadable(
                    "`until` is not a time from 1970 to 9999: Unix seconds in digits, or a UTC time such as \
                     2026-12-01T00:00:00Z; if there is no end, delete the field",
                )
            })?;
            caller = caller.until(until);
        }
        if let Some(then) = self.then_tier.map(read_tier).transpose()?.flatten() {
            caller = caller.then(then);
        }
        if let Some(version) = self.plan_version {
            let version = number_from_digits(&into_text(version)?);
            let version = version.and_then(|version| u32::try_from(version).ok());
            caller = caller.with_plan_version(version.ok_or_else(|| {
                unreadable("`plan_version` is not a whole number from 0 to 4294967295")
            })?);
        }
        let features = match self.features {
            Some(features) => split_features(&into_text(features)?).ok_or_else(|| {
                unreadable(
                    "`features` is not a list of add-ons: keys separated by commas, or a JSON array of texts",
                )
            })?,
            None => Vec::new(),
        };
        Ok(unknown_features.add_known(caller, &features, key))
    }
}

/// Reads a tier. An empty value means that there is no subscription.
fn read_tier<T: Tier>(value: Vec<u8>) -> Result<Option<T>, SourceError> {
    match into_text(value)?.as_str() {
        "" => Ok(None),
        stored_tier => read_stored_tier(stored_tier).map(Some),
    }
}

fn into_text(value: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(value).map_err(|_| unreadable("the value is not text"))
}

fn unreadable(reason: &'static str) -> SourceError {
    SourceError::invalid_tier(safe(reason))
}

#[cfg(test)]
mod tests {
    use super::StoredFields;
    use crate as tiergate;
    use crate::access::caller::Caller;
    use crate::source::api_key::ApiKey;
    use crate::source::source_error::SourceError;
    use crate::source::stores::stored_features::UnknownFeatures;
    use std::time::{Duration, SystemTime};

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        Free,
        Plus,
    }

    fn read(values: &[Option<&str>]) -> Result<Caller<Tier>, String> {
        let bytes = |value: Option<&str>| value.map(|value| value.as_bytes().to_vec());
        StoredFields::from_values(values.iter().copied().map(bytes).collect())
            .into_caller(&ApiKey::new("a-key"), &UnknownFeatures::default())
            .map_err(|error| match error.reason() {
                Some(reason) => reason.to_string(),
                None => error.to_string(),
            })
    }

    #[test]
    fn missing_fields_are_not_set() {
        let plus = Caller::new(Tier::Plus);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200);
        let (tier, until) = (Some("Plus"), Some("1796083200"));
        for (values, expected) in [
            (
                [tier, None, None, None, None, None].as_slice(),
                plus.clone(),
            ),
            (&[tier], plus.clone()),
            (&[tier, Some("7")], plus.clone().with_id("7")),
            (&[tier, None, until], plus.clone().until(time)),
            (
                &[tier, None, until, Some("0")],
                plus.clone().until(time).then(Tier::Free),
            ),
            (&[tier, None, until, Some("")], plus.clone().until(time)),
            (
                &[Some(""), None, None, None, Some(""), Some("2")],
                Caller::without_subscription().with_plan_version(2),
            ),
        ] {
            assert_eq!(read(values), Ok(expected), "{values:?}");
        }
        for values in [[].as_slice(), &[None, Some("7"), until]] {
            assert_eq!(read(values), Err(SourceError::UnknownCaller.to_string()));
        }
    }

    #[test]
    fn an_unreadable_field_refuses_the_caller() {
        let tier = Some("Plus");
        for (values, expected) in [
            ([Some("Gold")].as_slice(), "unknown tier"),
            (&[tier, None, Some("")], "`until` is not a time"),
            (&[tier, None, Some("tomorrow")], "`until` is not a time"),
            (
                &[tier, None, Some("1796083200000")],
                "`until` is not a time",
            ),
            (&[tier, None, None, Some("Gold")], "unknown tier"),
            (
                &[tier, None, None, None, Some("radio,")],
                "`features` is not",
            ),
            (
                &[tier, None, None, None, None, Some("")],
                "`plan_version` is not",
            ),
            (
                &[tier, None, None, None, None, Some("-1")],
                "`plan_version` is not",
            ),
            (
                &[tier, None, None, None, None, Some("4294967296")],
                "`plan_version` is not",
            ),
        ] {
            let error = read(values).unwrap_err();
            assert!(error.starts_with(expected), "{values:?}: {error}");
        }
    }
}
