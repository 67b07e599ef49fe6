//! Metrics and events of quotas.

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::BTreeMap;
use std::time::Duration;
use tiergate::quota::{CallerIdentity, OnOutage};
use tiergate::source::ApiKey;
use tiergate::{Caller, Quotas};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::notes::{Notes, alone};
use tiergate_tests_sources::quota::{Api, COSTLY, LIMITED, PLAIN};
use tiergate_tests_sources::servers::{Redis, RedisCluster, free_port};

fn customer(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-7")
}

fn exceeded(notes: &[String]) -> Vec<&String> {
    let exceeded = |line: &&String| line.contains("quota exceeded");
    notes.iter().filter(exceeded).collect()
}

#[test]
fn only_the_first_refusal_in_a_window_is_an_event() {
    let notes = Notes::of(async {
        let quotas = Quotas::local::<Api>().with_clock(|| Duration::ZERO);
        for _ in 0..50 {
            let _ = quotas.take(&customer(Tier::Free), LIMITED).await;
        }
        let key = ApiKey::new("very-secret");
        for _ in 0..50 {
            let identity = CallerIdentity::key(&key);
            let _ = quotas
                .take_as(identity, &Caller::new(Tier::Free), LIMITED)
                .await;
        }
    });
    let exceeded = exceeded(&notes);
    assert_eq!(exceeded.len(), 2, "{notes:#?}");
    let expected = "INFO message=quota exceeded; further refusals in this window are not logged \
                    endpoint=\"limited\" tier=\"Free\" policy=limited/minute limit=10 used=10 \
                    caller=\"customer-7\" retry_after=60";
    assert_eq!(exceeded[0], expected);
    assert!(!notes.join("\n").contains("secret"), "{notes:#?}");
}

#[test]
fn only_the_first_refusal_on_any_machine_is_an_event() {
    let Some(redis) = Redis::shared() else { return };
    let notes = Notes::of(async {
        let machine = || {
            let quotas = Quotas::redis::<Api>(redis.client()).key_prefix("events");
            quotas.timeout(Duration::from_secs(10))
        };
        let (one, other) = (machine(), machine());
        for _ in 0..20 {
            let _ = one.take(&customer(Tier::Free), LIMITED).await;
            let _ = other.take(&customer(Tier::Free), LIMITED).await;
        }
    });
    assert_eq!(exceeded(&notes).len(), 1, "{notes:#?}");
}

#[test]
fn an_outage_is_logged_once() {
    let notes = Notes::of(async {
        let client = redis::Client::open(format!("redis://:very-secret@127.0.0.1:{}", free_port()));
        let quotas = Quotas::redis::<Api>(client.expect("a URL"));
        let quotas = quotas.on_outage(OnOutage::LocalShare(2));
        for _ in 0..20 {
            let _ = quotas.take(&customer(Tier::Plus), PLAIN).await;
        }
    });
    let severe = notes.iter().filter(|line| line.starts_with("WARN"));
    let severe: Vec<_> = severe.collect();
    let expected = "WARN message=the quota store is unavailable: I/O error: connection refused; \
                    each machine allows 1/2 of each limit";
    assert_eq!(severe, [expected], "{notes:#?}");
}

#[test]
fn a_client_for_one_server_of_a_cluster_is_logged_as_a_mistake() {
    let mut is_run = false;
    let notes = Notes::of(async {
        let Some(cluster) = RedisCluster::start().await else {
            return;
        };
        let quotas = Quotas::redis::<Api>(cluster.clients().remove(0));
        let quotas = quotas.timeout(Duration::from_secs(10));
        let quotas = quotas.on_outage(OnOutage::Deny);
        let mut allowed = 0;
        for number in 0..60 {
            let caller = Caller::new(Tier::Plus).with_id(format!("customer-{number}"));
            match quotas.take(&caller, PLAIN).await {
                Ok(_) => allowed += 1,
                Err(refusal) => assert_eq!(refusal.code(), "quota_store_unavailable"),
            }
        }
        // A third of the callers. A refusal doesn't affect the other callers.
        assert!((10..30).contains(&allowed), "{allowed}");
        is_run = true;
    });
    if is_run {
        let of_store: Vec<_> = notes
            .iter()
            .filter(|line| line.contains("quota store"))
            .collect();
        assert!(
            matches!(of_store.as_slice(), [line] if line.starts_with("ERROR") && line.contains("ClusterClient")),
            "{notes:#?}"
        );
    }
}

#[test]
fn a_caller_without_an_identity_is_logged_as_a_mistake() {
    let notes = Notes::of(async {
        let quotas = Quotas::local::<Api>();
        let _ = quotas.take(&Caller::new(Tier::Plus), LIMITED).await;
    });
    let severe = notes.iter().filter(|line| line.starts_with("ERROR"));
    let severe: Vec<_> = severe.collect();
    assert!(
        matches!(severe.as_slice(), [line] if line.contains("Caller::with_id")),
        "{notes:#?}"
    );
}

#[test]
fn metrics_count_units_and_refusals_by_policy() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        alone(async {
            let quotas = Quotas::local::<Api>();
            for _ in 0..12 {
                let _ = quotas.take(&customer(Tier::Free), LIMITED).await;
            }
            let _ = quotas.take(&customer(Tier::Free), COSTLY).await;
        });
    });
    let counters = snapshotter.snapshot().into_vec().into_iter();
    let counters: BTreeMap<_, _> = counters
        .map(|(key, _, _, value)| {
            let key = key.key();
            let labels = key.labels().map(|label| label.value().to_owned());
            let DebugValue::Counter(count) = value else {
                panic!("{value:?}")
            };
            let labels = labels.collect::<Vec<_>>().join(" ");
            (format!("{} {labels}", key.name()), count)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    let expected = [
        (
            "tiergate_quota_exceeded_total limited Free endpoint/minute",
            2,
        ),
        ("tiergate_quota_units_total costly Free day", 5),
        ("tiergate_quota_units_total costly Free minute", 5),
        ("tiergate_quota_units_total limited Free day", 10),
        (
            "tiergate_quota_units_total limited Free endpoint/minute",
            10,
        ),
        ("tiergate_quota_units_total limited Free minute", 10),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(counters.into_iter().collect::<Vec<_>>(), expected);
}
