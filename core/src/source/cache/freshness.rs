#[cfg(feature = "watch")]
use crate::access::watch::signal::{ChangeSignal, Registration, SignalHub};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The number of groups into which callers are divided. Invalidating one caller invalidates the
/// caller's whole group. This causes few extra lookups as long as there are many more groups than
/// invalidations per second.
const INVALIDATION_GROUPS: usize = 4096;

/// Decides which cache entries are still fresh.
///
/// A logical clock counts invalidations and reconnections. Each entry stores the clock's value from
/// just before its lookup began. Each invalidation stores the clock's value too. An invalidation with a
/// later value than the entry's makes the entry unusable, even if the lookup is still in progress.
///
/// All threads must agree on one order of invalidations and reconnections. The atomic operations that
/// record them are therefore `SeqCst`.
pub(crate) struct Freshness {
    clock: AtomicU64,
    /// The logical clock's value when each group was last invalidated.
    group_invalidated_at: Box<[AtomicU64]>,
    /// The logical clock's value when all entries were last invalidated.
    all_invalidated_at: AtomicU64,
    /// The logical clock's value when listening last resumed. Invalidations before that moment may have
    /// been missed.
    listening_resumed_at: AtomicU64,
    channels: Mutex<Channels>,
    /// Whether at least one channel exists and every channel is connected. This flag changes only while
    /// `channels` is locked.
    is_listening: AtomicBool,
    /// Whether the source has returned a caller with an id.
    has_ids: AtomicBool,
    /// Whether the source has returned a caller without an id.
    has_callers_without_id: AtomicBool,
    is_warned: AtomicBool,
    hasher: RandomState,
    /// The open connections that invalidations wake.
    #[cfg(feature = "watch")]
    connections: SignalHub,
}

#[derive(Default)]
pub(super) struct Channels {
    pub(super) open: usize,
    pub(super) connected: usize,
}

impl Freshness {
    pub(crate) fn new() -> Self {
        Self::with_groups(INVALIDATION_GROUPS)
    }

    fn with_groups(groups: usize) -> Self {
        Self {
            clock: AtomicU64::new(1),
            group_invalidated_at: (0..groups).map(|_| AtomicU64::new(0)).collect(),
            all_invalidated_at: AtomicU64::new(0),
            listening_resumed_at: AtomicU64::new(0),
            channels: Mutex::default(),
            is_listening: AtomicBool::new(false),
            has_ids: AtomicBool::new(false),
            has_callers_without_id: AtomicBool::new(false),
            is_warned: AtomicBool::new(false),
            hasher: RandomState::new(),
            #[cfg(feature = "watch")]
            connections: SignalHub::default(),
        }
    }

    /// Returns the logical clock's value. Call this before a lookup begins.
    pub(crate) fn current_tick(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Returns the invalidation group of a caller's id or of a key's digest.
    pub(crate) fn group(&self, id_or_digest: &[u8]) -> usize {
        let groups = self.group_invalidated_at.len() as u64;
        // The remainder is less than `groups`, so it fits in a `usize`.
        #[allow(clippy::cast_possible_truncation)]
        let group = (self.hasher.hash_one(id_or_digest) % groups) as usize;
        group
    }

    /// Registers an open connection by its key and by the caller's id.
    #[cfg(feature = "watch")]
    pub(crate) fn register(
        &self,
        digest: &[u8; 32],
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Registration {
        let of_id = id.map(|id| self.connection_key(id.as_bytes()));
        let keys = of_id.into_iter().chain([self.connection_key(digest)]);
        self.connections.register(keys, signal)
    }

    #[cfg(feature = "watch")]
    fn connection_key(&self, id_or_digest: &[u8]) -> u64 {
        self.hasher.hash_one(id_or_digest)
    }

    /// Wakes the connections of a caller's id or of a key's digest.
    #[cfg_attr(not(feature = "watch"), allow(clippy::unused_self))]
    fn wake(&self, id_or_digest: &[u8]) {
        #[cfg(feature = "watch")]
        self.connections
            .for_key(self.connection_key(id_or_digest), ChangeSignal::wake);
        #[cfg(not(feature = "watch"))]
        let _ = id_or_digest;
    }

    #[cfg_attr(not(feature = "watch"), allow(clippy::unused_self))]
    fn wake_all(&self) {
        #[cfg(feature = "watch")]
        self.connections.for_all(ChangeSignal::wake);
    }

    /// Invalidates the entry of a key.
    pub(crate) fn invalidate_key(&self, digest: &[u8; 32]) {
        self.invalidate_group(self.group(digest));
        self.wake(digest);
    }

    /// Invalidates a group's entries.
    fn invalidate_group(&self, group: usize) {
        // The clock advances before the group is marked. A lookup that begins after the clock has
        // advanced reads the changed store, so the mark doesn't affect its entry.
        let tick = self.next_tick();
        if let Some(invalidated_at) = self.group_invalidated_at.get(group) {
            invalidated_at.fetch_max(tick, Ordering::SeqCst);
        }
    }

    /// Records whether a caller has an id, for the warning in
    /// [`invalidate_caller`](Self::invalidate_caller).
    pub(crate) fn record_caller(&self, has_id: bool) {
        let flag = if has_id {
            &self.has_ids
        } else {
            &self.has_callers_without_id
        };
        flag.store(true, Ordering::Relaxed);
    }

    /// Invalidates the entries with this caller id.
    pub(crate) fn invalidate_caller(&self, id: &str) {
        self.invalidate_group(self.group(id.as_bytes()));
        self.wake(id.as_bytes());
        let has_no_effect = self.has_callers_without_id.load(Ordering::Relaxed)
            && !self.has_ids.load(Ordering::Relaxed);
        if has_no_effect && !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "an invalidation had no effect because the source returns no caller ids; return an id, such as \
                 the second column of a query, or cached tiers stay in use until their time to live is over"
            );
        }
    }

    /// Invalidates every entry.
    pub(crate) fn invalidate_all(&self) {
        let tick = self.next_tick();
        self.all_invalidated_at.fetch_max(tick, Ordering::SeqCst);
        self.wake_all();
    }

    /// Returns whether nothing has invalidated either of the groups since this tick.
    pub(crate) fn is_unchanged(&self, groups: [usize; 2], since_tick: u64) -> bool {
        let is_group_unchanged = |group: usize| {
            self.group_invalidated_at
                .get(group)
                .is_some_and(|invalidated_at| invalidated_at.load(Ordering::SeqCst) <= since_tick)
        };
        self.all_invalidated_at.load(Ordering::SeqCst) <= since_tick
            && groups.into_iter().all(is_group_unchanged)
    }

    /// Returns `true` if listening hasn't resumed since this tick.
    pub(crate) fn is_after_resumption(&self, tick: u64) -> bool {
        self.listening_resumed_at.load(Ordering::SeqCst) <= tick
    }

    /// Returns whether the cache has been listening since this tick, without a known interruption.
    pub(crate) fn has_listened_since(&self, tick: u64) -> bool {
        // `is_listening` must be read first, because `update_channels` writes it last.
        self.is_listening() && self.is_after_resumption(tick)
    }

    /// Returns whether at least one channel exists and every channel is connected.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening.load(Ordering::SeqCst)
    }

    fn next_tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Applies a change to the channels. `may_have_missed` is true if the cache may have missed
    /// invalidations before the change. In this case, entries looked up before the change are
    /// unreliable.
    pub(super) fn update_channels(
        &self,
        may_have_missed: bool,
        change: impl FnOnce(&mut Channels),
    ) {
        // Nothing can panic while the lock is held, so a poisoned lock can be ignored.
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut channels);
        let is_listening = channels.open > 0 && channels.connected == channels.open;
        if may_have_missed {
            // This write must precede the write to `is_listening`. Otherwise, an entry from before this
            // change could briefly count as fresh.
            let tick = self.next_tick();
            self.listening_resumed_at.fetch_max(tick, Ordering::SeqCst);
        }
        self.is_listening.store(is_listening, Ordering::SeqCst);
        drop(channels);
        if may_have_missed {
            self.wake_all();
        }
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
        let before = freshness.current_tick();
        freshness.invalidate_group(own);
        assert!(!freshness.is_unchanged([own, own], before));
        assert!(!freshness.is_unchanged([other, own], before));
        assert!(freshness.is_unchanged([other, other], before));
        assert!(freshness.is_unchanged([own, own], freshness.current_tick()));
        freshness.invalidate_all();
        assert!(!freshness.is_unchanged([other, other], before));
    }
}
