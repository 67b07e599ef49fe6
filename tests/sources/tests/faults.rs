//! Failures of stores: real servers behind a proxy that fails on demand. No failure lets a call through
//! that should be refused, and afterwards everything recovers without help.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use sqlx::postgres::{PgPool, PgPoolOptions};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tiergate::source::{TierSource, listen_postgres, listen_redis};
use tiergate::{Cached, Catalogue, TierLayer, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::servers::{Postgres, Redis};
use tiergate_tests_sources::stores::{InPostgres, InRedis, InSqlite, Store};
use tokio::time::sleep;
use tower::ServiceExt;

#[requires_tier(Plus, get = "/export")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The time limit of sources in these tests.
const TIMEOUT: Duration = ms(400);

/// The keys of callers, and their usual statuses.
const CALLERS: [(&str, u16); 5] = [
    ("good", 200),
    ("low", 403),
    ("ended", 403),
    ("gold", 500),
    ("nobody", 401),
];

async fn fill(store: &impl Store) {
    store.put("good", "customer-1", Some("Plus")).await;
    store.put("low", "customer-2", Some("Free")).await;
    store.put("ended", "customer-3", None).await;
    store.put("gold", "customer-4", Some("Gold")).await;
}

async fn get(app: &Router, key: &str) -> u16 {
    let request = Request::get("/export")
        .header("authorization", format!("Bearer {key}"))
        .body(Body::empty())
        .expect("a request");
    let response = app.clone().oneshot(request).await.expect("an answer");
    response.status().as_u16()
}

/// Waits until a condition holds.
async fn eventually<F: Future<Output = bool>>(
    what: &str,
    within: Duration,
    mut is: impl FnMut() -> F,
) {
    let deadline = Instant::now() + within;
    while !is().await {
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        sleep(ms(20)).await;
    }
}

/// Checks that all callers get their usual answers again within a few seconds.
async fn recovers(app: &Router, what: &str) {
    let deadline = Instant::now() + ms(10_000);
    loop {
        let mut wrong = Vec::new();
        for (key, status) in CALLERS {
            let answer = get(app, key).await;
            if answer != status {
                wrong.push((key, answer));
            }
        }
        if wrong.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {wrong:?}");
        sleep(ms(20)).await;
    }
}

async fn refuses_everybody(app: &Router, what: &str) {
    for (key, _) in CALLERS {
        let begun = Instant::now();
        assert_eq!(get(app, key).await, 503, "{what}: {key}");
        assert!(
            begun.elapsed() < ms(2000),
            "{what}: {key} waited for too long"
        );
    }
}

/// Makes the store unavailable and available again in every way that a network can.
async fn faults(source: impl TierSource<Tier = Tier>, proxy: &Proxy) {
    let app = Api::router().layer(TierLayer::new(source));
    // The store is down at the start.
    refuses_everybody(&app, "down at start").await;
    proxy.set(Mode::Pass);
    recovers(&app, "up after it was down at start").await;
    assert!(proxy.connections() > 0);

    proxy.set(Mode::Refuse);
    refuses_everybody(&app, "refused").await;
    proxy.set(Mode::Pass);
    recovers(&app, "up after it refused").await;

    proxy.set(Mode::Stall);
    refuses_everybody(&app, "slow").await;
    proxy.set(Mode::Pass);
    recovers(&app, "up after it was slow").await;

    for bytes in [1, 5, 13, 40] {
        proxy.set(Mode::CutAnswers(bytes));
        for (key, status) in CALLERS {
            // A short answer may already be complete.
            let answer = get(&app, key).await;
            let is_right = answer == 503 || (answer == status && bytes > 1);
            assert!(is_right, "cut after {bytes} bytes: {key}: {answer}");
        }
        proxy.set(Mode::Pass);
        recovers(&app, "up after answers were cut").await;
    }

    under_load(&app, || async {
        // Lookups are repeated once, so a single cut may go unnoticed.
        for _ in 0..10 {
            proxy.cut();
            sleep(ms(100)).await;
        }
        proxy.set(Mode::Refuse);
        sleep(ms(1000)).await;
        proxy.set(Mode::Pass);
    })
    .await;
    recovers(&app, "up after it was cut under load").await;
}

/// Calls continuously during a failure. Each answer must be the usual one or 503.
async fn under_load<F: Future<Output = ()>>(app: &Router, trouble: impl FnOnce() -> F) {
    let is_over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let (app, is_over, answered) = (app.clone(), is_over.clone(), answered.clone());
            tokio::spawn(async move {
                let (key, status) = CALLERS[number % CALLERS.len()];
                while !is_over.load(Ordering::SeqCst) {
                    let answer = get(&app, key).await;
                    assert!(answer == status || answer == 503, "{key}: {answer}");
                    answered[usize::from(answer == 503)].fetch_add(1, Ordering::SeqCst);
                    sleep(ms(1)).await;
                }
            })
        })
        .collect();
    sleep(ms(100)).await;
    trouble().await;
    is_over.store(true, Ordering::SeqCst);
    for call in calls {
        call.await.expect("no wrong answer");
    }
    let [right, unavailable] = [0, 1].map(|index| answered[index].load(Ordering::SeqCst));
    println!("under load: {right} answered, {unavailable} times 503");
    assert!(
        right > 0 && unavailable > 0,
        "there was no trouble, or nothing else"
    );
}

/// Creates a pool that connects to PostgreSQL through a proxy on first use.
fn lazy_pool(url: &str, from: u16, to: u16) -> PgPool {
    let url = url.replace(&format!(":{from}/"), &format!(":{to}/"));
    PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(TIMEOUT)
        .connect_lazy(&format!("{url}?sslmode=disable"))
        .expect("a URL")
}

fn client(port: u16) -> redis::Client {
    redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_fails_and_recovers() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    fill(&InPostgres::new(Postgres::pool(&url).await).await).await;
    let proxy = Proxy::to(server.port).await;
    proxy.set(Mode::Refuse);
    let pool = lazy_pool(&url, server.port, proxy.port);
    faults(InPostgres::source(pool).timeout(TIMEOUT), &proxy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_fails_and_recovers() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let store = InRedis::new(client(server.port), "faults");
    fill(&store).await;
    let proxy = Proxy::to(server.port).await;
    proxy.set(Mode::Refuse);
    let source = store.source(client(proxy.port)).timeout(TIMEOUT);
    faults(source, &proxy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_under_load() {
    let Some(mut server) = Postgres::start() else {
        return;
    };
    let url = server.database().await;
    fill(&InPostgres::new(Postgres::pool(&url).await).await).await;
    let pool = lazy_pool(&url, server.port, server.port);
    let app = Api::router().layer(TierLayer::new(InPostgres::source(pool).timeout(TIMEOUT)));
    recovers(&app, "up at first").await;
    under_load(&app, || async {
        server.kill();
        sleep(ms(500)).await;
        server.resume();
    })
    .await;
    recovers(&app, "up after it was killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_under_load() {
    let Some(mut server) = Redis::start() else {
        return;
    };
    let store = InRedis::new(client(server.port), "killed");
    fill(&store).await;
    let source = store.source(client(server.port)).timeout(TIMEOUT);
    let app = Api::router().layer(TierLayer::new(source));
    recovers(&app, "up at first").await;
    under_load(&app, || async {
        server.kill();
        sleep(ms(500)).await;
    })
    .await;
    server.resume();
    // The server is empty after its restart, so every caller is unknown.
    eventually("empty", ms(10_000), || async {
        get(&app, "good").await == 401
    })
    .await;
    fill(&InRedis::new(client(server.port), "killed")).await;
    recovers(&app, "up after it was killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_serves_known_callers_while_the_server_is_down() {
    let Some(mut server) = Postgres::start() else {
        return;
    };
    let url = server.database().await;
    fill(&InPostgres::new(Postgres::pool(&url).await).await).await;
    let pool = lazy_pool(&url, server.port, server.port);
    let cached = Cached::builder(InPostgres::source(pool).timeout(TIMEOUT))
        .ttl(ms(10))
        .negative_ttl(ms(10))
        .retry(ms(10))
        .stale_if_error(ms(60_000))
        .build();
    let app = Api::router().layer(TierLayer::new(cached.clone()));
    recovers(&app, "up at first").await;
    server.kill();
    sleep(ms(50)).await;
    for (key, status) in [
        ("good", 200),
        ("low", 403),
        ("ended", 403),
        ("gold", 503),
        ("nobody", 503),
    ] {
        assert_eq!(get(&app, key).await, status, "{key}");
    }
    assert_eq!(cached.stats().stale, 3);
    server.resume();
    recovers(&app, "up after it was killed").await;
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_unavailable() {
    let store = InSqlite::new().await;
    fill(&store).await;
    let app = Api::router().layer(TierLayer::new(store.source().timeout(TIMEOUT)));
    recovers(&app, "up at first").await;
    let taken = store.0.acquire().await.expect("the only connection");
    refuses_everybody(&app, "exhausted in SQLite").await;
    drop(taken);
    recovers(&app, "a connection is free").await;

    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    fill(&InPostgres::new(Postgres::pool(&url).await).await).await;
    let pool = lazy_pool(&url, server.port, server.port);
    // The pool's time limit is shorter than the source's.
    let app = Api::router().layer(TierLayer::new(InPostgres::source(pool.clone())));
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(pool.acquire().await.expect("a connection"));
    }
    refuses_everybody(&app, "exhausted in PostgreSQL").await;
    drop(taken);
    recovers(&app, "connections are free").await;
}

/// Changes plans while the channel is connected, lost, and connected again.
async fn channel<S: TierSource<Tier = Tier>>(
    cached: &Cached<S>,
    store: &impl Store,
    proxy: &Proxy,
    ttl: Duration,
    loss_is_noticed: Duration,
    trouble: Mode,
) {
    let app = Api::router().layer(TierLayer::new(cached.clone()));
    let change = async |tier: &str, status: u16, within: Duration, what: &str| {
        store.put("good", "customer-1", Some(tier)).await;
        eventually(what, within, || async { get(&app, "good").await == status }).await;
    };
    let listening = async |expected: bool, within: Duration, what: &str| {
        eventually(what, within, || async { cached.is_listening() == expected }).await;
    };
    let told = ms(1000);

    listening(true, ms(5000), "the channel is open").await;
    assert_eq!(get(&app, "good").await, 200);
    change("Free", 403, told, "a downgrade is told").await;
    change("Plus", 200, told, "an upgrade is told").await;

    proxy.set(trouble);
    listening(false, loss_is_noticed, "the loss is noticed").await;
    change(
        "Free",
        403,
        ttl + ms(500),
        "a downgrade is found out within the time to live",
    )
    .await;
    change(
        "Plus",
        200,
        ttl + ms(500),
        "an upgrade is found out within the time to live",
    )
    .await;

    // Once the channel is back, changes made without it take effect.
    assert_eq!(get(&app, "good").await, 200);
    store.put("good", "customer-1", Some("Free")).await;
    proxy.set(Mode::Pass);
    listening(true, ms(10_000), "the channel is back").await;
    assert_eq!(get(&app, "good").await, 403);
    change("Plus", 200, told, "an upgrade is told again").await;
    change("Free", 403, told, "a downgrade is told again").await;
}

/// Builds a cache. Its time to live is shorter than the time to notice a silent loss, and longer while
/// it is listening.
fn cached<S: TierSource>(source: S, ttl: Duration) -> Cached<S> {
    Cached::builder(source)
        .ttl(ttl)
        .ttl_while_listening(ms(600_000))
        .stale_if_error(ms(0))
        .build()
}

async fn postgres_channel(trouble: Mode, loss_is_noticed: Duration) {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    let pool = Postgres::pool(&url).await;
    let store = InPostgres::new(pool.clone()).await;
    fill(&store).await;
    let proxy = Proxy::to(server.port).await;
    let ttl = ms(1500);
    let cached = cached(InPostgres::source(pool), ttl);
    let listened = lazy_pool(&url, server.port, proxy.port);
    tokio::spawn(listen_postgres(&cached, &listened, "tiers"));
    channel(&cached, &store, &proxy, ttl, loss_is_noticed, trouble).await;
}

async fn redis_channel(name: &str, trouble: Mode, loss_is_noticed: Duration) {
    let Some(server) = Redis::shared() else {
        return;
    };
    let store = InRedis::new(client(server.port), name);
    fill(&store).await;
    let proxy = Proxy::to(server.port).await;
    let ttl = ms(1500);
    let cached = cached(store.source(client(server.port)), ttl);
    tokio::spawn(listen_redis(&cached, client(proxy.port), name));
    channel(&cached, &store, &proxy, ttl, loss_is_noticed, trouble).await;
}

#[tokio::test]
async fn the_channel_of_postgres_is_cut() {
    postgres_channel(Mode::Refuse, ms(1000)).await;
}

#[tokio::test]
async fn the_channel_of_postgres_falls_silent() {
    postgres_channel(Mode::Stall, ms(11_000)).await;
}

#[tokio::test]
async fn the_channel_of_redis_is_cut() {
    redis_channel("channel-cut", Mode::Refuse, ms(1000)).await;
}

#[tokio::test]
async fn the_channel_of_redis_falls_silent() {
    redis_channel("channel-silent", Mode::Stall, ms(11_000)).await;
}
