pub(crate) mod builder;
pub(crate) mod channel;
pub(crate) mod digest;
pub(crate) mod freshness;
pub(crate) mod lookups;

use self::builder::CachedBuilder;
use self::channel::InvalidationChannel;
use self::digest::DigestHashing;
use self::freshness::Freshness;
use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::{SourceError, TierSource};
use moka::{future, sync};
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Caches the answers of a source in memory.
///
/// | setting | default | builder method |
/// | --- | --- | --- |
/// | how long an answer is used without another lookup | 60 s | [`ttl`](CachedBuilder::ttl) |
/// | the same, while every channel is connected | as `ttl` | [`ttl_while_listening`](CachedBuilder::ttl_while_listening) |
/// | the same, for an unknown caller or an unreadable tier | 5 s | [`negative_ttl`](CachedBuilder::negative_ttl) |
/// | how much longer an answer is used while the store is down | 5 min | [`stale_if_error`](CachedBuilder::stale_if_error) |
/// | how long to wait before looking up a key again in a store that is down | 0.5 s | [`retry`](CachedBuilder::retry) |
/// | how long a lookup may take before the store counts as down | 5 s | [`timeout`](CachedBuilder::timeout) |
/// | by how much each time to live is shortened at random | up to a tenth | [`jitter`](CachedBuilder::jitter) |
/// | how many answers are stored | 100,000 for known callers, and a tenth as many for other keys | [`capacity`](CachedBuilder::capacity) |
///
/// Requests that miss the cache at the same time share one lookup. The lookup runs in a separate task
/// and finishes even if the requests are cancelled. It needs a tokio runtime with its timer enabled. A
/// failed lookup is logged once.
///
/// The cache stores hashes of keys, never the keys. Known callers have a separate space, so a flood of
/// random keys doesn't evict them. If there are more known callers than space, the cache keeps the
/// most frequent ones (its policy is `TinyLFU`).
///
/// # When a plan changes
/// - On this machine: call [`invalidate`](Self::invalidate) with the caller's id, for example in the
///   webhook of a billing provider, **after the transaction that changes the plan has committed**.
/// - On other machines: use a channel, such as `listen_postgres` (feature `postgres`), `listen_redis`
///   (feature `redis`), or [`channel`](Self::channel) for another message system.
///
/// # Guarantee
/// The cache is *listening* if it has at least one channel and every channel is connected. Each
/// answer comes from a lookup, and the answer's age counts from the moment that lookup began.
///
/// - **After [`invalidate`](Self::invalidate) returns**, no new request is answered from a lookup that
///   began before the call, even if that lookup is still in progress. If the store is down, the result
///   is [`Unavailable`](SourceError::Unavailable). The same rule applies to
///   [`invalidate_key`](Self::invalidate_key), to [`invalidate_all`](Self::invalidate_all), and to
///   invalidations that arrive on a channel.
/// - **While the cache is listening**, an answer is used until its age reaches `ttl_while_listening`.
///   **While it isn't listening**, an answer is used until its age reaches `ttl`, even if the cache was
///   listening when it stored the answer. A request may also join a lookup in progress, which is at
///   most as old as `timeout`.
/// - **After a channel connects, reconnects or is dropped**, no new request is answered from a lookup
///   that began before this event, because invalidations may have been missed. There is one exception:
///   if a new lookup finds the store down, the older answer may still be used.
/// - **While the store is down**, the last answer for a known caller is used for `stale_if_error` longer than
///   these times. `ttl_while_listening` applies only if no channel was lost, connected or dropped since
///   the lookup.
/// - **A newer answer permanently replaces an older one.** Once a request has been answered, no later
///   request with the same key gets an answer from an earlier lookup. A key that a lookup rejected
///   stays rejected until a later lookup accepts it, even during an outage.
///
/// These rules limit how long a revoked key is still accepted:
///
/// | if | a request is refused if it arrives after |
/// | --- | --- |
/// | you invalidate the caller | `invalidate` returns |
/// | the cache is listening and the channel delivers the change | the delivery |
/// | a channel is broken when the key is revoked | `ttl` after the revocation or the moment the loss is noticed (`listen_postgres` and `listen_redis`: within 10 s), whichever is later; at the latest `ttl_while_listening` after the revocation |
/// | there is no channel | `ttl` after the revocation |
/// | the store is down, in the last two cases | `stale_if_error` later than that |
///
/// If `timeout` is longer than the time in the table, `timeout` applies instead. A request that is
/// waiting for a lookup when an invalidation arrives may still get the previous answer, because the
/// lookup is repeated at most twice.
///
/// `tests/sources/tests/freshness.rs` checks these rules against random histories.
///
/// # Load test
/// These commands measure the cache in the example `cad` over real sockets. The last command counts
/// the CPU instructions of a cache hit and requires valgrind.
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
    /// Answers for known callers. An entry is never older than the entry of the same key in `recent`.
    known: sync::Cache<[u8; 32], Arc<Entry<S::Tier>>, DigestHashing>,
    /// The last answers for all keys, known or not. Requests that wait for the same key share its
    /// lookup. This cache is small, because anybody can fill it with random keys.
    recent: future::Cache<[u8; 32], Arc<Entry<S::Tier>>, DigestHashing>,
    freshness: Arc<Freshness>,
    counts: Counts,
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

/// The result of a lookup.
struct Entry<T> {
    result: Result<Caller<T>, SourceError>,
    /// When the lookup that returned `result` began, by the monotonic clock and by [`Freshness`]'s clock.
    looked_up_at: Instant,
    moment: u64,
    /// When the last lookup began. It is later than `moment` if that lookup found the store down.
    last_lookup: u64,
    /// The groups of the key and of the caller's id.
    groups: [usize; 2],
    /// The factor by which the jitter shortens the time to live.
    share: f64,
    /// When to repeat the lookup, if the last one found the store down.
    retry_at: Option<Instant>,
}

#[derive(Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    stale: AtomicU64,
    errors: AtomicU64,
    queries: AtomicU64,
}

/// The requests and lookups of a cache since its creation. With the feature `metrics`, requests are also
/// counted in `tiergate_cache_total`, by `outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Requests that were answered from memory.
    pub hits: u64,
    /// Requests that waited for a lookup, whether they started it or shared it.
    pub misses: u64,
    /// Requests that got an older answer because the store was down.
    pub stale: u64,
    /// Requests that failed because the store was down.
    pub errors: u64,
    /// Lookups in the source.
    pub queries: u64,
}

impl<S: TierSource> Cached<S> {
    /// Creates a cache for this source with the default settings.
    pub fn new(source: S) -> Self {
        Self::builder(source).build()
    }

    /// Creates a builder, to cache this source with other settings.
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
        }
    }

    /// Invalidates the cached answers with this caller id.
    ///
    /// **Call this after the transaction that changes the plan has committed.** If you call it earlier,
    /// a request may look up the old plan before the commit. The cache would then use the old plan for
    /// a full time to live.
    ///
    /// Pass the id that the source returns ([`Caller::id`]), such as the second column of a query. If a
    /// key moves from one caller to another, invalidate the previous caller. For callers without an id,
    /// and for keys that were cached as unknown, use [`invalidate_key`](Self::invalidate_key) or
    /// [`invalidate_all`](Self::invalidate_all). If the source has returned callers, but none with an
    /// id, the first call logs a `WARN`.
    pub fn invalidate(&self, caller: &str) {
        self.inner.freshness.caller_changed(caller);
    }

    /// Invalidates the cached answer for this key. If the answer was cached for a key with a claimed id,
    /// pass the key with the same id ([`ApiKey::with_claimed_id`]). As with [`invalidate`](Self::invalidate), commit
    /// first.
    pub fn invalidate_key(&self, key: &ApiKey) {
        let freshness = &self.inner.freshness;
        freshness.changed(freshness.group(&key.digest()));
    }

    /// Invalidates every cached answer. As with [`invalidate`](Self::invalidate), commit first.
    pub fn invalidate_all(&self) {
        self.inner.freshness.all_changed();
    }

    /// Opens a channel for invalidations. The channel counts as disconnected until you call
    /// [`connected`](InvalidationChannel::connected).
    pub fn channel(&self) -> InvalidationChannel {
        InvalidationChannel::new(self.inner.freshness.clone())
    }

    /// Whether there is at least one channel and every channel is connected.
    pub fn is_listening(&self) -> bool {
        self.inner.freshness.is_listening()
    }

    /// Returns the source.
    pub fn source(&self) -> &S {
        &self.inner.source
    }

    /// Returns the counts of requests and lookups so far.
    pub fn stats(&self) -> CacheStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.inner.counts;
        CacheStats {
            hits: read(&counts.hits),
            misses: read(&counts.misses),
            stale: read(&counts.stale),
            errors: read(&counts.errors),
            queries: read(&counts.queries),
        }
    }

    /// Returns the number of cached answers, after running pending evictions.
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
        let cached = match inner.fresh_entry(&digest) {
            Some(entry) => Some(entry),
            None => inner.recent.get(&digest).await,
        };
        if let Some(entry) = cached.filter(|entry| inner.is_fresh(entry)) {
            inner.count(&entry, true);
            return entry.result.clone();
        }
        let entry = self.inner.look_up_shared(key, digest).await;
        inner.count(&entry, false);
        entry.result.clone()
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        let (inner, digest) = (&*self.inner, key.digest());
        let entry = inner.fresh_entry(&digest)?;
        inner.count(&entry, true);
        Some(entry.result.clone())
    }
}

impl<S: TierSource> Inner<S> {
    /// Returns a known caller's answer, if it is cached and fresh.
    fn fresh_entry(&self, digest: &[u8; 32]) -> Option<Arc<Entry<S::Tier>>> {
        let cached = self.known.get(digest);
        cached.filter(|entry| self.is_fresh(entry))
    }

    /// Whether an answer can be used without a lookup.
    ///
    /// Once an answer is no longer good, it never becomes good again. Both clocks only move forward, and
    /// the longer time to live doesn't apply to answers from before an interruption of the listening.
    fn is_fresh(&self, entry: &Entry<S::Tier>) -> bool {
        let is_in_time = match entry.retry_at {
            Some(retry_at) => {
                Instant::now() < retry_at && (entry.result.is_err() || self.is_usable(entry))
            }
            None => entry.looked_up_at.elapsed() < self.time_to_live(entry),
        };
        is_in_time && self.is_current(entry)
    }

    /// Whether no invalidation or reconnection since the lookup requires another one.
    fn is_current(&self, entry: &Entry<S::Tier>) -> bool {
        self.freshness.is_after_resumption(entry.last_lookup)
            && self.freshness.is_unchanged(entry.groups, entry.moment)
    }

    /// Whether an answer can be used while the store is down. It must belong to a known caller, and its
    /// grace period must not be over.
    fn is_usable(&self, entry: &Entry<S::Tier>) -> bool {
        let limit = self
            .time_to_live(entry)
            .saturating_add(self.times.stale_if_error);
        entry.result.is_ok()
            && entry.looked_up_at.elapsed() < limit
            && self.freshness.is_unchanged(entry.groups, entry.moment)
    }

    fn time_to_live(&self, entry: &Entry<S::Tier>) -> Duration {
        let times = &self.times;
        let whole = match (&entry.result, times.ttl_while_listening) {
            (Err(_), _) => times.negative_ttl,
            (Ok(_), Some(longer)) if self.freshness.is_covered(entry.moment) => longer,
            (Ok(_), _) => times.ttl,
        };
        whole.mul_f64(entry.share)
    }

    fn count(&self, entry: &Entry<S::Tier>, from_memory: bool) {
        let counts = &self.counts;
        // With constant labels, a counter needs no allocation.
        macro_rules! count {
            ($count:ident, $outcome:literal) => {{
                counts.$count.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "metrics")]
                metrics::counter!("tiergate_cache_total", "outcome" => $outcome).increment(1);
            }};
        }
        match (&entry.result, entry.retry_at) {
            (Err(SourceError::Unavailable(_)), _) => count!(errors, "error"),
            (_, Some(_)) => count!(stale, "stale"),
            _ if from_memory => count!(hits, "hit"),
            _ => count!(misses, "miss"),
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
    use crate::source::TierSource;
    use crate::source::api_key::ApiKey;

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
            assert!((0.5..=1.0).contains(&entry.share), "{}", entry.share);
            halves[usize::from(entry.share > 0.75)] += 1;
        }
        // Each share falls into either half at random. Fewer than 40 of 200 fall into one half once in
        // 10^17 runs.
        assert!(halves.into_iter().all(|half| half >= 40), "{halves:?}");
    }
}
