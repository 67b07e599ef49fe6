//! Reads the ends of subscriptions from stores.
//!
//! Valid times are from 1970 to 9999. A later time is probably a mistake, such as milliseconds instead
//! of seconds, and would grant a tier forever.

use crate::access::time::{LAST_SECOND, parse_rfc3339};
use std::time::{Duration, SystemTime};

/// Reads Unix seconds.
pub(super) fn time_from_unix_seconds(seconds: i64) -> Option<SystemTime> {
    time_since_1970(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Reads microseconds since 1970.
#[cfg_attr(not(feature = "sqlx"), allow(dead_code))]
pub(super) fn time_from_unix_microseconds(microseconds: i64) -> Option<SystemTime> {
    time_since_1970(Duration::from_micros(u64::try_from(microseconds).ok()?))
}

/// Reads a time in RFC 3339, such as `2026-12-01T00:00:00Z`. The time zone must be UTC.
pub(super) fn time_from_rfc3339(text: &str) -> Option<SystemTime> {
    match text.strip_suffix("+00:00") {
        Some(time) => parse_rfc3339(&format!("{time}Z")),
        None => parse_rfc3339(text),
    }
}

/// Reads Unix seconds in digits, or a time in RFC 3339.
#[cfg_attr(not(feature = "redis"), allow(dead_code))]
pub(super) fn time_from_text(text: &str) -> Option<SystemTime> {
    if is_digits(text) {
        time_from_unix_seconds(number_from_digits(text)?)
    } else {
        time_from_rfc3339(text)
    }
}

/// Reads a number in digits, without a sign and without leading zeros.
#[cfg_attr(not(feature = "redis"), allow(dead_code))]
pub(super) fn number_from_digits(text: &str) -> Option<i64> {
    let is_canonical = is_digits(text) && (text == "0" || !text.starts_with('0'));
    is_canonical.then(|| text.parse().ok())?
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn time_since_1970(duration: Duration) -> Option<SystemTime> {
    let is_until_9999 = duration.as_secs() <= LAST_SECOND.as_secs();
    is_until_9999.then(|| SystemTime::UNIX_EPOCH.checked_add(duration))?
}

#[cfg(test)]
mod tests {
    use super::{number_from_digits, time_from_unix_seconds};
    use super::{time_from_rfc3339, time_from_text, time_from_unix_microseconds};
    use std::time::{Duration, SystemTime};

    fn after_1970(duration: Duration) -> SystemTime {
        SystemTime::UNIX_EPOCH + duration
    }

    #[test]
    fn numbers_are_times_from_1970_to_9999() {
        for seconds in [0_i64, 1, 1_796_083_200, 253_402_300_799] {
            let expected = after_1970(Duration::from_secs(seconds.unsigned_abs()));
            assert_eq!(time_from_unix_seconds(seconds), Some(expected));
            assert_eq!(
                time_from_unix_microseconds(seconds * 1_000_000),
                Some(expected)
            );
        }
        // The last microsecond of 9999.
        assert!(time_from_unix_microseconds(253_402_300_799_999_999).is_some());
        assert!(time_from_unix_microseconds(253_402_300_800_000_000).is_none());
        // The third number is in milliseconds.
        for seconds in [-1, 253_402_300_800, 1_796_083_200_000, i64::MIN, i64::MAX] {
            assert_eq!(time_from_unix_seconds(seconds), None);
        }
        for microseconds in [-1, i64::MIN, i64::MAX] {
            assert_eq!(time_from_unix_microseconds(microseconds), None);
        }
    }

    #[test]
    fn texts_are_times_in_utc() {
        let december = Duration::from_secs(1_796_083_200);
        for (text, fraction) in [
            ("2026-12-01T00:00:00Z", 0),
            ("2026-12-01T00:00:00+00:00", 0),
            ("2026-12-01T00:00:00.250Z", 250_000_000),
            ("2026-12-01T00:00:00.000000001+00:00", 1),
        ] {
            let expected = after_1970(december + Duration::from_nanos(fraction));
            assert_eq!(time_from_rfc3339(text), Some(expected), "{text}");
            assert_eq!(time_from_text(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "2026-12-01",
            "2026-12-01 00:00:00",
            "2026-12-01 00:00:00Z",
            "2026-12-01T00:00:00",
            "2026-12-01T00:00:00+01:00",
            "2026-12-01T00:00:00-00:00",
            "2026-12-01T00:00:00z",
            "2026-12-01T00:00:00ZZ",
            "2026-12-01T00:00:00.Z",
            "2026-12-01T00:00:00.1234567890Z",
            "2026-12-01T00:00:00Z+00:00",
            "2026-12-01T00:00:00é",
            "2026-12-01T00:00:0é0Z",
            "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
            "infinity",
        ] {
            assert_eq!(time_from_rfc3339(text), None, "{text}");
            assert_eq!(time_from_text(text), None, "{text}");
        }
        assert_eq!(time_from_text("1796083200"), Some(after_1970(december)));
        for text in [
            "-1",
            "+1",
            "01",
            " 1",
            "1.0",
            "1796083200000",
            "99999999999999999999",
        ] {
            assert_eq!(time_from_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_in_digits_has_one_spelling() {
        for (text, number) in [("0", 0), ("7", 7), ("10", 10)] {
            assert_eq!(number_from_digits(text), Some(number));
        }
        for text in [
            "",
            "00",
            "07",
            "+7",
            "-7",
            "7 ",
            "7.0",
            "٧",
            "99999999999999999999",
        ] {
            assert_eq!(number_from_digits(text), None, "{text}");
        }
    }
}
