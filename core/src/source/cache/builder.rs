use crate::source::TierSource;
use crate::source::cache::digest::ByDigest;
use crate::source::cache::{Cached, Counts, Inner, Times, Trust};
use moka::{future, sync};
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

/// The times and the size of a [`Cached`], where they are set.
#[must_use = "nothing is kept before `build`"]
pub struct CachedBuilder<S> {
    pub(super) source: S,
    pub(super) capacity: u64,
    pub(super) times: Times,
}

/// A time that is meant to be for ever.
const EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl<S: TierSource> CachedBuilder<S> {
    /// How long an answer is used without asking again, at most.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.times.ttl = ttl.min(EVER);
        self
    }

    /// The same, while every channel is connected. It can be longer, because invalidations arrive. If
    /// it is shorter than `ttl`, it applies at all times.
    pub fn ttl_while_listening(mut self, ttl: Duration) -> Self {
        self.times.ttl_while_listening = Some(ttl.min(EVER));
        self
    }

    /// How long an unknown caller stays unknown, or a tier unreadable, at most: as long as a new key
    /// may take to work.
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.times.negative_ttl = ttl.min(EVER);
        self
    }

    /// How much longer a known caller's answer is used while the store is down. Zero, and it is not.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.times.grace = grace.min(EVER);
        self
    }

    /// How long a store that is down is left alone before it is asked for the same key again.
    pub fn retry(mut self, wait: Duration) -> Self {
        self.times.retry = wait.min(EVER);
        self
    }

    /// How long a lookup may take. After that, the store counts as down.
    ///
    /// Set it longer than the source's own timeout, as the default is: a source that gives up by
    /// itself reports why, such as a refused connection. A lookup that this timeout ends has no
    /// other reason to report.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.times.timeout = timeout.min(EVER);
        self
    }

    /// By which share of it, from 0 to 1, each time to live is shortened at most, so that what was
    /// asked for together is not asked for again together.
    pub fn jitter(mut self, share: f64) -> Self {
        let share = if share.is_nan() { 0.0 } else { share };
        self.times.jitter = share.clamp(0.0, 1.0);
        self
    }

    /// Of how many known callers answers are kept. Of other keys there are a tenth as many.
    pub fn capacity(mut self, callers: u64) -> Self {
        self.capacity = callers;
        self
    }

    /// The cache.
    pub fn build(self) -> Cached<S> {
        let mut times = self.times;
        if let Some(while_listening) = times.ttl_while_listening {
            // Otherwise the loss of a channel would make expired answers fresh again.
            times.ttl = times.ttl.min(while_listening);
        }
        let longest = times.ttl.max(times.negative_ttl);
        let longest = longest.max(times.ttl_while_listening.unwrap_or_default());
        // What can be used in no case is forgotten.
        let longest = longest + times.grace + times.retry;
        let known = sync::Cache::builder().time_to_live(longest);
        let recent = future::Cache::builder().time_to_live(longest);
        Cached {
            inner: Arc::new(Inner {
                source: self.source,
                times,
                known: known
                    .max_capacity(self.capacity)
                    .build_with_hasher(ByDigest::new()),
                recent: recent
                    .max_capacity(self.capacity.div_ceil(10))
                    .build_with_hasher(ByDigest::new()),
                trust: Arc::new(Trust::new()),
                counts: Counts::default(),
                chance: RandomState::new(),
            }),
        }
    }
}

impl<S> fmt::Debug for CachedBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedBuilder").finish_non_exhaustive()
    }
}
