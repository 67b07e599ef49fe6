use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Duration;

/// The number of groups into which callers are divided. An invalidation affects the caller's whole
/// group. This costs little as long as there are many more groups than invalidations per second.
const GROUPS: usize = 4096;

/// How long a channel may be silent before its connection is tested, and how long the test may take.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before reconnecting a lost channel.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const RECONNECT: Duration = Duration::from_millis(500);

/// Decides which cached answers are still fresh.
///
/// A logical clock counts invalidations and reconnections. Each answer stores the clock's value from
/// before its lookup began. An invalidation with a later value makes the answer unusable, even if the
/// lookup is still in progress.
///
/// All atomic operations that affect freshness are `SeqCst`, because all threads must agree on one
/// order of these events.
pub(crate) struct Trust {
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
    has_nameless: AtomicBool,
    is_warned: AtomicBool,
    hasher: RandomState,
}

#[derive(Default)]
struct Channels {
    open: usize,
    connected: usize,
}

impl Trust {
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
            has_nameless: AtomicBool::new(false),
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
    pub(crate) fn filed(&self, has_id: bool) {
        let filed = if has_id {
            &self.has_ids
        } else {
            &self.has_nameless
        };
        filed.store(true, Ordering::Relaxed);
    }

    /// Invalidates the answers with this caller id.
    pub(crate) fn caller_changed(&self, id: &str) {
        self.changed(self.group(id.as_bytes()));
        let has_no_effect =
            self.has_nameless.load(Ordering::Relaxed) && !self.has_ids.load(Ordering::Relaxed);
        if has_no_effect && !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "an invalidation had no effect: the source returns no caller ids, as the second column \
                 of a query would; cached answers stay in use until their time to live is over"
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
    fn update(&self, may_have_missed: bool, change: impl FnOnce(&mut Channels)) {
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

/// A connection over which a [`Cached`](super::Cached) receives invalidations. Use it for a message
/// system that this crate doesn't support. Created by [`Cached::channel`](super::Cached::channel).
///
/// A new channel counts as disconnected. While any channel is disconnected, the cache uses answers for
/// at most its `ttl`. When a channel connects or is dropped, invalidations may have been missed. Every
/// older answer is then looked up again at its next use.
///
/// Call [`connected`](Self::connected) only after the subscription is active, and
/// [`lost`](Self::lost) as soon as it may be inactive. The [guarantee](super::Cached#guarantee)
/// requires you to pass on every change that happens in between.
///
/// ```
/// # use std::collections::HashMap;
/// # use tiergate::Cached;
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free }
/// let cached = Cached::new(HashMap::from([("a-key".to_owned(), Tier::Free)]));
/// let mut channel = cached.channel();
/// channel.connected();
/// channel.changed("customer-7");
/// channel.lost();
/// ```
pub struct Channel {
    trust: Arc<Trust>,
    is_connected: bool,
}

impl Channel {
    pub(crate) fn new(trust: Arc<Trust>) -> Self {
        trust.update(false, |channels| channels.open += 1);
        Self {
            trust,
            is_connected: false,
        }
    }

    /// Reports that invalidations arrive from now on. Earlier ones may have been missed.
    pub fn connected(&mut self) {
        let newly = usize::from(!std::mem::replace(&mut self.is_connected, true));
        self.trust
            .update(true, |channels| channels.connected += newly);
    }

    /// Reports that invalidations may be missed from now on.
    pub fn lost(&mut self) {
        let newly = usize::from(std::mem::replace(&mut self.is_connected, false));
        self.trust
            .update(false, |channels| channels.connected -= newly);
    }

    /// Invalidates the answers with this caller id, as
    /// [`Cached::invalidate`](super::Cached::invalidate) does. Send the message after the transaction
    /// that changes the plan has committed.
    pub fn changed(&self, caller: &str) {
        self.trust.caller_changed(caller);
    }

    /// Invalidates every answer.
    pub fn all_changed(&self) {
        self.trust.all_changed();
    }

    /// Handles a message. It contains the id of a caller, or is empty to invalidate every answer.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn told(&self, message: &str) {
        match message {
            "" => self.all_changed(),
            caller => self.changed(caller),
        }
    }
}

/// A dropped channel no longer counts. If all the others are connected, the cache is listening again.
/// Earlier answers must then be looked up again, because the dropped channel may have missed their
/// invalidations.
impl Drop for Channel {
    fn drop(&mut self) {
        let connected = usize::from(self.is_connected);
        self.trust.update(true, |channels| {
            channels.open -= 1;
            channels.connected -= connected;
        });
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("is_connected", &self.is_connected)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, Trust};
    use std::sync::Arc;

    #[test]
    fn an_invalidation_affects_lookups_that_began_before_it() {
        let trust = Trust::new();
        let (own, other) = (trust.group(b"own"), trust.group(b"other"));
        assert_ne!(
            own, other,
            "two of 4096 groups, with a chance of one in 4096"
        );
        let before = trust.now();
        trust.changed(own);
        assert!(!trust.is_unchanged([own, own], before));
        assert!(!trust.is_unchanged([other, own], before));
        assert!(trust.is_unchanged([other, other], before));
        assert!(trust.is_unchanged([own, own], trust.now()));
        trust.all_changed();
        assert!(!trust.is_unchanged([other, other], before));
    }

    #[test]
    fn the_cache_listens_while_every_channel_is_connected() {
        let trust = Arc::new(Trust::new());
        assert!(!trust.is_listening());
        let mut one = Channel::new(trust.clone());
        assert!(!trust.is_listening());
        one.connected();
        one.connected();
        assert!(trust.is_listening());
        let mut two = Channel::new(trust.clone());
        assert!(!trust.is_listening());
        two.connected();
        assert!(trust.is_listening());
        one.lost();
        one.lost();
        assert!(!trust.is_listening());
        drop(one);
        assert!(trust.is_listening());
        drop(two);
        assert!(!trust.is_listening());
    }

    #[test]
    fn answers_from_before_a_channel_connects_or_is_dropped_may_be_stale() {
        let trust = Arc::new(Trust::new());
        let (mut one, mut other) = (Channel::new(trust.clone()), Channel::new(trust.clone()));
        let before = trust.now();
        assert!(trust.is_after_resumption(before));
        one.connected();
        assert!(!trust.is_after_resumption(before));
        assert!(!trust.is_covered(trust.now()));
        other.connected();
        let before = trust.now();
        assert!(trust.is_covered(before));
        one.lost();
        assert!(!trust.is_covered(before));
        assert!(trust.is_after_resumption(before));
        drop(one);
        assert!(trust.is_listening());
        assert!(!trust.is_covered(before));
        assert!(trust.is_covered(trust.now()));
        assert!(trust.is_unchanged([0, 0], before));
    }
}
