//! Lookups that fail because of an outdated statement or connection are repeated once.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tiergate::Cached;
use tiergate::source::{
    ApiKey, RedisSource, SourceError, SqlSource, TierSource, listen_postgres, listen_redis,
};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::servers::{Postgres, Redis, free_port};
use tiergate_tests_sources::stores::{InPostgres, InRedis, Memory, Store};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Returns the source's answer, with the reason of an error.
async fn answer(source: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match source.find(&ApiKey::new(key)).await {
        Ok(caller) => {
            let tier = caller.tier().map_or("none", Tier::name);
            format!("{tier} {}", caller.id().unwrap_or("nobody"))
        }
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(SourceError::Unavailable(reason)) => format!("unavailable: {reason}"),
        Err(SourceError::InvalidTier(reason)) => format!("unreadable: {reason}"),
        Err(error) => format!("{error}"),
    }
}

async fn run(pool: &PgPool, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    pool.execute(sql).await.expect("a statement");
}

/// A pool with one connection, so every lookup uses the same one.
async fn one_connection(url: &str) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.test_before_acquire(false);
    pool.connect(url).await.expect("a pool")
}

#[tokio::test]
async fn a_statement_that_postgres_rejects_is_prepared_again() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    let admin = Postgres::pool(&url).await;
    let store = InPostgres::new(admin.clone()).await;
    store.put("a-key", "customer-7", Some("3")).await;
    let pool = one_connection(&url).await;
    let source = InPostgres::source(pool.clone());
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");

    // SQLSTATE 0A000: cached plan must not change result type.
    let number = "ALTER TABLE callers ALTER tier TYPE integer USING tier::integer";
    run(&admin, number).await;
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
    run(
        &admin,
        "ALTER TABLE callers ALTER customer TYPE varchar(50)",
    )
    .await;
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");

    // SQLSTATE 26000: prepared statement does not exist.
    for statement in ["DISCARD ALL", "DEALLOCATE ALL"] {
        run(&pool, statement).await;
        assert_eq!(
            answer(&source, "a-key").await,
            "Plus customer-7",
            "{statement}"
        );
        assert_eq!(
            answer(&source, "a-key").await,
            "Plus customer-7",
            "{statement}"
        );
    }

    // SQLSTATE 42P05: prepared statement already exists, as behind a connection pooler.
    let other = SqlSource::<Tier, _>::new(
        pool.clone(),
        "SELECT tier FROM callers WHERE api_key = $1 LIMIT 1",
    );
    for number in 0..100 {
        let statement = format!("PREPARE sqlx_s_{number} AS SELECT 1");
        let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&pool).await;
    }
    assert_eq!(answer(&other, "a-key").await, "Plus nobody");
}

#[tokio::test]
async fn an_unsupported_query_is_not_retried_forever() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = one_connection(&server.database().await).await;
    run(
        &pool,
        "CREATE SEQUENCE asked;
         CREATE FUNCTION unsupported(key text) RETURNS text LANGUAGE plpgsql AS $$
         BEGIN
             PERFORM nextval('asked');
             RAISE feature_not_supported USING MESSAGE = key;
         END $$",
    )
    .await;
    let source = SqlSource::<Tier, _>::new(pool.clone(), "SELECT unsupported($1)");
    let answer = answer(&source, "s3cret").await;
    assert_eq!(answer, "unavailable: the database returned the code 0A000");
    let asked: i64 = sqlx::query_scalar("SELECT last_value FROM asked")
        .fetch_one(&pool)
        .await
        .expect("a number");
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_connection_closed_by_postgres_is_replaced() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    let admin = Postgres::pool(&url).await;
    let store = InPostgres::new(admin.clone()).await;
    store.put("a-key", "customer-7", Some("Plus")).await;
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false);
    let pool = pool.connect(&url).await.expect("a pool");
    let source = InPostgres::source(pool.clone());
    for _ in 0..3 {
        let mut connections = Vec::new();
        for _ in 0..4 {
            connections.push(pool.acquire().await.expect("a connection"));
        }
        drop(connections);
        assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
        run(
            &admin,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND application_name = '' AND query LIKE '%callers%'
                OR state = 'idle' AND pid <> pg_backend_pid() AND datname = current_database()",
        )
        .await;
        assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
    }
}

#[tokio::test]
async fn a_lookup_after_redis_closed_an_idle_connection() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let store = InRedis::new(server.client(), "idle");
    store.put("a-key", "customer-7", Some("Plus")).await;
    let proxy = Proxy::to(server.port).await;
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", proxy.port));
    let source = store.source(client.expect("a URL"));
    for round in 0..5 {
        assert_eq!(answer(&source, "a-key").await, "Plus customer-7", "{round}");
        proxy.cut();
        // The client notices the closed connection before the next lookup.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn lookups_of_several_runtimes() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let store = InRedis::new(server.client(), "runtimes");
    runtime().block_on(store.put("a-key", "customer-7", Some("Plus")));
    let source = store
        .source(server.client())
        .timeout(Duration::from_millis(400));
    // One runtime after the other. Each ends before the next starts.
    for round in 0..6 {
        let answer = runtime().block_on(answer(&source, "a-key"));
        assert_eq!(answer, "Plus customer-7", "runtime {round}");
    }
    // The runtimes take turns. Each runs only during its lookup.
    let runtimes = [runtime(), runtime(), runtime()];
    for round in 0..4 {
        for runtime in &runtimes {
            let answer = runtime.block_on(answer(&source, "a-key"));
            assert_eq!(answer, "Plus customer-7", "round {round}");
        }
    }
}

#[tokio::test]
async fn a_refused_connection_is_reported() {
    let refused = "connection refused";
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", free_port()));
    let source = RedisSource::<Tier>::key(client.expect("a URL"), "tier:{key}");
    let told = answer(&source, "a-key").await;
    assert!(told.contains(refused), "{told}");

    let url = format!("postgres://postgres@127.0.0.1:{}/app", free_port());
    for acquire_timeout in [500, 30_000] {
        let pool = PgPoolOptions::new()
            .acquire_timeout(Duration::from_millis(acquire_timeout))
            .connect_lazy(&url)
            .expect("a URL");
        let source = SqlSource::<Tier, _>::new(pool, "SELECT $1");
        let begun = Instant::now();
        let told = answer(&source, "a-key").await;
        assert!(told.contains(refused), "{acquire_timeout}: {told}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn an_exhausted_pool_is_reported() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = one_connection(&server.database().await).await;
    let source = SqlSource::<Tier, _>::new(pool.clone(), "SELECT 'Plus' WHERE $1 <> ''");
    let source = source.timeout(Duration::from_millis(400));
    let taken = pool.acquire().await.expect("the only connection");
    let told = answer(&source, "a-key").await;
    assert_eq!(
        told,
        "unavailable: no connection of the pool became available in time"
    );
    drop(taken);
    assert_eq!(answer(&source, "a-key").await, "Plus nobody");
}

#[tokio::test]
async fn a_server_that_never_answers_is_reported_as_a_timeout() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let store = InRedis::new(server.client(), "silent");
    store.put("a-key", "customer-7", Some("Plus")).await;
    let proxy = Proxy::to(server.port).await;
    proxy.set(Mode::Stall);
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", proxy.port));
    let source = store.source(client.expect("a URL"));
    let source = source.timeout(Duration::from_millis(300));
    let told = answer(&source, "a-key").await;
    assert_eq!(told, "unavailable: no response in time");
    proxy.set(Mode::Pass);
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
}

#[tokio::test]
async fn a_connection_rejected_by_redis_is_not_kept() {
    let Some(server) = Redis::start() else {
        return;
    };
    let store = InRedis::new(server.client(), "turned-down");
    store.put("a-key", "customer-7", Some("Plus")).await;
    let admin = server.client().get_multiplexed_async_connection().await;
    let mut admin = admin.expect("a connection");
    let mut set = async |name: &str, value: &str| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg(name).arg(value);
        set.query_async::<()>(&mut admin).await.expect("a setting");
    };
    let url = |user: &str| format!("redis://{user}127.0.0.1:{}", server.port);
    let client = |user: &str| redis::Client::open(url(user)).expect("a URL");

    let source = store.source(client(""));
    set("maxclients", "1").await;
    let told = answer(&source, "a-key").await;
    assert!(told.starts_with("unavailable: "), "{told}");
    set("maxclients", "100").await;
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");

    set("requirepass", "old").await;
    let source = store.source(client(":new@"));
    let told = answer(&source, "a-key").await;
    assert!(told.starts_with("unavailable: "), "{told}");
    set("requirepass", "new").await;
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
}

#[tokio::test]
async fn the_any_driver_also_prepares_again() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    sqlx::any::install_default_drivers();
    let url = server.database().await;
    let admin = Postgres::pool(&url).await;
    let store = InPostgres::new(admin.clone()).await;
    store.put("a-key", "customer-7", Some("3")).await;
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(2);
    let pool = pool.connect(&url).await.expect("a pool");
    let source = SqlSource::<Tier, _>::new(pool, tiergate_tests_sources::stores::QUERY);
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
    for kind in ["integer", "bigint", "text"] {
        let change = format!("ALTER TABLE callers ALTER tier TYPE {kind} USING tier::{kind}");
        run(&admin, &change).await;
        for _ in 0..3 {
            assert_eq!(answer(&source, "a-key").await, "Plus customer-7", "{kind}");
        }
    }
}

/// The messages that tiergate logged.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<String>>>);

impl Logged {
    fn of(&self, store: &str) -> Option<String> {
        let logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logged.iter().find(|line| line.contains(store)).cloned()
    }
}

impl Visit for Logged {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            logged.push(format!("{value:?}"));
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Logged {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("tiergate") {
            event.record(&mut self.clone());
        }
    }
}

#[tokio::test]
async fn a_listener_logs_that_its_connection_is_refused() {
    let logged = Logged::default();
    let subscriber = tracing_subscriber::registry().with(logged.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    let cached = Cached::new(Memory::default());
    let url = format!("postgres://postgres@127.0.0.1:{}/app", free_port());
    let pool = PgPoolOptions::new().connect_lazy(&url).expect("a URL");
    tokio::spawn(listen_postgres(&cached, &pool, "tiers"));
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", free_port()));
    tokio::spawn(listen_redis(&cached, client.expect("a URL"), "tiers"));
    let begun = Instant::now();
    for store in ["PostgreSQL", "Redis"] {
        let line = loop {
            if let Some(line) = logged.of(store) {
                break line;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{store}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(line.ends_with("I/O error: connection refused"), "{line}");
    }
}
