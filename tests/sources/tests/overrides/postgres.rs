//! Tables in PostgreSQL, on a real server.

use crate::sqlite::{INSERT_LIMITS, statements, without_limits};
use crate::{
    Api, Content, Editor, RECOVERY, SECOND, TIMEOUT, a_hundred_changes, accepts_an_old_backup,
    assert_limits, faults, installs, ms, quota, stays,
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgPool, PgPoolOptions};
use std::time::{Duration, Instant};
use tiergate::Overrides;
use tiergate::overrides::{POSTGRES_TABLES, SqlOverrides};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::servers::Postgres;
use tokio::time::sleep;

struct Tables(PgPool);

impl Tables {
    async fn new(url: &str) -> Self {
        let tables = Self(Postgres::pool(url).await);
        tables.run(POSTGRES_TABLES).await;
        tables
    }

    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let run = sqlx::raw_sql(sql).execute(&self.0).await;
        run.expect("the statement succeeds");
    }

    async fn error(&self, overrides: &Overrides<Tier>) -> String {
        let loaded = SqlOverrides::new(self.0.clone()).load(overrides).await;
        loaded.expect_err("an error").to_string()
    }
}

impl Editor for Tables {
    async fn write(&self, version: u64, content: Content) {
        self.run(&statements(version, content)).await;
    }
}

/// Creates a pool that connects on first use.
fn lazy_pool(url: &str, from: u16, to: u16) -> PgPool {
    let url = url.replace(&format!(":{from}/"), &format!(":{to}/"));
    PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(TIMEOUT)
        .connect_lazy(&format!("{url}?sslmode=disable"))
        .expect("a URL")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_refuses_and_stalls() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let url = server.database().await;
    let tables = Tables::new(&url).await;
    for fault in [Mode::Refuse, Mode::Stall, Mode::CutAnswers(20)] {
        let proxy = Proxy::to(server.port).await;
        proxy.set(fault);
        let pool = lazy_pool(&url, server.port, proxy.port);
        let store = SqlOverrides::new(pool).timeout(TIMEOUT);
        let overrides = Overrides::of::<Api>();
        tokio::spawn(store.listen("tiergate_overrides").watch(&overrides));
        let set = |mode| {
            proxy.set(mode);
            std::future::ready(())
        };
        faults(&overrides, &tables, || set(fault), || set(Mode::Pass)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_and_restored() {
    let Some(mut server) = Postgres::start() else {
        return;
    };
    let url = server.database().await;
    let tables = Tables::new(&url).await;
    let pool = lazy_pool(&url, server.port, server.port);
    let overrides = Overrides::of::<Api>();
    let store = SqlOverrides::new(pool).timeout(TIMEOUT);
    tokio::spawn(store.listen("tiergate_overrides").watch(&overrides));
    tables.write(7, Content::Close).await;
    installs(&overrides, 7, RECOVERY, "the first version").await;
    server.kill();
    stays(&overrides, Some(7), Content::Close, "killed").await;
    server.resume();
    stays(&overrides, Some(7), Content::Close, "resumed").await;
    let tables = Tables(Postgres::pool(&url).await);
    tables.write(8, Content::RequireFree).await;
    installs(&overrides, 8, RECOVERY, "a change after the kill").await;
}

#[tokio::test]
async fn the_trigger_counts_every_change() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let tables = Tables::new(&server.database().await).await;
    let overrides = Overrides::of::<Api>();
    let store = SqlOverrides::new(tables.0.clone());
    for (version, change) in [
        (1, "SELECT 1"),
        (
            2,
            "INSERT INTO tiergate_overrides (kind, endpoint, customer, until, by) VALUES
             ('grant', 'export', 'c-7', '2030-01-01 02:00+02', 'ops'),
             ('grant', 'export', 'c-8', '2030-01-01 00:00:00.5+00', 'ops')",
        ),
        (
            3,
            "UPDATE tiergate_overrides SET because = 'fire' WHERE customer = 'c-7'",
        ),
        (4, "DELETE FROM tiergate_overrides WHERE customer = 'c-8'"),
        (5, "TRUNCATE tiergate_overrides"),
    ] {
        tables.run(change).await;
        store.load(&overrides).await.expect("valid tables");
        assert_eq!(overrides.version(), Some(version), "{change}");
        let listed: Vec<_> = overrides.list().iter().map(ToString::to_string).collect();
        let first = "grant \"export\" to \"c-7\" until 2030-01-01T00:00:00Z, set by \"ops\"";
        let changed = format!("{first} because \"fire\"");
        let second = "grant \"export\" to \"c-8\" until 2030-01-01T00:00:00Z, set by \"ops\"";
        let expected = match version {
            2 => vec![first, second],
            3 => vec![changed.as_str(), second],
            4 => vec![changed.as_str()],
            _ => vec![],
        };
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn a_column_of_another_type_is_named() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let tables = Tables::new(&server.database().await).await;
    tables.write(7, Content::RequireFree).await;
    let overrides = Overrides::of::<Api>();
    let store = SqlOverrides::new(tables.0.clone());
    store.load(&overrides).await.expect("valid tables");
    tables.write(8, Content::RequireFree).await;
    let alter = "ALTER TABLE tiergate_overrides ALTER COLUMN";
    let require = "override 1 (require \"export\")";
    for (change, expected) in [
        (
            format!("{alter} tier TYPE integer USING 7"),
            format!("{require}: `tier` is an INT4; it must be text"),
        ),
        (
            format!("{alter} tier TYPE text USING 'Free'; {alter} because TYPE bytea USING 'x'"),
            format!("{require}: `because` is a BYTEA; it must be text"),
        ),
        (
            format!("{alter} because TYPE text USING NULL; {alter} until TYPE timestamp"),
            format!("{require}: `until` is a TIMESTAMP; it must be text"),
        ),
        (
            format!("{alter} until TYPE timestamptz USING 'infinity'"),
            format!(
                "{require}: `until`: \"infinity, or a time after the year 9999\" is not a time in UTC; write it like 2026-12-01T00:00:00Z"
            ),
        ),
        (
            "ALTER TABLE tiergate_overrides_version ALTER COLUMN version TYPE integer".to_owned(),
            "the column `version` of `tiergate_overrides_version` is not a whole number of the type bigint from 0 up".to_owned(),
        ),
        (
            "ALTER TABLE tiergate_overrides DROP COLUMN by".to_owned(),
            "the database returned the code 42703: column \"by\" does not exist".to_owned(),
        ),
    ] {
        tables.run(&change).await;
        // The store whose connection knows the old type reports the same error.
        let error = store.load(&overrides).await.expect_err("an error");
        assert_eq!(error.to_string(), expected);
        assert_eq!(tables.error(&overrides).await, expected);
        assert_eq!(overrides.version(), Some(7));
    }
}

#[tokio::test]
async fn the_column_for_limits_can_be_added_later() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    let tables = Tables(pool);
    tables.run(&without_limits(POSTGRES_TABLES)).await;
    tables.write(7, Content::RequireFree).await;
    let required = Overrides::of::<Api>();
    let store = SqlOverrides::new(tables.0.clone());
    store.load(&required).await.expect("valid tables");
    assert_eq!((required.version(), required.list().len()), (Some(7), 1));

    let migration = include_str!("../../../../core/src/overrides/sql/postgres_limits.sql");
    tables.run(migration).await;
    tables.write(8, Content::Nothing).await;
    tables.run(INSERT_LIMITS).await;
    let overrides = Overrides::of::<quota::Api>();
    store.load(&overrides).await.expect("valid tables");
    assert_limits(&overrides).await;
    assert_eq!(overrides.version(), Some(9));
    let wrong = "INSERT INTO tiergate_overrides (kind, until) VALUES ('grant', now())";
    assert!(sqlx::raw_sql(wrong).execute(&tables.0).await.is_err());
    // The changed table has the same columns and constraints as a new one.
    let new = Tables::new(&server.database().await).await;
    for query in [
        "SELECT string_agg(column_name || ' ' || data_type || ' ' || is_nullable, ', ' ORDER BY column_name)
         FROM information_schema.columns WHERE table_name = 'tiergate_overrides'",
        "SELECT string_agg(pg_get_constraintdef(oid), ', ' ORDER BY pg_get_constraintdef(oid))
         FROM pg_constraint WHERE conrelid = 'tiergate_overrides'::regclass AND contype = 'c'",
    ] {
        let [changed, created]: [String; 2] = [
            sqlx::query_scalar(query).fetch_one(&tables.0).await.expect("a text"),
            sqlx::query_scalar(query).fetch_one(&new.0).await.expect("a text"),
        ];
        assert_eq!(changed, created);
    }
}

#[tokio::test]
async fn text_is_accepted_for_the_end() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let tables = Tables::new(&server.database().await).await;
    tables
        .run("ALTER TABLE tiergate_overrides ALTER COLUMN until TYPE text")
        .await;
    tables.write(7, Content::RequireFree).await;
    let overrides = Overrides::<Tier>::of::<Api>();
    let loaded = SqlOverrides::new(tables.0.clone()).load(&overrides).await;
    loaded.expect("valid tables");
    assert_eq!(overrides.list().len(), 1);
}

#[tokio::test]
async fn an_older_version_is_accepted_on_request() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let tables = Tables::new(&server.database().await).await;
    let overrides = Overrides::of::<Api>();
    let store = SqlOverrides::new(tables.0.clone()).accept_older_versions(true);
    tokio::spawn(store.watch(&overrides));
    accepts_an_old_backup(&overrides, &tables).await;
}

#[tokio::test]
async fn a_notification_makes_a_change_visible_at_once() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let tables = Tables::new(&server.database().await).await;
    let overrides = Overrides::of::<Api>();
    let hour = Duration::from_secs(3600);
    let store = SqlOverrides::new(tables.0.clone()).interval(hour);
    tokio::spawn(store.listen("tiergate_overrides").watch(&overrides));
    installs(&overrides, 1, RECOVERY, "the first version").await;
    // The listener connects within a moment.
    sleep(ms(1000)).await;
    let begun = Instant::now();
    tables.write(7, Content::Close).await;
    installs(&overrides, 7, SECOND, "a notification").await;
    println!("the notification took {:?}", begun.elapsed());
}

#[tokio::test]
async fn each_of_a_hundred_changes_is_visible_within_a_second() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    for listens in [false, true] {
        let url = server.database().await;
        let tables = Tables::new(&url).await;
        let machines = [Overrides::of::<Api>(), Overrides::of::<Api>()];
        for machine in &machines {
            let mut store = SqlOverrides::new(Postgres::pool(&url).await);
            if listens {
                store = store.listen("tiergate_overrides");
            }
            tokio::spawn(store.watch(machine));
        }
        let [one, other] = &machines;
        a_hundred_changes([one, other], &tables, ms(100)).await;
    }
}
