use crate::access::time::Clock;
use crate::source::cache::digest_hasher::DigestHashing;
use crate::source::cache::freshness::Freshness;
use crate::source::cache::stats::CacheCounters;
use crate::source::cache::{Cached, Inner, Times};
use crate::source::tier_source::TierSource;
use moka::{future, sync};
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Configures the times and the size of a [`Cached`]. Created by [`Cached::builder`].
#[must_use = "call `build` to create the cache"]
pub struct CachedBuilder<S> {
    pub(super) source: S,
    pub(super) capacity: u64,
    pub(super) times: Times,
    pub(super) clock: Clock,
}

/// The maximum of each configurable time. Without a maximum, adding times such as `Duration::MAX` could
/// overflow.
const MAX_CACHE_TIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl<S: TierSource> CachedBuilder<S> {
    /// Sets how long a result is used before the cache looks up the key again.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.times.ttl = ttl.min(MAX_CACHE_TIME);
        self
    }

    /// Sets how long a result is used while every channel is connected. You can safely set this longer
    /// than [`ttl`](Self::ttl), because connected channels report every change. If this time is shorter
    /// than `ttl`, it also replaces `ttl`.
    pub fn ttl_while_listening(mut self, ttl: Duration) -> Self {
        self.times.ttl_while_listening = Some(ttl.min(MAX_CACHE_TIME));
        self
    }

    /// Sets how long the cache remembers that a caller is unknown or that a tier is unreadable. If a
    /// client used a key before you added the key to the store, the key may stay rejected for this
    /// long.
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.times.negative_ttl = ttl.min(MAX_CACHE_TIME);
        self
    }

    /// Sets how long a known caller's expired result is still used while the store is down. With zero,
    /// expired results are never used.
    pub fn stale_if_error(mut self, stale_if_error: Duration) -> Self {
        self.times.stale_if_error = stale_if_error.min(MAX_CACHE_TIME);
        self
    }

    /// Sets how long to wait before looking up the same key again while the store is down.
    pub fn retry(mut self, wait: Duration) -> Self {
        self.times.retry = wait.min(MAX_CACHE_TIME);
        self
    }

    /// Sets how long a lookup may take. If a lookup takes longer, the store counts as down.
    ///
    /// This timeout should be longer than the source's own timeout, as it is by default. A source that
    /// times out first can report the cause, such as a refused connection. If the cache times out
    /// first, the cause stays unknown.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.times.timeout = timeout.min(MAX_CACHE_TIME);
        self
    }

    /// Sets the maximum fraction, from 0 to 1, by which each time to live is randomly shortened.
    /// Without this jitter, results that were looked up together would also expire together.
    pub fn jitter(mut self, share: f64) -> Self {
        let share = if share.is_nan() { 0.0 } else { share };
        self.times.jitter = share.clamp(0.0, 1.0);
        self
    }

    /// Sets the number of known callers whose results the cache stores. The cache stores a tenth as
    /// many results for other keys.
    pub fn capacity(mut self, callers: u64) -> Self {
        self.capacity = callers;
        self
    }

    /// Replaces the system's clock, which is compared with the ends of subscriptions
    /// ([`Caller::until`](crate::Caller::until)). Use this method in tests, together with
    /// [`Overrides::with_clock`](crate::Overrides::with_clock) for the guards. All other times of the
    /// cache are measured with tokio's clock, which tests can pause.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::source::{ApiKey, TierSource};
    /// use tiergate::{Cached, Caller};
    ///
    /// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let day = |number| SystemTime::UNIX_EPOCH + number * Duration::from_secs(24 * 60 * 60);
    /// let trial = Caller::new(Tier::Plus).until(day(14)).then(Tier::Free);
    /// let today = Arc::new(AtomicU64::new(0));
    /// let clock = today.clone();
    /// let tiers = Cached::builder(move |_: ApiKey| std::future::ready(Ok(trial.clone())))
    ///     .clock(move || day(u32::try_from(clock.load(Ordering::Relaxed)).unwrap()))
    ///     .build();
    ///
    /// let key = ApiKey::new("a-key");
    /// tiers.find(&key).await?;
    /// assert!(tiers.known(&key).is_some());
    /// today.store(14, Ordering::Relaxed);
    /// assert!(tiers.known(&key).is_none()); // looked up before the end
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Builds the cache.
    pub fn build(self) -> Cached<S> {
        let mut times = self.times;
        if let Some(ttl_while_listening) = times.ttl_while_listening {
            // `ttl` must not be longer than `ttl_while_listening`. If it were longer, losing a channel
            // would extend the time to live, and entries that had expired would become fresh again.
            times.ttl = times.ttl.min(ttl_while_listening);
        }
        let longest_ttl = times.ttl.max(times.negative_ttl);
        let longest_ttl = longest_ttl.max(times.ttl_while_listening.unwrap_or_default());
        // After this time, an entry can no longer be used, even while the store is down.
        let entry_lifetime = longest_ttl + times.stale_if_error + times.retry;
        let known = sync::Cache::builder().time_to_live(entry_lifetime);
        let recent = future::Cache::builder().time_to_live(entry_lifetime);
        Cached {
            inner: Arc::new(Inner {
                source: self.source,
                times,
                clock: self.clock,
                known: known
                    .max_capacity(self.capacity)
                    .build_with_hasher(DigestHashing::new()),
                recent: recent
                    .max_capacity(self.capacity.div_ceil(10))
                    .build_with_hasher(DigestHashing::new()),
                freshness: Arc::new(Freshness::new()),
                counters: CacheCounters::default(),
                random: RandomState::new(),
            }),
        }
    }
}

impl<S> fmt::Debug for CachedBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedBuilder").finish_non_exhaustive()
    }
}
