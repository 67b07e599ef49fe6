use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Duration;

/// How many groups callers are divided into. A change of one caller's plan has the whole group
/// asked for anew, which nobody notices if there are many more groups than changes a second.
const GROUPS: usize = 4096;

/// How long a channel may be silent before it is asked whether it is still there, and how long it
/// may then take to answer.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before a lost channel is opened again.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const RECONNECT: Duration = Duration::from_millis(500);

/// What is still to be believed of the answers that a cache has.
///
/// Everything happens at a moment of one clock that counts changes. An answer notes when the source
/// was begun to be asked for it. If its caller changed at or after that, it may be of before the
/// change, and is not believed, even if it comes in after the change was told.
pub(crate) struct Trust {
    clock: AtomicU64,
    /// When a caller of the group changed last.
    changed: Box<[AtomicU64]>,
    /// When all callers changed last.
    all_changed: AtomicU64,
    /// Since when changes may have been missed. Answers from before are asked for anew, and are
    /// still good enough if the store is down.
    missed: AtomicU64,
    channels: AtomicUsize,
    connected: AtomicUsize,
    /// Whether the source told a caller with an id, and one without.
    has_ids: AtomicBool,
    has_nameless: AtomicBool,
    is_warned: AtomicBool,
    hasher: RandomState,
}

impl Trust {
    pub(crate) fn new() -> Self {
        Self {
            clock: AtomicU64::new(1),
            changed: (0..GROUPS).map(|_| AtomicU64::new(0)).collect(),
            all_changed: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            channels: AtomicUsize::new(0),
            connected: AtomicUsize::new(0),
            has_ids: AtomicBool::new(false),
            has_nameless: AtomicBool::new(false),
            is_warned: AtomicBool::new(false),
            hasher: RandomState::new(),
        }
    }

    /// The moment that a question is put.
    pub(crate) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn group(&self, of: &[u8]) -> usize {
        // Cut to the number of groups before it could be too large for a `usize`.
        #[allow(clippy::cast_possible_truncation)]
        let group = (self.hasher.hash_one(of) % GROUPS as u64) as usize;
        group
    }

    pub(crate) fn changed(&self, group: usize) {
        // First the clock: whoever asks from here on asks after the change.
        let moment = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(changed) = self.changed.get(group) {
            changed.fetch_max(moment, Ordering::SeqCst);
        }
    }

    /// An answer of a known caller was filed, under an id or without one.
    pub(crate) fn filed(&self, has_id: bool) {
        let filed = if has_id {
            &self.has_ids
        } else {
            &self.has_nameless
        };
        filed.store(true, Ordering::Relaxed);
    }

    /// The caller with this id changed.
    pub(crate) fn caller_changed(&self, id: &str) {
        self.changed(self.group(id.as_bytes()));
        let is_in_vain =
            self.has_nameless.load(Ordering::Relaxed) && !self.has_ids.load(Ordering::Relaxed);
        if is_in_vain && !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a caller changed, and what is remembered cannot be found: the source tells no ids, \
                 as by a second column of its query, and old answers are used until their time is over"
            );
        }
    }

    pub(crate) fn all_changed(&self) {
        let moment = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        self.all_changed.fetch_max(moment, Ordering::SeqCst);
    }

    /// Whether nothing has changed, as far as was told, since this moment.
    pub(crate) fn is_unchanged(&self, groups: [usize; 2], since: u64) -> bool {
        let unchanged = |group: usize| {
            self.changed
                .get(group)
                .is_some_and(|changed| changed.load(Ordering::SeqCst) <= since)
        };
        self.all_changed.load(Ordering::SeqCst) <= since && groups.into_iter().all(unchanged)
    }

    /// Whether every change since this moment was told.
    pub(crate) fn is_told(&self, since: u64) -> bool {
        self.missed.load(Ordering::SeqCst) <= since
    }

    /// Whether changes are told: there is a channel, and none is lost.
    pub(crate) fn is_listening(&self) -> bool {
        let channels = self.channels.load(Ordering::SeqCst);
        channels > 0 && self.connected.load(Ordering::SeqCst) == channels
    }
}

/// One way by which a [`Cached`](super::Cached) is told that callers changed: made by
/// [`Cached::channel`](super::Cached::channel), for a way that this crate does not bring.
///
/// It begins as not connected. While any channel is not connected, answers are believed for the
/// cache's time to live and no longer. When one is [`connected`](Self::connected), changes may have
/// been missed before, so every answer from before is asked for anew when it is next used.
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
        trust.channels.fetch_add(1, Ordering::SeqCst);
        Self {
            trust,
            is_connected: false,
        }
    }

    /// From now on changes are told.
    pub fn connected(&mut self) {
        let moment = self.trust.clock.fetch_add(1, Ordering::SeqCst) + 1;
        self.trust.missed.fetch_max(moment, Ordering::SeqCst);
        if !std::mem::replace(&mut self.is_connected, true) {
            self.trust.connected.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// From now on changes may be missed.
    pub fn lost(&mut self) {
        if std::mem::replace(&mut self.is_connected, false) {
            self.trust.connected.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// The caller with this id changed.
    pub fn changed(&self, caller: &str) {
        self.trust.caller_changed(caller);
    }

    /// Any caller may have changed.
    pub fn all_changed(&self) {
        self.trust.all_changed();
    }

    /// What a message says: the id of a caller who changed, or nothing, which means all of them.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn told(&self, message: &str) {
        match message {
            "" => self.all_changed(),
            caller => self.changed(caller),
        }
    }
}

/// A channel that ended is one that is lost and not waited for.
impl Drop for Channel {
    fn drop(&mut self) {
        self.lost();
        self.trust.channels.fetch_sub(1, Ordering::SeqCst);
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
    fn an_answer_that_was_asked_for_before_a_change_is_not_believed() {
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
    fn changes_are_told_while_every_channel_is_connected() {
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
    fn a_channel_that_is_connected_again_has_missed_what_was_before() {
        let trust = Arc::new(Trust::new());
        let mut channel = Channel::new(trust.clone());
        let before = trust.now();
        assert!(trust.is_told(before));
        channel.connected();
        assert!(!trust.is_told(before));
        assert!(trust.is_told(trust.now()));
        assert!(trust.is_unchanged([0, 0], before));
    }
}
