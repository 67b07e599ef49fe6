#[cfg(feature = "cache")]
pub(crate) mod freshness;

pub(crate) mod builder;
pub(crate) mod digest;
pub(crate) mod lookups;

use self::builder::CachedBuilder;
use self::digest::ByDigest;
use self::freshness::{Channel, Trust};
use crate::source::api_key::ApiKey;
use crate::source::{Caller, SourceError, TierSource};
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
/// | how much longer an answer is used while the store is down | 5 min | [`grace`](CachedBuilder::grace) |
/// | how long to wait before looking up a key again in a store that is down | 0.5 s | [`retry`](CachedBuilder::retry) |
/// | how long a lookup may take before the store counts as down | 5 s | [`timeout`](CachedBuilder::timeout) |
/// | by how much each of these times is shortened at random | up to a tenth | [`jitter`](CachedBuilder::jitter) |
/// | how many answers are kept | 100,000 known callers, and a tenth as many other keys | [`capacity`](CachedBuilder::capacity) |
///
/// Requests that miss at the same time share one lookup. It runs as a task of its own, which needs a
/// tokio runtime with its timer enabled, and finishes even if the requests are cancelled. A failed
/// lookup is logged once.
///
/// The cache stores hashes of keys and never the keys. Known callers have their own space, so a flood
/// of random keys evicts none of them. If there are more known callers than space, frequent callers
/// stay (the policy is `TinyLFU`).
///
/// # When a plan changes
/// - On this machine: call [`invalidate`](Self::invalidate) with the caller's id, for example in the
///   webhook of a billing provider, **after the transaction that changes the plan has committed**.
/// - On other machines: use a channel: `listen_postgres` (feature `postgres`), `listen_redis`
///   (feature `redis`), or [`channel`](Self::channel) for another message system.
///
/// # Guarantee
/// The cache is *listening* if it has at least one channel and every channel is connected. Each
/// answer comes from a lookup, and the answer's age counts from the moment that lookup began.
///
/// - **After [`invalidate`](Self::invalidate) returns**, no request that arrives is answered from a
///   lookup that began before the call, not even if that lookup is still on its way or the store is
///   down: in an outage, the answer is then [`Unavailable`](SourceError::Unavailable). The same holds
///   for [`invalidate_key`](Self::invalidate_key), [`invalidate_all`](Self::invalidate_all) and an
///   invalidation that arrives on a channel.
/// - **While the cache is listening**, an answer is used up to the age of `ttl_while_listening`.
///   **While it is not**, also if it was when the answer was stored, up to the age of `ttl`. A request
///   may also join a lookup that is on its way, which is at most as old as `timeout`.
/// - **After a channel connects, for the first time or again, and after a channel is dropped**, no
///   request that arrives is answered from a lookup that began before, unless a new lookup finds the
///   store down. Invalidations may have been missed before.
/// - **While the store is down**, the last answer for a known caller is used for `grace` longer than
///   these times. `ttl_while_listening` counts only if no channel was lost, connected or dropped since.
/// - **A newer answer replaces an older one for good.** No request is answered from an earlier lookup
///   of its key than a request that was answered before it arrived. A key that a lookup refused stays
///   refused until a later lookup accepts it, also during an outage.
///
/// It follows when a revoked key is accepted for the last time:
///
/// | if | no request is accepted that arrives later than |
/// | --- | --- |
/// | you invalidate the caller | the return of `invalidate` |
/// | the cache is listening and the channel delivers the change | that delivery |
/// | a channel is broken when the key is revoked | the later of two moments: `ttl` after the revocation, and the moment the loss is noticed (`listen_postgres` and `listen_redis`: within 10 s); never later than `ttl_while_listening` after the revocation |
/// | there is no channel | `ttl` after the revocation |
/// | the store is down, in the last two cases | `grace` later than that |
///
/// Where `timeout` is longer than the time in the table, it takes the place of that time. A request
/// that is waiting for a lookup when an invalidation arrives may still get the previous answer: the
/// lookup is repeated, but at most twice.
///
/// `tests/sources/tests/freshness.rs` checks these rules against random histories.
///
/// # Load test
/// These commands measure the cache in the example `cad`, over real sockets. The last one counts the
/// instructions of a cache hit, and needs valgrind.
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
/// use tiergate::source::{ApiKey, Caller, SourceError, TierSource};
/// use tiergate::Cached;
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
/// assert_eq!(tiers.counters().queries, 1);
///
/// tiers.invalidate("customer-7"); // the webhook
/// tiers.find(&key).await?;
/// assert_eq!(tiers.counters().queries, 2);
/// # Ok::<(), SourceError>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cached<S: TierSource> {
    inner: Arc<Inner<S>>,
}

struct Inner<S: TierSource> {
    source: S,
    times: Times,
    /// Answers of known callers. An entry is never older than the one of the same key in `recent`.
    known: sync::Cache<[u8; 32], Arc<Answer<S::Tier>>, ByDigest>,
    /// The last answer for any key. Requests that wait for the same key share its lookup. It is
    /// small, because anybody can fill it with random keys.
    recent: future::Cache<[u8; 32], Arc<Answer<S::Tier>>, ByDigest>,
    trust: Arc<Trust>,
    counts: Counts,
    chance: RandomState,
}

#[derive(Clone, Copy)]
struct Times {
    ttl: Duration,
    ttl_while_listening: Option<Duration>,
    negative_ttl: Duration,
    grace: Duration,
    retry: Duration,
    timeout: Duration,
    jitter: f64,
}

/// What the source returned.
struct Answer<T> {
    said: Result<Caller<T>, SourceError>,
    /// When the lookup of `said` began, by the monotonic clock and by the clock of [`Trust`].
    asked: Instant,
    moment: u64,
    /// When the last lookup began. Later than `moment` if it found the store down.
    begun: u64,
    /// The groups of the key and of the caller's id.
    groups: [usize; 2],
    /// The factor for its times to live, from the jitter.
    share: f64,
    /// Set if the last lookup found the store down: when to look again.
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

/// What a cache did since it was made. With the feature `metrics` the same is counted as
/// `tiergate_cache_total`, by `outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests that were answered from memory.
    pub hits: u64,
    /// Requests for which the source was asked, by themselves or by another at the same time.
    pub misses: u64,
    /// Requests that were answered with an answer past its time, as the store was down.
    pub stale: u64,
    /// Requests for which the source could not be asked.
    pub errors: u64,
    /// How often the source was asked.
    pub queries: u64,
}

impl<S: TierSource> Cached<S> {
    /// Caches this source's answers with the default settings.
    pub fn new(source: S) -> Self {
        Self::builder(source).build()
    }

    /// Caches this source's answers with other settings.
    pub fn builder(source: S) -> CachedBuilder<S> {
        CachedBuilder {
            source,
            capacity: 100_000,
            times: Times {
                ttl: Duration::from_secs(60),
                ttl_while_listening: None,
                negative_ttl: Duration::from_secs(5),
                grace: Duration::from_secs(5 * 60),
                retry: Duration::from_millis(500),
                timeout: Duration::from_secs(5),
                jitter: 0.1,
            },
        }
    }

    /// Invalidates the cached answers with this caller id.
    ///
    /// **Call this after the transaction that changes the plan has committed.** If you call it before,
    /// a request in between looks up the old plan, and the cache uses that for a full time to live.
    ///
    /// The id is the one that the source returns ([`Caller::id`]), such as the second column of a
    /// query. If a key moves from one caller to another, invalidate the previous one. Callers without
    /// an id, and keys that were cached as unknown, need [`invalidate_key`](Self::invalidate_key) or
    /// [`invalidate_all`](Self::invalidate_all). If the source returns no ids at all, the first call
    /// logs a `WARN`.
    pub fn invalidate(&self, caller: &str) {
        self.inner.trust.caller_changed(caller);
    }

    /// Invalidates the cached answer for this key, including the claimed id if it has one
    /// ([`ApiKey::of`]). As with [`invalidate`](Self::invalidate), commit first.
    pub fn invalidate_key(&self, key: &ApiKey) {
        let trust = &self.inner.trust;
        trust.changed(trust.group(&key.digest()));
    }

    /// Invalidates every cached answer. As with [`invalidate`](Self::invalidate), commit first.
    pub fn invalidate_all(&self) {
        self.inner.trust.all_changed();
    }

    /// Opens a channel for invalidations. It counts as not connected until
    /// [`connected`](Channel::connected) is called.
    pub fn channel(&self) -> Channel {
        Channel::new(self.inner.trust.clone())
    }

    /// Whether there is at least one channel and every channel is connected.
    pub fn is_listening(&self) -> bool {
        self.inner.trust.is_listening()
    }

    /// The source itself.
    pub fn source(&self) -> &S {
        &self.inner.source
    }

    /// What the cache has done so far.
    pub fn counters(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.inner.counts;
        Counters {
            hits: read(&counts.hits),
            misses: read(&counts.misses),
            stale: read(&counts.stale),
            errors: read(&counts.errors),
            queries: read(&counts.queries),
        }
    }

    /// The number of cached answers, after pending evictions.
    pub async fn kept(&self) -> u64 {
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
        let held = match inner.remembered(&digest) {
            Some(answer) => Some(answer),
            None => inner.recent.get(&digest).await,
        };
        if let Some(answer) = held.filter(|answer| inner.is_good(answer)) {
            inner.count(&answer, true);
            return answer.said.clone();
        }
        let answer = self.inner.asked(key, digest).await;
        inner.count(&answer, false);
        answer.said.clone()
    }

    fn known(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        let (inner, digest) = (&*self.inner, key.digest());
        let answer = inner.remembered(&digest)?;
        inner.count(&answer, true);
        Some(answer.said.clone())
    }
}

impl<S: TierSource> Inner<S> {
    /// The fresh answer of a known caller, if there is one.
    fn remembered(&self, digest: &[u8; 32]) -> Option<Arc<Answer<S::Tier>>> {
        let held = self.known.get(digest);
        held.filter(|answer| self.is_good(answer))
    }

    /// Whether an answer can be used without a lookup.
    ///
    /// An answer that is not good once doesn't become good again: time goes on, the clock of [`Trust`]
    /// goes on, and the longer time to live applies only to answers that no gap in listening follows.
    fn is_good(&self, answer: &Answer<S::Tier>) -> bool {
        let is_in_time = match answer.retry_at {
            Some(retry_at) => {
                Instant::now() < retry_at && (answer.said.is_err() || self.is_usable(answer))
            }
            None => answer.asked.elapsed() < self.time_to_live(answer),
        };
        is_in_time && self.is_current(answer)
    }

    /// Whether nothing happened since that asks for another lookup.
    fn is_current(&self, answer: &Answer<S::Tier>) -> bool {
        self.trust.is_after_resumption(answer.begun)
            && self.trust.is_unchanged(answer.groups, answer.moment)
    }

    /// Whether an answer can be used while the store is down: of a known caller, within its grace.
    fn is_usable(&self, answer: &Answer<S::Tier>) -> bool {
        let limit = self.time_to_live(answer).saturating_add(self.times.grace);
        answer.said.is_ok()
            && answer.asked.elapsed() < limit
            && self.trust.is_unchanged(answer.groups, answer.moment)
    }

    fn time_to_live(&self, answer: &Answer<S::Tier>) -> Duration {
        let times = &self.times;
        let whole = match (&answer.said, times.ttl_while_listening) {
            (Err(_), _) => times.negative_ttl,
            (Ok(_), Some(longer)) if self.trust.is_covered(answer.moment) => longer,
            (Ok(_), _) => times.ttl,
        };
        whole.mul_f64(answer.share)
    }

    fn count(&self, answer: &Answer<S::Tier>, from_memory: bool) {
        let counts = &self.counts;
        // With constant labels, a counter needs no allocation.
        macro_rules! count {
            ($count:ident, $outcome:literal) => {{
                counts.$count.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "metrics")]
                metrics::counter!("tiergate_cache_total", "outcome" => $outcome).increment(1);
            }};
        }
        match (&answer.said, answer.retry_at) {
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
            .field("counters", &self.counters())
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
            let answer = cached.inner.known.get(&key.digest()).unwrap();
            assert!((0.5..=1.0).contains(&answer.share), "{}", answer.share);
            halves[usize::from(answer.share > 0.75)] += 1;
        }
        // Each is in either half by chance: of 200, fewer than 40 are in one once in 10^17 runs.
        assert!(halves.into_iter().all(|half| half >= 40), "{halves:?}");
    }
}
