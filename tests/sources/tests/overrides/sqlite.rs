//! Tables in SQLite.

use crate::toml::Folder;
use crate::{
    Api, Content, Editor, RECOVERY, SECOND, TIMEOUT, a_hundred_changes, accepts_an_old_backup,
    assert_limits, installs, ms, quota, stays,
};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{Sqlite, SqlitePool, SqlitePoolOptions};
use tiergate::Overrides;
use tiergate::overrides::{SQLITE_TABLES, SqlOverrides};
use tiergate_tests_sources::Tier;

/// A database in a file.
struct Tables {
    pool: SqlitePool,
    /// Dropped last.
    folder: Folder,
}

impl Tables {
    async fn new() -> Self {
        let tables = Self::without_tables().await;
        tables.run(SQLITE_TABLES).await;
        tables
    }

    async fn without_tables() -> Self {
        let folder = Folder::new();
        let pool = Self::pool(&folder).await;
        Self { pool, folder }
    }

    async fn pool(folder: &Folder) -> SqlitePool {
        let file = folder.file("data.sqlite");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let pool = SqlitePoolOptions::new().max_connections(1).connect(&url);
        pool.await.expect("SQLite")
    }

    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let run = sqlx::raw_sql(sql).execute(&self.pool).await;
        run.expect("the statement succeeds");
    }

    /// Creates a store with a connection of its own, as on another machine.
    async fn store(&self) -> SqlOverrides<Sqlite> {
        SqlOverrides::new(Self::pool(&self.folder).await).timeout(TIMEOUT)
    }

    async fn error(&self, overrides: &Overrides<Tier>) -> String {
        let loaded = self.store().await.load(overrides).await;
        loaded.expect_err("an error").to_string()
    }
}

impl Editor for Tables {
    async fn write(&self, version: u64, content: Content) {
        self.run(&statements(version, content)).await;
    }
}

/// Returns statements for both databases, which replace all overrides in one transaction.
pub(crate) fn statements(version: u64, content: Content) -> String {
    let insert = match content {
        Content::Nothing => "",
        Content::Close => {
            "INSERT INTO tiergate_overrides (kind, endpoint) VALUES ('close', 'export');"
        }
        Content::RequireFree => {
            "INSERT INTO tiergate_overrides (kind, endpoint, tier, until) VALUES
             ('require', 'export', 'Free', '9999-01-01T00:00:00Z');"
        }
    };
    format!(
        "BEGIN; DELETE FROM tiergate_overrides; {insert}
         UPDATE tiergate_overrides_version SET version = {version}; COMMIT;"
    )
}

#[tokio::test]
async fn tables_are_missing_dropped_locked_and_restored() {
    let tables = Tables::without_tables().await;
    let overrides = Overrides::of::<Api>();
    tokio::spawn(tables.store().await.watch(&overrides));
    stays(&overrides, None, Content::Nothing, "no tables").await;
    tables.run(SQLITE_TABLES).await;
    tables.write(11, Content::Close).await;
    installs(&overrides, 11, RECOVERY, "tables").await;

    let drop = "DROP TABLE tiergate_overrides; DROP TABLE tiergate_overrides_version";
    tables.run(drop).await;
    stays(&overrides, Some(11), Content::Close, "no tables").await;
    // The tables come back from an old backup.
    tables.run(SQLITE_TABLES).await;
    stays(&overrides, Some(11), Content::Close, "an old backup").await;
    tables.write(12, Content::RequireFree).await;
    installs(&overrides, 12, RECOVERY, "tables").await;

    tables.run("BEGIN EXCLUSIVE").await;
    tables.run("DELETE FROM tiergate_overrides").await;
    stays(&overrides, Some(12), Content::RequireFree, "locked").await;
    tables.run("COMMIT").await;
    installs(&overrides, 13, RECOVERY, "unlocked").await;
}

#[tokio::test]
async fn the_triggers_count_every_change() {
    let tables = Tables::new().await;
    let overrides = Overrides::of::<Api>();
    let store = tables.store().await;
    for (version, change) in [
        (1, "SELECT 1"),
        (
            2,
            "INSERT INTO tiergate_overrides (kind, endpoint, by) VALUES ('close', 'export', 'ops')",
        ),
        (3, "UPDATE tiergate_overrides SET because = 'fire'"),
        (4, "DELETE FROM tiergate_overrides"),
    ] {
        tables.run(change).await;
        store.load(&overrides).await.expect("valid tables");
        assert_eq!(overrides.version(), Some(version), "{change}");
        let listed = overrides.list().first().map(ToString::to_string);
        let expected = match version {
            2 => Some("close \"export\", set by \"ops\""),
            3 => Some("close \"export\", set by \"ops\" because \"fire\""),
            _ => None,
        };
        assert_eq!(listed.as_deref(), expected);
    }
}

#[tokio::test]
async fn each_mistake_is_named() {
    let tables = Tables::new().await;
    let overrides = Overrides::of::<Api>();
    let insert = "DELETE FROM tiergate_overrides; \
        INSERT INTO tiergate_overrides (kind, endpoint, tier, customer, until)";
    for (change, expected) in [
        (
            format!("{insert} VALUES ('close', x'00', NULL, NULL, NULL)"),
            "override 1 (without an endpoint): `endpoint` is a BLOB; it must be text",
        ),
        (
            format!("{insert} VALUES ('require', 'export', x'00', NULL, '9999-01-01T00:00:00Z')"),
            "override 1 (require \"export\"): `tier` is a BLOB; it must be text",
        ),
        (
            format!("{insert} VALUES ('require', 'export', 'Gold', NULL, '9999-01-01T00:00:00Z')"),
            "override 1 (require \"export\"): `tier`: unknown tier \"Gold\"; expected one of: Free, Plus, Pro",
        ),
        (
            format!("{insert} VALUES ('grant', 'export', NULL, 'c-7', '2026-12-01')"),
            "override 1 (grant \"export\"): `until`: \"2026-12-01\" is not a time in UTC; write it like 2026-12-01T00:00:00Z",
        ),
        (
            format!("{insert} VALUES ('close', 'exprot', NULL, NULL, NULL)"),
            "override 1 (close \"exprot\"): no endpoint of the catalogue has this name or route; write `export` or `POST /export`",
        ),
        (
            format!(
                "{insert} VALUES ('close', 'export', NULL, NULL, NULL), ('close', 'POST /export', NULL, NULL, NULL)"
            ),
            "override 2 (close \"export\"): override 1 does the same for this endpoint; remove one of them",
        ),
        (
            "UPDATE tiergate_overrides_version SET version = 'seven'".to_owned(),
            "the column `version` of `tiergate_overrides_version` is not a whole number of the type bigint from 0 up",
        ),
        (
            "UPDATE tiergate_overrides_version SET version = -1".to_owned(),
            "the column `version` of `tiergate_overrides_version` is not a whole number of the type bigint from 0 up",
        ),
        (
            "DELETE FROM tiergate_overrides_version".to_owned(),
            "the table `tiergate_overrides_version` is empty; insert a version",
        ),
        (
            "DROP TABLE tiergate_overrides_version;
             CREATE TABLE tiergate_overrides_version (version INTEGER);
             INSERT INTO tiergate_overrides_version VALUES (7), (8)"
                .to_owned(),
            "the table `tiergate_overrides_version` has several rows; delete all but one",
        ),
        (
            "DROP TABLE tiergate_overrides".to_owned(),
            "the database returned the code 1: no such table: tiergate_overrides",
        ),
    ] {
        tables.run(&change).await;
        assert_eq!(tables.error(&overrides).await, expected);
        assert_eq!(overrides.version(), None, "{change}");
    }
}

#[tokio::test]
async fn a_missing_trigger_is_reported() {
    let tables = Tables::new().await;
    tables.write(7, Content::Close).await;
    let overrides = Overrides::of::<Api>();
    let store = tables.store().await;
    store.load(&overrides).await.expect("valid tables");
    for trigger in ["inserted", "updated", "deleted"] {
        tables
            .run(&format!("DROP TRIGGER tiergate_override_{trigger}"))
            .await;
    }
    tables.run("DELETE FROM tiergate_overrides").await;
    let expected = "version 7 of the overrides is already installed with other overrides; use a higher version";
    assert_eq!(tables.error(&overrides).await, expected);
}

#[tokio::test]
async fn an_older_version_is_accepted_on_request() {
    let tables = Tables::new().await;
    let overrides = Overrides::of::<Api>();
    let store = tables.store().await.accept_older_versions(true);
    tokio::spawn(store.watch(&overrides));
    accepts_an_old_backup(&overrides, &tables).await;
}

#[tokio::test]
async fn the_any_driver_reads_text() {
    sqlx::any::install_default_drivers();
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.expect("SQLite");
    let tables = sqlx::raw_sql(SQLITE_TABLES).execute(&pool).await;
    tables.expect("tables");
    let change = AssertSqlSafe(statements(3, Content::RequireFree));
    sqlx::raw_sql(change)
        .execute(&pool)
        .await
        .expect("a change");
    let overrides = Overrides::<Tier>::of::<Api>();
    let loaded = SqlOverrides::new(pool).load(&overrides).await;
    loaded.expect("valid tables");
    assert_eq!((overrides.version(), overrides.list().len()), (Some(3), 1));
}

/// Inserts the overrides of limits, in both databases.
pub(crate) const INSERT_LIMITS: &str = "\
    INSERT INTO tiergate_overrides (kind, endpoint, customer, limits, until, by, because) VALUES
    ('limit', 'GET /limited', 'customer-7', '600/minute; 7/second', '2030-01-01T00:00:00.5Z', 'support', 'ticket 4711'),
    ('quota', NULL, 'customer-7', '9000/day', '9999-01-01T00:00:00Z', NULL, NULL)";

#[tokio::test]
async fn tables_contain_limits() {
    let tables = Tables::new().await;
    tables.run(INSERT_LIMITS).await;
    let overrides = Overrides::of::<quota::Api>();
    let store = tables.store().await;
    store.load(&overrides).await.expect("valid tables");
    assert_limits(&overrides).await;

    sqlx::any::install_default_drivers();
    let file = tables.folder.file("data.sqlite");
    let url = format!("sqlite://{}", file.display());
    let pool = sqlx::AnyPool::connect(&url).await.expect("SQLite");
    let overrides = Overrides::of::<quota::Api>();
    let loaded = SqlOverrides::new(pool).load(&overrides).await;
    loaded.expect("valid tables");
    assert_limits(&overrides).await;

    for (limits, expected) in [
        (
            "NULL",
            "`limits` is missing; write them as in an attribute, such as `60/minute; 5000/day`",
        ),
        ("x'00'", "`limits` is a BLOB; it must be text"),
    ] {
        let update =
            format!("UPDATE tiergate_overrides SET limits = {limits} WHERE kind = 'quota'");
        tables.run(&update).await;
        let error = tables.error(&overrides).await;
        assert_eq!(
            error,
            format!("override 1 (quota for \"customer-7\"): {expected}")
        );
    }
}

#[tokio::test]
async fn a_table_without_limits_still_works() {
    let tables = Tables::without_tables().await;
    tables.run(&without_limits(SQLITE_TABLES)).await;
    tables.write(7, Content::Close).await;
    let overrides = Overrides::of::<Api>();
    let store = tables.store().await;
    store.load(&overrides).await.expect("valid tables");
    assert_eq!((overrides.version(), overrides.list().len()), (Some(7), 1));

    // The constraints were removed, but the column wasn't added.
    let create = "DROP TABLE tiergate_overrides; CREATE TABLE tiergate_overrides
        (kind TEXT, endpoint TEXT, tier TEXT, customer TEXT, until TEXT, by TEXT, because TEXT);
        INSERT INTO tiergate_overrides (kind, customer) VALUES ('quota', 'c-7')";
    tables.run(create).await;
    let expected = "the database returned the code 1: no such column: limits";
    assert_eq!(tables.error(&overrides).await, expected);
}

/// Returns the statements that created the tables before overrides of limits existed.
pub(crate) fn without_limits(tables: &str) -> String {
    let lines = tables
        .lines()
        .filter(|line| !line.trim().starts_with("limits "));
    let old = lines.map(|line| match line.split_once("CHECK (endpoint") {
        Some((column, _)) => format!("{column}NOT NULL,"),
        None => line.replace(", 'limit', 'quota'", ""),
    });
    old.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_column_is_added_by_copying_the_table() {
    let tables = Tables::without_tables().await;
    tables.run(&without_limits(SQLITE_TABLES)).await;
    tables.write(7, Content::Close).await;
    let create = SQLITE_TABLES
        .split_inclusive(";\n")
        .next()
        .expect("a table");
    let triggers = SQLITE_TABLES.find("CREATE TRIGGER").expect("triggers");
    let migration = format!(
        "BEGIN;
         ALTER TABLE tiergate_overrides RENAME TO tiergate_old_overrides;
         {create}
         INSERT INTO tiergate_overrides (kind, endpoint, tier, customer, until, by, because)
             SELECT kind, endpoint, tier, customer, until, by, because FROM tiergate_old_overrides;
         DROP TABLE tiergate_old_overrides;
         {}
         COMMIT",
        &SQLITE_TABLES[triggers..]
    );
    tables.run(&migration).await;
    let closed = Overrides::of::<Api>();
    let store = tables.store().await;
    store.load(&closed).await.expect("valid tables");
    assert_eq!((closed.version(), closed.list().len()), (Some(7), 1));
    tables.run("DELETE FROM tiergate_overrides").await;
    tables.run(INSERT_LIMITS).await;
    let overrides = Overrides::of::<quota::Api>();
    store.load(&overrides).await.expect("valid tables");
    assert_limits(&overrides).await;
    assert_eq!(overrides.version(), Some(10));
}

#[tokio::test]
async fn the_watcher_ends_with_the_pool() {
    let tables = Tables::new().await;
    let overrides = Overrides::<Tier>::of::<Api>();
    let pool = Tables::pool(&tables.folder).await;
    let watcher = tokio::spawn(SqlOverrides::new(pool.clone()).watch(&overrides));
    installs(&overrides, 1, SECOND, "the first version").await;
    pool.close().await;
    let ended = tokio::time::timeout(SECOND, watcher).await;
    ended.expect("the watcher ends").expect("no panic");
}

#[tokio::test]
async fn each_of_a_hundred_changes_is_visible_within_a_second() {
    let tables = Tables::new().await;
    let machines = [Overrides::of::<Api>(), Overrides::of::<Api>()];
    for machine in &machines {
        tokio::spawn(tables.store().await.watch(machine));
    }
    let [one, other] = &machines;
    a_hundred_changes([one, other], &tables, ms(100)).await;
}
