//! Which changes end which connections.

use crate::connections::{
    Api, HOUR, MINUTE, SECOND, Store, connect, ended, ended_within, live, on_paused_clock, wait,
};
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tiergate::source::{ApiKey, SourceError, TierSource, guard};
use tiergate::{
    Cached, Caller, Gated, Guard, Override, Overrides, Refusal, TierLayer, Watch, requires_tier,
};
use tiergate_tests_sources::Tier;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

/// Customers with an older plan version need a lower tier.
#[requires_tier(Pro, until_version(3, Plus), get = "/archive", guard = pass)]
fn archive() -> Watch<Tier> {
    pass.watch()
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

#[tokio::test(start_paused = true)]
async fn a_key_that_moves_to_another_caller_ends_the_connection() {
    let store = Store::new();
    let cached = store.cached().ttl(HOUR).build();
    let layer = TierLayer::new(cached.clone());
    let mut connection = wait(connect(&layer, "customer-7").await);
    store.set_callers(|_| Ok(Caller::new(Tier::Pro).with_id("customer-8")));
    cached.invalidate("customer-7");
    assert_eq!(ended(&mut connection).await, Some("unknown_caller"));
    // A caller who may not use the endpoint anyway gets the usual reason.
    let mut connection = wait(connect(&layer, "another").await);
    store.set_callers(|_| Ok(Caller::without_subscription()));
    cached.invalidate_all();
    assert_eq!(ended(&mut connection).await, Some("no_subscription"));
}

#[tokio::test(start_paused = true)]
async fn a_renewed_subscription_continues() {
    let store = Store::new();
    let (overrides, now) = on_paused_clock();
    let until = move |hours: u32| {
        move |key: &str| {
            let caller = Caller::new(Tier::Plus).with_id(key);
            Ok(caller.until(now + hours * HOUR))
        }
    };
    store.set_callers(until(1));
    let layer = TierLayer::new(store.clone())
        .recheck_interval(24 * HOUR)
        .overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    sleep(MINUTE).await;
    let lookups = store.lookups();
    // Nobody announces the renewal.
    store.set_callers(until(2));
    assert_eq!(ended_within(90 * MINUTE, &mut connection).await, None);
    assert_eq!(store.lookups(), lookups + 1);
    let ended = ended_within(30 * MINUTE, &mut connection).await;
    assert_eq!(ended, Some("subscription_expired"));
}

#[tokio::test(start_paused = true)]
async fn a_lower_tier_after_the_end_of_a_subscription_causes_no_flood_of_lookups() {
    let store = Store::new();
    let (overrides, now) = on_paused_clock();
    store.set_callers(move |key| {
        let caller = Caller::new(Tier::Pro).with_id(key);
        Ok(caller.until(now + HOUR).then(Tier::Plus))
    });
    let layer = TierLayer::new(store.clone())
        .recheck_interval(24 * HOUR)
        .overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended_within(10 * HOUR, &mut connection).await, None);
    assert_eq!(
        store.lookups(),
        3,
        "of the guard, on opening, and at the end"
    );
}

#[tokio::test(start_paused = true)]
async fn a_corrected_clock_ends_a_subscription_within_a_minute() {
    let store = Store::new();
    let now = SystemTime::now();
    let offset = Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let clock = offset.clone();
    let overrides = Overrides::of::<Api>().with_clock(move || now + *clock.lock().unwrap());
    store.set_callers(move |key| {
        let caller = Caller::new(Tier::Plus).with_id(key);
        Ok(caller.until(now + 5 * HOUR))
    });
    let layer = TierLayer::new(store.cached().ttl(24 * HOUR).build()).overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    *offset.lock().unwrap() = 4 * HOUR;
    assert_eq!(ended_within(10 * MINUTE, &mut connection).await, None);
    *offset.lock().unwrap() = Duration::ZERO;
    assert_eq!(ended_within(10 * MINUTE, &mut connection).await, None);
    *offset.lock().unwrap() = 6 * HOUR;
    let ended = ended_within(MINUTE + SECOND, &mut connection).await;
    assert_eq!(ended, Some("subscription_expired"));
}

#[test]
fn a_watch_can_be_shared_by_threads() {
    // poem requires it of what the handler of a `WebSocket` keeps.
    fn check<W: Send + Sync>() {}
    check::<Watch<Tier>>();
}

#[tokio::test(start_paused = true)]
async fn registrations_end_with_their_connections() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone());
    let watch = connect(&layer, "customer-7").await;
    assert_eq!(store.registrations(), 1);
    drop(watch);
    assert_eq!(store.registrations(), 0);
    let watch = connect(&layer, "customer-7").await;
    let mut stream = watch.while_allowed(stream::iter([1]));
    assert_eq!((stream.next().await, store.registrations()), (Some(1), 1));
    assert_eq!((stream.next().await, store.registrations()), (None, 0));
    let mut watch = connect(&layer, "customer-7").await;
    store.set(|_| Ok(Tier::Free));
    store.announce();
    assert_eq!(watch.revoked().await.code(), "tier_too_low");
    assert_eq!(store.registrations(), 0);
}

/// Opens a connection whose caller is changed by a layer inside the tier layer.
async fn connect_changed<E: Gated>(
    layer: &TierLayer<E::Tier>,
    change: impl Fn(Caller<E::Tier>) -> Caller<E::Tier>,
    open: impl Fn(Guard<E>) -> Watch<E::Tier>,
) -> JoinHandle<Refusal> {
    let service = layer.layer(service_fn(async |request: http::Request<()>| {
        let mut parts = request.into_parts().0;
        // The lookup runs even if its caller is refused.
        let _ = guard::<E>(&mut parts).await;
        let known = parts.extensions.get::<Caller<E::Tier>>().cloned();
        let changed = change(known.expect("the guard looks up the caller"));
        parts.extensions.insert(changed);
        guard(&mut parts).await.map(&open)
    }));
    let request = http::Request::get("/live").header("authorization", "Bearer customer-7");
    let answer = service.oneshot(request.body(()).unwrap()).await;
    let mut watch = answer.expect("the caller may connect");
    tokio::spawn(async move { watch.revoked().await })
}

#[tokio::test(start_paused = true)]
async fn an_end_that_another_layer_has_set_applies_after_a_lookup_too() {
    let store = Store::new();
    let cached = store.cached().ttl(HOUR).build();
    let end = SystemTime::now() + Duration::from_millis(500);
    let layer = TierLayer::new(cached.clone());
    let mut connection = connect_changed(&layer, |caller| caller.until(end), live).await;
    tokio::time::resume();
    sleep(Duration::from_millis(50)).await;
    cached.invalidate("customer-7");
    let refusal = timeout(3 * SECOND, &mut connection).await.unwrap().unwrap();
    assert_eq!(refusal.code(), "subscription_expired");
    assert!(SystemTime::now() >= end);
}

#[tokio::test(start_paused = true)]
async fn a_plan_version_that_another_layer_has_set_applies_after_a_lookup_too() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(HOUR);
    let change = |caller: Caller<Tier>| caller.with_plan_version(2);
    let mut connection = connect_changed(&layer, change, archive).await;
    store.announce();
    assert_eq!(ended(&mut connection).await, None);
    store.set(|_| Ok(Tier::Free));
    store.announce();
    assert_eq!(ended(&mut connection).await, Some("tier_too_low"));
}

#[derive(Clone, Copy, tiergate::Feature)]
enum AddOn {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = AddOn)]
enum Plan {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plan::Pro, or_feature = AddOn::Radio, guard = pass)]
fn radio() -> Watch<Plan> {
    pass.watch()
}

#[tokio::test(start_paused = true)]
async fn an_add_on_that_another_layer_has_added_remains_until_a_downgrade() {
    let tier = Arc::new(std::sync::Mutex::new(Plan::Plus));
    let stored = tier.clone();
    let cached = Cached::builder(move |_: ApiKey| {
        let tier = *stored.lock().unwrap();
        async move { Ok(Some(tier)) }
    })
    .ttl(HOUR)
    .build();
    let layer = TierLayer::new(cached.clone());
    let change = |caller: Caller<Plan>| caller.with_feature(AddOn::Radio);
    let mut connection = connect_changed(&layer, change, radio).await;
    for (now, expected) in [
        (Plan::Plus, None),
        (Plan::Pro, None),
        (Plan::Plus, None),
        (Plan::Free, Some("tier_too_low")),
    ] {
        *tier.lock().unwrap() = now;
        cached.invalidate_key(&ApiKey::new("customer-7"));
        assert_eq!(ended(&mut connection).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn changes_without_pause_do_not_keep_a_connection_open() {
    let millisecond = Duration::from_millis(1);
    let store = Store::new();
    store.delay(10 * millisecond);
    let cached = store.cached().ttl(HOUR).build();
    let layer = TierLayer::new(cached.clone());
    let mut connection = wait(connect(&layer, "customer-7").await);
    store.set(|_| Ok(Tier::Free));
    let changes = async {
        loop {
            cached.invalidate("customer-7");
            sleep(millisecond).await;
        }
    };
    let ended = tokio::select! {
        ended = timeout(10 * SECOND, &mut connection) => ended,
        () = changes => unreachable!("the changes never end"),
    };
    let refusal = ended.expect("the connection ends").unwrap();
    assert_eq!(refusal.code(), "tier_too_low");
}

#[tokio::test(start_paused = true)]
async fn a_plan_version_without_an_end_counts_while_the_connection_is_open() {
    let caller = Caller::new(Tier::Plus).with_plan_version(2);
    let mut watch = archive(Guard::check(&caller).unwrap());
    assert!(timeout(HOUR, watch.revoked()).await.is_err());
}

/// A source that wants open connections to look up their callers without pause.
struct Restless(Store);

impl TierSource for Restless {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        sleep(Duration::from_millis(1)).await;
        self.0.count_lookup();
        Ok(Caller::new(Tier::Plus).with_id(key.expose()))
    }

    fn recheck_interval(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_cannot_ask_for_lookups_without_pause() {
    let store = Store::new();
    let layer = TierLayer::new(Restless(store.clone()));
    let connection = wait(connect(&layer, "customer-7").await);
    sleep(10 * SECOND).await;
    assert!(!connection.is_finished());
    assert!(store.lookups() < 200, "{}", store.lookups());
}

#[tokio::test]
async fn overrides_that_a_connection_may_need_later_do_not_hide_those_of_an_outer_layer() {
    let (outer, inner) = (Overrides::of::<Api>(), Overrides::of::<Api>());
    outer.replace(1, [Override::close("live")]).unwrap();
    let layer = TierLayer::new(Store::new().cached().build()).overrides(&inner);
    let service = layer.layer(service_fn(async |request: http::Request<()>| {
        let (mut parts, ()) = request.into_parts();
        guard(&mut parts).await.map(live)
    }));
    let request = http::Request::get("/live").header("authorization", "Bearer customer-7");
    let answer = outer
        .layer(service)
        .oneshot(request.body(()).unwrap())
        .await;
    assert_eq!(answer.unwrap_err().code(), "endpoint_closed");
}
