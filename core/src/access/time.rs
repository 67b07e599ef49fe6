//! Times in texts, and the clock that decisions use.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The last second that RFC 3339 can show: the end of the year 9999.
pub(crate) const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);

/// Shows a time in UTC, such as `2026-12-01T00:00:00Z`. Times before 1970 and after 9999 are shown as the
/// nearest time in between.
pub(crate) fn rfc3339(time: SystemTime) -> impl fmt::Display {
    let since_epoch = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since_epoch.min(LAST_SECOND))
}

/// The clock that is compared with the ends of subscriptions and overrides. Tests can replace it.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Returns whether the clock isn't the system's.
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
    use super::{LAST_SECOND, rfc3339};
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
}
