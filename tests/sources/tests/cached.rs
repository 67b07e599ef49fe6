//! The guarantees of `Cached`, tested with a source that each test controls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tiergate::Cached;
use tiergate::Caller;
use tiergate::source::{ApiKey, CachedBuilder, SourceError, TierSource};
use tiergate_tests_sources::Tier;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// A source whose answers and failures can be set.
#[derive(Clone)]
struct Source(Arc<State>);

struct State {
    is_down: AtomicBool,
    is_pro: AtomicBool,
    has_left: AtomicBool,
    queries: AtomicU64,
    /// Each lookup takes a permit. There are enough unless the test removes them.
    permits: Semaphore,
}

impl Source {
    fn new() -> Self {
        Self(Arc::new(State {
            is_down: AtomicBool::new(false),
            is_pro: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
            queries: AtomicU64::new(0),
            permits: Semaphore::new(1_000_000),
        }))
    }

    fn queries(&self) -> u64 {
        self.0.queries.load(Ordering::SeqCst)
    }

    fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::SeqCst);
    }

    fn set_pro(&self, is_pro: bool) {
        self.0.is_pro.store(is_pro, Ordering::SeqCst);
    }

    fn cached(&self) -> CachedBuilder<Self> {
        Cached::builder(self.clone()).jitter(0.0)
    }
}

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        let state = &self.0;
        state.queries.fetch_add(1, Ordering::SeqCst);
        // A real store returns the value that it had when the lookup started.
        let is_down = state.is_down.load(Ordering::SeqCst);
        let tier = if state.is_pro.load(Ordering::SeqCst) {
            Tier::Pro
        } else {
            Tier::Free
        };
        state.permits.acquire().await.expect("open").forget();
        if is_down {
            return Err(SourceError::unavailable("down"));
        }
        match key.expose() {
            "leaving" if state.has_left.load(Ordering::SeqCst) => Err(SourceError::UnknownCaller),
            "new" => Err(SourceError::UnknownCaller),
            "gold" => Err(SourceError::invalid_tier("Gold")),
            random if random.starts_with("random") => Err(SourceError::UnknownCaller),
            _ => Ok(Caller::new(tier).with_id("customer-7")),
        }
    }
}

/// Returns the answer for a key as a word.
async fn ask(cached: &Cached<Source>, key: &str) -> &'static str {
    match cached.find(&ApiKey::new(key)).await {
        Ok(caller) => caller.tier().map_or("none", Tier::name),
        Err(SourceError::UnknownCaller) => "unknown",
        Err(SourceError::Unavailable(_)) => "unavailable",
        Err(SourceError::InvalidTier(_)) => "unreadable",
        Err(_) => "another error",
    }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_for_one_key_cause_one_lookup() {
    let source = Source::new();
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    let requests: Vec<_> = (0..10_000)
        .map(|_| {
            let cached = cached.clone();
            tokio::spawn(async move { ask(&cached, "a-key").await })
        })
        .collect();
    sleep(ms(300)).await;
    source.0.permits.add_permits(10_000);
    for request in requests {
        assert_eq!(request.await.expect("no panic"), "Free");
    }
    assert_eq!(source.queries(), 1);
    assert_eq!(cached.stats().queries, 1);
    assert_eq!(cached.stats().misses + cached.stats().hits, 10_000);
}

#[tokio::test]
async fn an_entry_expires_after_its_ttl() {
    let source = Source::new();
    let cached = source.cached().ttl(ms(200)).build();
    let begun = Instant::now();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    source.set_pro(true);
    while begun.elapsed() < ms(190) {
        let answer = ask(&cached, "a-key").await;
        // A slow machine may answer too late. Only answers within the time count.
        if begun.elapsed() < ms(190) {
            assert_eq!(answer, "Free");
        }
        sleep(ms(10)).await;
    }
    sleep(ms(30)).await;
    assert_eq!(ask(&cached, "a-key").await, "Pro");
    assert_eq!(source.queries(), 2);
}

#[tokio::test]
async fn an_unknown_caller_expires_sooner() {
    let source = Source::new();
    let cached = source
        .cached()
        .ttl(ms(60_000))
        .negative_ttl(ms(400))
        .build();
    for (key, expected) in [
        ("new", "unknown"),
        ("gold", "unreadable"),
        ("a-key", "Free"),
    ] {
        assert_eq!(ask(&cached, key).await, expected);
        assert_eq!(ask(&cached, key).await, expected);
    }
    assert_eq!(source.queries(), 3);
    sleep(ms(450)).await;
    for key in ["new", "gold", "a-key"] {
        ask(&cached, key).await;
    }
    assert_eq!(source.queries(), 5);
}

#[tokio::test]
async fn stale_entries_are_served_during_an_outage_within_the_limit() {
    let source = Source::new();
    let cached = source
        .cached()
        .ttl(ms(100))
        .stale_if_error(ms(2000))
        .retry(ms(20))
        .build();
    let begun = Instant::now();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    let asked = Instant::now();
    source.set_down(true);
    sleep(ms(120)).await;
    while begun.elapsed() < ms(2080) {
        let answer = ask(&cached, "a-key").await;
        if begun.elapsed() < ms(2080) {
            assert_eq!(answer, "Free");
        }
        sleep(ms(10)).await;
    }
    assert!(cached.stats().stale > 0);
    // Earlier uses of the answer don't extend the grace period.
    while asked.elapsed() < ms(2110) {
        sleep(ms(5)).await;
    }
    assert_eq!(ask(&cached, "a-key").await, "unavailable");
    assert!(cached.stats().errors > 0);
    // A caller that isn't cached is never let through.
    assert_eq!(ask(&cached, "another").await, "unavailable");
    source.set_down(false);
    sleep(ms(30)).await;
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(ask(&cached, "another").await, "Free");
}

#[tokio::test]
async fn an_unavailable_store_is_not_queried_by_every_request() {
    let source = Source::new();
    source.set_down(true);
    let cached = source.cached().retry(ms(60_000)).build();
    for _ in 0..100 {
        assert_eq!(ask(&cached, "a-key").await, "unavailable");
    }
    assert_eq!(source.queries(), 1);
}

#[tokio::test]
async fn an_invalidated_caller_is_not_served_stale_during_an_outage() {
    let source = Source::new();
    source.set_pro(true);
    let cached = source.cached().ttl(ms(60_000)).retry(ms(0)).build();
    assert_eq!(ask(&cached, "a-key").await, "Pro");
    cached.invalidate("customer-7");
    source.set_down(true);
    assert_eq!(ask(&cached, "a-key").await, "unavailable");
    source.set_down(false);
    source.set_pro(false);
    assert_eq!(ask(&cached, "a-key").await, "Free");
}

#[tokio::test]
async fn a_change_discards_a_lookup_in_progress() {
    let source = Source::new();
    source.set_pro(true);
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    let early = tokio::spawn({
        let cached = cached.clone();
        async move { ask(&cached, "a-key").await }
    });
    while source.queries() < 1 {
        sleep(ms(1)).await;
    }
    // The source has read Pro and is about to return it.
    source.set_pro(false);
    cached.invalidate("customer-7");
    let late = tokio::spawn({
        let cached = cached.clone();
        async move { ask(&cached, "a-key").await }
    });
    sleep(ms(20)).await;
    source.0.permits.add_permits(1000);
    assert_eq!(late.await.expect("no panic"), "Free");
    early.await.expect("no panic");
    assert_eq!(ask(&cached, "a-key").await, "Free");
}

#[tokio::test]
async fn a_removed_caller_is_refused_during_an_outage() {
    let source = Source::new();
    let cached = source
        .cached()
        .ttl(ms(20))
        .negative_ttl(ms(20))
        .retry(ms(0))
        .build();
    assert_eq!(ask(&cached, "leaving").await, "Free");
    source.0.has_left.store(true, Ordering::SeqCst);
    sleep(ms(30)).await;
    assert_eq!(ask(&cached, "leaving").await, "unknown");
    source.set_down(true);
    sleep(ms(30)).await;
    assert_eq!(ask(&cached, "leaving").await, "unavailable");
}

#[tokio::test]
async fn one_key_or_all_keys_can_be_invalidated() {
    let source = Source::new();
    let cached = source
        .cached()
        .ttl(ms(60_000))
        .negative_ttl(ms(60_000))
        .build();
    assert_eq!(ask(&cached, "new").await, "unknown");
    assert_eq!(ask(&cached, "a-key").await, "Free");
    cached.invalidate_key(&ApiKey::new("new"));
    ask(&cached, "new").await;
    ask(&cached, "a-key").await;
    assert_eq!(source.queries(), 3);
    cached.invalidate_all();
    ask(&cached, "new").await;
    ask(&cached, "a-key").await;
    assert_eq!(source.queries(), 5);
}

#[tokio::test]
async fn known_follows_the_rules_of_a_lookup() {
    let source = Source::new();
    let cached = source.cached().ttl(ms(300)).build();
    let key = ApiKey::new("a-key");
    let known = || {
        let answer = cached.known(&key)?;
        Some(answer.expect("a known caller").tier().map(Tier::name))
    };
    assert_eq!(known(), None);
    let begun = Instant::now();
    ask(&cached, "a-key").await;
    source.set_pro(true);
    // Repeated reads return the cached answer while it is fresh.
    for number in 0..100 {
        let answer = known();
        if begun.elapsed() < ms(290) {
            assert_eq!(answer, Some(Some("Free")), "{number}");
            assert_eq!(cached.stats().hits, number + 1);
        }
    }
    cached.invalidate("customer-7");
    assert_eq!(known(), None);
    ask(&cached, "a-key").await;
    let asked = Instant::now();
    assert_eq!(known(), Some(Some("Pro")));
    assert_eq!(known(), Some(Some("Pro")));
    while asked.elapsed() < ms(310) {
        sleep(ms(10)).await;
    }
    for _ in 0..20 {
        assert_eq!(known(), None);
    }
    // The cached answer of one key must not apply to another key.
    assert!(cached.known(&ApiKey::new("another")).is_none());

    // A stale answer that bridges an outage expires too.
    let cached = source.cached().ttl(ms(0)).retry(ms(200)).build();
    ask(&cached, "a-key").await;
    source.set_down(true);
    ask(&cached, "a-key").await;
    for _ in 0..3 {
        cached.known(&key);
    }
    sleep(ms(220)).await;
    assert!(cached.known(&key).is_none());
}

#[tokio::test]
async fn a_connected_channel_extends_the_ttl() {
    let source = Source::new();
    let cached = source
        .cached()
        .ttl(ms(50))
        .ttl_while_listening(ms(60_000))
        .stale_if_error(ms(0))
        .build();
    let mut channel = cached.channel();
    channel.connected();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    sleep(ms(80)).await;
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 1);

    // When the channel is lost, the shorter time to live counts from the start of the lookup.
    channel.lost();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 2);
    sleep(ms(80)).await;
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 3);

    // When the channel is back, it may have missed changes.
    channel.connected();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 4);
    sleep(ms(80)).await;
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 4);

    // If the store is down too, an expired answer isn't used.
    channel.lost();
    source.set_down(true);
    assert_eq!(ask(&cached, "a-key").await, "unavailable");
}

#[tokio::test]
async fn a_reconnected_channel_keeps_stale_entries_usable() {
    let source = Source::new();
    let cached = source.cached().ttl(ms(60_000)).build();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    cached.channel().connected();
    source.set_down(true);
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(cached.stats().stale, 1);
}

#[tokio::test]
async fn a_flood_of_anonymous_callers_does_not_evict_known_callers() {
    /// Serves every unrecognised key as an anonymous caller.
    struct Source;

    impl TierSource for Source {
        type Tier = Tier;

        async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
            Ok(if key.expose().starts_with("known-") {
                Caller::new(Tier::Plus)
            } else {
                Caller::anonymous(Tier::Free)
            })
        }
    }

    let cached = Cached::builder(Source).capacity(1000).build();
    let known: Vec<_> = (0..900)
        .map(|number| ApiKey::new(format!("known-{number}")))
        .collect();
    for key in &known {
        cached.find(key).await.unwrap();
    }
    for number in 0..20_000 {
        cached
            .find(&ApiKey::new(format!("random-{number}")))
            .await
            .unwrap();
    }
    let queries = cached.stats().queries;
    for key in &known {
        cached.find(key).await.unwrap();
    }
    assert_eq!(cached.stats().queries, queries);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_random_keys_does_not_evict_hot_keys() {
    let source = Source::new();
    let cached = source
        .cached()
        .capacity(1000)
        .ttl(ms(600_000))
        .negative_ttl(ms(600_000))
        .build();
    let hot: Vec<String> = (0..100).map(|number| format!("hot-{number}")).collect();
    for _ in 0..20 {
        for key in &hot {
            ask(&cached, key).await;
        }
    }
    let (mut of_hot, mut misses) = (0, 0);
    for number in 0..50_000 {
        ask(&cached, &format!("random-{number}")).await;
        // One request in a hundred comes from a real customer.
        if number % 100 == 0 {
            let before = source.queries();
            ask(&cached, &hot[number / 100 % hot.len()]).await;
            of_hot += 1;
            misses += source.queries() - before;
        }
    }
    let kept = cached.entry_count().await;
    println!("{of_hot} requests with hot keys, {misses} misses; {kept} answers kept of 1000");
    assert!(kept <= 1000, "{kept}");
    assert!(
        misses * 20 < of_hot,
        "{misses} of {of_hot} hot requests missed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn constant_changes_cause_no_extra_lookups_or_refusals() {
    let source = Source::new();
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    let is_over = Arc::new(AtomicBool::new(false));
    // Every lookup takes 20 ms, and every caller changes every 10 ms.
    let feeding = tokio::spawn({
        let (source, is_over) = (source.clone(), is_over.clone());
        async move {
            while !is_over.load(Ordering::SeqCst) {
                sleep(ms(20)).await;
                source.0.permits.add_permits(1);
            }
        }
    });
    let changing = std::thread::spawn({
        let (cached, is_over) = (cached.clone(), is_over.clone());
        move || {
            while !is_over.load(Ordering::SeqCst) {
                std::thread::sleep(ms(10));
                cached.invalidate_all();
            }
        }
    });
    sleep(ms(50)).await;
    let requests: Vec<_> = (0..10_000)
        .map(|_| {
            let cached = cached.clone();
            tokio::spawn(async move { ask(&cached, "a-key").await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.expect("no panic"), "Free");
    }
    is_over.store(true, Ordering::SeqCst);
    feeding.await.expect("no panic");
    changing.join().expect("no panic");
    assert!(source.queries() < 100, "{} questions", source.queries());
}

#[tokio::test]
async fn a_request_after_a_change_never_gets_an_older_answer() {
    let source = Source::new();
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    // In each round, one more change overtakes the running lookup.
    for number in 0..20 {
        source.set_pro(number % 2 == 0);
        cached.invalidate_all();
        let early = tokio::spawn({
            let cached = cached.clone();
            async move { ask(&cached, "a-key").await }
        });
        let before = source.queries();
        for change in 0..number {
            while source.queries() < before + 1 + change.min(2) {
                sleep(ms(1)).await;
            }
            cached.invalidate("customer-7");
            source.0.permits.add_permits(1);
            sleep(ms(1)).await;
        }
        source.set_pro(number % 2 == 1);
        cached.invalidate("customer-7");
        let late = tokio::spawn({
            let cached = cached.clone();
            async move { ask(&cached, "a-key").await }
        });
        sleep(ms(5)).await;
        source.0.permits.add_permits(10);
        let expected = if number % 2 == 1 { "Pro" } else { "Free" };
        assert_eq!(late.await.expect("no panic"), expected, "{number}");
        early.await.expect("no panic");
        source.0.permits.forget_permits(1_000_000);
    }
}

#[tokio::test]
async fn an_abandoned_lookup_blocks_no_other() {
    let source = Source::new();
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    let key = ApiKey::new("a-key");
    // This lookup starts, and its future is kept but never polled again.
    let mut begun = std::pin::pin!(cached.find(&key));
    let first = tokio::time::timeout(ms(20), begun.as_mut()).await;
    assert!(first.is_err());
    source.0.permits.add_permits(10);
    let second = tokio::time::timeout(ms(5000), ask(&cached, "a-key")).await;
    assert_eq!(second, Ok("Free"));
    assert_eq!(source.queries(), 1);
}

#[tokio::test]
async fn a_cancelled_waiter_does_not_cancel_the_lookup() {
    let source = Source::new();
    source.0.permits.forget_permits(1_000_000);
    let cached = source.cached().build();
    for _ in 0..300 {
        let waited = tokio::time::timeout(ms(1), ask(&cached, "a-key")).await;
        assert!(waited.is_err());
    }
    source.0.permits.add_permits(10);
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 1);
}

#[tokio::test]
async fn a_jitter_that_is_not_a_number_is_ignored() {
    let source = Source::new();
    let cached = source.cached().jitter(f64::NAN).build();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(source.queries(), 1);
}

#[tokio::test]
async fn unconfirmed_claimed_ids_evict_nobody() {
    let source = Source::new();
    let cached = source.cached().capacity(1000).build();
    let hot: Vec<String> = (0..100).map(|number| format!("hot-{number}")).collect();
    for _ in 0..20 {
        for key in &hot {
            ask(&cached, key).await;
        }
    }
    let mut misses = 0;
    for number in 0..50_000 {
        let key = ApiKey::new("a-key").with_claimed_id(format!("claimed-{number}"));
        cached.find(&key).await.expect("a valid key");
        if number % 100 == 0 {
            let before = source.queries();
            ask(&cached, &hot[number / 100 % hot.len()]).await;
            misses += source.queries() - before;
        }
    }
    assert!(misses < 25, "{misses} of 500 hot requests missed");
    // If the source confirms the claimed id, the answer is cached as usual.
    let key = ApiKey::new("a-key").with_claimed_id("customer-7");
    cached.find(&key).await.expect("a valid key");
    assert!(cached.known(&key).is_some());
}

#[tokio::test]
async fn a_source_that_never_answers_is_unavailable() {
    let source = Source::new();
    let cached = source.cached().ttl(ms(0)).timeout(ms(50)).build();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    source.0.permits.forget_permits(1_000_000);
    let begun = Instant::now();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(ask(&cached, "another").await, "unavailable");
    assert!(begun.elapsed() < ms(5000));
    assert_eq!((cached.stats().stale, cached.stats().errors), (1, 1));
}

/// A builder for a cache that uses answers for a minute while it is listening, and otherwise for 50 ms.
fn listening(source: &Source) -> CachedBuilder<Source> {
    source
        .cached()
        .ttl(ms(50))
        .ttl_while_listening(ms(60_000))
        .negative_ttl(ms(0))
        .retry(ms(0))
}

#[tokio::test(start_paused = true)]
async fn dropping_a_lost_channel_does_not_refresh_older_entries() {
    let source = Source::new();
    let cached = listening(&source).build();
    let (mut one, mut other) = (cached.channel(), cached.channel());
    one.connected();
    other.connected();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    one.lost();
    // A change without a notification.
    source.set_pro(true);
    drop(one);
    assert!(cached.is_listening());
    assert!(cached.known(&ApiKey::new("a-key")).is_none());
    assert_eq!(ask(&cached, "a-key").await, "Pro");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_lookup_refused_stays_refused() {
    let source = Source::new();
    let cached = listening(&source).build();
    let (mut one, mut other) = (cached.channel(), cached.channel());
    one.connected();
    other.connected();
    let key = ApiKey::new("leaving");
    assert_eq!(ask(&cached, "leaving").await, "Free");
    for _ in 0..3 {
        assert!(cached.known(&key).is_some());
    }
    one.lost();
    source.0.has_left.store(true, Ordering::SeqCst);
    sleep(ms(60)).await;
    assert_eq!(ask(&cached, "leaving").await, "unknown");
    drop(one);
    for _ in 0..3 {
        assert!(cached.known(&key).is_none());
    }
    // The answer isn't used during an outage either.
    source.set_down(true);
    assert_eq!(ask(&cached, "leaving").await, "unavailable");
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_extend_entries_from_before_a_reconnect() {
    let source = Source::new();
    let cached = listening(&source).stale_if_error(ms(50)).build();
    let mut channel = cached.channel();
    channel.connected();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    channel.lost();
    source.set_down(true);
    sleep(ms(60)).await;
    assert_eq!(ask(&cached, "a-key").await, "Free");
    sleep(ms(60)).await;
    assert_eq!(ask(&cached, "a-key").await, "unavailable");
    // The channel may have missed a revocation, so the longer time to live doesn't apply.
    channel.connected();
    assert_eq!(ask(&cached, "a-key").await, "unavailable");
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_comes_back_ends_the_pause_between_lookups() {
    let source = Source::new();
    let cached = source.cached().ttl(ms(0)).retry(ms(60_000)).build();
    assert_eq!(ask(&cached, "a-key").await, "Free");
    source.set_down(true);
    assert_eq!(ask(&cached, "a-key").await, "Free");
    assert_eq!(ask(&cached, "another").await, "unavailable");
    source.set_down(false);
    source.set_pro(true);
    cached.channel().connected();
    assert_eq!(ask(&cached, "a-key").await, "Pro");
    assert_eq!(ask(&cached, "another").await, "Pro");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_changes_callers_drops_the_first_caller() {
    let owner = Arc::new(AtomicU64::new(7));
    let is_down = Arc::new(AtomicBool::new(false));
    let cached = Cached::builder(Owned(owner.clone(), is_down.clone()))
        .ttl(ms(10))
        .retry(ms(0))
        .jitter(0.0)
        .build();
    let key = ApiKey::new("a-key").with_claimed_id("customer-7");
    let ids = async || {
        let caller = cached.find(&key).await.ok()?;
        caller.id().map(str::to_owned)
    };
    assert_eq!(ids().await.as_deref(), Some("customer-7"));
    owner.store(8, Ordering::SeqCst);
    sleep(ms(20)).await;
    assert_eq!(ids().await.as_deref(), Some("customer-8"));
    is_down.store(true, Ordering::SeqCst);
    sleep(ms(20)).await;
    assert_eq!(ids().await, None);
}

/// A source with one key, whose owner changes.
struct Owned(Arc<AtomicU64>, Arc<AtomicBool>);

impl TierSource for Owned {
    type Tier = Tier;

    async fn find(&self, _: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(SourceError::unavailable("down"));
        }
        let owner = self.0.load(Ordering::SeqCst);
        Ok(Caller::new(Tier::Pro).with_id(format!("customer-{owner}")))
    }
}
