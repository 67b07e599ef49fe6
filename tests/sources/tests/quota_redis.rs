//! Quotas in Redis: exactness, expiry, faults and clusters.

use proptest::prelude::*;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tiergate::quota::{OnOutage, QuotaError, Usage};
use tiergate::{Caller, Catalogue, Quotas, Refusal};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::quota::{Api, COSTLY, LIMITED, PLAIN, PerMinute, PerSecond};
use tiergate_tests_sources::reference_limiter::ReferenceLimit;
use tiergate_tests_sources::servers::{Redis, RedisCluster, free_port};
use tokio::time::sleep;

/// Set for the processes of a test with several processes: the server, the catalogue and the milliseconds.
const WORKER: &str = "TIERGATE_TEST_IN_OWN_PROCESS";
const CONNECTIONS: usize = 100;
const SCRIPT: &str = include_str!("../../../core/src/quota/redis/take.lua");

fn customer(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-7")
}

fn client(port: u16) -> redis::Client {
    redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL")
}

/// Quotas of a test of its own.
fn quotas<C: Catalogue>(redis: &Redis, prefix: &str) -> Quotas {
    Quotas::redis::<C>(redis.client())
        .key_prefix(prefix)
        .timeout(Duration::from_secs(10))
}

/// Calls without pause over many connections, and prints the number of calls and of allowed calls.
async fn call_without_pause<C: Catalogue>(port: u16, prefix: &str, time: Duration) {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let quotas = Quotas::redis::<C>(client(port))
                .key_prefix(prefix)
                .timeout(Duration::from_secs(10))
                .on_outage(OnOutage::Deny);
            tokio::spawn(async move {
                let (mut made, mut allowed) = (0, 0);
                while begun.elapsed() < time {
                    made += 1;
                    match quotas.take(&customer(Tier::Plus), PLAIN).await {
                        Ok(_) => allowed += 1,
                        Err(Refusal::QuotaExceeded { .. }) => {}
                        Err(refusal) => panic!("{refusal}"),
                    }
                }
                (made, allowed)
            })
        })
        .collect();
    let (mut made, mut allowed) = (0, 0);
    for task in tasks {
        let of_task = task.await.expect("a task");
        made += of_task.0;
        allowed += of_task.1;
    }
    println!("calls: {made}, {allowed}");
}

/// Runs two processes of this test at once, and returns the number of calls allowed to both.
fn in_two_processes(test: &str, port: u16) -> usize {
    let start = || {
        let own = std::env::current_exe().expect("a test is a program");
        let mut command = Command::new(own);
        command.args(["--exact", test, "--nocapture"]);
        command.env(WORKER, port.to_string()).stdout(Stdio::piped());
        command.spawn().expect("a process")
    };
    let processes = [start(), start()];
    let calls = processes.map(|process| {
        let output = process.wait_with_output().expect("output");
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = output.lines().find_map(|line| line.split_once("calls: "));
        line.and_then(|(_, numbers)| {
            let (made, allowed) = numbers.trim().split_once(", ")?;
            Some((made.parse::<usize>().ok()?, allowed.parse::<usize>().ok()?))
        })
        .unwrap_or_else(|| panic!("{output}"))
    });
    // One process may be so much faster that it gets all allowed calls.
    assert!(calls.iter().all(|(made, _)| *made > 0), "{calls:?}");
    calls.iter().map(|(_, allowed)| allowed).sum()
}

fn worker_port() -> Option<u16> {
    std::env::var(WORKER).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_minute() {
    if let Some(port) = worker_port() {
        let time = Duration::from_secs(4);
        call_without_pause::<PerMinute>(port, "minute", time).await;
        return;
    }
    let Some(redis) = Redis::start() else { return };
    assert_eq!(
        in_two_processes("two_processes_share_a_minute", redis.port),
        500
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_each_second() {
    if let Some(port) = worker_port() {
        let time = Duration::from_millis(3500);
        call_without_pause::<PerSecond>(port, "second", time).await;
        return;
    }
    let Some(redis) = Redis::start() else { return };
    // The processes start at slightly different times, and all four or five windows are used up.
    let allowed = in_two_processes("two_processes_share_each_second", redis.port);
    assert!([160, 200].contains(&allowed), "{allowed}");
}

#[tokio::test]
async fn every_key_expires_and_has_the_hash_tag_of_the_caller() {
    let Some(redis) = Redis::start() else { return };
    let quotas = quotas::<Api>(&redis, "keys");
    for tier in [Tier::Free, Tier::Plus, Tier::Pro] {
        for endpoint in [LIMITED, COSTLY, PLAIN] {
            assert!(quotas.take(&customer(tier), endpoint).await.is_ok());
        }
    }
    let keys: Vec<String> = redis.run(redis::cmd("KEYS").arg("*")).await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    for key in keys {
        let tag = key
            .strip_prefix("keys:{")
            .and_then(|rest| rest.split_once("}:"));
        let (tag, _) = tag.expect("a hash tag");
        assert!(
            tag.len() == 32 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{key}"
        );
        let ttl: i64 = redis.run(redis::cmd("PTTL").arg(&key)).await;
        assert!((50_000..=86_400_001).contains(&ttl), "{key}: {ttl}");
    }
}

#[tokio::test]
async fn the_script_is_sent_once() {
    let Some(redis) = Redis::start() else { return };
    let quotas = quotas::<PerMinute>(&redis, "script");
    for _ in 0..3 {
        assert!(quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok());
    }
    let calls = async |name: &str| {
        let stats: String = redis.run(redis::cmd("INFO").arg("commandstats")).await;
        let line = stats
            .lines()
            .find(|line| line.starts_with(&format!("cmdstat_{name}:")));
        line.and_then(|line| {
            line.split_once("calls=")?
                .1
                .split_once(',')?
                .0
                .parse::<u32>()
                .ok()
        })
    };
    assert_eq!(
        (calls("eval").await, calls("evalsha").await),
        (Some(1), Some(3))
    );
    // Another process, an administrator or a restart may remove the script.
    let () = redis.run(redis::cmd("SCRIPT").arg("FLUSH")).await;
    assert!(quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok());
    assert_eq!(
        (calls("eval").await, calls("evalsha").await),
        (Some(2), Some(4))
    );
    let usage = quotas.usage(&customer(Tier::Plus)).await.expect("usage");
    assert_eq!(usage.iter().map(Usage::used).collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn a_refused_call_takes_nothing_and_a_plan_change_applies_at_once() {
    let Some(redis) = Redis::shared() else { return };
    let quotas = quotas::<Api>(&redis, "plans");
    let exhaust = async |tier: Tier| {
        let mut allowed = 0;
        while quotas.take(&customer(tier), LIMITED).await.is_ok() {
            allowed += 1;
        }
        allowed
    };
    assert_eq!(exhaust(Tier::Free).await, 10);
    assert_eq!(exhaust(Tier::Plus).await, 10);
    assert_eq!(exhaust(Tier::Free).await, 0);
    let refusal = quotas
        .take(&customer(Tier::Free), LIMITED)
        .await
        .expect_err("used up");
    let Refusal::QuotaExceeded {
        violated,
        retry_after,
        ..
    } = refusal
    else {
        panic!("{refusal}")
    };
    assert_eq!(violated.to_string(), "limited/minute");
    assert!(retry_after.expect("a wait") > Duration::from_secs(50));
    let usage = quotas.usage(&customer(Tier::Free)).await.expect("usage");
    let usage: Vec<_> = usage
        .iter()
        .map(|usage| (usage.name().to_string(), usage.used()))
        .collect();
    let expected = [("minute", 20), ("day", 20), ("limited/minute", 20)];
    assert_eq!(usage, expected.map(|(name, used)| (name.to_owned(), used)));
    quotas.reset(&customer(Tier::Free)).await.expect("reset");
    assert_eq!(exhaust(Tier::Free).await, 10);
}

#[tokio::test]
async fn each_machine_uses_its_share_while_the_server_is_down() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let machine = || quotas::<PerMinute>(&redis, "share").on_outage(OnOutage::LocalShare(3));
    let (share, deny, allow) = (
        machine(),
        machine().on_outage(OnOutage::Deny),
        machine().on_outage(OnOutage::Allow),
    );
    assert!(share.take(&customer(Tier::Plus), PLAIN).await.is_ok());
    redis.kill();
    let mut allowed = 0;
    while share.take(&customer(Tier::Plus), PLAIN).await.is_ok() {
        allowed += 1;
    }
    // A third of 500, rounded up.
    assert_eq!(allowed, 167);
    let refusal = deny
        .take(&customer(Tier::Plus), PLAIN)
        .await
        .expect_err("down");
    assert_eq!(
        (refusal.status(), refusal.code()),
        (503, "quota_store_unavailable")
    );
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(1)));
    for _ in 0..600 {
        assert!(allow.take(&customer(Tier::Plus), PLAIN).await.is_ok());
    }
    let usage = share.usage(&customer(Tier::Plus)).await;
    assert_eq!(usage.expect_err("down"), QuotaError::StoreUnavailable);

    // The server restarts without data.
    redis.resume();
    let begun = Instant::now();
    while share.take(&customer(Tier::Plus), PLAIN).await.is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the outage doesn't end"
        );
        sleep(Duration::from_millis(20)).await;
    }
    let usage = share.usage(&customer(Tier::Plus)).await.expect("usage");
    assert_eq!(usage[0].used(), 1);
}

#[tokio::test]
async fn a_server_that_was_never_up_limits_locally() {
    let quotas = Quotas::redis::<PerMinute>(client(free_port())).on_outage(OnOutage::LocalShare(5));
    let mut allowed = 0;
    while quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok() {
        allowed += 1;
    }
    assert_eq!(allowed, 100);
}

#[tokio::test]
async fn a_server_that_hangs_delays_only_one_call_per_second() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::to(redis.port).await;
    let timeout = Duration::from_millis(500);
    let quotas = Quotas::redis::<PerMinute>(client(proxy.port)).timeout(timeout);
    assert!(quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok());
    for mode in [Mode::Stall, Mode::CutAnswers(2)] {
        proxy.set(mode);
        let begun = Instant::now();
        for _ in 0..100 {
            assert!(quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok());
        }
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        proxy.set(Mode::Pass);
        sleep(Duration::from_millis(1100)).await;
        assert!(quotas.take(&customer(Tier::Plus), PLAIN).await.is_ok());
        let usage = quotas.usage(&customer(Tier::Plus)).await.expect("usage");
        assert!(usage[0].used() < 10, "{usage:?}");
    }
}

#[tokio::test]
async fn a_cluster_keeps_the_counters_of_a_caller_together() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    let quotas = Quotas::redis::<Api>(cluster.client()).timeout(Duration::from_secs(10));
    let quotas = quotas.on_outage(OnOutage::Deny);
    for number in 0..30 {
        let caller = Caller::new(Tier::Free).with_id(format!("customer-{number}"));
        for _ in 0..10 {
            let _ = quotas.take(&caller, LIMITED).await.expect("allowed");
        }
        let refusal = quotas.take(&caller, LIMITED).await.expect_err("used up");
        assert_eq!(refusal.code(), "quota_exceeded");
        let usage = quotas.usage(&caller).await.expect("usage");
        assert!(usage.iter().all(|usage| usage.used() == 10), "{usage:?}");
        quotas.reset(&caller).await.expect("reset");
        let _ = quotas.take(&caller, LIMITED).await.expect("allowed");
    }
}

/// The script with a clock that the test sets, and without expiry.
fn script_with_clock() -> String {
    let script = SCRIPT.replace("redis.call('TIME')", "{ARGV[#ARGV - 1], ARGV[#ARGV]}");
    let script = script.replace("math.ceil(expires / 1000) + 1", "1000000000");
    assert_ne!(script.len(), SCRIPT.len());
    script
}

/// The script and the model, with a counter by minute and a counter by day.
struct Compared {
    connection: redis::Connection,
    script: String,
    model: [ReferenceLimit; 2],
    keys: [String; 2],
}

impl Compared {
    fn new(redis: &Redis, tag: &str) -> Self {
        Self {
            connection: redis.client().get_connection().expect("a connection"),
            script: script_with_clock(),
            model: [ReferenceLimit::new(60), ReferenceLimit::new(86_400)],
            keys: ["minute", "day"].map(|unit| format!("model:{{{tag}}}:{unit}")),
        }
    }

    /// Runs the script, and returns which counters refuse the call.
    fn run_script(&mut self, limits: [Option<u32>; 2], cost: u32, seconds: u64) -> [bool; 2] {
        let mut command = redis::cmd("EVAL");
        command.arg(&self.script).arg(2).arg(&self.keys);
        for ((seconds, has_bucket), limit) in [(60_u64, 1), (86_400, 0)].into_iter().zip(limits) {
            let limit = limit.map_or(-1, i64::from);
            command
                .arg(seconds * 1_000_000)
                .arg(limit)
                .arg(cost)
                .arg(has_bucket);
        }
        command.arg(seconds).arg(0);
        let numbers: Vec<i64> = command
            .query(&mut self.connection)
            .expect("the script runs");
        [numbers[3] != 0, numbers[9] != 0]
    }

    /// Makes a call, and returns which counters refuse it according to the script and to the model.
    fn call(&mut self, limits: [Option<u32>; 2], cost: u32, seconds: u64) -> [[bool; 2]; 2] {
        let refused = self.run_script(limits, cost, seconds);
        let now = u128::from(seconds) * 1_000_000;
        let mut allowed = [false; 2];
        for ((counter, limit), allowed) in self.model.iter_mut().zip(limits).zip(&mut allowed) {
            *allowed = counter.allows(limit, cost, now);
        }
        for ((counter, limit), is_allowed) in self.model.iter_mut().zip(limits).zip(allowed) {
            if allowed == [true; 2] {
                counter.count(limit, cost, now);
            } else if !is_allowed {
                counter.refuse(now);
            }
        }
        [refused, allowed.map(|allowed| !allowed)]
    }
}

#[test]
fn a_clock_that_goes_back_neither_frees_nor_locks_out_a_caller() {
    let Some(redis) = Redis::shared() else { return };
    let start = 1_764_547_200;
    for (case, back) in [0, 1, 59, 60, 61, 3600, 100_000].into_iter().enumerate() {
        let mut compared = Compared::new(&redis, &format!("back-{case}"));
        let mut is_allowed = |now| compared.run_script([Some(10), Some(400)], 1, now) == [false; 2];
        for second in 0..10 {
            assert!(is_allowed(start + second));
        }
        assert!(!is_allowed(start + 9));
        // The server that takes over has a clock that is behind. A new window begins there, with all calls
        // of the old one.
        let now = start + 9 - back;
        assert!(!is_allowed(now));
        assert!(is_allowed(now + 60), "after a window, {back} s back");
    }
}

#[test]
fn the_script_agrees_with_the_model() {
    let Some(redis) = Redis::shared() else { return };
    let bursts = prop::collection::vec(
        (
            prop::sample::select(vec![
                [Some(10), Some(400)],
                [Some(20), Some(400)],
                [Some(20), Some(1000)],
                [None, Some(1000)],
            ]),
            prop::sample::select(vec![0_u32, 1, 1, 1, 3]),
            1_u32..25,
            prop_oneof![
                2 => Just(0_u64),
                2 => 1_u64..9,
                4 => 50_u64..63,
                1 => 0_u64..100_000,
            ],
        ),
        1..40,
    );
    let next = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(bursts in bursts)| {
        let case = next.replace(next.get() + 1);
        let mut compared = Compared::new(&redis, &case.to_string());
        let mut seconds = 1_764_547_200_u64;
        for (limits, cost, calls, step) in bursts {
            seconds += step;
            for _ in 0..calls {
                let [script, model] = compared.call(limits, cost, seconds);
                prop_assert_eq!(script, model, "{:?} at {}", limits, seconds);
            }
        }
    });
}
