//! The options that describe a caller.

use crate::access::caller::Caller;
use crate::access::decision::replay::{feature_with_key, tier_named};
use crate::access::time::parse_rfc3339;
use crate::tier::Tier;
use std::time::SystemTime;

/// The caller that the command line describes. The options haven't been checked against the program's
/// tiers yet.
#[derive(Default)]
pub(crate) struct CallerOptions {
    pub(super) tier: Option<String>,
    pub(super) is_anonymous: bool,
    pub(super) is_unknown: bool,
    pub(super) is_without_subscription: bool,
    pub(super) features: Vec<String>,
    pub(super) id: Option<String>,
    pub(super) until: Option<String>,
    pub(super) then: Option<String>,
    pub(super) plan_version: Option<String>,
}

impl CallerOptions {
    /// Returns the caller.
    ///
    /// # Errors
    /// Returns a message if an option is missing, contradicts another one, or has an invalid value.
    pub(super) fn caller<T: Tier>(&self) -> Result<Caller<T>, String> {
        let mut caller = self.with_standing()?;
        for key in &self.features {
            caller = caller.with_feature(feature_with_key::<T>(key)?);
        }
        if let Some(id) = &self.id {
            caller = caller.with_id(&**id);
        }
        if let Some(until) = &self.until {
            caller = caller.until(time_of("--until", until)?);
        }
        if let Some(then) = &self.then {
            if self.until.is_none() {
                return Err("--then has an effect only after --until; add --until TIME".to_owned());
            }
            caller = caller.then(tier_named(then)?);
        }
        if let Some(version) = &self.plan_version {
            let version = version.parse().map_err(|_| {
                format!(
                    "invalid plan version {version:?}; write a whole number from 0 to {}",
                    u32::MAX
                )
            })?;
            caller = caller.with_plan_version(version);
        }
        Ok(caller)
    }

    fn with_standing<T: Tier>(&self) -> Result<Caller<T>, String> {
        let tier = self.tier.as_deref().map(tier_named::<T>).transpose()?;
        match (tier, self.is_unknown, self.is_without_subscription) {
            (Some(tier), false, false) if self.is_anonymous => Ok(Caller::anonymous(tier)),
            (Some(tier), false, false) => Ok(Caller::new(tier)),
            (None, false, false) if self.is_anonymous => Err(format!(
                "--anonymous needs the tier of anonymous callers; add --tier with one of: {}",
                T::NAMES.join(", ")
            )),
            (None, true, false) if !self.is_anonymous => Ok(Caller::unknown()),
            (None, false, true) if !self.is_anonymous => Ok(Caller::without_subscription()),
            (None, false, false) => Err(format!(
                "explain needs a caller; add --unknown, --no-subscription, or --tier with one of: {}",
                T::NAMES.join(", ")
            )),
            _ => Err(
                "--unknown and --no-subscription exclude each other, --tier and --anonymous; keep one of them"
                    .to_owned(),
            ),
        }
    }
}

/// Reads an option's value as a time.
///
/// # Errors
/// Returns a message that shows a valid time.
pub(super) fn time_of(option: &str, text: &str) -> Result<SystemTime, String> {
    parse_rfc3339(text).ok_or_else(|| {
        format!("invalid time {text:?} for {option}; write it in UTC, such as 2026-12-05T00:00:00Z")
    })
}
