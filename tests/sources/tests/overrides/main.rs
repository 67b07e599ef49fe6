//! Stores of overrides: files, and real servers behind a proxy that fails on demand. No failure lets a
//! call through that should be refused, and afterwards the overrides are up to date again without help.

mod any_bytes;
mod postgres;
mod redis;
mod sqlite;
mod toml;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tiergate::{Caller, Catalogue, Decision, Overrides, Quotas, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota;
use tokio::task::JoinHandle;
use tokio::time::sleep;

#[requires_tier(Plus, post = "/export")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The time limit of stores in these tests.
const TIMEOUT: Duration = ms(400);

/// What a store contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Nothing,
    /// The endpoint is closed.
    Close,
    /// The endpoint requires the tier `Free`.
    RequireFree,
}

/// Changes a store.
trait Editor: Send + Sync {
    /// Replaces the whole content.
    fn write(&self, version: u64, content: Content) -> impl Future<Output = ()> + Send;
}

/// Returns whether a caller with this tier may call the endpoint.
fn allows(overrides: &Overrides<Tier>, tier: Tier) -> bool {
    let caller = Caller::new(tier);
    Decision::of(Api::ENDPOINTS[0], &caller, overrides, SystemTime::now()).is_allowed()
}

/// Asserts which overrides are in effect, from the decisions about two callers.
#[track_caller]
fn assert_in_effect(overrides: &Overrides<Tier>, content: Content, what: &str) {
    let decisions = [Tier::Free, Tier::Plus].map(|tier| allows(overrides, tier));
    let expected = match content {
        Content::Nothing => [false, true],
        Content::Close => [false, false],
        Content::RequireFree => [true, true],
    };
    assert_eq!(decisions, expected, "{what}: {overrides:?}");
}

/// Asserts that a customer's limits are in effect: 600 calls of an endpoint per minute, 7 per second, and
/// 9000 units of the quota per day. The first ends in 2030, half a second after the beginning of the year.
async fn assert_limits(overrides: &Overrides<Tier>) {
    let listed: Vec<_> = overrides.list().iter().map(ToString::to_string).collect();
    let expected = [
        "limit \"GET /limited\" to \"600/minute; 7/second\" for \"customer-7\" until 2030-01-01T00:00:00Z, set by \"support\" because \"ticket 4711\"",
        "quota \"9000/day\" for \"customer-7\" until 9999-01-01T00:00:00Z",
    ];
    assert!(
        expected
            .iter()
            .all(|entry| listed.contains(&(*entry).to_owned())),
        "{listed:#?}"
    );
    assert_eq!(listed.len(), 2);
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(1_893_456_000_500);
    let ends: Vec<_> = overrides
        .list()
        .iter()
        .map(tiergate::Override::ends_at)
        .collect();
    assert!(ends.contains(&Some(end)), "{ends:?}");
    let quotas = Quotas::local::<quota::Api>();
    let caller = Caller::new(Tier::Free).with_id("customer-7");
    let taken = quotas.take_with(&caller, quota::LIMITED, overrides).await;
    let policies = taken.expect("allowed").rate_limit_policy();
    let expected = r#""limited/second";q=7;w=1, "limited/minute";q=600;w=60, "day";q=9000;w=86400"#;
    assert_eq!(policies.as_deref(), Some(expected));
}

/// Asserts for a while that nothing changes.
async fn stays(overrides: &Overrides<Tier>, version: Option<u64>, content: Content, what: &str) {
    let end = Instant::now() + ms(1200);
    while Instant::now() < end {
        assert_eq!(overrides.version(), version, "{what}");
        assert_in_effect(overrides, content, what);
        sleep(ms(10)).await;
    }
}

/// Waits until a version is installed.
async fn installs(overrides: &Overrides<Tier>, version: u64, within: Duration, what: &str) {
    let deadline = Instant::now() + within;
    while overrides.version() != Some(version) {
        assert!(
            Instant::now() < deadline,
            "{what}: not within {within:?}: version {version}, but {overrides:?}"
        );
        sleep(ms(5)).await;
    }
}

/// The time within which a change must be visible.
const SECOND: Duration = ms(1000);

/// The time within which a store must recover after a fault. Connecting again may take a moment.
const RECOVERY: Duration = ms(5000);

/// The faults that every store can have. `down` and `up` make the store unavailable and available again.
/// The store is down at first.
async fn faults<D, U>(
    overrides: &Overrides<Tier>,
    editor: &impl Editor,
    down: impl Fn() -> D,
    up: impl Fn() -> U,
) where
    D: Future<Output = ()>,
    U: Future<Output = ()>,
{
    stays(overrides, None, Content::Nothing, "down at start").await;
    editor.write(11, Content::Close).await;
    up().await;
    installs(overrides, 11, RECOVERY, "up after it was down at start").await;
    assert_in_effect(overrides, Content::Close, "closed");

    down().await;
    stays(overrides, Some(11), Content::Close, "down").await;
    editor.write(12, Content::RequireFree).await;
    stays(overrides, Some(11), Content::Close, "changed while down").await;
    up().await;
    installs(overrides, 12, RECOVERY, "up after it was down").await;
    assert_in_effect(overrides, Content::RequireFree, "open to all");

    editor.write(13, Content::Close).await;
    installs(overrides, 13, SECOND, "an ordinary change").await;
    // An old backup is restored.
    editor.write(12, Content::RequireFree).await;
    stays(overrides, Some(13), Content::Close, "an old backup").await;
    editor.write(14, Content::Nothing).await;
    installs(overrides, 14, SECOND, "a change after an old backup").await;
    assert_in_effect(overrides, Content::Nothing, "nothing");
}

/// Restores an old backup in a store that accepts older versions.
async fn accepts_an_old_backup(overrides: &Overrides<Tier>, editor: &impl Editor) {
    editor.write(5, Content::Close).await;
    installs(overrides, 5, RECOVERY, "the first version").await;
    editor.write(3, Content::RequireFree).await;
    installs(overrides, 3, SECOND, "an old backup").await;
    assert_in_effect(overrides, Content::RequireFree, "an old backup");
}

/// Makes 100 changes, and asserts that each is visible on both machines within a second.
async fn a_hundred_changes(machines: [&Overrides<Tier>; 2], editor: &impl Editor, pause: Duration) {
    editor.write(1, Content::Close).await;
    for machine in machines {
        installs(machine, 1, RECOVERY, "the first version").await;
    }
    let written: Arc<Mutex<BTreeMap<u64, Instant>>> = Arc::default();
    let observers: Vec<JoinHandle<Duration>> = machines
        .into_iter()
        .map(|machine| tokio::spawn(observe(machine.clone(), written.clone())))
        .collect();
    for version in 2..=101 {
        let content = match version % 3 {
            0 => Content::Nothing,
            1 => Content::Close,
            _ => Content::RequireFree,
        };
        editor.write(version, content).await;
        let now = Instant::now();
        written.lock().expect("no panic").insert(version, now);
        sleep(pause).await;
    }
    for observer in observers {
        let slowest = observer.await.expect("every change is visible in time");
        println!("the slowest change took {slowest:?}");
    }
}

/// Waits until every version was installed, or a later one. Returns the longest time that a version took.
async fn observe(
    machine: Overrides<Tier>,
    written: Arc<Mutex<BTreeMap<u64, Instant>>>,
) -> Duration {
    let mut slowest = Duration::ZERO;
    let mut seen = 1;
    while seen < 101 {
        let version = machine.version().expect("a version");
        let next = written.lock().expect("no panic").get(&(seen + 1)).copied();
        if version > seen {
            seen += 1;
            slowest = slowest.max(next.map_or(Duration::ZERO, |written| written.elapsed()));
        } else {
            let waited = next.map_or(Duration::ZERO, |written| written.elapsed());
            assert!(waited < SECOND, "version {} took {waited:?}", seen + 1);
            sleep(ms(5)).await;
        }
    }
    slowest
}
