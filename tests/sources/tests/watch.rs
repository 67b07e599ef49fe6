//! Long-lived connections end when the subscription no longer allows them, and no earlier.
//!
//! The tests use the paused clock of tokio.

use futures_util::stream::{self, StreamExt};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tiergate::source::{ApiKey, CachedBuilder, SourceError, TierSource, guard};
use tiergate::{
    Cached, Caller, Catalogue, Guard, Override, Overrides, Refusal, TierLayer, Watch, requires_tier,
};
use tiergate_tests_sources::Tier;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Returns the watch of an open connection.
#[requires_tier(Plus, get = "/live", guard = pass)]
fn live() -> Watch<Tier> {
    pass.watch()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(live))]
struct Api;

/// A store in which every key belongs to a customer of the same name.
#[derive(Clone)]
struct Store(Arc<State>);

struct State {
    answer: Mutex<Box<dyn Fn(&str) -> Result<Tier, SourceError> + Send>>,
    lookups: AtomicUsize,
}

impl Store {
    fn new() -> Self {
        Self(Arc::new(State {
            answer: Mutex::new(Box::new(|_| Ok(Tier::Plus))),
            lookups: AtomicUsize::new(0),
        }))
    }

    fn set(&self, answer: impl Fn(&str) -> Result<Tier, SourceError> + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    fn lookups(&self) -> usize {
        self.0.lookups.load(Ordering::Relaxed)
    }

    fn cached(&self) -> CachedBuilder<impl TierSource<Tier = Tier> + use<>> {
        let store = self.clone();
        Cached::builder(move |key: ApiKey| {
            store.0.lookups.fetch_add(1, Ordering::Relaxed);
            let answer = (*store.0.answer.lock().unwrap())(key.expose());
            async move { Ok(Caller::new(answer?).with_id(key.expose())) }
        })
    }
}

/// Opens a connection with this key.
async fn connect(layer: &TierLayer<Tier>, key: &str) -> Watch<Tier> {
    let service = layer.layer(service_fn(async |request: http::Request<()>| {
        let (mut parts, ()) = request.into_parts();
        guard(&mut parts).await.map(live)
    }));
    let request = http::Request::get("/live").header("authorization", format!("Bearer {key}"));
    let answer = service.oneshot(request.body(()).unwrap()).await;
    answer.expect("the caller may connect")
}

/// Waits in a task of its own, like the task of a real connection.
fn wait(mut watch: Watch<Tier>) -> JoinHandle<Refusal> {
    tokio::spawn(async move { watch.revoked().await })
}

/// Returns the code of the refusal if the connection ends within a second.
async fn ended(connection: &mut JoinHandle<Refusal>) -> Option<&'static str> {
    let refusal = timeout(SECOND, connection).await.ok()?;
    Some(refusal.expect("the task ends normally").code())
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_ends_the_connections_of_its_caller_only() {
    let store = Store::new();
    let cached = store.cached().ttl(HOUR).build();
    let layer = TierLayer::new(cached.clone());
    let mut connections = [
        wait(connect(&layer, "customer-7").await),
        wait(connect(&layer, "customer-7").await),
        wait(connect(&layer, "customer-8").await),
    ];
    store.set(|_| Ok(Tier::Free));
    sleep(SECOND).await;
    cached.invalidate("customer-7");
    let [one, two, other] = &mut connections;
    assert_eq!(ended(one).await, Some("tier_too_low"));
    assert_eq!(ended(two).await, Some("tier_too_low"));
    assert_eq!(ended(other).await, None);
    cached.invalidate_key(&ApiKey::new("customer-8"));
    assert_eq!(ended(other).await, Some("tier_too_low"));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_idle_connections_cost_nothing_and_one_change_wakes_one() {
    let store = Store::new();
    let cached = store.cached().ttl(24 * HOUR).build();
    let layer = TierLayer::new(cached.clone());
    let mut connections = Vec::new();
    for number in 0..10_000 {
        connections.push(wait(connect(&layer, &format!("customer-{number}")).await));
    }
    sleep(HOUR).await;
    assert_eq!(store.lookups(), 10_000, "one for each connection");
    store.set(|_| Ok(Tier::Free));
    cached.invalidate("customer-77");
    assert_eq!(ended(&mut connections[77]).await, Some("tier_too_low"));
    assert_eq!(store.lookups(), 10_001);
    let open = connections.iter().filter(|task| !task.is_finished());
    assert_eq!(open.count(), 9_999);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_nobody_announces_is_noticed_after_a_while() {
    let store = Store::new();
    let layer = TierLayer::new(store.cached().ttl(8 * SECOND).jitter(0.0).build());
    let mut connection = wait(connect(&layer, "customer-7").await);
    store.set(|_| Err(SourceError::UnknownCaller));
    let ended = timeout(12 * SECOND, &mut connection).await;
    assert_eq!(ended.unwrap().unwrap().close_code(), 4401);
}

#[tokio::test(start_paused = true)]
async fn a_connection_survives_an_outage_for_the_grace_period() {
    let store = Store::new();
    let cached = store
        .cached()
        .ttl(8 * SECOND)
        .stale_if_error(Duration::ZERO)
        .build();
    let layer = TierLayer::new(cached).outage_grace(60 * SECOND);
    let mut short = wait(connect(&layer, "customer-7").await);
    let down = |_: &str| Err(SourceError::unavailable("no connection"));
    store.set(down);
    sleep(40 * SECOND).await;
    store.set(|_| Ok(Tier::Pro));
    sleep(40 * SECOND).await;
    assert!(
        !short.is_finished(),
        "the outage was shorter than the grace period"
    );
    store.set(down);
    sleep(60 * SECOND).await;
    assert!(!short.is_finished(), "the grace period begins anew");
    let refusal = timeout(20 * SECOND, &mut short).await.unwrap().unwrap();
    assert_eq!(
        (refusal.code(), refusal.close_code()),
        ("tier_source_unavailable", 1013)
    );
}

#[tokio::test(start_paused = true)]
async fn a_known_end_applies_even_during_an_outage() {
    let end = SystemTime::now() + Duration::from_millis(300);
    let trial = Caller::new(Tier::Plus).until(end);
    let mut watch = live(Guard::check(&trial).unwrap());
    tokio::time::resume();
    let refusal = timeout(2 * SECOND, watch.revoked()).await.unwrap();
    assert_eq!(refusal.code(), "subscription_expired");
    assert!(SystemTime::now() >= end);
    assert_eq!(watch.revoked().await, refusal, "the answer stays the same");
}

#[tokio::test(start_paused = true)]
async fn overrides_end_the_connections_of_their_endpoint_or_caller() {
    let store = Store::new();
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(store.cached().ttl(HOUR).build()).overrides(&overrides);
    let soon = SystemTime::now() + HOUR;
    store.set(|_| Ok(Tier::Free));
    let grants = |customers: &[&str]| {
        let customers = customers.iter().copied().map(str::to_owned);
        customers
            .map(|customer| Override::grant(customer, "live").until(soon).by("test"))
            .collect::<Vec<_>>()
    };
    overrides
        .replace(1, grants(&["customer-7", "customer-8"]))
        .unwrap();
    let mut seven = wait(connect(&layer, "customer-7").await);
    let mut eight = wait(connect(&layer, "customer-8").await);
    let lookups = store.lookups();
    overrides.replace(2, grants(&["customer-8"])).unwrap();
    assert_eq!(ended(&mut seven).await, Some("tier_too_low"));
    assert_eq!(ended(&mut eight).await, None);
    overrides.replace(3, [Override::close("live")]).unwrap();
    assert_eq!(ended(&mut eight).await, Some("endpoint_closed"));
    assert_eq!(store.lookups(), lookups, "overrides need no lookup");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_and_its_source_is_dropped() {
    let store = Store::new();
    let cached = store.cached().ttl(HOUR).build();
    let layer = TierLayer::new(cached.clone());
    let watch = connect(&layer, "customer-7").await;
    let alive = Arc::new(());
    let held = alive.clone();
    let numbers = stream::iter(0..).then(move |number| {
        let _held = held.clone();
        async move {
            sleep(SECOND).await;
            number
        }
    });
    let mut numbers = watch.while_allowed_then(Box::pin(numbers), |refusal| {
        assert_eq!(refusal.code(), "tier_too_low");
        -1
    });
    assert_eq!(numbers.next().await, Some(0));
    assert_eq!(numbers.reason(), None);
    store.set(|_| Ok(Tier::Free));
    cached.invalidate("customer-7");
    assert_eq!(numbers.next().await, Some(-1));
    assert_eq!(numbers.next().await, None);
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(numbers.reason().is_some());
}
