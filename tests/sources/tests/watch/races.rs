//! Changes at the very moment when a connection is opened or its caller is looked up. No lookup is repeated
//! after a time, so a missed signal would leave a connection open.

use crate::connections::{Api, HOUR, Store, try_connect};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tiergate::{Override, Overrides, TierLayer};
use tiergate_tests_sources::Tier;
use tokio::time::timeout;

const ROUNDS: u64 = 400;

/// Opens a few connections while `change` runs. Afterwards, all of them must have been refused or ended.
/// Returns how many of them were not refused.
async fn round(layer: &TierLayer<Tier>, number: u64, change: impl Fn() + Send + 'static) -> usize {
    let (waiting, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (layer, waiting, ended) = (layer.clone(), waiting.clone(), ended.clone());
        tasks.push(tokio::spawn(async move {
            if let Ok(mut watch) = try_connect(&layer, "customer-7").await {
                waiting.fetch_add(1, Ordering::Relaxed);
                watch.revoked().await;
                ended.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    // The change comes at a different moment in each round.
    let changing = std::thread::spawn(move || {
        for _ in 0..number * 37 % 4000 {
            std::hint::spin_loop();
        }
        change();
    });
    for task in tasks {
        let ended_in_time = timeout(Duration::from_secs(20), task).await;
        ended_in_time.expect("the connection ends").unwrap();
    }
    changing.join().unwrap();
    let waiting = waiting.load(Ordering::Relaxed);
    assert_eq!(waiting, ended.load(Ordering::Relaxed));
    waiting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_invalidation_is_missed() {
    let store = Store::new();
    let cached = store.cached().ttl(24 * HOUR).build();
    let layer = TierLayer::new(cached.clone()).recheck_interval(24 * HOUR);
    let mut opened = 0;
    for number in 0..ROUNDS {
        store.set(|_| Ok(Tier::Plus));
        cached.invalidate("customer-7");
        let (store, cached) = (store.clone(), cached.clone());
        opened += round(&layer, number, move || {
            store.set(|_| Ok(Tier::Free));
            cached.invalidate("customer-7");
        })
        .await;
    }
    assert!(opened > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_announcement_of_another_source_is_missed() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(24 * HOUR);
    let mut opened = 0;
    for number in 0..ROUNDS {
        store.set(|_| Ok(Tier::Plus));
        let changed = store.clone();
        opened += round(&layer, number, move || {
            changed.set(|_| Ok(Tier::Free));
            changed.announce();
        })
        .await;
    }
    assert!(opened > 0);
    assert_eq!(store.registrations(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_override_is_missed() {
    let store = Store::new();
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(store.cached().ttl(24 * HOUR).build())
        .recheck_interval(24 * HOUR)
        .overrides(&overrides);
    let mut opened = 0;
    for number in 0..ROUNDS {
        overrides.replace(2 * number + 1, []).unwrap();
        let overrides = overrides.clone();
        opened += round(&layer, number, move || {
            overrides
                .replace(2 * number + 2, [Override::close("live")])
                .unwrap();
        })
        .await;
    }
    assert!(opened > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_come_and_go_during_a_flood_of_changes_end_at_the_last_change() {
    let store = Store::new();
    let cached = store.cached().ttl(24 * HOUR).build();
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(cached.clone())
        .recheck_interval(24 * HOUR)
        .overrides(&overrides);
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let (layer, is_over) = (layer.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut opened = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let key = format!("customer-{}", number % 3);
                    if let Ok(mut watch) = try_connect(&layer, &key).await {
                        opened += 1;
                        // Some clients leave on their own.
                        let patience = Duration::from_micros(opened % 7 * 300);
                        let _ = timeout(patience, watch.revoked()).await;
                        if opened % 3 == 0 {
                            watch.revoked().await;
                        }
                    }
                }
            })
        })
        .collect();
    for number in 0..2000 {
        let tier = if number % 2 == 0 {
            Tier::Free
        } else {
            Tier::Plus
        };
        store.set(move |_| Ok(tier));
        cached.invalidate(&format!("customer-{}", number % 3));
        if number % 50 == 0 {
            let closed = (number % 100 == 0).then(|| Override::close("live"));
            overrides.replace(number + 1, closed).unwrap();
        }
        tokio::task::yield_now().await;
    }
    is_over.store(true, Ordering::Relaxed);
    overrides
        .replace(10_000, [Override::close("live")])
        .unwrap();
    for client in clients {
        let ended = timeout(Duration::from_secs(20), client).await;
        ended.expect("the connection ends").unwrap();
    }
}
