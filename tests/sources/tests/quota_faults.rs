//! Faults of the shared store of quotas. During and after each fault, callers get at most a stated number
//! of calls more than their limit, and nobody is locked out for longer than a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tiergate::quota::{OnOutage, QuotaState, Usage};
use tiergate::{Caller, Quotas, Refusal};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::quota::{PLAIN, PerMinute};
use tiergate_tests_sources::servers::{Redis, RedisCluster};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What the catalogue allows per minute. Each test takes less than a minute.
const LIMIT: usize = 500;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The time limit of calls in tests that count calls. A machine that is busy with other tests may need some
/// time.
const PATIENCE: Duration = ms(2000);

/// The time limit of calls in tests that measure how long calls take.
const TIMEOUT: Duration = ms(500);

fn customer() -> Caller<Tier> {
    Caller::new(Tier::Plus).with_id("customer-7")
}

fn client(port: u16) -> redis::Client {
    redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL")
}

/// The quotas of one machine.
fn machine(port: u16, on_outage: OnOutage) -> Quotas {
    let quotas = Quotas::redis::<PerMinute>(client(port));
    quotas.timeout(PATIENCE).on_outage(on_outage)
}

async fn take(quotas: &Quotas) -> Result<QuotaState, Refusal> {
    quotas.take(&customer(), PLAIN).await
}

/// Calls until a call is refused, and returns the number of allowed calls. No wait is longer than a window.
async fn exhaust(quotas: &Quotas) -> usize {
    let mut allowed = 0;
    loop {
        match take(quotas).await {
            Ok(_) => allowed += 1,
            Err(refusal) => {
                let wait = refusal.retry_after().expect("a wait");
                assert!(wait <= Duration::from_secs(60), "{wait:?}");
                return allowed;
            }
        }
    }
}

/// Returns what the shared store has counted.
async fn counted(quotas: &Quotas) -> Option<u32> {
    let usage = quotas.usage(&customer()).await.ok()?;
    usage.first().map(Usage::used)
}

/// Waits until the store counts calls again, by calling.
async fn recovers(quotas: &Quotas) -> usize {
    let begun = Instant::now();
    let mut allowed = 0;
    loop {
        let before = counted(quotas).await;
        allowed += usize::from(take(quotas).await.is_ok());
        let after = counted(quotas).await;
        if before.is_some() && before < after {
            return allowed;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "the calls aren't counted: {before:?}, {after:?}"
        );
        sleep(ms(20)).await;
    }
}

/// Machines that call without pause over many connections until this value is dropped.
struct Load {
    counts: Arc<Counts>,
    _calls: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    allowed: AtomicUsize,
    refused: AtomicUsize,
    slowest_in_ms: AtomicU64,
}

impl Load {
    fn start(machines: &[Quotas]) -> Self {
        let counts = Arc::new(Counts::default());
        let mut calls = JoinSet::new();
        for quotas in machines {
            for _ in 0..10 {
                let (quotas, counts) = (quotas.clone(), counts.clone());
                calls.spawn(async move {
                    loop {
                        let begun = Instant::now();
                        let count = match take(&quotas).await {
                            Ok(_) => &counts.allowed,
                            Err(_) => &counts.refused,
                        };
                        count.fetch_add(1, Ordering::SeqCst);
                        let time = u64::try_from(begun.elapsed().as_millis());
                        let time = time.expect("a short time");
                        counts.slowest_in_ms.fetch_max(time, Ordering::SeqCst);
                        sleep(ms(1)).await;
                    }
                });
            }
        }
        Self {
            counts,
            _calls: calls,
        }
    }

    /// Waits until this many calls were allowed.
    async fn reaches(&self, allowed: usize) {
        let begun = Instant::now();
        while self.counts.allowed.load(Ordering::SeqCst) < allowed {
            assert!(begun.elapsed() < Duration::from_secs(20), "{allowed}");
            sleep(ms(20)).await;
        }
    }

    /// Waits until all limits are used up: until many calls in a row were refused. Returns the number of
    /// allowed calls so far.
    async fn is_used_up(&self) -> usize {
        let begun = Instant::now();
        loop {
            let allowed = self.counts.allowed.load(Ordering::SeqCst);
            let refused = self.counts.refused.load(Ordering::SeqCst);
            sleep(ms(300)).await;
            let more = self.counts.refused.load(Ordering::SeqCst) - refused;
            if more > 20 && allowed == self.counts.allowed.load(Ordering::SeqCst) {
                return allowed;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{allowed}");
        }
    }
}

#[tokio::test]
async fn a_store_that_is_down_at_first_is_used_as_soon_as_it_is_up() {
    let Some(mut redis) = Redis::stopped() else {
        return;
    };
    let deny = machine(redis.port, OnOutage::Deny);
    let allow = machine(redis.port, OnOutage::Allow);
    let share = machine(redis.port, OnOutage::LocalShare(4));
    let refusal = take(&deny).await.expect_err("down");
    assert_eq!(refusal.code(), "quota_store_unavailable");
    assert!(take(&allow).await.is_ok());
    assert_eq!(exhaust(&share).await, LIMIT / 4);

    redis.resume();
    let allowed = recovers(&share).await + exhaust(&share).await;
    assert_eq!(allowed, LIMIT);
    // The other machines find the limit used up as soon as they try the store again.
    for other in [deny, allow] {
        sleep(ms(1100)).await;
        let refusal = take(&other).await.expect_err("used up");
        assert_eq!(refusal.code(), "quota_exceeded");
    }
}

#[tokio::test]
async fn a_store_that_is_killed_under_load_and_restarts_empty() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let machines = [(); 2].map(|()| machine(redis.port, OnOutage::LocalShare(2)));
    let load = Load::start(&machines);
    assert_eq!(load.is_used_up().await, LIMIT);
    redis.kill();
    // Every machine allows its share of another limit. Each of them tries the store again and again.
    assert_eq!(load.is_used_up().await, 2 * LIMIT);
    sleep(ms(1500)).await;
    assert_eq!(load.is_used_up().await, 2 * LIMIT);
    let slowest = ms(load.counts.slowest_in_ms.load(Ordering::SeqCst));
    assert!(slowest < PATIENCE + ms(1000), "{slowest:?}");
    redis.resume();
    // The store has forgotten everything.
    load.reaches(3 * LIMIT).await;
    assert_eq!(load.is_used_up().await, 3 * LIMIT);
}

#[tokio::test]
async fn a_slow_store_counts_exactly() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let machines = [(); 2].map(|()| machine(proxy.port, OnOutage::Deny));
    assert!(take(&machines[0]).await.is_ok());
    proxy.set(Mode::Delay(ms(20)));
    let load = Load::start(&machines);
    assert_eq!(load.is_used_up().await, LIMIT - 1);
}

#[tokio::test]
async fn a_call_waits_for_the_store_as_long_as_it_may() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let quotas = machine(proxy.port, OnOutage::Deny).timeout(ms(10_000));
    assert!(take(&quotas).await.is_ok());
    proxy.set(Mode::Delay(ms(1200)));
    assert!(take(&quotas).await.is_ok());
    assert_eq!(counted(&quotas).await, Some(2));
}

#[tokio::test]
async fn a_store_that_is_too_slow_delays_one_call_per_second() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let quotas = machine(proxy.port, OnOutage::LocalShare(5)).timeout(TIMEOUT);
    assert!(take(&quotas).await.is_ok());
    proxy.set(Mode::Delay(TIMEOUT + ms(200)));
    let begun = Instant::now();
    assert_eq!(exhaust(&quotas).await, LIMIT / 5);
    assert!(begun.elapsed() < 10 * TIMEOUT, "{:?}", begun.elapsed());
    proxy.set(Mode::Pass);
    recovers(&quotas).await;
    // The store has counted the calls that it answered too late. This can only be to its own favour.
    let used = counted(&quotas).await.expect("up");
    assert!((2..10).contains(&used), "{used}");
    let used = usize::try_from(used).expect("a small number");
    assert_eq!(exhaust(&quotas).await, LIMIT - used);
}

#[tokio::test]
async fn clients_that_hang_up_do_not_prolong_an_outage() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let quotas = machine(proxy.port, OnOutage::LocalShare(1));
    assert!(take(&quotas).await.is_ok());
    proxy.set(Mode::Refuse);
    assert!(take(&quotas).await.is_ok());
    proxy.set(Mode::Delay(ms(50)));
    sleep(ms(1100)).await;
    // This call tries the store again, but the client hangs up before the store answers.
    let aborted = tokio::time::timeout(ms(10), take(&quotas)).await;
    assert!(aborted.is_err(), "the store answers later");
    sleep(ms(200)).await;
    let before = counted(&quotas).await.expect("the store is up");
    assert!(take(&quotas).await.is_ok());
    let after = counted(&quotas).await.expect("the store is up");
    assert_eq!(after, before + 1, "the next call tries the store");
}

#[tokio::test]
async fn answers_that_are_cut_off_under_load() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let machines = [(); 2].map(|()| machine(proxy.port, OnOutage::LocalShare(2)));
    let load = Load::start(&machines);
    for bytes in [1, 3, 40] {
        sleep(ms(50)).await;
        proxy.set(Mode::CutAnswers(bytes));
        sleep(ms(50)).await;
        proxy.set(Mode::Pass);
    }
    sleep(ms(1100)).await;
    // The limit, and the shares of both machines.
    let allowed = load.is_used_up().await;
    assert!((LIMIT..=2 * LIMIT).contains(&allowed), "{allowed}");
}

#[tokio::test]
async fn a_failover_that_loses_counts_allows_those_calls_again() {
    let Some(mut primary) = Redis::start() else {
        return;
    };
    let replica = primary.replica().await.expect("Redis is installed");
    let proxy = Proxy::to(primary.port).await;
    let deny = machine(proxy.port, OnOutage::Deny);
    let share = machine(proxy.port, OnOutage::LocalShare(4));
    for _ in 0..300 {
        assert!(take(&deny).await.is_ok());
    }
    primary.is_copied().await;
    let mut stop = redis::cmd("REPLICAOF");
    stop.arg("NO").arg("ONE");
    replica.run::<()>(&stop).await;
    // The replica never receives these calls.
    for _ in 0..150 {
        assert!(take(&deny).await.is_ok());
    }
    primary.kill();
    let refusal = take(&deny).await.expect_err("down");
    assert_eq!(refusal.code(), "quota_store_unavailable");
    assert_eq!(exhaust(&share).await, LIMIT / 4);

    proxy.redirect(replica.port);
    let allowed = recovers(&deny).await + exhaust(&deny).await;
    assert_eq!(allowed, LIMIT - 300);
    sleep(ms(1100)).await;
    assert_eq!(exhaust(&share).await, 0);
}

#[tokio::test]
async fn the_clocks_of_the_machines_do_not_matter() {
    let Some(redis) = Redis::start() else { return };
    let begun = Instant::now();
    let day = Duration::from_secs(24 * 60 * 60);
    let machines = [
        machine(redis.port, OnOutage::Deny).with_clock(move || begun.elapsed()),
        machine(redis.port, OnOutage::Deny).with_clock(move || day + begun.elapsed()),
        machine(redis.port, OnOutage::Deny).with_clock(move || day + 60 * begun.elapsed()),
        machine(redis.port, OnOutage::Deny).with_clock(|| Duration::ZERO),
    ];
    let mut allowed = 0;
    for quotas in machines.iter().cycle().take(2 * LIMIT) {
        match take(quotas).await {
            Ok(_) => allowed += 1,
            Err(refusal) => {
                let wait = refusal.retry_after().expect("a wait");
                assert!(wait > Duration::from_secs(30), "{wait:?}");
                assert!(wait <= Duration::from_secs(60), "{wait:?}");
            }
        }
    }
    assert_eq!(allowed, LIMIT);
}

#[tokio::test]
async fn a_cluster_elects_another_primary() {
    let Some(mut cluster) = RedisCluster::with_replicas().await else {
        return;
    };
    let in_cluster = |on_outage| {
        let quotas = Quotas::redis::<PerMinute>(cluster.client());
        quotas.timeout(TIMEOUT).on_outage(on_outage)
    };
    let deny = in_cluster(OnOutage::Deny);
    let share = in_cluster(OnOutage::LocalShare(4));
    for _ in 0..100 {
        assert!(take(&deny).await.is_ok());
        assert!(take(&share).await.is_ok());
    }
    cluster.kill_primary_with_keys().await;
    let begun = Instant::now();
    let refusal = take(&deny).await.expect_err("down");
    assert_eq!(refusal.code(), "quota_store_unavailable");
    assert_eq!(exhaust(&share).await, LIMIT / 4);
    assert!(begun.elapsed() < 10 * TIMEOUT);

    // The replica has all counts.
    let allowed = recovers(&deny).await;
    println!("calls are counted after {:?}", begun.elapsed());
    assert_eq!(allowed + exhaust(&deny).await, LIMIT - 200);
    sleep(ms(1100)).await;
    assert_eq!(exhaust(&share).await, 0);
}

#[tokio::test]
async fn a_primary_that_falls_silent_is_replaced_by_its_replica() {
    let Some(mut cluster) = RedisCluster::with_replicas().await else {
        return;
    };
    let quotas = Quotas::redis::<PerMinute>(cluster.client());
    let deny = quotas.timeout(TIMEOUT).on_outage(OnOutage::Deny);
    for _ in 0..100 {
        assert!(take(&deny).await.is_ok());
    }
    cluster.freeze_primary_with_keys().await;
    let refusal = take(&deny).await.expect_err("silent");
    assert_eq!(refusal.code(), "quota_store_unavailable");
    let allowed = recovers(&deny).await;
    assert_eq!(allowed + exhaust(&deny).await, LIMIT - 100);
}

/// Returns a caller whose calls the first server of the cluster counts, and a caller whose calls another server
/// counts.
async fn caller_of_first_server_and_other(
    cluster: &RedisCluster,
    quotas: &Quotas,
) -> [Caller<Tier>; 2] {
    let (mut of_first, mut other) = (None, None);
    for number in 0.. {
        let caller = Caller::new(Tier::Plus).with_id(format!("customer-{number}"));
        let before = cluster.keys_on_first().await;
        assert!(quotas.take(&caller, PLAIN).await.is_ok());
        match cluster.keys_on_first().await - before {
            0 => other = Some(caller),
            _ => of_first = Some(caller),
        }
        if let (Some(of_first), Some(other)) = (&of_first, &other) {
            return [of_first.clone(), other.clone()];
        }
    }
    unreachable!("the loop ends when both are found")
}

#[tokio::test]
async fn a_silent_server_of_a_cluster_does_not_lock_out_the_callers_of_the_others() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    let proxy = Proxy::to(cluster.first_port()).await;
    let client = cluster.client_with_proxy(proxy.port).build();
    let quotas = Quotas::redis::<PerMinute>(client.expect("URLs"));
    let quotas = quotas.timeout(TIMEOUT).on_outage(OnOutage::Deny);
    let [affected, other] = caller_of_first_server_and_other(&cluster, &quotas).await;
    let is_allowed_in_time = async |caller: &Caller<Tier>| {
        let begun = Instant::now();
        while quotas.take(caller, PLAIN).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{caller:?}");
            sleep(ms(20)).await;
        }
    };
    proxy.set(Mode::Stall);
    for _ in 0..3 {
        assert!(quotas.take(&affected, PLAIN).await.is_err());
        is_allowed_in_time(&other).await;
        sleep(ms(1100)).await;
    }
    proxy.set(Mode::Pass);
    is_allowed_in_time(&affected).await;
    is_allowed_in_time(&other).await;
}

#[tokio::test]
async fn a_connection_that_opens_slowly_is_used_later() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    // The handshake and the command take longer than the time limit, but each of them is fast enough.
    proxy.set(Mode::Delay(TIMEOUT * 7 / 10));
    let quotas = machine(proxy.port, OnOutage::Deny).timeout(TIMEOUT);
    let begun = Instant::now();
    let refusal = take(&quotas).await.expect_err("slow");
    assert_eq!(refusal.code(), "quota_store_unavailable");
    while take(&quotas).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(15), "never used");
        sleep(ms(100)).await;
    }
}

#[tokio::test]
async fn a_client_of_a_cluster_counts_a_call_once_if_it_has_no_retries() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    let direct = Quotas::redis::<PerMinute>(cluster.client()).timeout(ms(10_000));
    let [caller, _] = caller_of_first_server_and_other(&cluster, &direct).await;
    let counted = async || direct.usage(&caller).await.expect("up")[0].used();
    let proxy = Proxy::to(cluster.first_port()).await;
    for (retries, expected) in [(16, 2), (0, 1)] {
        let client = cluster.client_with_proxy(proxy.port).retries(retries);
        let quotas = Quotas::redis::<PerMinute>(client.build().expect("URLs"));
        let quotas = quotas.timeout(ms(10_000)).on_outage(OnOutage::Deny);
        assert!(quotas.take(&caller, PLAIN).await.is_ok());
        let before = counted().await;
        proxy.set(Mode::CutAnswers(0));
        let taking = quotas.take(&caller, PLAIN);
        let restoring = async {
            while counted().await == before {
                sleep(ms(10)).await;
            }
            proxy.set(Mode::Pass);
        };
        let (result, ()) = tokio::join!(taking, restoring);
        assert_eq!(counted().await - before, expected);
        assert_eq!(result.is_ok(), retries > 0);
    }
}
