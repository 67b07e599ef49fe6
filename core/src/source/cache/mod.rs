pub(crate) mod cached_builder;
pub(crate) mod digest_hasher;
pub(crate) mod end;
pub(crate) mod entry_lookup;
pub(crate) mod freshness;
pub(crate) mod invalidation_channel;
pub(crate) mod stats;

use self::cached_builder::CachedBuilder;
use self::digest_hasher::DigestHashing;
use self::end::{End, Moment};
use self::freshness::Freshness;
use self::invalidation_channel::InvalidationChannel;
use self::stats::{CacheCounters, CacheStats};
use crate::access::caller::Caller;
use crate::access::time::Clock;
#[cfg(feature = "watch")]
use crate::access::watch::signal::{ChangeSignal, Registration};
use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::source::tier_source::TierSource;
use moka::{future, sync};
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Caches a source's results in memory.
///
/// | setting | default | builder method |
/// | --- | --- | --- |
/// | how long a result is used before its key is looked up again | 60 s | [`ttl`](CachedBuilder::ttl) |
/// | how long a result is used while every channel is connected | the same as `ttl` | [`ttl_while_listening`](CachedBuilder::ttl_while_listening) |
/// | how long an unknown caller or an unreadable tier is remembered | 5 s | [`negative_ttl`](CachedBuilder::negative_ttl) |
/// | how long an expired result is still used while the store is down | 5 min | [`stale_if_error`](CachedBuilder::stale_if_error) |
/// | how long to wait before looking up a key again in a store that is down | 0.5 s | [`retry`](CachedBuilder::retry) |
/// | how long a lookup may take before the store counts as down | 5 s | [`timeout`](CachedBuilder::timeout) |
/// | by how much each time to live is shortened at random | up to a tenth | [`jitter`](CachedBuilder::jitter) |
/// | how many results are stored | 100,000 for known callers, and a tenth as many for other keys | [`capacity`](CachedBuilder::capacity) |
///
/// If several requests with the same key miss the cache at the same time, they share one lookup. The
/// lookup runs in a separate task and finishes even if the requests are cancelled. The cache needs a
/// tokio runtime with its timer enabled. A failed lookup is logged once.
///
/// The cache stores hashes of keys, never the keys. Known callers have a separate space, so a flood of
/// random keys doesn't evict them. If not all known callers fit into the cache, it keeps those who send
/// the most requests (its eviction policy is `TinyLFU`).
///
/// # When a plan changes
/// - On this machine: call [`invalidate`](Self::invalidate) with the caller's id **after the transaction
///   that changes the plan has committed**. A billing provider's webhook is a typical place.
/// - On other machines: use a channel, such as `listen_postgres` (feature `postgres`), `listen_redis`
///   (feature `redis`), or [`channel`](Self::channel) for another message system.
///
/// # Guarantee
/// The cache is *listening* if it has at least one channel and every channel is connected. The age of a
/// cached result is measured from the start of its lookup.
///
/// - **After [`invalidate`](Self::invalidate) returns**, no new request gets the result of a lookup that
///   began before the call, even if that lookup is still in progress. If the store is down, the request
///   fails with [`Unavailable`](SourceError::Unavailable). The same rule applies to
///   [`invalidate_key`](Self::invalidate_key), to [`invalidate_all`](Self::invalidate_all), and to
///   invalidations that arrive on a channel.
/// - **While the cache is listening**, a result is used until its age reaches `ttl_while_listening`.
///   **While the cache isn't listening**, a result is used until its age reaches `ttl`, even if the
///   cache was listening when it stored the result. A request may also join a lookup in progress, which
///   began at most `timeout` ago.
/// - **After a channel connects, reconnects or is dropped**, no new request gets the result of a lookup
///   that began before this event, because invalidations may have been missed. There is one exception:
///   if a new lookup finds the store down, the older result may still be used.
/// - **While the store is down**, a known caller's last result is used for up to `stale_if_error`
///   beyond its time to live. That time to live is `ttl_while_listening` only if no channel was lost,
///   connected or dropped since the lookup, and `ttl` otherwise.
/// - **At the end of a subscription** ([`Caller::until`]), the caller is looked up again. A request that
///   arrives at the end or later doesn't get the result of a lookup that began before the end. If the
///   store is down, the request fails with [`Unavailable`](SourceError::Unavailable), even within
///   `stale_if_error`. The result of a lookup that began after the end is cached as usual, and the guard
///   applies the [`then`](Caller::then) tier.
/// - **A newer result permanently replaces an older one.** Once a request has received a result, no
///   later request with the same key receives a result from an earlier lookup. A key that a lookup
///   rejected stays rejected until a later lookup accepts it, even during an outage.
///
/// These rules limit how long a revoked key is still accepted:
///
/// | if | a request is refused if it arrives after |
/// | --- | --- |
/// | you invalidate the caller | `invalidate` returns |
/// | the cache is listening and the channel delivers the change | the delivery |
/// | a channel is broken when the key is revoked | the later of two moments: `ttl` after the revocation, or when the loss is noticed (within 10 s by `listen_postgres` and `listen_redis`); at the latest, `ttl_while_listening` after the revocation |
/// | there is no channel | `ttl` after the revocation |
/// | the store is down in either of the last two cases | `stale_if_error` after the stated time |
///
/// The end of a subscription is compared with the system's clock. If that clock is set back, a result
/// from before the end is still used no longer than until the end was due when its lookup began. If the
/// machine was suspended, the result is no longer used after it resumes. All other times are measured
/// with a monotonic clock.
///
/// If `timeout` is longer than the time in the table, `timeout` applies instead. If an invalidation
/// arrives while a request is waiting for a lookup, the request may still get the result from before
/// the invalidation, because the lookup is retried at most twice.
///
/// `tests/sources/tests/freshness.rs` tests these rules with random sequences of events.
///
/// # Load test
/// These commands measure the cache in the `cad` example over real sockets. The last command counts the
/// CPU instructions of a cache hit and requires valgrind.
///
/// ```text
/// cargo run --release -p tiergate-tests-sources --bin load -- soak 600
/// cargo run --release -p tiergate-tests-sources --bin load -- overhead
/// cargo run --release -p tiergate-tests-sources --bin load -- instructions
/// ```
///
/// # Example
/// ```
/// use std::time::Duration;
/// use tiergate::source::{ApiKey, SourceError, TierSource};
/// use tiergate::{Cached, Caller};
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// struct Billing;
///
/// impl TierSource for Billing {
///     type Tier = Tier;
///
///     async fn find(&self, _key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
///         Ok(Caller::new(Tier::Plus).with_id("customer-7"))
///     }
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let tiers = Cached::builder(Billing).ttl(Duration::from_secs(30)).build();
/// let key = ApiKey::new("a-key");
/// for _ in 0..100 {
///     assert_eq!(tiers.find(&key).await?.tier(), Some(Tier::Plus));
/// }
/// assert_eq!(tiers.stats().queries, 1);
///
/// tiers.invalidate("customer-7"); // the webhook
/// tiers.find(&key).await?;
/// assert_eq!(tiers.stats().queries, 2);
/// # Ok::<(), SourceError>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cached<S: TierSource> {
    inner: Arc<Inner<S>>,
}

struct Inner<S: TierSource> {
    source: S,
    times: Times,
    /// The clock that is compared with the ends of subscriptions.
    clock: Clock,
    /// The results of known callers. An entry is never older than the same key's entry in `recent`.
    known: sync::Cache<[u8; 32], Arc<Entry<S::Tier>>, DigestHashing>,
    /// The latest lookup results of all keys, both known and unknown. Requests that wait for the same
    /// key share one lookup. This cache is small, because anybody can fill it with random keys.
    recent: future::Cache<[u8; 32], Arc<Entry<S::Tier>>, DigestHashing>,
    freshness: Arc<Freshness>,
    counters: CacheCounters,
    random: RandomState,
}

#[derive(Clone, Copy)]
struct Times {
    ttl: Duration,
    ttl_while_listening: Option<Duration>,
    negative_ttl: Duration,
    stale_if_error: Duration,
    retry: Duration,
    timeout: Duration,
    jitter: f64,
}

/// A lookup result and the times that determine how long it is used.
struct Entry<T> {
    result: Result<Caller<T>, SourceError>,
    /// When the caller's subscription ends.
    end: Option<End>,
    /// When the lookup that returned `result` began, according to the monotonic clock.
    looked_up_at: Instant,
    /// When the lookup that returned `result` began, according to the logical clock in [`Freshness`].
    looked_up_tick: u64,
    /// When the latest lookup began, according to the logical clock. This is later than
    /// `looked_up_tick` if the latest lookup found the store down.
    last_lookup_tick: u64,
    /// The invalidation groups of the key and of the caller's id.
    groups: [usize; 2],
    /// The factor by which the jitter shortens the time to live.
    jitter_factor: f64,
    /// When to retry the lookup, if the latest lookup found the store down.
    retry_at: Option<Instant>,
}

impl<S: TierSource> Cached<S> {
    /// Creates a cache for this source with the default settings.
    pub fn new(source: S) -> Self {
        Self::builder(source).build()
    }

    /// Creates a builder for a cache of this source.
    pub fn builder(source: S) -> CachedBuilder<S> {
        CachedBuilder {
            source,
            capacity: 100_000,
            times: Times {
                ttl: Duration::from_secs(60),
                ttl_while_listening: None,
                negative_ttl: Duration::from_secs(5),
                stale_if_error: Duration::from_secs(5 * 60),
                retry: Duration::from_millis(500),
                timeout: Duration::from_secs(5),
                jitter: 0.1,
            },
            clock: Clock::default(),
        }
    }

    /// Invalidates the cached results for this caller id.
    ///
    /// **Call this after the transaction that changes the plan has committed.** If you call this method
    /// before the commit, a request may look up the old plan in between. The cache would then use the
    /// old plan for a full time to live.
    ///
    /// Pass the id that the source returns ([`Caller::id`]), such as the second column of a query. If a
    /// key moves from one caller to another, invalidate the previous caller. For callers without an id,
    /// and for keys that were cached as unknown, use [`invalidate_key`](Self::invalidate_key) or
    /// [`invalidate_all`](Self::invalidate_all). If the source has returned callers, but none with an
    /// id, the first call logs a `WARN`.
    pub fn invalidate(&self, caller: &str) {
        self.inner.freshness.invalidate_caller(caller);
    }

    /// Invalidates this key's cached result. If the result was cached for a key with a claimed id, pass
    /// the key with that claimed id ([`ApiKey::with_claimed_id`]). As with
    /// [`invalidate`](Self::invalidate), commit the change first.
    pub fn invalidate_key(&self, key: &ApiKey) {
        let freshness = &self.inner.freshness;
        freshness.invalidate_key(&key.digest());
    }

    /// Invalidates every cached result. As with [`invalidate`](Self::invalidate), commit the change
    /// first.
    pub fn invalidate_all(&self) {
        self.inner.freshness.invalidate_all();
    }

    /// Opens a channel for invalidations. The channel counts as disconnected until you call
    /// [`connected`](InvalidationChannel::connected).
    pub fn channel(&self) -> InvalidationChannel {
        InvalidationChannel::new(self.inner.freshness.clone())
    }

    /// Returns whether there is at least one channel and every channel is connected.
    pub fn is_listening(&self) -> bool {
        self.inner.freshness.is_listening()
    }

    /// Returns the source.
    pub fn source(&self) -> &S {
        &self.inner.source
    }

    /// Returns the numbers of requests and lookups so far.
    pub fn stats(&self) -> CacheStats {
        self.inner.counters.to_stats()
    }

    /// Returns the number of cached results, after running pending evictions.
    pub async fn entry_count(&self) -> u64 {
        let inner = &self.inner;
        inner.known.run_pending_tasks();
        inner.recent.run_pending_tasks().await;
        inner.known.entry_count() + inner.recent.entry_count()
    }
}

impl<S: TierSource> TierSource for Cached<S> {
    type Tier = S::Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<S::Tier>, SourceError> {
        let inner = &*self.inner;
        let digest = key.digest();
        let cached_entry = match inner.fresh_known_entry(&digest) {
            Some(entry) => Some(entry),
            None => inner.recent.get(&digest).await,
        };
        if let Some(entry) = cached_entry.filter(|entry| inner.is_fresh(entry)) {
            inner.count_request(&entry, true);
            return entry.result.clone();
        }
        let entry = self.inner.look_up_entry(key, digest).await;
        inner.count_request(&entry, false);
        entry.result.clone()
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        let (inner, digest) = (&*self.inner, key.digest());
        let entry = inner.fresh_known_entry(&digest)?;
        inner.count_request(&entry, true);
        Some(entry.result.clone())
    }

    #[cfg(feature = "watch")]
    fn register(
        &self,
        key: &ApiKey,
        id: Option<&str>,
        signal: &ChangeSignal,
    ) -> Option<Registration> {
        let freshness = &self.inner.freshness;
        Some(freshness.register(&key.digest(), id, signal))
    }

    #[cfg(feature = "watch")]
    fn recheck_interval(&self) -> Duration {
        (self.inner.times.ttl / 4).max(Duration::from_millis(100))
    }
}

impl<S: TierSource> Inner<S> {
    /// Returns a known caller's entry, if it is cached and fresh.
    fn fresh_known_entry(&self, digest: &[u8; 32]) -> Option<Arc<Entry<S::Tier>>> {
        let cached_entry = self.known.get(digest);
        cached_entry.filter(|entry| self.is_fresh(entry))
    }

    /// Returns whether an entry can be used without a lookup.
    ///
    /// An entry that is no longer fresh never becomes fresh again, with one exception. The monotonic
    /// clock and the logical clock only move forward, and `ttl_while_listening` doesn't apply to an
    /// entry that is older than the last interruption. The exception is a wall clock that passes the end
    /// of a subscription and is then set back before any request has used the key.
    fn is_fresh(&self, entry: &Entry<S::Tier>) -> bool {
        let is_in_time = match entry.retry_at {
            Some(retry_at) => {
                Instant::now() < retry_at
                    && (entry.result.is_err() || self.is_usable_in_outage(entry))
            }
            None => entry.looked_up_at.elapsed() < self.time_to_live(entry),
        };
        is_in_time && self.is_current(entry) && !self.has_crossed_end(entry)
    }

    /// Returns whether the end of the caller's subscription is between the entry's lookup and now.
    fn has_crossed_end(&self, entry: &Entry<S::Tier>) -> bool {
        // Without an end, no clock is read.
        let end = entry.end.as_ref();
        end.is_some_and(|end| end.is_between_lookup_and(self.now()))
    }

    fn now(&self) -> Moment {
        Moment {
            wall: self.clock.now(),
            monotonic: Instant::now(),
        }
    }

    /// Returns whether the entry's lookup began after every invalidation and reconnection that affects
    /// the entry.
    fn is_current(&self, entry: &Entry<S::Tier>) -> bool {
        self.freshness.is_after_resumption(entry.last_lookup_tick)
            && self
                .freshness
                .is_unchanged(entry.groups, entry.looked_up_tick)
    }

    /// Returns whether an entry can be used while the store is down. The entry must belong to a known
    /// caller, be no more than `stale_if_error` past its expiry, and the caller's subscription must not
    /// have ended since the lookup.
    fn is_usable_in_outage(&self, entry: &Entry<S::Tier>) -> bool {
        let max_age = self
            .time_to_live(entry)
            .saturating_add(self.times.stale_if_error);
        entry.result.is_ok()
            && entry.looked_up_at.elapsed() < max_age
            && self
                .freshness
                .is_unchanged(entry.groups, entry.looked_up_tick)
            && !self.has_crossed_end(entry)
    }

    fn time_to_live(&self, entry: &Entry<S::Tier>) -> Duration {
        let times = &self.times;
        let full_ttl = match (&entry.result, times.ttl_while_listening) {
            (Err(_), _) => times.negative_ttl,
            (Ok(_), Some(ttl_while_listening))
                if self.freshness.has_listened_since(entry.looked_up_tick) =>
            {
                ttl_while_listening
            }
            (Ok(_), _) => times.ttl,
        };
        full_ttl.mul_f64(entry.jitter_factor)
    }

    fn count_request(&self, entry: &Entry<S::Tier>, is_from_memory: bool) {
        match (&entry.result, entry.retry_at) {
            (Err(SourceError::Unavailable(_)), _) => self.counters.count_error(),
            (_, Some(_)) => self.counters.count_stale(),
            _ if is_from_memory => self.counters.count_hit(),
            _ => self.counters.count_miss(),
        }
    }
}

impl<S: TierSource> Clone for Cached<S> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<S: TierSource> fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("stats", &self.stats())
            .field("is_listening", &self.is_listening())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Cached;
    use crate as tiergate;
    use crate::source::api_key::ApiKey;
    use crate::source::tier_source::TierSource;

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        Free,
    }

    #[tokio::test]
    async fn times_differ_by_the_jitter_and_are_never_longer() {
        let cached = Cached::builder(|_: ApiKey| async { Ok(Some(Tier::Free)) })
            .jitter(0.5)
            .build();
        let mut halves = [0, 0];
        for number in 0..200 {
            let key = ApiKey::new(format!("key-{number}"));
            cached.find(&key).await.unwrap();
            let entry = cached.inner.known.get(&key.digest()).unwrap();
            let factor = entry.jitter_factor;
            assert!((0.5..=1.0).contains(&factor), "{factor}");
            halves[usize::from(factor > 0.75)] += 1;
        }
        // Each factor falls into either half at random. Only one run in 10^17 has fewer than 40 of the
        // 200 factors in one half.
        assert!(halves.into_iter().all(|half| half >= 40), "{halves:?}");
    }
}
