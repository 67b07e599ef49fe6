//! Times as text, and the clock that decisions use.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The last second that RFC 3339 can show: the end of the year 9999.
pub(crate) const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Shows a time in UTC, such as `2026-12-01T00:00:00Z`. Times before 1970 and after 9999 are shown as
/// the nearest time in that range.
pub(crate) fn rfc3339(time: SystemTime) -> impl fmt::Display {
    let since_epoch = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since_epoch.min(LAST_SECOND))
}

/// Shows a time like [`rfc3339`], but includes any fractional seconds. [`parse_rfc3339`] reads
/// the text back as the same time.
#[cfg(any(feature = "serde", feature = "cli"))]
pub(crate) fn rfc3339_exact(time: SystemTime) -> impl fmt::Display {
    let last = SystemTime::UNIX_EPOCH + LAST_SECOND;
    humantime::format_rfc3339(time.clamp(SystemTime::UNIX_EPOCH, last))
}

/// Reads a time in UTC, such as `2026-12-01T00:00:00Z` or `2026-12-01T00:00:00.5Z`, from 1970 to 9999.
#[cfg(any(feature = "cli", feature = "toml", feature = "redis", feature = "sqlx"))]
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let (seconds, after_seconds) = text.split_at_checked("2026-12-01T00:00:00".len())?;
    let fraction = after_seconds.strip_suffix('Z')?;
    // `humantime` also accepts texts after the seconds that aren't fractions.
    let is_fraction = fraction
        .strip_prefix('.')
        .map_or(fraction.is_empty(), |digits| {
            (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    let time = is_fraction.then(|| humantime::parse_rfc3339(text).ok())??;
    // `humantime` reads a leap second as the previous second. The time would then differ from the text.
    let written = humantime::format_rfc3339(time).to_string();
    written.starts_with(seconds).then_some(time)
}

/// The clock that decides whether subscriptions and overrides have ended. Tests can replace the clock.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Returns whether another clock replaces the system clock.
    #[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
    pub(crate) fn is_replaced(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.as_ref().map_or_else(SystemTime::now, |now| now())
    }
}

#[cfg(test)]
mod tests {
    use super::{LAST_SECOND, parse_rfc3339, rfc3339, rfc3339_exact};
    use std::time::{Duration, SystemTime};

    #[test]
    fn every_time_can_be_shown() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(rfc3339(epoch).to_string(), "1970-01-01T00:00:00Z");
        let before = epoch - Duration::from_secs(1);
        assert_eq!(rfc3339(before).to_string(), "1970-01-01T00:00:00Z");
        for after in [LAST_SECOND, LAST_SECOND + Duration::from_secs(1)] {
            assert_eq!(rfc3339(epoch + after).to_string(), "9999-12-31T23:59:59Z");
        }
    }
    #[test]
    fn an_exact_time_can_be_read_again() {
        let epoch = SystemTime::UNIX_EPOCH;
        for since_epoch in [
            Duration::ZERO,
            Duration::new(1_764_547_200, 1),
            Duration::new(1_764_547_200, 500_000_000),
            LAST_SECOND,
        ] {
            let text = rfc3339_exact(epoch + since_epoch).to_string();
            assert_eq!(parse_rfc3339(&text), Some(epoch + since_epoch), "{text}");
        }
        let hour = Duration::from_secs(3600);
        assert_eq!(
            rfc3339_exact(epoch - hour).to_string(),
            "1970-01-01T00:00:00Z"
        );
        let last = epoch + LAST_SECOND;
        assert_eq!(
            rfc3339_exact(last + hour).to_string(),
            "9999-12-31T23:59:59Z"
        );
        for text in [
            "",
            "tomorrow",
            "2026-12-01",
            "2026-12-01T00:00:00",
            "2026-12-01T00:00:00.Z",
            "2026-12-01T00:00:00.1234567890Z",
            "2026-12-01T00:00:00ZZ",
            "2026-12-01T00:00:00+00:00",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
