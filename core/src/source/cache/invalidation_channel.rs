//! Receives invalidations for a cache.

use crate::source::cache::freshness::Freshness;
use std::fmt;
use std::sync::Arc;
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Duration;

/// How long a channel may be silent before its connection is tested. The test has the same time limit.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const SILENCE_LIMIT: Duration = Duration::from_secs(5);

/// How long to wait before reconnecting a lost channel.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) const RECONNECT_DELAY: Duration = Duration::from_millis(500);

/// A connection over which a [`Cached`](super::Cached) receives invalidations. Use this type to connect
/// a message system that this crate doesn't support. Created by
/// [`Cached::channel`](super::Cached::channel).
///
/// A new channel counts as disconnected. While any channel is disconnected, the cache uses a result for
/// at most `ttl`. When a channel connects or is dropped, the cache may have missed invalidations. It
/// therefore looks up each key again when a request next uses the key.
///
/// Call [`connected`](Self::connected) only after the subscription is active, and [`lost`](Self::lost)
/// as soon as the subscription may be inactive. Between these two calls, you must forward every change.
/// Otherwise, the cache can't give its [guarantee](super::Cached#guarantee).
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
pub struct InvalidationChannel {
    freshness: Arc<Freshness>,
    is_connected: bool,
}

impl InvalidationChannel {
    pub(crate) fn new(freshness: Arc<Freshness>) -> Self {
        freshness.update_channels(false, |channels| channels.open += 1);
        Self {
            freshness,
            is_connected: false,
        }
    }

    /// Reports that this channel delivers every invalidation from now on. Earlier invalidations may
    /// have been missed.
    pub fn connected(&mut self) {
        let newly_connected = usize::from(!std::mem::replace(&mut self.is_connected, true));
        self.freshness
            .update_channels(true, |channels| channels.connected += newly_connected);
    }

    /// Reports that this channel may miss invalidations from now on.
    pub fn lost(&mut self) {
        let newly_lost = usize::from(std::mem::replace(&mut self.is_connected, false));
        self.freshness
            .update_channels(false, |channels| channels.connected -= newly_lost);
    }

    /// Invalidates the cached results for this caller id, like
    /// [`Cached::invalidate`](super::Cached::invalidate). The sender of the message must wait until the
    /// transaction that changes the plan has committed.
    pub fn changed(&self, caller: &str) {
        self.freshness.invalidate_caller(caller);
    }

    /// Invalidates every cached result.
    pub fn all_changed(&self) {
        self.freshness.invalidate_all();
    }

    /// Handles a message, which contains a caller's id. An empty message invalidates every cached
    /// result.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn receive(&self, message: &str) {
        match message {
            "" => self.all_changed(),
            caller => self.changed(caller),
        }
    }
}

/// After a channel is dropped, the cache is listening if all the remaining channels are connected. Keys
/// that were looked up before the drop must be looked up again, because the dropped channel may have
/// missed invalidations.
impl Drop for InvalidationChannel {
    fn drop(&mut self) {
        let connected = usize::from(self.is_connected);
        self.freshness.update_channels(true, |channels| {
            channels.open -= 1;
            channels.connected -= connected;
        });
    }
}

impl fmt::Debug for InvalidationChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvalidationChannel")
            .field("is_connected", &self.is_connected)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, InvalidationChannel};
    use std::sync::Arc;

    #[test]
    fn the_cache_listens_while_every_channel_is_connected() {
        let freshness = Arc::new(Freshness::new());
        assert!(!freshness.is_listening());
        let mut one = InvalidationChannel::new(freshness.clone());
        assert!(!freshness.is_listening());
        one.connected();
        one.connected();
        assert!(freshness.is_listening());
        let mut two = InvalidationChannel::new(freshness.clone());
        assert!(!freshness.is_listening());
        two.connected();
        assert!(freshness.is_listening());
        one.lost();
        one.lost();
        assert!(!freshness.is_listening());
        drop(one);
        assert!(freshness.is_listening());
        drop(two);
        assert!(!freshness.is_listening());
    }

    #[test]
    fn answers_from_before_a_channel_connects_or_is_dropped_may_be_stale() {
        let freshness = Arc::new(Freshness::new());
        let (mut one, mut other) = (
            InvalidationChannel::new(freshness.clone()),
            InvalidationChannel::new(freshness.clone()),
        );
        let before = freshness.current_tick();
        assert!(freshness.is_after_resumption(before));
        one.connected();
        assert!(!freshness.is_after_resumption(before));
        assert!(!freshness.has_listened_since(freshness.current_tick()));
        other.connected();
        let before = freshness.current_tick();
        assert!(freshness.has_listened_since(before));
        one.lost();
        assert!(!freshness.has_listened_since(before));
        assert!(freshness.is_after_resumption(before));
        drop(one);
        assert!(freshness.is_listening());
        assert!(!freshness.has_listened_since(before));
        assert!(freshness.has_listened_since(freshness.current_tick()));
        assert!(freshness.is_unchanged([0, 0], before));
    }
}
