//! The rate at which callers may use a limit, computed by `governor`.

use crate::endpoint::limits::Limit;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;
use std::time::Duration;

/// The rate limiter of a policy: a bucket of `amount` units, which drains evenly over the window.
///
/// The limiter keeps no state and reads no clock. The caller's counter passes the backlog, which is the time
/// until the bucket is empty. `governor`'s stores aren't suitable. If one policy refuses a call, the call must
/// not count towards the others, but these stores can neither check a call without counting it nor undo the
/// count.
///
/// The type of the middleware is explicit, because its default depends on the features of `governor` that
/// other crates enable.
pub(crate) struct Bucket {
    limiter: RateLimiter<Backlog, BacklogStore, Standstill, NoOpMiddleware<Nanos>>,
    /// The number of nanoseconds that one unit takes to drain.
    unit: u64,
    amount: u32,
}

/// The nanoseconds until a bucket is empty. The limiter looks up a state by its key. Here, the key is the
/// state.
#[derive(Clone, PartialEq, Eq)]
struct Backlog(Cell<u64>);

impl Hash for Backlog {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.get().hash(state);
    }
}

struct BacklogStore;

impl StateStore for BacklogStore {
    type Key = Backlog;

    fn measure_and_replace<T, F, E>(&self, backlog: &Backlog, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (outcome, next) = decide(Some(backlog.0.get().into()))?;
        backlog.0.set(next.into());
        Ok(outcome)
    }
}

/// The longest window that also has a bucket, in seconds.
pub(crate) const LONGEST_RATE: u32 = 60 * 60;

/// A stopped clock, because a backlog is relative to the time of the call.
struct Standstill;

impl Clock for Standstill {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::default()
    }
}

/// The reason why units don't fit into a bucket.
pub(crate) enum NotNow {
    /// They fit after this number of nanoseconds.
    Wait(u64),
    /// They never fit.
    Never,
}

/// Returns the nanoseconds that one unit takes to drain, if `amount` units drain within `window` nanoseconds.
/// The amount isn't zero.
pub(crate) fn unit_of(amount: u32, window: u64) -> u64 {
    (window / u64::from(amount.max(1))).max(1)
}

impl Bucket {
    /// Creates the limiter of a limit, or returns `None` if the window is so long that it has no bucket.
    pub(crate) fn of_limit(limit: Limit) -> Option<Self> {
        let window = limit.window();
        if window > Duration::from_secs(u64::from(LONGEST_RATE)) {
            return None;
        }
        let nanoseconds = u64::try_from(window.as_nanos()).ok()?;
        Self::new(NonZeroU32::new(limit.amount())?, nanoseconds)
    }

    /// Creates the limiter for `amount` units in a window of this number of nanoseconds.
    fn new(amount: NonZeroU32, window: u64) -> Option<Self> {
        let unit = unit_of(amount.get(), window);
        let quota = Quota::with_period(Duration::from_nanos(unit))?.allow_burst(amount);
        Some(Self {
            limiter: RateLimiter::new(quota, BacklogStore, Standstill),
            unit,
            amount: amount.get(),
        })
    }

    /// Adds units to a bucket with this backlog, and returns the new backlog.
    ///
    /// # Errors
    /// Fails if the units don't fit.
    pub(crate) fn add(&self, backlog: u64, units: NonZeroU32) -> Result<u64, NotNow> {
        // After a large drop of the limit, the backlog can be so long that a sum in `governor` would overflow.
        let longest = self.capacity().saturating_mul(2);
        let excess = backlog.saturating_sub(longest);
        let backlog = Backlog(Cell::new(backlog - excess));
        match self.limiter.check_key_n(&backlog, units) {
            Ok(Ok(())) => Ok(backlog.0.get()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(Nanos::default());
                let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
                Err(NotNow::Wait(wait.saturating_add(excess)))
            }
            Err(_) => Err(NotNow::Never),
        }
    }

    /// Returns the number of units that fit into a bucket with this backlog, and the nanoseconds until
    /// another unit fits.
    pub(crate) fn space(&self, backlog: u64) -> (u32, u64) {
        let capacity = self.capacity();
        let free = capacity.saturating_sub(backlog);
        let units = u32::try_from(free / self.unit).unwrap_or(u32::MAX);
        let wait = match backlog.checked_sub(capacity) {
            Some(excess) => excess.saturating_add(self.unit),
            None => self.unit - free % self.unit,
        };
        (units, wait)
    }

    /// Returns the backlog of a full bucket.
    fn capacity(&self) -> u64 {
        self.unit.saturating_mul(u64::from(self.amount))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, NotNow};
    use std::num::NonZeroU32;

    const MINUTE: u64 = 60_000_000_000;

    fn units(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).expect("a positive number")
    }

    #[test]
    fn a_bucket_holds_its_amount_and_drains_evenly() {
        let bucket = Bucket::new(units(60), MINUTE).expect("a bucket");
        let full = bucket.add(0, units(60)).unwrap_or_default();
        assert_eq!(full, MINUTE);
        assert_eq!(bucket.space(full), (0, MINUTE / 60));
        assert_eq!(bucket.space(full - MINUTE / 60), (1, MINUTE / 60));
        assert_eq!(bucket.space(0).0, 60);
        assert!(
            matches!(bucket.add(full, units(1)), Err(NotNow::Wait(wait)) if wait == MINUTE / 60)
        );
        assert!(bucket.add(full - MINUTE / 60, units(1)).is_ok());
        assert!(matches!(bucket.add(0, units(61)), Err(NotNow::Never)));
    }

    #[test]
    fn no_backlog_is_too_long() {
        let bucket = Bucket::new(units(10), MINUTE).expect("a bucket");
        for backlog in [MINUTE, 2 * MINUTE, 3 * MINUTE, u64::MAX / 2, u64::MAX] {
            let Err(NotNow::Wait(wait)) = bucket.add(backlog, units(2)) else {
                panic!("two units fit into {backlog}")
            };
            assert_eq!(wait, backlog - MINUTE * 8 / 10);
        }
    }

    #[test]
    fn the_largest_amounts_have_buckets() {
        for (amount, window) in [
            (1_000_000_000, 1_000_000_000),
            (1, u64::from(u32::MAX)),
            (7, 1),
        ] {
            let bucket = Bucket::new(units(amount), window).expect("a bucket");
            assert!(bucket.add(0, units(amount)).is_ok());
        }
    }
}
