//! Overrides that change the limits of one customer.

use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tiergate::quota::{CallerIdentity, OnOutage, QuotaState};
use tiergate::{Caller, Endpoint, Override, Overrides, Quotas, Refusal};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota::{
    Api, COSTLY, FREE_OF_CHARGE, LIMITED, PLAIN, PerSecond, WithoutQuota,
};
use tiergate_tests_sources::reference_limiter::ReferenceLimit;
use tiergate_tests_sources::servers::{Redis, free_port};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Quotas and overrides whose clocks the test sets.
struct Manual {
    quotas: Quotas,
    overrides: Overrides<Tier>,
    microseconds: Arc<AtomicU64>,
}

/// The time at which the clocks start.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200)
}

impl Manual {
    fn new() -> Self {
        let microseconds = Arc::new(AtomicU64::new(0));
        let now = |microseconds: &Arc<AtomicU64>| {
            let microseconds = microseconds.clone();
            move || Duration::from_micros(microseconds.load(Ordering::SeqCst))
        };
        let (clock, wall_clock) = (now(&microseconds), now(&microseconds));
        Self {
            quotas: Quotas::local::<Api>().with_clock(clock),
            overrides: Overrides::of::<Api>().with_clock(move || start() + wall_clock()),
            microseconds,
        }
    }

    fn advance(&self, time: Duration) {
        let microseconds = u64::try_from(time.as_micros()).expect("a short time");
        self.microseconds.fetch_add(microseconds, Ordering::SeqCst);
    }

    fn install<const N: usize>(&self, version: u64, overrides: [Override<Tier>; N]) {
        let replaced = self.overrides.replace(version, overrides);
        replaced.expect("valid overrides");
    }

    async fn take(&self, caller: &Caller<Tier>, endpoint: Endpoint) -> Result<QuotaState, Refusal> {
        let taken = self.quotas.take_with(caller, endpoint, &self.overrides);
        taken.await
    }

    /// Calls the endpoint until a call is refused, and returns the number of allowed calls.
    async fn exhaust(&self, caller: &Caller<Tier>, endpoint: Endpoint) -> u32 {
        let mut allowed = 0;
        while self.take(caller, endpoint).await.is_ok() {
            allowed += 1;
            assert!(allowed < 10_000, "a limit");
        }
        allowed
    }

    /// Describes what a caller has used, with the policies of the endpoint or of the catalogue.
    async fn usage(&self, caller: &Caller<Tier>, endpoint: Option<Endpoint>) -> Vec<String> {
        let usage = self.quotas.usage_with(caller, &self.overrides).await;
        let usage = usage.expect("usage").into_iter();
        let of_scope = usage.filter(|usage| usage.name().endpoint() == endpoint);
        let described = of_scope.map(|usage| {
            let limit = usage.limit().map(|limit| limit.to_string());
            let limit = limit.unwrap_or("unlimited".to_owned());
            format!("{}: {} of {limit}", usage.name(), usage.used())
        });
        described.collect()
    }
}

fn customer(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-7")
}

fn other(tier: Tier) -> Caller<Tier> {
    Caller::new(tier).with_id("customer-8")
}

fn limit(limits: &str, end: Duration) -> Override<Tier> {
    Override::limit("customer-7", LIMITED, limits).until(start() + end)
}

fn quota(limits: &str, end: Duration) -> Override<Tier> {
    Override::quota("customer-7", limits).until(start() + end)
}

fn violated(result: Result<QuotaState, Refusal>) -> String {
    match result.map(drop) {
        Err(Refusal::QuotaExceeded { violated, .. }) => violated.to_string(),
        Err(refusal) => refusal.code().to_owned(),
        Ok(()) => "allowed".to_owned(),
    }
}

#[tokio::test]
async fn a_raise_applies_to_one_customer_at_once_and_until_its_end() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 20);
    manual.install(1, [limit("45/minute", HOUR)]);
    // The new limit minus what was used.
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 25);
    assert_eq!(manual.exhaust(&other(Tier::Plus), LIMITED).await, 20);
    let state = manual.take(&caller, LIMITED).await.expect_err("used up");
    assert_eq!(state.retry_after(), Some(MINUTE));

    manual.advance(Duration::from_micros(3_600_000_000 - 1));
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 45);
    manual.advance(Duration::from_micros(1));
    // The old limit applies to what was used in this window.
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 0);
    manual.advance(MINUTE);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 20);
}

#[tokio::test]
async fn the_old_limit_leaves_what_was_not_used_of_it() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    manual.install(1, [limit("45/minute", 30 * SECOND)]);
    for _ in 0..12 {
        assert!(manual.take(&caller, LIMITED).await.is_ok());
    }
    manual.advance(30 * SECOND);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 8);
}

#[tokio::test]
async fn a_limit_can_be_lowered_lifted_and_removed_early() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    manual.install(1, [limit("3/minute", HOUR)]);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 3);
    manual.install(2, [limit("unlimited", HOUR)]);
    for _ in 0..30 {
        assert!(manual.take(&caller, LIMITED).await.is_ok());
    }
    // The catalogue's quota still applies.
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 17);
    assert_eq!(violated(manual.take(&caller, LIMITED).await), "minute");
    manual.install(3, []);
    assert_eq!(
        violated(manual.take(&caller, LIMITED).await),
        "limited/minute, minute"
    );
    manual.advance(MINUTE);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 20);
}

#[tokio::test]
async fn an_override_replaces_the_limits_of_every_tier() {
    let manual = Manual::new();
    manual.install(1, [limit("12/minute", HOUR), quota("unlimited", HOUR)]);
    for tier in [Tier::Free, Tier::Plus, Tier::Pro] {
        assert_eq!(manual.exhaust(&customer(tier), LIMITED).await, 12);
        let without_tier = Caller::without_subscription().with_id("customer-7");
        assert_eq!(manual.exhaust(&without_tier, LIMITED).await, 0);
        manual.advance(MINUTE);
    }
}

#[tokio::test]
async fn a_quota_is_raised_for_all_endpoints_together() {
    let manual = Manual::new();
    let caller = customer(Tier::Free);
    manual.install(1, [quota("150/day", HOUR)]);
    assert_eq!(manual.exhaust(&caller, PLAIN).await, 150);
    assert_eq!(violated(manual.take(&caller, LIMITED).await), "day");
    assert_eq!(violated(manual.take(&caller, COSTLY).await), "day");
    assert!(manual.take(&caller, FREE_OF_CHARGE).await.is_ok());
    assert_eq!(manual.exhaust(&other(Tier::Free), COSTLY).await, 20);
    manual.advance(DAY);
    assert_eq!(manual.exhaust(&caller, PLAIN).await, 100);
}

#[tokio::test]
async fn a_window_that_no_tier_has_counts_while_the_override_applies() {
    let manual = Manual::new();
    let caller = customer(Tier::Pro);
    for _ in 0..10 {
        assert!(manual.take(&caller, LIMITED).await.is_ok());
    }
    manual.install(1, [limit("7/hour", 2 * HOUR), quota("30/month", 2 * HOUR)]);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 7);
    assert_eq!(
        violated(manual.take(&caller, LIMITED).await),
        "limited/hour"
    );
    // The minutes are counted for the time after the override.
    assert_eq!(
        manual.usage(&caller, Some(LIMITED)).await,
        [
            "limited/minute: 17 of unlimited",
            "limited/hour: 7 of 7/hour"
        ]
    );
    assert_eq!(
        manual.usage(&caller, None).await,
        [
            "minute: 17 of unlimited",
            "day: 17 of unlimited",
            "month: 7 of 30/month"
        ]
    );
    manual.advance(HOUR);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 7);
    assert_eq!(manual.exhaust(&caller, PLAIN).await, 16);
    assert_eq!(violated(manual.take(&caller, PLAIN).await), "month");
    assert_eq!(
        manual.exhaust(&other(Tier::Plus), PLAIN).await,
        50,
        "another customer"
    );
    manual.advance(HOUR);
    let headers = manual.take(&customer(Tier::Plus), LIMITED).await;
    let policies = headers.expect("allowed").rate_limit_policy();
    assert_eq!(
        policies.as_deref(),
        Some(r#""limited/minute";q=20;w=60, "minute";q=50;w=60, "day";q=400;w=86400"#)
    );
}

#[tokio::test]
async fn a_reset_forgets_the_windows_of_overrides() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus);
    manual.install(1, [limit("7/hour", HOUR), quota("9/month", HOUR)]);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 7);
    manual.quotas.reset(&caller).await.expect("reset");
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 7);
    assert_eq!(manual.exhaust(&caller, PLAIN).await, 2);
    manual.quotas.reset(&caller).await.expect("reset");
    assert_eq!(manual.quotas.counter_count(), 0);
}

#[tokio::test]
async fn headers_and_usage_show_the_raise() {
    let manual = Manual::new();
    manual.install(
        1,
        [limit("600/minute; 7/second", HOUR), quota("9000/day", HOUR)],
    );
    let caller = customer(Tier::Plus);
    let state = manual.take(&caller, LIMITED).await.expect("allowed");
    assert_eq!(
        state.rate_limit_policy().as_deref(),
        Some(r#""limited/second";q=7;w=1, "limited/minute";q=600;w=60, "day";q=9000;w=86400"#)
    );
    assert_eq!(
        state.rate_limit().as_deref(),
        Some(r#""limited/second";r=6;t=1, "limited/minute";r=599;t=60, "day";r=8999;t=86400"#)
    );
    // Without overrides, the limits of the tier are shown for the same counters.
    let usage = manual.quotas.usage(&caller).await.expect("usage");
    let day = usage.iter().find(|usage| usage.name().to_string() == "day");
    let day = day.expect("a policy");
    assert_eq!((day.used(), day.remaining()), (1, Some(399)));
    assert_eq!(
        manual.usage(&caller, None).await,
        ["minute: 1 of unlimited", "day: 1 of 9000/day"]
    );
    manual.advance(HOUR);
    assert_eq!(
        manual.usage(&caller, Some(LIMITED)).await,
        ["limited/minute: 0 of 20/minute"]
    );
}

#[tokio::test]
async fn only_the_id_of_a_known_caller_counts() {
    let manual = Manual::new();
    manual.install(1, [limit("600/minute", HOUR)]);
    let anonymous = Caller::anonymous(Tier::Plus).with_id("customer-7");
    assert_eq!(manual.exhaust(&anonymous, LIMITED).await, 20);
    let identity = CallerIdentity::id("customer-7");
    let without_id = Caller::new(Tier::Plus);
    let taken = manual.quotas.take_as(identity, &without_id, LIMITED);
    assert_eq!(violated(taken.await), "limited/minute");
    let taken = manual.take(&without_id, LIMITED).await;
    assert_eq!(violated(taken), "missing_quota_layer");
}

#[tokio::test]
async fn an_override_of_another_catalogue_adds_no_limit() {
    // This catalogue has a quota per second, and its endpoint has no limits.
    let quotas = Quotas::local::<PerSecond>().with_clock(|| Duration::ZERO);
    let manual = Manual::new();
    manual.install(1, [limit("1/minute", HOUR), quota("50/second", HOUR)]);
    let caller = customer(Tier::Free);
    let mut allowed = 0;
    while quotas
        .take_with(&caller, PLAIN, &manual.overrides)
        .await
        .is_ok()
    {
        allowed += 1;
    }
    assert_eq!(allowed, 50);
    // Nothing limits the endpoint in this catalogue.
    let quotas = Quotas::local::<WithoutQuota>();
    let taken = quotas.take_with(&caller, PLAIN, &manual.overrides);
    assert_eq!(taken.await.expect("allowed").policies().count(), 0);
}

#[tokio::test]
async fn a_subscription_ends_by_the_clock_of_the_overrides() {
    let manual = Manual::new();
    let caller = customer(Tier::Plus).until(start() + HOUR).then(Tier::Free);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 20);
    manual.advance(HOUR);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 10);
}

#[tokio::test]
async fn a_raise_applies_in_redis() {
    let Some(redis) = Redis::shared() else { return };
    let manual = Manual {
        quotas: Quotas::redis::<Api>(redis.client())
            .key_prefix("raises")
            .timeout(Duration::from_secs(10)),
        ..Manual::new()
    };
    let caller = customer(Tier::Plus);
    // The counters use the server's clock, and the test takes less than an hour.
    manual.install(
        1,
        [limit("33/hour", HOUR), quota("40/month; 1000/minute", HOUR)],
    );
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 33);
    assert_eq!(manual.exhaust(&caller, PLAIN).await, 7);
    assert_eq!(manual.exhaust(&other(Tier::Plus), LIMITED).await, 20);
    assert_eq!(
        manual.usage(&caller, Some(LIMITED)).await[1],
        "limited/hour: 33 of 33/hour"
    );
    // At the end, the limits of the tier apply to what was used.
    manual.advance(HOUR);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 0);
    assert_eq!(
        manual.usage(&caller, Some(LIMITED)).await,
        ["limited/minute: 33 of 20/minute"]
    );
    manual.quotas.reset(&caller).await.expect("reset");
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 20);
    let again = limit("9/hour", 2 * HOUR);
    manual.install(2, [again, quota("1000/minute", 2 * HOUR)]);
    assert_eq!(manual.exhaust(&caller, LIMITED).await, 9);
}

#[tokio::test]
async fn machines_share_a_raise_during_an_outage() {
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", free_port()));
    let manual = Manual {
        quotas: Quotas::redis::<Api>(client.expect("a URL")).on_outage(OnOutage::LocalShare(3)),
        ..Manual::new()
    };
    manual.install(1, [limit("30/hour", HOUR), quota("1000/hour", HOUR)]);
    assert_eq!(manual.exhaust(&customer(Tier::Free), LIMITED).await, 10);
}

/// The windows by which the model counts, in seconds.
const WINDOWS: [u32; 5] = [1, 60, 3600, 86_400, 2_592_000];

/// The limits of a call by window.
type Amounts = [Option<u32>; WINDOWS.len()];

/// The limits that the catalogue declares for an endpoint and for all endpoints. `None` if nothing is
/// counted.
fn declared(endpoint: Endpoint, tier: Tier) -> [Option<Amounts>; 2] {
    let of_endpoint = match tier {
        Tier::Free => Some(10),
        Tier::Plus => Some(20),
        Tier::Pro => None,
    };
    let (minute, day) = match tier {
        Tier::Free => (None, Some(100)),
        Tier::Plus => (Some(50), Some(400)),
        Tier::Pro => (None, None),
    };
    [
        (endpoint == LIMITED).then_some([None, of_endpoint, None, None, None]),
        (endpoint.cost() > 0).then_some([None, minute, None, day, None]),
    ]
}

/// A customer's override of the limits of `LIMITED`, or of the quota.
#[derive(Clone, Debug)]
struct Change {
    customer: &'static str,
    is_quota: bool,
    amounts: Amounts,
    /// In milliseconds.
    end: u64,
}

impl Change {
    fn to_override(&self) -> Override<Tier> {
        let units = ["second", "minute", "hour", "day", "month"];
        let limits = self.amounts.iter().zip(units);
        let limits = limits.filter_map(|(amount, unit)| Some(format!("{}/{unit}", (*amount)?)));
        let mut limits = limits.collect::<Vec<_>>().join("; ");
        if limits.is_empty() {
            limits.push_str("unlimited");
        }
        let entry = if self.is_quota {
            Override::quota(self.customer, limits)
        } else {
            Override::limit(self.customer, "GET /limited", limits)
        };
        entry.until(start() + Duration::from_millis(self.end))
    }
}

/// Counts with simple models, for each customer, endpoint or catalogue, and window.
#[derive(Default)]
struct Model(HashMap<(&'static str, Option<&'static str>, u32), ReferenceLimit>);

impl Model {
    fn allows(
        &mut self,
        customer: &'static str,
        tier: Tier,
        endpoint: Endpoint,
        changes: &[Change],
        now: u128,
    ) -> bool {
        let mut policies = Vec::new();
        for (scope, declared) in declared(endpoint, tier).into_iter().enumerate() {
            let Some(declared) = declared else { continue };
            let mut active = changes.iter().filter(|change| {
                let is_of_scope = change.is_quota == (scope == 1);
                let is_active = now < u128::from(change.end) * 1000;
                is_of_scope && is_active && change.customer == customer
            });
            let amounts = active.next().map_or(declared, |change| change.amounts);
            // The windows that any tier has.
            let counted = [
                [false, true, false, false, false],
                [false, true, false, true, false],
            ][scope];
            let name = (scope == 0).then(|| endpoint.name());
            let cost = if scope == 0 { 1 } else { endpoint.cost() };
            for ((window, amount), is_counted) in WINDOWS.into_iter().zip(amounts).zip(counted) {
                if is_counted || amount.is_some() {
                    policies.push(((customer, name, window), amount, cost));
                }
            }
        }
        let allowed: Vec<bool> = policies
            .iter()
            .map(|(key, amount, cost)| {
                let counter = self.0.entry(*key);
                let counter = counter.or_insert_with(|| ReferenceLimit::new(key.2));
                counter.allows(*amount, *cost, now)
            })
            .collect();
        let is_allowed = allowed.iter().all(|allowed| *allowed);
        for ((key, amount, cost), allowed) in policies.iter().zip(allowed) {
            if let Some(counter) = self.0.get_mut(key) {
                if is_allowed {
                    counter.count(*amount, *cost, now);
                } else if !allowed {
                    counter.refuse(now);
                }
            }
        }
        is_allowed
    }
}

fn change() -> impl Strategy<Value = Change> {
    let amount = |weight| prop::option::weighted(weight, prop_oneof![5_u32..30, 30_u32..90]);
    let amounts = [0.1, 0.8, 0.2, 0.2, 0.1].map(amount);
    let customer = prop::sample::select(vec!["customer-7", "customer-7", "customer-8"]);
    (customer, any::<bool>(), amounts, 0_u64..400_000).prop_map(
        |(customer, is_quota, amounts, end)| Change {
            customer,
            is_quota,
            amounts,
            end,
        },
    )
}

/// A burst of calls.
#[derive(Clone, Debug)]
struct Burst {
    milliseconds_before: u64,
    /// The overrides to install before the burst. Their ends are relative to the burst.
    installed: Option<Vec<Change>>,
    endpoint: Endpoint,
    tier: Tier,
    customer: &'static str,
    calls: u32,
}

fn burst() -> impl Strategy<Value = Burst> {
    let pause = prop_oneof![
        4 => Just(0_u64),
        2 => 1_u64..6_000,
        2 => 50_000_u64..62_000,
        1 => 0_u64..4_000_000,
    ];
    let endpoint = prop::sample::select(vec![
        LIMITED,
        LIMITED,
        LIMITED,
        LIMITED,
        LIMITED,
        PLAIN,
        COSTLY,
        FREE_OF_CHARGE,
    ]);
    let tier = prop::sample::select(vec![Tier::Free, Tier::Plus, Tier::Plus, Tier::Pro]);
    let customer = prop::sample::select(vec![
        "customer-7",
        "customer-7",
        "customer-7",
        "customer-8",
        "customer-9",
    ]);
    let installed = prop::option::weighted(0.3, prop::collection::vec(change(), 0..4));
    (pause, installed, endpoint, tier, customer, 1_u32..60).prop_map(
        |(milliseconds_before, installed, endpoint, tier, customer, calls)| Burst {
            milliseconds_before,
            installed,
            endpoint,
            tier,
            customer,
            calls,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_raise_affects_only_its_customer_and_endpoint(
        bursts in prop::collection::vec(burst(), 1..40),
    ) {
        let manual = Manual::new();
        // The same calls without overrides.
        let usual = Manual::new();
        let mut model = Model::default();
        let mut changes: Vec<Change> = Vec::new();
        let mut changed_customers = HashSet::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for (version, burst) in (1..).zip(bursts) {
            let Burst { endpoint, tier, customer, .. } = burst;
            let pause = Duration::from_millis(burst.milliseconds_before);
            manual.advance(pause);
            usual.advance(pause);
            let now = u128::from(manual.microseconds.load(Ordering::SeqCst));
            if let Some(installed) = burst.installed {
                changes = installed;
                let mut seen = HashSet::new();
                changes.retain(|change| seen.insert((change.customer, change.is_quota)));
                for change in &mut changes {
                    change.end += u64::try_from(now / 1000).expect("a short time");
                    changed_customers.insert(change.customer);
                }
                let overrides = changes.iter().map(Change::to_override);
                manual.overrides.replace(version, overrides).expect("valid overrides");
            }
            let caller = Caller::new(tier).with_id(customer);
            for _ in 0..burst.calls {
                let is_allowed = model.allows(customer, tier, endpoint, &changes, now);
                let taken = runtime.block_on(manual.take(&caller, endpoint));
                prop_assert_eq!(taken.is_ok(), is_allowed, "{} of {} at {}", endpoint, customer, now);
                let usually = runtime.block_on(usual.quotas.take(&caller, endpoint));
                if !changed_customers.contains(customer) {
                    prop_assert_eq!(format!("{taken:?}"), format!("{usually:?}"));
                }
            }
        }
    }
}
