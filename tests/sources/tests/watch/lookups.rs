//! Lookups that are slow, fail, never finish, or are needed by thousands of connections.

use crate::connections::{
    Api, HOUR, MINUTE, SECOND, Store, connect, ended, ended_within, on_paused_clock, wait,
};
use std::time::Duration;
use tiergate::source::SourceError;
use tiergate::{Caller, Override, Overrides, Refusal, TierLayer};
use tiergate_tests_sources::Tier;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn an_override_ends_a_connection_whose_lookup_hangs() {
    let store = Store::new();
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(SECOND)
        .overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    sleep(SECOND / 2).await;
    store.delay(FOREVER);
    sleep(3 * SECOND).await;
    assert_eq!(store.most_running(), 1);
    overrides.replace(1, [Override::close("live")]).unwrap();
    assert_eq!(ended(&mut connection).await, Some("endpoint_closed"));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_ends_on_time_while_lookups_hang() {
    let store = Store::new();
    let (overrides, now) = on_paused_clock();
    store.set_callers(move |key| {
        let caller = Caller::new(Tier::Plus).with_id(key);
        Ok(caller.until(now + MINUTE))
    });
    let layer = TierLayer::new(store.clone())
        .recheck_interval(HOUR)
        .overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended(&mut connection).await, None);
    store.delay(FOREVER);
    assert_eq!(ended_within(58 * SECOND, &mut connection).await, None);
    let ended = ended_within(2 * SECOND, &mut connection).await;
    assert_eq!(ended, Some("subscription_expired"));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_responds_is_down() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(HOUR)
        .outage_grace(MINUTE);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended(&mut connection).await, None);
    store.delay(FOREVER);
    store.announce();
    assert_eq!(ended_within(59 * SECOND, &mut connection).await, None);
    let ended = ended_within(2 * SECOND, &mut connection).await;
    assert_eq!(ended, Some("tier_source_unavailable"));
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_period_the_first_failure_ends_the_connection() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(HOUR)
        .outage_grace(Duration::ZERO);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended(&mut connection).await, None);
    store.set(|_| Err(SourceError::unavailable("no connection")));
    store.announce();
    assert_eq!(
        ended(&mut connection).await,
        Some("tier_source_unavailable")
    );
}

#[tokio::test(start_paused = true)]
async fn a_lookup_continues_if_the_future_is_created_again() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(HOUR);
    let mut watch = connect(&layer, "customer-7").await;
    store.delay(SECOND / 10);
    store.set(|_| Ok(Tier::Free));
    store.announce();
    let (start, lookups) = (Instant::now(), store.lookups());
    // Like a handler that sends a thousand messages a second.
    let refusal = loop {
        tokio::select! {
            refusal = watch.revoked() => break refusal,
            () = sleep(SECOND / 1000) => assert!(start.elapsed() < SECOND, "the lookup never ends"),
        }
    };
    assert_eq!(refusal.code(), "tier_too_low");
    assert_eq!(store.lookups(), lookups + 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_during_a_lookup_causes_another_lookup() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(HOUR);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended(&mut connection).await, None);
    store.delay(SECOND / 5);
    store.announce();
    sleep(SECOND / 10).await;
    // The lookup has already read the old tier.
    store.set(|_| Ok(Tier::Free));
    store.announce();
    assert_eq!(ended(&mut connection).await, Some("tier_too_low"));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_and_the_end_of_an_exception_at_the_same_time_end_nothing() {
    let store = Store::new();
    store.set(|_| Ok(Tier::Free));
    let overrides = Overrides::of::<Api>();
    let end = std::time::SystemTime::now() + HOUR;
    let grant = Override::grant("customer-7", "live").until(end).by("test");
    overrides.replace(1, [grant]).unwrap();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(HOUR)
        .overrides(&overrides);
    let mut connection = wait(connect(&layer, "customer-7").await);
    assert_eq!(ended(&mut connection).await, None);
    store.delay(SECOND / 10);
    store.set(|_| Ok(Tier::Plus));
    store.announce();
    overrides.replace(2, []).unwrap();
    assert_eq!(ended(&mut connection).await, None);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_connections_look_up_their_callers_in_turn_after_a_reconnection() {
    let store = Store::new();
    let cached = store.cached().ttl(24 * HOUR).build();
    let mut channel = cached.channel();
    let layer = TierLayer::new(cached.clone());
    let mut connections = Vec::new();
    for number in 0..10_000 {
        connections.push(wait(connect(&layer, &format!("customer-{number}")).await));
    }
    sleep(SECOND).await;
    let lookups = store.lookups();
    store.delay(Duration::from_millis(10));
    store.set(|key| {
        Ok(if key.ends_with("99") {
            Tier::Free
        } else {
            Tier::Plus
        })
    });
    let start = Instant::now();
    channel.connected();
    for (number, connection) in connections.iter_mut().enumerate() {
        if number % 100 == 99 {
            let ended = ended_within(10 * SECOND, connection).await;
            assert_eq!(ended, Some("tier_too_low"), "{number}");
        }
    }
    assert!(start.elapsed() <= 3 * SECOND, "{:?}", start.elapsed());
    sleep(10 * SECOND).await;
    assert_eq!(store.lookups() - lookups, 10_000);
    assert!(store.most_running() <= 50, "{}", store.most_running());
    let open = connections.iter().filter(|task| !task.is_finished());
    assert_eq!(open.count(), 9_900);
}

/// Opens connections whose first lookups have ended.
async fn connect_many(layer: &TierLayer<Tier>, count: usize) -> Vec<JoinHandle<Refusal>> {
    let mut connections = Vec::new();
    for number in 0..count {
        connections.push(wait(connect(layer, &format!("customer-{number}")).await));
    }
    sleep(SECOND).await;
    connections
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_lookup_is_not_an_outage() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(24 * HOUR)
        .outage_grace(SECOND);
    let connections = connect_many(&layer, 2000).await;
    let lookups = store.lookups();
    // All lookups together take twenty seconds.
    store.delay(SECOND / 2);
    store.announce();
    sleep(22 * SECOND).await;
    assert_eq!(store.lookups() - lookups, 2000);
    assert!(!connections.iter().any(JoinHandle::is_finished));
}

#[tokio::test(start_paused = true)]
async fn the_grace_period_begins_after_the_last_response() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(24 * HOUR)
        .outage_grace(10 * SECOND);
    let connections = connect_many(&layer, 2000).await;
    store.delay(SECOND / 2);
    store.announce();
    sleep(15 * SECOND).await;
    store.set(|_| Err(SourceError::unavailable("no connection")));
    store.delay(Duration::ZERO);
    sleep(9 * SECOND).await;
    assert!(!connections.iter().any(JoinHandle::is_finished));
    sleep(3 * SECOND).await;
    let closed = connections.iter().filter(|task| task.is_finished());
    assert!((400..=550).contains(&closed.count()));
}

#[tokio::test(start_paused = true)]
async fn connections_that_wait_for_a_lookup_notice_a_source_that_never_responds() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(24 * HOUR)
        .outage_grace(5 * SECOND);
    let mut connections = connect_many(&layer, 500).await;
    store.delay(FOREVER);
    store.announce();
    for connection in &mut connections {
        let ended = ended_within(20 * SECOND, connection).await;
        assert_eq!(ended, Some("tier_source_unavailable"));
    }
    assert_eq!(store.most_running(), 50);
}

#[tokio::test(start_paused = true)]
async fn lookups_become_rare_during_an_outage() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone())
        .recheck_interval(SECOND)
        .outage_grace(24 * HOUR);
    let mut connections = Vec::new();
    for number in 0..100 {
        connections.push(wait(connect(&layer, &format!("customer-{number}")).await));
    }
    sleep(10 * SECOND).await;
    let lookups = store.lookups();
    store.set(|_| Err(SourceError::unavailable("no connection")));
    sleep(10 * MINUTE).await;
    let per_connection = (store.lookups() - lookups) / 100;
    assert!((20..=35).contains(&per_connection), "{per_connection}");
    // Afterwards, a change is soon noticed.
    store.set(|_| Ok(Tier::Free));
    for connection in &mut connections {
        let ended = ended_within(30 * SECOND, connection).await;
        assert_eq!(ended, Some("tier_too_low"));
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_were_opened_together_look_up_their_callers_at_different_times() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(MINUTE);
    let mut connections = Vec::new();
    for number in 0..1000 {
        connections.push(wait(connect(&layer, &format!("customer-{number}")).await));
    }
    sleep(40 * SECOND).await;
    let mut most = 0;
    for _ in 0..25 {
        let before = store.lookups();
        sleep(SECOND).await;
        most = most.max(store.lookups() - before);
    }
    assert!(most < 150, "{most} of 1000 within a second");
}
