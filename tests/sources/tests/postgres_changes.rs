//! Notifications from PostgreSQL: the documented trigger, and the listener's connection.

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use std::time::{Duration, Instant};
use tiergate::Cached;
use tiergate::source::{ApiKey, SourceError, TierSource, listen_postgres};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::servers::Postgres;
use tiergate_tests_sources::stores::{InPostgres, Store};
use tokio::time::{sleep, timeout};

const HOUR: Duration = Duration::from_secs(3600);

/// Builds a cache that treats answers as fresh for an hour without notifications.
fn cached<S: TierSource<Tier = Tier>>(source: S) -> Cached<S> {
    let builder = Cached::builder(source).ttl(HOUR);
    builder.ttl_while_listening(HOUR).negative_ttl(HOUR).build()
}

async fn ask(cached: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match cached.find(&ApiKey::new(key)).await {
        Ok(caller) => {
            let tier = caller.tier().map_or("none", Tier::name);
            format!("{tier} {}", caller.id().unwrap_or("nobody"))
        }
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

/// Waits less than a second for the expected answer.
async fn told(cached: &impl TierSource<Tier = Tier>, key: &str, expected: &str, what: &str) {
    let begun = Instant::now();
    loop {
        let answer = ask(cached, key).await;
        if answer == expected {
            return;
        }
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(1), "{what}: {key} is {answer}");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn listening<S: TierSource>(cached: &Cached<S>) {
    let begun = Instant::now();
    while !cached.is_listening() {
        assert!(begun.elapsed() < Duration::from_secs(5), "not listening");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn run(pool: &PgPool, sql: &str) {
    pool.execute(AssertSqlSafe(sql.to_owned()))
        .await
        .expect("a statement");
}

#[tokio::test]
async fn the_documented_trigger_reports_every_change() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    let store = InPostgres::new(pool.clone()).await;
    for (key, customer) in [("k1", "A"), ("k2", "A"), ("k3", "C")] {
        store.put(key, customer, Some("Plus")).await;
    }
    let cached = cached(InPostgres::source(pool.clone()));
    tokio::spawn(listen_postgres(&cached, &pool, "tiers"));
    listening(&cached).await;
    for (key, expected) in [("k1", "Plus A"), ("k2", "Plus A"), ("k3", "Plus C")] {
        assert_eq!(ask(&cached, key).await, expected);
    }

    run(
        &pool,
        "UPDATE callers SET tier = 'Free' WHERE api_key = 'k2'",
    )
    .await;
    told(&cached, "k2", "Free A", "a downgrade").await;
    let owner = "UPDATE callers SET customer = 'B', tier = 'Free' WHERE api_key = 'k1'";
    run(&pool, owner).await;
    told(&cached, "k1", "Free B", "another owner").await;
    run(
        &pool,
        "UPDATE callers SET api_key = 'k9' WHERE api_key = 'k3'",
    )
    .await;
    told(&cached, "k3", "unknown", "another key").await;
    assert_eq!(ask(&cached, "k9").await, "Plus C");
    run(&pool, "DELETE FROM callers WHERE api_key = 'k2'").await;
    told(&cached, "k2", "unknown", "a deletion").await;
    run(&pool, "TRUNCATE callers").await;
    told(&cached, "k1", "unknown", "TRUNCATE").await;
    told(&cached, "k9", "unknown", "TRUNCATE").await;

    // A caller without a stored customer can't be invalidated by id.
    store.put("k4", "D", Some("Plus")).await;
    run(&pool, "UPDATE callers SET customer = NULL").await;
    cached.invalidate_all();
    assert_eq!(ask(&cached, "k4").await, "Plus nobody");
    run(&pool, "UPDATE callers SET tier = 'Free'").await;
    told(&cached, "k4", "Free nobody", "no customer").await;
}

#[tokio::test]
async fn the_channel_uses_no_pool_connection_and_ends_with_the_pool() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    let store = InPostgres::new(Postgres::pool(&url).await).await;
    store.put("k1", "A", Some("Plus")).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(1))
        .connect(&url)
        .await
        .expect("a pool");
    let cached = cached(InPostgres::source(pool.clone()));
    let listener = tokio::spawn(listen_postgres(&cached, &pool, "tiers"));
    listening(&cached).await;
    assert_eq!(ask(&cached, "k1").await, "Plus A");
    store.put("k1", "A", Some("Free")).await;
    told(&cached, "k1", "Free A", "a downgrade").await;

    // The listener works even if every connection of the pool is in use.
    let taken = pool.acquire().await.expect("the only connection");
    let another = tiergate_tests_sources::stores::Memory::default();
    another.put("k1", "A", Some("Plus")).await;
    let another = Cached::new(another);
    let second = tokio::spawn(listen_postgres(&another, &pool, "tiers"));
    listening(&another).await;
    drop(taken);

    let within = Duration::from_secs(5);
    timeout(within, pool.close())
        .await
        .expect("the pool closes");
    for listener in [listener, second] {
        let ended = timeout(within, listener).await;
        ended.expect("the listener ends").expect("no panic");
    }
    // The listener has ended, so the cache no longer relies on notifications.
    assert!(!cached.is_listening());
}

#[tokio::test]
async fn a_channel_name_with_capitals_works_quoted_and_unquoted() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    let store = InPostgres::new(pool.clone()).await;
    store.put("k1", "A", Some("Plus")).await;
    let cached = cached(InPostgres::source(pool.clone()));
    tokio::spawn(listen_postgres(&cached, &pool, "PlanChanged"));
    listening(&cached).await;
    for (number, notify) in [
        "NOTIFY PlanChanged, 'A'",
        "NOTIFY planchanged, 'A'",
        "NOTIFY \"PlanChanged\", 'A'",
        "SELECT pg_notify('PlanChanged', 'A')",
    ]
    .into_iter()
    .enumerate()
    {
        let tier = ["Free", "Plus"][number % 2];
        assert_ne!(ask(&cached, "k1").await, format!("{tier} A"));
        store.put("k1", "A", Some(tier)).await;
        run(&pool, notify).await;
        told(&cached, "k1", &format!("{tier} A"), notify).await;
    }
}
