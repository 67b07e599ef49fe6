//! The ends of trials and cancelled plans, with and without a cache: around the end, with a clock that is
//! set back, on a machine that is suspended, and during an outage.
//!
//! The tests control both clocks. Tokio's paused clock is the monotonic clock.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tiergate::source::{ApiKey, CachedBuilder, SourceError, TierSource};
use tiergate::{Cached, Caller, Catalogue, Overrides, TierLayer, requires_tier};
use tiergate_tests_sources::Tier;
use tokio::sync::Semaphore;
use tokio::time::{advance, sleep};
use tower::ServiceExt;

#[requires_tier(Pro, get = "/report")]
async fn report() {}

#[requires_tier(Plus, get = "/export")]
async fn export() {}

#[requires_tier(Free, get = "/search")]
async fn search() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(report, export, search))]
struct Api;

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
const ALMOST_AN_HOUR: Duration = Duration::from_secs(3599);

/// The end of the trial.
fn end() -> SystemTime {
    SystemTime::UNIX_EPOCH + 500_000 * HOUR
}

/// A store with one caller, and the wall clock.
#[derive(Clone)]
struct World(Arc<State>);

struct State {
    wall: Mutex<SystemTime>,
    stored: Mutex<Result<Caller<Tier>, SourceError>>,
    queries: Mutex<u64>,
    /// Each lookup takes a permit. There are enough unless the test removes them.
    permits: Semaphore,
}

/// A caller on a trial.
fn trial() -> Caller<Tier> {
    Caller::new(Tier::Pro).with_id("customer-7").until(end())
}

impl World {
    /// Creates a world at this time before the end.
    fn before_end(time: Duration, stored: Caller<Tier>) -> Self {
        Self(Arc::new(State {
            wall: Mutex::new(end() - time),
            stored: Mutex::new(Ok(stored)),
            queries: Mutex::new(0),
            permits: Semaphore::new(1000),
        }))
    }

    fn set_wall(&self, time: SystemTime) {
        *self.0.wall.lock().unwrap() = time;
    }

    fn wall(&self) -> SystemTime {
        *self.0.wall.lock().unwrap()
    }

    /// Lets time pass on both clocks.
    async fn pass(&self, time: Duration) {
        self.set_wall(self.wall() + time);
        advance(time).await;
    }

    fn store(&self, stored: Result<Caller<Tier>, SourceError>) {
        *self.0.stored.lock().unwrap() = stored;
    }

    fn go_down(&self) {
        self.store(Err(SourceError::unavailable("down")));
    }

    fn queries(&self) -> u64 {
        *self.0.queries.lock().unwrap()
    }

    /// Creates a builder for a cache that uses results for a day and bridges outages of a day.
    fn cached(&self) -> CachedBuilder<Self> {
        let world = self.clone();
        Cached::builder(self.clone())
            .clock(move || world.wall())
            .ttl(24 * HOUR)
            .stale_if_error(24 * HOUR)
            .jitter(0.0)
            .retry(Duration::ZERO)
    }

    /// Creates an application whose guards use the same clock.
    fn app(&self, source: impl TierSource<Tier = Tier>) -> Router {
        let world = self.clone();
        let overrides = Overrides::of::<Api>().with_clock(move || world.wall());
        Api::router().layer(TierLayer::new(source).overrides(&overrides))
    }
}

impl TierSource for World {
    type Tier = Tier;

    async fn find(&self, _: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        *self.0.queries.lock().unwrap() += 1;
        let stored = self.0.stored.lock().unwrap().clone();
        self.0.permits.acquire().await.expect("open").forget();
        stored
    }
}

/// Returns the status for each endpoint, highest tier first, and the reason of the last refusal.
async fn call(app: &Router) -> ([u16; 3], String) {
    let mut code = String::new();
    let mut statuses = [0; 3];
    for (path, status) in ["/report", "/export", "/search"].iter().zip(&mut statuses) {
        let request = Request::get(*path).header("authorization", "Bearer a-key");
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        *status = response.status().as_u16();
        if *status != 200 {
            let body = to_bytes(response.into_body(), 10_000).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            body["code"].as_str().unwrap().clone_into(&mut code);
        }
    }
    (statuses, code)
}

/// Returns the answer of a cache as a word.
async fn ask(cached: &Cached<World>) -> &'static str {
    word(&cached.find(&ApiKey::new("a-key")).await)
}

fn word(answer: &Result<Caller<Tier>, SourceError>) -> &'static str {
    match answer {
        Ok(caller) => caller.tier().map_or("none", Tier::name),
        Err(SourceError::Unavailable(_)) => "unavailable",
        Err(_) => "another error",
    }
}

fn is_known(cached: &Cached<World>) -> bool {
    cached.known(&ApiKey::new("a-key")).is_some()
}

const ALL: [u16; 3] = [200, 200, 200];

#[tokio::test(start_paused = true)]
async fn a_second_before_the_end_and_at_the_end() {
    for (stored, expected, code) in [
        (trial(), [403, 403, 403], "subscription_expired"),
        (trial().then(Tier::Plus), [403, 200, 200], "tier_too_low"),
        // The tier from then on is refused too.
        (trial().then(Tier::Free), [403, 403, 200], "tier_too_low"),
    ] {
        let world = World::before_end(HOUR, stored);
        for app in [world.app(world.clone()), world.app(world.cached().build())] {
            world.set_wall(end() - HOUR);
            assert_eq!(call(&app).await.0, ALL);
            world.pass(ALMOST_AN_HOUR).await;
            assert_eq!(call(&app).await.0, ALL);
            world.pass(Duration::from_nanos(999_999_999)).await;
            assert_eq!(call(&app).await.0, ALL);
            world.pass(Duration::from_nanos(1)).await;
            assert_eq!(call(&app).await, (expected, code.to_owned()));
            world.pass(HOUR).await;
            assert_eq!(call(&app).await, (expected, code.to_owned()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cached_caller_is_looked_up_again_at_the_end() {
    let world = World::before_end(HOUR, trial());
    let cached = world.cached().build();
    assert_eq!(ask(&cached).await, "Pro");
    world.pass(ALMOST_AN_HOUR).await;
    assert!(is_known(&cached));
    assert_eq!((ask(&cached).await, world.queries()), ("Pro", 1));

    // The caller has bought a plan in the meantime.
    world.store(Ok(Caller::new(Tier::Plus)));
    world.pass(SECOND).await;
    assert!(!is_known(&cached));
    assert_eq!((ask(&cached).await, world.queries()), ("Plus", 2));
    world.pass(HOUR).await;
    assert_eq!((ask(&cached).await, world.queries()), ("Plus", 2));
}

#[tokio::test(start_paused = true)]
async fn a_caller_looked_up_after_the_end_is_cached_as_usual() {
    let world = World::before_end(HOUR, trial().then(Tier::Free));
    world.set_wall(end());
    let cached = world.cached().build();
    for _ in 0..10 {
        assert_eq!(ask(&cached).await, "Pro");
        world.pass(HOUR).await;
        assert!(is_known(&cached));
    }
    assert_eq!(world.queries(), 1);
    let app = world.app(cached);
    assert_eq!(call(&app).await.0, [403, 403, 200]);
    // The last result bridges an outage. The guard still refuses the ended tier.
    world.go_down();
    world.pass(24 * HOUR).await;
    assert_eq!(call(&app).await.0, [403, 403, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_extends_no_cached_caller() {
    let world = World::before_end(SECOND, trial());
    let cached = world.cached().build();
    let app = world.app(cached.clone());
    assert_eq!(call(&app).await.0, ALL);
    world.set_wall(world.wall() - HOUR);
    assert_eq!((call(&app).await.0, world.queries()), (ALL, 1));
    // The end was due after a second.
    world.pass(SECOND).await;
    assert!(!is_known(&cached));
    // The store has ended the subscription.
    world.store(Ok(Caller::without_subscription()));
    assert_eq!(call(&app).await, ([403; 3], "no_subscription".to_owned()));
    assert_eq!(world.queries(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_after_the_end_brings_no_caller_back() {
    let world = World::before_end(SECOND, trial());
    let cached = world.cached().build();
    let app = world.app(cached.clone());
    assert_eq!(call(&app).await.0, ALL);
    // The wall clock alone jumps to the end.
    world.set_wall(end());
    world.go_down();
    assert_eq!(call(&app).await.0, [503; 3]);
    world.set_wall(end() - HOUR);
    assert_eq!(call(&app).await.0, [503; 3]);

    // The same applies to a caller that was looked up after the end.
    let world = World::before_end(HOUR, trial());
    world.set_wall(end());
    let cached = world.cached().build();
    let app = world.app(cached.clone());
    assert_eq!(
        call(&app).await,
        ([403; 3], "subscription_expired".to_owned())
    );
    world.go_down();
    assert_eq!(
        call(&app).await,
        ([403; 3], "subscription_expired".to_owned())
    );
    world.set_wall(end() - HOUR);
    assert!(!is_known(&cached));
    assert_eq!(call(&app).await.0, [503; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_machine_suspended_across_the_end_uses_no_older_result() {
    let world = World::before_end(HOUR, trial().then(Tier::Free));
    let cached = world.cached().build();
    let app = world.app(cached.clone());
    assert_eq!((call(&app).await.0, world.queries()), (ALL, 1));
    // The monotonic clock stops while the machine is suspended.
    world.set_wall(end() + HOUR);
    assert!(!is_known(&cached));
    assert_eq!((call(&app).await.0, world.queries()), ([403, 403, 200], 2));
}

#[tokio::test(start_paused = true)]
async fn an_outage_across_the_end_refuses_the_caller() {
    for then in [None, Some(Tier::Free), Some(Tier::Pro)] {
        let stored = then.map_or(trial(), |then| trial().then(then));
        let world = World::before_end(2 * HOUR, stored.clone());
        let cached = world.cached().ttl(SECOND).build();
        let app = world.app(cached.clone());
        assert_eq!(call(&app).await.0, ALL);
        world.go_down();
        world.pass(HOUR + ALMOST_AN_HOUR).await;
        assert_eq!(call(&app).await.0, ALL);
        assert!(cached.stats().stale > 0);
        world.pass(SECOND).await;
        let unavailable = ([503; 3], "tier_source_unavailable".to_owned());
        assert_eq!(call(&app).await, unavailable);
        world.pass(HOUR).await;
        assert_eq!(call(&app).await, unavailable);
        // A caller without an end is still served.
        world.store(Ok(stored));
        let expected = match then {
            None => [403, 403, 403],
            Some(Tier::Free) => [403, 403, 200],
            Some(_) => ALL,
        };
        assert_eq!(call(&app).await.0, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_bridge_the_end_between_two_retries() {
    let world = World::before_end(HOUR, trial());
    let cached = world.cached().ttl(SECOND).retry(24 * HOUR).build();
    assert_eq!(ask(&cached).await, "Pro");
    world.go_down();
    world.pass(ALMOST_AN_HOUR).await;
    assert_eq!((ask(&cached).await, world.queries()), ("Pro", 2));
    assert!(is_known(&cached));
    world.pass(SECOND).await;
    assert!(!is_known(&cached));
    assert_eq!((ask(&cached).await, world.queries()), ("unavailable", 3));
    assert_eq!((ask(&cached).await, world.queries()), ("unavailable", 3));
}

#[tokio::test(start_paused = true)]
async fn a_request_after_the_end_does_not_use_a_lookup_from_before_the_end() {
    let world = World::before_end(SECOND, trial());
    world.0.permits.forget_permits(1000);
    let cached = world.cached().build();
    let ask = |cached: &Cached<World>| {
        let cached = cached.clone();
        tokio::spawn(async move { cached.find(&ApiKey::new("a-key")).await })
    };
    let early = ask(&cached);
    while world.queries() < 1 {
        sleep(Duration::from_millis(1)).await;
    }
    // The lookup has read the store and hasn't returned yet.
    world.store(Ok(Caller::new(Tier::Free)));
    world.set_wall(end());
    let late = ask(&cached);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(world.queries(), 1);
    world.0.permits.add_permits(1000);
    assert_eq!(word(&early.await.unwrap()), "Pro");
    assert_eq!(word(&late.await.unwrap()), "Free");
    assert_eq!(world.queries(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_runs_backwards_during_a_lookup_blocks_no_request() {
    let world = World::before_end(HOUR, trial());
    world.set_wall(end());
    world.0.permits.forget_permits(1000);
    let cached = world.cached().build();
    let waiting = tokio::spawn({
        let cached = cached.clone();
        async move { cached.find(&ApiKey::new("a-key")).await }
    });
    while world.queries() < 1 {
        sleep(Duration::from_millis(1)).await;
    }
    world.set_wall(end() - HOUR);
    world.0.permits.add_permits(1000);
    assert_eq!(word(&waiting.await.unwrap()), "Pro");
    assert!(world.queries() <= 2);
}

#[tokio::test(start_paused = true)]
async fn an_end_in_the_distant_past_or_future_causes_no_panic() {
    let mut distant = end();
    let mut step = Duration::from_secs(1 << 62);
    while step >= SECOND {
        distant = distant.checked_add(step).unwrap_or(distant);
        step /= 2;
    }
    for (until, expected) in [
        (distant, ALL),
        (SystemTime::UNIX_EPOCH, [403; 3]),
        (SystemTime::UNIX_EPOCH - 1_000_000 * HOUR, [403; 3]),
    ] {
        let world = World::before_end(HOUR, Caller::new(Tier::Pro).until(until));
        let app = world.app(world.cached().build());
        assert_eq!(call(&app).await.0, expected);
        world.pass(HOUR).await;
        assert_eq!(call(&app).await.0, expected);
        assert_eq!(world.queries(), 1);
    }
}
