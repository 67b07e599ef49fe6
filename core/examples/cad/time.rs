//! Times in answers.

use humantime::format_rfc3339_seconds;
use std::time::{Duration, UNIX_EPOCH};

/// The largest time that can be written: the last second of the year 9999.
const LAST: u64 = 253_402_300_799_000;

/// Writes milliseconds since 1970 as in RFC 3339.
pub(crate) fn rfc3339(milliseconds: i64) -> String {
    let since_1970 = u64::try_from(milliseconds).unwrap_or(0).min(LAST);
    format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(since_1970)).to_string()
}
