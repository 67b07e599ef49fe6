//! The ends of cached subscriptions.

use std::time::SystemTime;
use tokio::time::Instant;

/// A reading of both clocks.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) wall: SystemTime,
    pub(super) monotonic: Instant,
}

/// When the subscription of a cached caller ends.
///
/// A result is usable only on one side of the end: a result from before the end must not be used after
/// it, and the reverse. Neither clock can detect this alone. The monotonic clock may stop while the
/// machine is suspended, and the wall clock may be set back.
#[derive(Clone, Copy)]
pub(super) struct End {
    wall: SystemTime,
    /// The end according to the monotonic clock, if the lookup began before the end. A time too far in
    /// the future is `None`.
    monotonic: Option<Instant>,
    had_passed: bool,
}

impl End {
    /// Creates the end of a caller whose lookup began at this moment.
    pub(super) fn new(end: SystemTime, lookup_began: Moment) -> Self {
        let remaining = end.duration_since(lookup_began.wall).ok();
        let remaining = remaining.filter(|remaining| !remaining.is_zero());
        Self {
            wall: end,
            monotonic: remaining.and_then(|left| lookup_began.monotonic.checked_add(left)),
            had_passed: remaining.is_none(),
        }
    }

    /// Returns whether the lookup and this moment are on different sides of the end.
    pub(super) fn is_between_lookup_and(&self, now: Moment) -> bool {
        let has_passed =
            self.wall <= now.wall || self.monotonic.is_some_and(|end| end <= now.monotonic);
        has_passed != self.had_passed
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Moment};
    use std::time::{Duration, SystemTime};
    use tokio::time::Instant;

    const HOUR: Duration = Duration::from_secs(3600);
    const SECOND: Duration = Duration::from_secs(1);
    const ALMOST_AN_HOUR: Duration = Duration::from_secs(3599);

    #[test]
    fn each_clock_can_reach_the_end() {
        let began = Moment {
            wall: SystemTime::UNIX_EPOCH + 10 * HOUR,
            monotonic: Instant::now(),
        };
        let end = End::new(began.wall + HOUR, began);
        let is_over = |wall: SystemTime, elapsed: Duration| {
            let monotonic = began.monotonic + elapsed;
            end.is_between_lookup_and(Moment { wall, monotonic })
        };
        assert!(!is_over(began.wall, Duration::ZERO));
        assert!(!is_over(began.wall + ALMOST_AN_HOUR, ALMOST_AN_HOUR));
        assert!(is_over(began.wall + HOUR, HOUR));
        // The machine was suspended.
        assert!(is_over(began.wall + HOUR, SECOND));
        // The wall clock was set back.
        assert!(!is_over(began.wall - HOUR, ALMOST_AN_HOUR));
        assert!(is_over(began.wall, HOUR));
    }

    #[test]
    fn a_result_from_after_the_end_is_not_used_before_it() {
        let began = Moment {
            wall: SystemTime::UNIX_EPOCH + 10 * HOUR,
            monotonic: Instant::now(),
        };
        for passed in [Duration::ZERO, HOUR] {
            let end = End::new(began.wall - passed, began);
            assert!(!end.is_between_lookup_and(began));
            let later = Moment {
                wall: began.wall + 1000 * HOUR,
                monotonic: began.monotonic + 1000 * HOUR,
            };
            assert!(!end.is_between_lookup_and(later));
            let earlier = Moment {
                wall: began.wall - passed - SECOND,
                monotonic: began.monotonic + SECOND,
            };
            assert!(end.is_between_lookup_and(earlier));
        }
    }

    #[test]
    fn a_distant_end_does_not_overflow() {
        let began = Moment {
            wall: SystemTime::UNIX_EPOCH,
            monotonic: Instant::now(),
        };
        let mut distant = SystemTime::UNIX_EPOCH;
        let mut step = Duration::from_secs(1 << 62);
        while step >= SECOND {
            distant = distant.checked_add(step).unwrap_or(distant);
            step /= 2;
        }
        assert!(!End::new(distant, began).is_between_lookup_and(began));
    }
}
