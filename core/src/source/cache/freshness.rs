use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The number of groups into which callers are divided. An invalidation affects the caller's whole
/// group. This costs little as long as there are many more groups than invalidations per second.
const GROUPS: usize = 4096;

/// Decides which cached answers are still fresh.
///
/// A logical clock counts invalidations and reconnections. Each answer stores the clock's value from
/// before its lookup began. An invalidation with a later value makes the answer unusable, even if the
/// lookup is still in progress.
///
/// All atomic operations that affect freshness are `SeqCst`, because all threads must agree on one
/// order of these events.
pub(crate) struct Freshness {
    clock: AtomicU64,
    /// When each group was last invalidated.
    changed: Box<[AtomicU64]>,
    /// When everything was last invalidated.
    all_changed: AtomicU64,
    /// When listening last resumed. Earlier invalidations may have been missed.
    resumed: AtomicU64,
    channels: Mutex<Channels>,
    /// Whether there are channels and all are connected. It is written only while `channels` is locked.
    is_listening: AtomicBool,
    /// Whether the source has returned a caller with an id.
    has_ids: AtomicBool,
    /// Whether the source has returned a caller without an id.
    has_callers_without_id: AtomicBool,
    is_warned: AtomicBool,
    hasher: RandomState,
}

#[derive(Default)]
pub(super) struct Channels {
    pub(super) open: usize,
    pub(super) connected: usize,
}

impl Freshness {
    pub(crate) fn new() -> Self {
        Self::with_groups(GROUPS)
    }

    fn with_groups(groups: usize) -> Self {
        Self {
            clock: AtomicU64::new(1),
            changed: (0..groups).map(|_| AtomicU64::new(0)).collect(),
            all_changed: AtomicU64::new(0),
            resumed: AtomicU64::new(0),
            channels: Mutex::default(),
            is_listening: AtomicBool::new(false),
            has_ids: AtomicBool::new(false),
            has_callers_without_id: AtomicBool::new(false),
            is_warned: AtomicBool::new(false),
            hasher: RandomState::new(),
        }
    }

    /// The clock's value, read before a lookup begins.
    pub(crate) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn group(&self, of: &[u8]) -> usize {
        // The remainder fits a `usize`.
        #[allow(clippy::cast_possible_truncation)]
        let group = (self.hasher.hash_one(of) % self.changed.len() as u64) as usize;
        group
    }

    /// Invalidates the answers of a group.
    pub(crate) fn changed(&self, group: usize) {
        // Advances the clock first. A lookup that begins after this point reads the changed store.
        let moment = self.tick();
        if let Some(changed) = self.changed.get(group) {
            changed.fetch_max(moment, Ordering::SeqCst);
        }
    }

    /// Records whether a caller has an id, for the warning in [`caller_changed`](Self::caller_changed).
    pub(crate) fn record_caller(&self, has_id: bool) {
        let flag = if has_id {
            &self.has_ids
        } else {
            &self.has_callers_without_id
        };
        flag.store(true, Ordering::Relaxed);
    }

    /// Invalidates the answers with this caller id.
    pub(crate) fn caller_changed(&self, id: &str) {
        self.changed(self.group(id.as_bytes()));
        let has_no_effect = self.has_callers_without_id.load(Ordering::Relaxed)
            && !self.has_ids.load(Ordering::Relaxed);
        if has_no_effect && !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "an invalidation had no effect because the source returns no caller ids; return an id, such as \
                 the second column of a query, or cached tiers stay in use until their time to live is over"
            );
        }
    }

    /// Invalidates every answer.
    pub(crate) fn all_changed(&self) {
        let moment = self.tick();
        self.all_changed.fetch_max(moment, Ordering::SeqCst);
    }

    /// Whether no answer of these groups was invalidated after this moment.
    pub(crate) fn is_unchanged(&self, groups: [usize; 2], since: u64) -> bool {
        let unchanged = |group: usize| {
            self.changed
                .get(group)
                .is_some_and(|changed| changed.load(Ordering::SeqCst) <= since)
        };
        self.all_changed.load(Ordering::SeqCst) <= since && groups.into_iter().all(unchanged)
    }

    /// Whether listening has not resumed after this moment.
    pub(crate) fn is_after_resumption(&self, since: u64) -> bool {
        self.resumed.load(Ordering::SeqCst) <= since
    }

    /// Whether no channel is known to have missed an invalidation after this moment.
    pub(crate) fn is_covered(&self, since: u64) -> bool {
        // The order matters: `update` writes these values in the opposite order.
        self.is_listening() && self.is_after_resumption(since)
    }

    /// Whether there are channels and all are connected.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening.load(Ordering::SeqCst)
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Applies a change to the channels. `may_have_missed` is true if the cache may have missed
    /// invalidations before the change, which makes earlier answers unreliable.
    pub(super) fn update(&self, may_have_missed: bool, change: impl FnOnce(&mut Channels)) {
        // Nothing can panic while the lock is held.
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut channels);
        let is_listening = channels.open > 0 && channels.connected == channels.open;
        if may_have_missed {
            // Must precede the write to `is_listening`. Otherwise, an older answer could briefly count
            // as fresh.
            let moment = self.tick();
            self.resumed.fetch_max(moment, Ordering::SeqCst);
        }
        self.is_listening.store(is_listening, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::Freshness;

    #[test]
    fn an_invalidation_affects_lookups_that_began_before_it() {
        let freshness = Freshness::new();
        let (own, other) = (freshness.group(b"own"), freshness.group(b"other"));
        assert_ne!(
            own, other,
            "two of 4096 groups, with a chance of one in 4096"
        );
        let before = freshness.now();
        freshness.changed(own);
        assert!(!freshness.is_unchanged([own, own], before));
        assert!(!freshness.is_unchanged([other, own], before));
        assert!(freshness.is_unchanged([other, other], before));
        assert!(freshness.is_unchanged([own, own], freshness.now()));
        freshness.all_changed();
        assert!(!freshness.is_unchanged([other, other], before));
    }
}
