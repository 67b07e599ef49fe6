//! Quotas in memory.

use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;
use tiergate::quota::{CallerIdentity, QuotaError, QuotaState, Usage};
use tiergate::{Caller, Catalogue, Endpoint, Overrides, Quotas, Refusal};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota::{Api, COSTLY, FREE_OF_CHARGE, LIMITED, PLAIN};
use tiergate_tests_sources::reference_limiter::ReferenceLimit;

/// Quotas with a clock that the test sets.
struct Manual {
    quotas: Quotas,
    microseconds: Arc<AtomicU64>,
}

impl Manual {
    fn new() -> Self {
        let microseconds = Arc::new(AtomicU64::new(0));
        let clock = microseconds.clone();
        let now = move || Duration::from_micros(clock.load(Ordering::SeqCst));
        Self {
            quotas: Quotas::local::<Api>().with_clock(now),
            microseconds,
        }
    }

    fn advance(&self, time: Duration) {
        let microseconds = u64::try_from(time.as_micros()).expect("a short time");
        self.microseconds.fetch_add(microseconds, Ordering::SeqCst);
    }

    fn take(&self, caller: &Caller<Tier>, endpoint: Endpoint) -> Result<QuotaState, Refusal> {
        block_on(self.quotas.take(caller, endpoint))
    }

    /// Calls the endpoint until a call is refused, and returns the number of allowed calls.
    fn exhaust(&self, caller: &Caller<Tier>, endpoint: Endpoint) -> u32 {
        let mut allowed = 0;
        while self.take(caller, endpoint).is_ok() {
            allowed += 1;
        }
        allowed
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    // Quotas in memory never wait.
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("a quota in memory waits"),
    }
}

fn customer(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-7")
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const LAST_SECOND_OF_MINUTE: Duration = Duration::from_secs(59);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LAST_SECOND_OF_DAY: Duration = Duration::from_secs(24 * 60 * 60 - 1);

fn violated(result: Result<QuotaState, Refusal>) -> String {
    match result.map(drop) {
        Err(Refusal::QuotaExceeded { violated, .. }) => violated.to_string(),
        Err(refusal) => refusal.code().to_owned(),
        Ok(()) => "allowed".to_owned(),
    }
}

#[test]
fn a_caller_without_pause_gets_exactly_the_limit_in_each_minute() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    for _ in 0..4 {
        let mut allowed = 0;
        for _ in 0..6000 {
            allowed += u32::from(manual.take(&caller, LIMITED).is_ok());
            manual.advance(Duration::from_millis(10));
        }
        assert_eq!(allowed, 20);
    }
}

#[test]
fn the_border_of_two_windows_allows_no_double_burst() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    assert!(manual.take(&caller, LIMITED).is_ok());
    manual.advance(LAST_SECOND_OF_MINUTE);
    assert_eq!(manual.exhaust(&caller, LIMITED), 19);
    manual.advance(SECOND);
    // A new window, but the bucket is almost full.
    assert_eq!(manual.exhaust(&caller, LIMITED), 1);
    manual.advance(3 * SECOND);
    assert_eq!(manual.exhaust(&caller, LIMITED), 1);
}

#[test]
fn a_day_may_be_used_up_right_before_the_next() {
    let manual = Manual::new();
    let caller = customer(Tier::Free);
    assert!(manual.take(&caller, PLAIN).is_ok());
    manual.advance(LAST_SECOND_OF_DAY);
    assert_eq!(manual.exhaust(&caller, PLAIN), 99);
    manual.advance(SECOND);
    assert_eq!(manual.exhaust(&caller, PLAIN), 100);
}

#[test]
fn a_refused_call_takes_nothing() {
    let manual = Manual::new();
    let caller = customer(Tier::Free);
    assert_eq!(manual.exhaust(&caller, LIMITED), 10);
    for _ in 0..50 {
        assert_eq!(violated(manual.take(&caller, LIMITED)), "limited/minute");
    }
    // The quota of the catalogue still has 90 units.
    assert_eq!(manual.exhaust(&caller, COSTLY), 18);
    assert_eq!(violated(manual.take(&caller, COSTLY)), "day");
    manual.advance(MINUTE);
    assert_eq!(violated(manual.take(&caller, LIMITED)), "day");
    assert!(manual.take(&caller, FREE_OF_CHARGE).is_ok());
    // The limit of the endpoint still has all units.
    let usage = block_on(manual.quotas.usage(&caller)).expect("usage");
    let limited = usage
        .iter()
        .find(|usage| usage.name().endpoint() == Some(LIMITED));
    assert_eq!(limited.and_then(Usage::remaining), Some(10));
}

#[test]
fn a_plan_change_applies_at_once() {
    let manual = Manual::new();
    // Upgrade: the new limit minus what was used.
    assert_eq!(manual.exhaust(&customer(Tier::Free), LIMITED), 10);
    assert_eq!(manual.exhaust(&customer(Tier::Plus), LIMITED), 10);
    for _ in 0..30 {
        assert!(manual.take(&customer(Tier::Pro), LIMITED).is_ok());
    }
    // Downgrade: nothing remains.
    assert_eq!(manual.exhaust(&customer(Tier::Plus), LIMITED), 0);
    manual.advance(MINUTE);
    // Downgrade after 4 of 20: 6 of 10 remain.
    for _ in 0..4 {
        assert!(manual.take(&customer(Tier::Plus), LIMITED).is_ok());
    }
    assert_eq!(manual.exhaust(&customer(Tier::Free), LIMITED), 6);
}

#[test]
fn callers_are_told_apart() {
    let manual = Manual::new();
    assert_eq!(manual.exhaust(&customer(Tier::Free), LIMITED), 10);
    assert_eq!(
        manual.exhaust(&Caller::new(Tier::Free).with_id("customer-8"), LIMITED),
        10
    );
    let anonymous = Caller::anonymous(Tier::Free);
    let missing = manual.take(&anonymous, LIMITED).expect_err("no identity");
    assert_eq!(
        (missing.code(), missing.status()),
        ("missing_quota_layer", 500)
    );
    let address = CallerIdentity::address([192, 0, 2, 1].into());
    let state = block_on(manual.quotas.take_as(address, &anonymous, LIMITED));
    assert_eq!(state.expect("allowed").policies().count(), 2);
    // An unlimited caller needs no identity.
    assert!(manual.take(&Caller::new(Tier::Pro), LIMITED).is_ok());
}

#[test]
fn headers_follow_the_draft() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    let headers = |state: QuotaState| state.headers().collect::<Vec<_>>();
    let state = manual.take(&caller, LIMITED).expect("allowed");
    assert_eq!(
        headers(state),
        [
            (
                "ratelimit-policy",
                r#""limited/minute";q=20;w=60, "minute";q=50;w=60, "day";q=400;w=86400"#.to_owned()
            ),
            (
                "ratelimit",
                r#""limited/minute";r=19;t=60, "minute";r=49;t=60, "day";r=399;t=86400"#.to_owned()
            ),
        ]
    );
    manual.advance(Duration::from_millis(1500));
    let legacy = manual.quotas.clone().legacy_headers();
    let state = block_on(legacy.take(&caller, COSTLY)).expect("allowed");
    assert_eq!(
        state.rate_limit().as_deref(),
        Some(r#""minute";r=44;t=59, "day";r=394;t=86399"#)
    );
    let legacy: Vec<_> = headers(state).into_iter().skip(2).collect();
    let expected = [
        ("x-ratelimit-limit", "50"),
        ("x-ratelimit-remaining", "44"),
        ("x-ratelimit-reset", "59"),
    ];
    assert_eq!(
        legacy,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    let unlimited = manual.take(&customer(Tier::Pro), LIMITED).expect("allowed");
    assert_eq!(unlimited.headers().count(), 0);
}

#[test]
fn a_refusal_names_the_policies_and_the_wait() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    manual.exhaust(&caller, LIMITED);
    manual.advance(Duration::from_millis(20_500));
    let refusal = manual.take(&caller, LIMITED).expect_err("used up");
    assert_eq!((refusal.status(), refusal.code()), (429, "quota_exceeded"));
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(40)));
    assert_eq!(
        refusal.to_string(),
        "`limited` (GET /limited) is limited; the caller has used up the quota: limited/minute"
    );
}

#[test]
fn usage_and_reset() {
    let manual = Manual::new();
    let caller = customer(Tier::Free);
    for _ in 0..3 {
        assert!(manual.take(&caller, LIMITED).is_ok());
    }
    let shown = |caller: &Caller<Tier>| {
        let usage = block_on(manual.quotas.usage(caller)).expect("usage");
        let usage = usage.iter().map(|usage| {
            let limit = usage
                .limit()
                .map_or("unlimited".to_owned(), |limit| limit.to_string());
            format!("{}: {} of {limit}", usage.name(), usage.used())
        });
        usage.collect::<Vec<_>>()
    };
    assert_eq!(
        shown(&caller),
        [
            "minute: 3 of unlimited",
            "day: 3 of 100/day",
            "limited/minute: 3 of 10/minute"
        ]
    );
    block_on(manual.quotas.reset(&caller)).expect("reset");
    assert_eq!(shown(&caller)[1], "day: 0 of 100/day");
    assert_eq!(manual.exhaust(&caller, LIMITED), 10);
    let unidentified = block_on(manual.quotas.usage(&Caller::new(Tier::Free)));
    assert_eq!(
        unidentified.expect_err("no id"),
        QuotaError::UnidentifiedCaller
    );
}

#[test]
fn threads_allow_together_what_the_limit_states() {
    let manual = Manual::new();
    let callers: Vec<_> = (0..200)
        .map(|number| Caller::new(Tier::Free).with_id(format!("customer-{number}")))
        .collect();
    let count = |caller: &Caller<Tier>| {
        let calls = (0..5).map(|_| manual.take(caller, LIMITED));
        calls.flatten().count()
    };
    let barrier = Barrier::new(8);
    let allowed: Vec<Vec<usize>> = thread::scope(|scope| {
        let call_all = || {
            barrier.wait();
            callers.iter().map(count).collect()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(call_all)).collect();
        let counts = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        counts.map(|count| count.expect("a count")).collect()
    });
    for (number, caller) in callers.iter().enumerate() {
        let sum: usize = allowed.iter().map(|counts| counts[number]).sum();
        assert_eq!(sum, 10, "{number}");
        // No counter has the units of a refused call.
        let usage = block_on(manual.quotas.usage(caller)).expect("usage");
        let used: Vec<_> = usage.iter().map(Usage::used).collect();
        assert_eq!(used, [10, 10, 10]);
    }
}

#[test]
fn idle_counters_are_removed() {
    let manual = Manual::new();
    for number in 0..50_000 {
        let caller = Caller::new(Tier::Plus).with_id(format!("customer-{number}"));
        assert!(manual.take(&caller, LIMITED).is_ok());
    }
    // An endpoint's counter, and two of the catalogue.
    assert_eq!(manual.quotas.counter_count(), 150_000);
    manual.advance(2 * DAY);
    for number in 0..2000 {
        let caller = Caller::new(Tier::Plus).with_id(format!("another-{number}"));
        assert!(manual.take(&caller, LIMITED).is_ok());
    }
    assert_eq!(manual.quotas.counter_count(), 6000);
}

#[test]
fn a_flood_of_callers_neither_fills_the_memory_nor_frees_a_caller() {
    let manual = Manual::new();
    let quotas = manual.quotas.clone().capacity(10_000);
    let caller = customer(Tier::Free);
    assert_eq!(manual.exhaust(&caller, LIMITED), 10);
    for number in 0..100_000 {
        let flood = Caller::new(Tier::Free).with_id(format!("flood-{number}"));
        assert!(block_on(quotas.take(&flood, LIMITED)).is_ok());
        assert!(number % 1000 != 0 || quotas.counter_count() <= 10_000 + 3 * 128);
    }
    assert_eq!(manual.exhaust(&caller, LIMITED), 0);
}

#[test]
fn a_flood_of_busy_callers_does_not_free_a_caller_either() {
    let manual = Manual::new();
    let quotas = manual.quotas.clone().capacity(1000);
    let caller = customer(Tier::Free);
    for _ in 0..10 {
        assert!(block_on(quotas.take(&caller, LIMITED)).is_ok());
    }
    // Each of them uses more units than the limit of the caller, but not its whole own limit.
    for number in 0..10_000 {
        let flood = Caller::new(Tier::Free).with_id(format!("flood-{number}"));
        for _ in 0..3 {
            assert!(block_on(quotas.take(&flood, COSTLY)).is_ok());
        }
    }
    assert_eq!(manual.exhaust(&caller, LIMITED), 0);
}

#[test]
fn quotas_without_a_place_for_counters_do_not_panic() {
    for capacity in [0, 1] {
        let quotas = Manual::new().quotas.capacity(capacity);
        for number in 0..1000 {
            let caller = Caller::new(Tier::Free).with_id(format!("customer-{number}"));
            assert!(block_on(quotas.take(&caller, LIMITED)).is_ok());
        }
        assert!(quotas.counter_count() <= 4 * 128);
    }
}

#[test]
fn customers_with_an_empty_id_do_not_share_a_quota() {
    let manual = Manual::new();
    let caller = Caller::new(Tier::Free).with_id("");
    assert_eq!(caller.id(), None);
    let taken = block_on(manual.quotas.take(&caller, LIMITED));
    assert_eq!(violated(taken), "missing_quota_layer");
}

#[test]
fn an_endpoint_of_another_catalogue_is_refused_if_it_or_the_catalogue_is_limited() {
    let caller = customer(Tier::Plus);
    let with_quota = Quotas::local::<tiergate_tests_sources::quota::PerSecond>();
    let without_quota = Quotas::local::<tiergate_tests_sources::quota::WithoutQuota>();
    for quotas in [&with_quota, &without_quota] {
        let taken = block_on(quotas.take(&caller, LIMITED));
        assert_eq!(violated(taken), "missing_quota_layer");
    }
    for endpoint in [COSTLY, FREE_OF_CHARGE] {
        let identity = CallerIdentity::id("customer-7");
        let overrides = Overrides::of::<Api>();
        for taken in [
            block_on(with_quota.take(&caller, endpoint)),
            block_on(with_quota.take_as(identity, &caller, endpoint)),
            block_on(with_quota.take_with(&caller, endpoint, &overrides)),
        ] {
            assert_eq!(violated(taken), "missing_quota_layer");
        }
        assert!(block_on(without_quota.take(&caller, endpoint)).is_ok());
    }
    assert_eq!(Api::quota().expect("a quota").policies().count(), 3);
}

/// The amount of each tier in each counter, as the catalogue declares them.
fn limits(endpoint: Endpoint, tier: Tier) -> Vec<(u32, u32, Option<u32>, u32)> {
    // The number of the scope, the window, the limit and the cost.
    let by_tier = |amounts: [Option<u32>; 3]| {
        amounts[Tier::ALL
            .iter()
            .position(|other| *other == tier)
            .unwrap_or(0)]
    };
    let mut limits = Vec::new();
    if endpoint == LIMITED {
        limits.push((1, 60, by_tier([Some(10), Some(20), None]), 1));
    }
    if endpoint.cost() > 0 {
        limits.push((0, 60, by_tier([None, Some(50), None]), endpoint.cost()));
        limits.push((
            0,
            86_400,
            by_tier([Some(100), Some(400), None]),
            endpoint.cost(),
        ));
    }
    limits
}

/// Takes a call from the counters of the model, and returns whether the call is allowed.
fn model_allows(
    model: &mut HashMap<(u32, u32), ReferenceLimit>,
    limits: &[(u32, u32, Option<u32>, u32)],
    now: u128,
) -> bool {
    let mut allows = |(scope, window, limit, cost): &(u32, u32, Option<u32>, u32)| {
        let counter = model.entry((*scope, *window));
        let counter = counter.or_insert_with(|| ReferenceLimit::new(*window));
        counter.allows(*limit, *cost, now)
    };
    let allowed: Vec<_> = limits.iter().map(&mut allows).collect();
    let is_allowed = allowed.iter().all(|allowed| *allowed);
    for ((scope, window, limit, cost), allowed) in limits.iter().zip(allowed) {
        if let Some(counter) = model.get_mut(&(*scope, *window)) {
            if is_allowed {
                counter.count(*limit, *cost, now);
            } else if !allowed {
                counter.refuse(now);
            }
        }
    }
    is_allowed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_the_model(
        bursts in prop::collection::vec(
            (
                prop::sample::select(vec![LIMITED, LIMITED, LIMITED, PLAIN, COSTLY, FREE_OF_CHARGE]),
                prop::sample::select(vec![Tier::Free, Tier::Free, Tier::Plus, Tier::Plus, Tier::Pro]),
                1_u32..25,
                prop_oneof![
                    2 => Just(0_u64),
                    2 => 1_u64..6_000,
                    4 => 50_000_u64..62_000,
                    1 => 0_u64..100_000_000,
                ],
            ),
            1..60,
        ),
    ) {
        let manual = Manual::new();
        let mut model: HashMap<(u32, u32), ReferenceLimit> = HashMap::new();
        for (endpoint, tier, calls, milliseconds) in bursts {
            manual.advance(Duration::from_millis(milliseconds));
            let now = u128::from(manual.microseconds.load(Ordering::SeqCst));
            let limits = limits(endpoint, tier);
            for _ in 0..calls {
                let is_allowed = model_allows(&mut model, &limits, now);
                let result = manual.take(&customer(tier), endpoint);
                prop_assert_eq!(result.is_ok(), is_allowed, "{} {:?} at {}", endpoint, tier, now);
            }
        }
    }
}
