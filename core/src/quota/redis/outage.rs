//! What happens while the shared store is unavailable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens to calls while the shared store is unavailable.
///
/// ```
/// use tiergate::quota::OnOutage;
///
/// assert_eq!(OnOutage::default(), OnOutage::LocalShare(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnOutage {
    /// Each machine counts in its own memory, and divides each limit by this number of machines. The result
    /// is rounded up, so every machine allows at least one call. If you have fewer machines, callers get less
    /// than their limits. If you have more machines, callers get more.
    LocalShare(u32),
    /// Every call from a limited caller is refused with 503 `quota_store_unavailable`.
    Deny,
    /// Every call is allowed. Limits don't apply during an outage.
    Allow,
}

impl Default for OnOutage {
    fn default() -> Self {
        Self::LocalShare(1)
    }
}

impl OnOutage {
    /// Describes the setting for logs.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::LocalShare(0 | 1) => "each machine allows the full limits (to divide them, \
                pass the number of machines to `OnOutage::LocalShare`)"
                .to_owned(),
            Self::LocalShare(machines) => format!("each machine allows 1/{machines} of each limit"),
            Self::Deny => "limited calls are refused".to_owned(),
            Self::Allow => "limits don't apply".to_owned(),
        }
    }
}

/// Remembers that the store failed. Calls then don't wait for the store, except for one call per interval,
/// which tries the store again.
#[derive(Default)]
pub(crate) struct OutageState {
    /// When the store is tried again, in nanoseconds. 0 if it is available.
    retry_at: AtomicU64,
    /// When a call last failed, in nanoseconds. 0 if the end of the outage was logged.
    failed_at: AtomicU64,
}

/// The nanoseconds between attempts to reach a failed store.
pub(crate) const RETRY_INTERVAL: u64 = 1_000_000_000;

/// The nanoseconds without a failed call after which the log states that the outage has ended. If some servers
/// of a cluster are unavailable, calls fail and succeed in turn.
const QUIET_TIME: u64 = 10_000_000_000;

impl OutageState {
    /// Returns whether the call should try the store.
    pub(crate) fn should_try(&self, now: u64) -> bool {
        let retry_at = self.retry_at.load(Ordering::Relaxed);
        if retry_at == 0 {
            return true;
        }
        let next = now.saturating_add(RETRY_INTERVAL);
        now >= retry_at
            && self
                .retry_at
                .compare_exchange(retry_at, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Lets the next call try the store, because the call that was trying the store was cancelled.
    fn abandoned(&self) {
        let retry_at = self.retry_at.load(Ordering::Relaxed);
        if retry_at != 0 {
            // Another call may have succeeded or failed in the meantime. The only effect is one more attempt.
            let _ =
                self.retry_at
                    .compare_exchange(retry_at, 1, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Records a failure. Returns whether to log the beginning of an outage.
    pub(crate) fn failed(&self, now: u64) -> bool {
        let next = now.saturating_add(RETRY_INTERVAL);
        self.retry_at.store(next, Ordering::Relaxed);
        self.failed_at.swap(now.max(1), Ordering::Relaxed) == 0
    }

    /// Records a success. Returns whether to log the end of an outage.
    pub(crate) fn succeeded(&self, now: u64) -> bool {
        let failed_at = self.failed_at.load(Ordering::Relaxed);
        if failed_at == 0 {
            return false;
        }
        self.retry_at.store(0, Ordering::Relaxed);
        now.saturating_sub(failed_at) >= QUIET_TIME
            && self
                .failed_at
                .compare_exchange(failed_at, 0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// A call that tries the store. If it is dropped before it has a result, the next call tries the store.
/// Otherwise, clients could prolong an outage by closing their connections.
pub(crate) struct Attempt(Option<Arc<OutageState>>);

impl Attempt {
    pub(crate) fn new(outage: &Arc<OutageState>) -> Self {
        Self(Some(outage.clone()))
    }

    /// Ends the attempt, because there is a result.
    pub(crate) fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(outage) = &self.0 {
            outage.abandoned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, OutageState, QUIET_TIME, RETRY_INTERVAL};
    use std::sync::Arc;

    #[test]
    fn one_call_in_each_interval_tries_a_failed_store() {
        let state = OutageState::default();
        assert!(state.should_try(5) && state.should_try(5));
        state.failed(5);
        assert!(!state.should_try(5 + RETRY_INTERVAL - 1));
        assert!(state.should_try(5 + RETRY_INTERVAL));
        assert!(!state.should_try(5 + RETRY_INTERVAL));
        state.succeeded(6 + RETRY_INTERVAL);
        assert!(state.should_try(6 + RETRY_INTERVAL));
    }

    #[test]
    fn calls_that_fail_in_turn_are_one_outage() {
        let state = OutageState::default();
        assert!(!state.succeeded(0));
        assert!(state.failed(0));
        for second in 1..100 {
            assert!(!state.succeeded(second * RETRY_INTERVAL));
            assert!(!state.failed(second * RETRY_INTERVAL));
        }
        let last = 99 * RETRY_INTERVAL;
        assert!(!state.succeeded(last + QUIET_TIME - 1));
        assert!(state.succeeded(last + QUIET_TIME));
        assert!(!state.succeeded(last + QUIET_TIME));
        assert!(state.failed(last + QUIET_TIME));
    }

    #[test]
    fn an_abandoned_attempt_lets_the_next_call_try() {
        let state = Arc::new(OutageState::default());
        drop(Attempt::new(&state));
        assert!(state.should_try(5), "there is no outage");
        assert!(state.failed(5));
        assert!(state.should_try(5 + RETRY_INTERVAL));
        Attempt::new(&state).finish();
        assert!(!state.should_try(6 + RETRY_INTERVAL));
        drop(Attempt::new(&state));
        assert!(state.should_try(6 + RETRY_INTERVAL));
        assert!(!state.should_try(6 + RETRY_INTERVAL));
    }
}
