//! When to delete a row.

use super::now;
use schemars::JsonSchema;
use serde::Deserialize;

/// The largest number of minutes: ten years.
const TEN_YEARS: f64 = 5_260_000.0;

/// The shortest time in milliseconds after which to delete a row.
const SHORTEST: i64 = 1_000;

/// The number of minutes after which to delete a row. Zero means never.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
pub(crate) struct Minutes(f64);

impl TryFrom<f64> for Minutes {
    type Error = String;

    fn try_from(minutes: f64) -> Result<Self, String> {
        if (0.0..=TEN_YEARS).contains(&minutes) {
            return Ok(Self(minutes));
        }
        Err(format!(
            "expected a number from 0 to {TEN_YEARS}, found {minutes}"
        ))
    }
}

impl Minutes {
    /// Returns the time in milliseconds since 1970 at which to delete a row that is added now.
    // The range rules out overflow, and a fraction of a millisecond doesn't matter.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn after_now(self) -> Option<i64> {
        (self.0 > 0.0).then(|| now() + SHORTEST.max((self.0 * 60_000.0) as i64))
    }
}
