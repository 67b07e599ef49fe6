mod asking;
mod builder;
mod digest;
mod near;

pub use self::builder::CachedBuilder;

use self::digest::ByDigest;
use self::near::Near;
use super::trust::{Channel, Trust};
use super::{ApiKey, Caller, SourceError, TierSource};
use moka::{future, sync};
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A source whose answers are kept in memory.
///
/// | what | by default | set by |
/// | --- | --- | --- |
/// | an answer is used without asking again for at most | 60 s | [`ttl`](CachedBuilder::ttl) |
/// | while a channel tells of changes, for at most | the same | [`ttl_while_listening`](CachedBuilder::ttl_while_listening) |
/// | an unknown caller, or a tier that cannot be read, for at most | 5 s | [`negative_ttl`](CachedBuilder::negative_ttl) |
/// | if the store is down, an answer is used this much longer | 5 min | [`grace`](CachedBuilder::grace) |
/// | a store that is down is asked again for a key after | 0.5 s | [`retry`](CachedBuilder::retry) |
/// | a source that does not answer counts as down after | 5 s | [`timeout`](CachedBuilder::timeout) |
/// | these times are shortened, each by chance, by up to | a tenth | [`jitter`](CachedBuilder::jitter) |
/// | answers are kept of | 100,000 known callers, and of a tenth as many other keys | [`capacity`](CachedBuilder::capacity) |
///
/// Requests that miss at the same time ask once, on a task of its own: it needs tokio, with its timer,
/// and goes on if they give up. What goes wrong is logged once for each question.
///
/// Keys are not kept, but their hashes. Known callers have room of their own, so that a flood of random
/// keys pushes out none of them. When there are more known callers than room, those who call often stay
/// (the policy is `TinyLFU`). A few answers more, 64 for each thread that runs at a time and as many
/// again, are copies that threads do not share; they are believed by the same rules.
///
/// # When a plan changes
/// - [`invalidate`](Self::invalidate) with the caller's id, from a billing provider's webhook. No
///   request that comes after it returned is answered with what was known before: not even with an
///   answer that is on its way, and not if the store is down. For requests that wait already, the
///   source is asked again too, up to three times. While callers change faster than it answers, they
///   get what it was asked after they came.
/// - On the other machines, by a channel: `listen_postgres` (feature `postgres`), `listen_redis`
///   (feature `redis`), or a [`channel`](Self::channel) of your own.
///
/// A channel that is lost is noticed. From then on answers are believed for `ttl`, counted from
/// when they were asked for, and no longer, even if a longer time was set for while changes are
/// told; if the store is down as well, `grace` is added as ever. When the channel is back, changes
/// may have been missed, so each answer from before is asked for anew when it is next used.
///
/// # Figures
/// Two servers of the example `cad` on one PostgreSQL that was killed and started again in the middle,
/// under mixed load for 600 s, on two cores that were busy with other work too: 1,741,452 right
/// answers and no wrong one, with 2,124 changes of plans; both servers together took 22.2 MiB when
/// they were warm and 22.8 MiB at the end.
///
/// A lookup that hits the cache, against a server where the tier is fixed, both in one process and
/// loaded in turn for 40 s, again on two cores that were busy, twice: in the median of 39 rounds 0.7 %
/// and 4.6 % fewer requests a second (half of the rounds from 21 % fewer to 10 % more, and from 13 %
/// fewer to 5 % more), and 1.4 µs and 1.9 µs of the server's processor time more for each, of 22.4 µs
/// and 23.9 µs (November 2026). The work itself, on any machine, is counted by callgrind: 5,800
/// instructions, of which 3,400 are a SHA-256 that most processors have an instruction for.
///
/// ```text
/// cargo run --release -p tiergate-tests-sources --bin load -- soak 600
/// cargo run --release -p tiergate-tests-sources --bin load -- overhead
/// cargo run --release -p tiergate-tests-sources --bin load -- instructions
/// ```
/// In a flood of 50,000 random keys, on a cache of 1,000 callers, no request of a known caller missed,
/// and no more than 1,100 answers were kept: `tests/sources/tests/cached.rs`.
///
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
    /// Answers of known callers.
    known: sync::Cache<[u8; 32], Arc<Answer<S::Tier>>, ByDigest>,
    /// Answers of known callers, copied.
    near: Near<S::Tier>,
    /// What was answered last, for any key: here requests for one key find each other. It has
    /// little room, as anybody can fill it.
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

/// What the source said.
struct Answer<T> {
    said: Result<Caller<T>, SourceError>,
    /// When it was begun to be asked for, by the time and by the clock of changes.
    asked: Instant,
    moment: u64,
    /// The key's group, and that of the caller's id.
    groups: [usize; 2],
    /// What its times are multiplied by.
    share: f64,
    /// The store was down when it was asked again: used until then, if ever.
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
    /// Keeps this source's answers, for the times that stand above.
    pub fn new(source: S) -> Self {
        Self::builder(source).build()
    }

    /// Keeps this source's answers, for other times.
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

    /// The caller with this id changed: what is known of them is not used again. It is the id that
    /// the source tells ([`Caller::id`]), such as the second column of a query. A caller without one
    /// is found by the key only, or by [`invalidate_all`](Self::invalidate_all); if the source tells
    /// no ids at all, a `WARN` says so once.
    pub fn invalidate(&self, caller: &str) {
        self.inner.trust.caller_changed(caller);
    }

    /// What is known of this key is not used again.
    pub fn invalidate_key(&self, key: &ApiKey) {
        let trust = &self.inner.trust;
        trust.changed(trust.group(&key.digest()));
    }

    /// Nothing that is known is used again.
    pub fn invalidate_all(&self) {
        self.inner.trust.all_changed();
    }

    /// A way to be told of changes. It counts as lost until it says that it is connected.
    pub fn channel(&self) -> Channel {
        Channel::new(self.inner.trust.clone())
    }

    /// Whether changes are told: there is a channel, and none is lost.
    pub fn is_listening(&self) -> bool {
        self.inner.trust.is_listening()
    }

    /// The source itself.
    pub fn source(&self) -> &S {
        &self.inner.source
    }

    /// What the cache did so far.
    pub fn counters(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.inner.counts;
        Counters {
            hits: read(&counts.hits) + self.inner.near.hits(),
            misses: read(&counts.misses),
            stale: read(&counts.stale),
            errors: read(&counts.errors),
            queries: read(&counts.queries),
        }
    }

    /// How many answers are kept, once the work that was put off is done.
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
        if let Some(caller) = inner.near.get(&digest, |answer| inner.is_good(answer)) {
            #[cfg(feature = "metrics")]
            metrics::counter!("tiergate_cache_total", "outcome" => "hit").increment(1);
            return Some(Ok(caller));
        }
        let answer = inner.remembered(&digest)?;
        inner.count(&answer, true);
        inner.near.put(&digest, &answer);
        Some(answer.said.clone())
    }
}

impl<S: TierSource> Inner<S> {
    /// What can be answered of a known caller without asking.
    fn remembered(&self, digest: &[u8; 32]) -> Option<Arc<Answer<S::Tier>>> {
        let held = self.known.get(digest);
        held.filter(|answer| self.is_good(answer))
    }

    /// Whether an answer can be given without asking.
    fn is_good(&self, answer: &Answer<S::Tier>) -> bool {
        match answer.retry_at {
            Some(retry_at) => {
                Instant::now() < retry_at
                    && (self.is_usable(answer) || answer.said.is_err())
                    && self.trust.is_unchanged(answer.groups, answer.moment)
            }
            None => {
                answer.asked.elapsed() < self.time_to_live(answer)
                    && self.trust.is_told(answer.moment)
                    && self.trust.is_unchanged(answer.groups, answer.moment)
            }
        }
    }

    /// Whether an answer is good enough while the store is down: of a known caller, and not past
    /// its grace.
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
            (Ok(_), Some(longer)) if self.trust.is_listening() => longer,
            (Ok(_), _) => times.ttl,
        };
        whole.mul_f64(answer.share)
    }

    fn count(&self, answer: &Answer<S::Tier>, from_memory: bool) {
        let counts = &self.counts;
        // Counters with labels that are known beforehand need no memory of their own.
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
    use crate::source::{ApiKey, TierSource};

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
