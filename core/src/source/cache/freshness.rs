use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Duration;

/// How many groups callers are divided into. An invalidation affects its caller's whole group, which
/// costs little as long as there are many more groups than invalidations per second.
const GROUPS: usize = 4096;

/// How long a channel may be silent before it is tested, and how long the test may take.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before a lost channel is opened again.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const RECONNECT: Duration = Duration::from_millis(500);

/// Decides which cached answers are still fresh.
///
/// A logical clock counts invalidations and reconnections. Each answer stores the clock's value from
/// before its lookup began. An invalidation with a later value makes the answer unusable, even if the
/// lookup is still on its way.
///
/// Every order below is `SeqCst`, so that all threads agree on one order of these events.
pub(crate) struct Trust {
    clock: AtomicU64,
    /// When each group was last invalidated.
    changed: Box<[AtomicU64]>,
    /// When everything was last invalidated.
    all_changed: AtomicU64,
    /// When listening last resumed. Invalidations from before may have been missed.
    resumed: AtomicU64,
    channels: Mutex<Channels>,
    /// Whether there are channels and all are connected. Written while `channels` is locked.
    is_listening: AtomicBool,
    /// Whether the source returned a caller with an id, and one without.
    has_ids: AtomicBool,
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
        // The clock first: a lookup that begins from here on reads the store after the change.
        let moment = self.tick();
        if let Some(changed) = self.changed.get(group) {
            changed.fetch_max(moment, Ordering::SeqCst);
        }
    }

    /// Notes whether callers have ids, for the warning of [`caller_changed`](Self::caller_changed).
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

    /// Whether every invalidation after this moment arrives or has arrived, as far as is known.
    pub(crate) fn is_covered(&self, since: u64) -> bool {
        // In this order: `resume` writes them in the opposite one.
        self.is_listening() && self.is_after_resumption(since)
    }

    /// Whether there are channels and all are connected.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening.load(Ordering::SeqCst)
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Applies a change of the channels. `may_have_missed` means that answers from before may be
    /// stale if the cache is listening afterwards.
    fn update(&self, may_have_missed: bool, change: impl FnOnce(&mut Channels)) {
        // Nothing can panic while the lock is held.
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut channels);
        let is_listening = channels.open > 0 && channels.connected == channels.open;
        if may_have_missed {
            // Before `is_listening`, or an older answer could pass for fresh in between.
            let moment = self.tick();
            self.resumed.fetch_max(moment, Ordering::SeqCst);
        }
        self.is_listening.store(is_listening, Ordering::SeqCst);
    }
}

/// A connection over which a [`Cached`](super::Cached) receives invalidations. Made by
/// [`Cached::channel`](super::Cached::channel), for a message system that this crate doesn't support
/// itself.
///
/// A new channel counts as not connected. While any channel is not connected, answers are used for
/// the cache's `ttl` and no longer. When a channel connects, and when one is dropped, invalidations
/// may have been missed before, so every older answer is looked up again at its next use.
///
/// Call [`connected`](Self::connected) only after the subscription is active, and
/// [`lost`](Self::lost) as soon as it may not be: the [guarantee](super::Cached#guarantee) assumes
/// that every change in between is passed on.
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

    /// Invalidations arrive from now on. Some may have been missed before.
    pub fn connected(&mut self) {
        let newly = usize::from(!std::mem::replace(&mut self.is_connected, true));
        self.trust
            .update(true, |channels| channels.connected += newly);
    }

    /// Invalidations may be missed from now on.
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

    /// Handles a message: the id of a caller, or nothing, which means all of them.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn told(&self, message: &str) {
        match message {
            "" => self.all_changed(),
            caller => self.changed(caller),
        }
    }
}

/// The cache no longer waits for a dropped channel. If all others are connected, it listens again,
/// and what this one missed, or would have noticed too late, must not pass for fresh.
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
