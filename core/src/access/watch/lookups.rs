//! When to look up the caller of an open connection, and the lookup that is running.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::access::watch::connection::{Lookup, LookupAgain};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// If a caller is refused during a lookup, the connection waits this long for the result, which may allow the
/// caller.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// The time between the first two lookups of an outage. Each further time is twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest time between two lookups of an outage.
const LAST_RETRY: Duration = Duration::from_secs(30);

/// Longer times would overflow when they are added.
const LONGEST_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The lookups of a connection's caller.
pub(super) struct Lookups<T> {
    lookup: Arc<dyn LookupAgain<T>>,
    running: Option<Running<T>>,
    /// When to look up the caller even if nothing seems to have changed.
    next_at: Instant,
    /// When the lookup began that returned the caller. `None` if this was the guard's lookup.
    known_since: Option<SystemTime>,
    outage: Option<Outage>,
    /// A factor that differs between connections. It spreads their lookups over time.
    spread: f64,
}

struct Running<T> {
    /// Never locked. The mutex makes the future `Sync`, because some frameworks require handler futures to be
    /// `Sync`.
    lookup: Mutex<Lookup<T>>,
    began_at: Instant,
    /// The same moment on the clock that decisions use.
    began: SystemTime,
}

struct Outage {
    since: Instant,
    failed_lookups: u32,
    retry_after: Duration,
}

impl<T> Lookups<T> {
    /// Plans the first lookup. `is_registered` is whether the source announces changes.
    pub(super) fn new(lookup: Arc<dyn LookupAgain<T>>, is_registered: bool) -> Self {
        let mut lookups = Self {
            lookup,
            running: None,
            next_at: Instant::now(),
            known_since: None,
            outage: None,
            spread: spread(),
        };
        // The source may have changed between the guard's lookup and the registration, so the first lookup is
        // due now. Without a registration, the guard's lookup is recent enough.
        if !is_registered {
            lookups.wait_for_interval();
        }
        lookups
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Returns whether it is time for a lookup even if nothing seems to have changed.
    pub(super) fn is_due(&self) -> bool {
        self.next_at <= Instant::now()
    }

    /// Returns whether the source may know more about a subscription that has ended at this time. The
    /// customer may have renewed it since the last lookup.
    pub(super) fn may_know_renewal(&self, end: SystemTime) -> bool {
        self.outage.is_none() && self.known_since.is_none_or(|since| since < end)
    }

    /// Starts a lookup. `now` is the time on the clock that decisions use.
    pub(super) fn start(&mut self, now: SystemTime) {
        self.running = Some(Running {
            lookup: Mutex::new(self.lookup.clone().look_up()),
            began_at: Instant::now(),
            began: now,
        });
    }

    /// Returns whether a lookup has begun so recently that a refusal should wait for its result.
    pub(super) fn may_answer_soon(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.began_at.elapsed() < PATIENCE)
    }

    /// Waits for the result of the running lookup, and plans the next lookup. If no lookup is running, waits
    /// forever.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Resolution<Caller<T>>> {
        let Some(running) = &mut self.running else {
            return Poll::Pending;
        };
        let lookup = running.lookup.get_mut();
        let lookup = lookup.unwrap_or_else(PoisonError::into_inner);
        let resolution = ready!(lookup.as_mut().poll(context));
        let (began_at, began) = (running.began_at, running.began);
        self.running = None;
        if let Resolution::SourceUnavailable { retry_after } = resolution {
            self.count_failure(began_at, retry_after);
        } else {
            self.outage = None;
            self.known_since = Some(began);
            self.wait_for_interval();
        }
        Poll::Ready(resolution)
    }

    fn wait_for_interval(&mut self) {
        let interval = self.lookup.interval().min(LONGEST_TIME);
        self.next_at = Instant::now() + interval.mul_f64(self.spread);
    }

    /// Plans the next lookup of an outage. The last one is due when the grace period ends.
    fn count_failure(&mut self, began_at: Instant, retry_after: Duration) {
        // The lookup may have waited for its turn while the source responded to others.
        let last_response = self.lookup.last_response();
        let outage = self.outage.get_or_insert_with(|| Outage {
            since: last_response.map_or(began_at, |last| last.max(began_at)),
            failed_lookups: 0,
            retry_after,
        });
        let wait = FIRST_RETRY * (1 << outage.failed_lookups.min(5));
        outage.failed_lookups += 1;
        outage.retry_after = retry_after;
        let next_at = Instant::now() + wait.min(LAST_RETRY).mul_f64(self.spread);
        self.next_at = self.grace_left().map_or(next_at, |end| end.min(next_at));
    }

    /// Returns the end of the grace period of an outage.
    fn grace_end(&self) -> Option<Instant> {
        let grace = self.lookup.outage_grace().min(LONGEST_TIME);
        Some(self.outage.as_ref()?.since + grace)
    }

    /// Returns the end of the grace period if it is in the future.
    fn grace_left(&self) -> Option<Instant> {
        self.grace_end().filter(|end| *end > Instant::now())
    }

    /// If the source has been unavailable for longer than the grace period, returns how long the client
    /// should wait.
    pub(super) fn exhausted_grace(&self) -> Option<Duration> {
        let outage = self.outage.as_ref()?;
        self.grace_left().is_none().then_some(outage.retry_after)
    }

    /// Returns the next time at which the decision may change without a signal or a result.
    pub(super) fn next_change(&self) -> Option<Instant> {
        let next = match &self.running {
            Some(running) => Some(running.began_at + PATIENCE).filter(|end| *end > Instant::now()),
            None => Some(self.next_at),
        };
        next.into_iter().chain(self.grace_left()).min()
    }
}

/// Returns a random factor from 0.75 to 1.
fn spread() -> f64 {
    let random = RandomState::new().hash_one(()) % 1024;
    let random = f64::from(u16::try_from(random).unwrap_or_default()) / 1024.0;
    1.0 - random / 4.0
}
