//! The differences between SQLite and PostgreSQL.

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Executor};
use std::time::Duration;

/// The version of the schema. The program upgrades a database with an earlier version, and refuses later
/// versions.
const SCHEMA_VERSION: i64 = 5;

/// The scripts that upgrade a database, from version 1 on.
const UPGRADES: [&str; 4] = [
    include_str!("from_version_1.sql"),
    include_str!("from_version_2.sql"),
    include_str!("from_version_3.sql"),
    include_str!("from_version_4.sql"),
];

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Determines the dialect from the database's URL.
    ///
    /// # Errors
    /// Returns an error if the URL is for neither SQLite nor PostgreSQL.
    pub(crate) fn of(url: &str) -> Result<Self, sqlx::Error> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(sqlx::Error::Configuration(
                "expected sqlite:… or postgres://…".into(),
            )),
        }
    }

    /// Connects to the database. Creates a missing SQLite file.
    pub(super) async fn connect(self, url: &str) -> Result<AnyPool, sqlx::Error> {
        install_default_drivers();
        let pool = AnyPoolOptions::new().acquire_timeout(Duration::from_secs(10));
        match self {
            Self::Sqlite => {
                let mark = if url.contains('?') { '&' } else { '?' };
                let mode = if url.contains("mode=") {
                    ""
                } else {
                    "mode=rwc"
                };
                // A few connections suffice. SQLite allows one writer at a time, and reads take
                // microseconds.
                pool.max_connections(4)
                    .after_connect(|connection, _| {
                        Box::pin(async move {
                            let settings = "PRAGMA busy_timeout = 10000;
                                PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON";
                            connection.execute(sqlx::raw_sql(settings)).await?;
                            Ok(())
                        })
                    })
                    .connect(&format!("{url}{mark}{mode}"))
                    .await
            }
            // Connects lazily, because the database may be down.
            Self::Postgres => pool.max_connections(16).connect_lazy(url),
        }
    }

    /// Returns the statement that starts a write transaction. In SQLite, it takes the write lock at once.
    /// If the transaction read first and the file changed before its first write, SQLite would refuse
    /// the write without waiting.
    pub(super) fn begin_to_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    pub(super) fn begin_to_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Returns the query that locks a community during a write. SQLite needs none, because it allows only
    /// one writer.
    pub(super) fn lock_community(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT id FROM communities WHERE id = $1 FOR UPDATE"),
        }
    }

    /// Returns what a write locks: the file of SQLite, or the community.
    pub(super) fn locked(self, community: &str) -> &str {
        match self {
            Self::Sqlite => "the file",
            Self::Postgres => community,
        }
    }

    /// Creates the tables unless they exist, and upgrades those of an earlier version. Returns whether
    /// they were created.
    ///
    /// # Errors
    /// Returns an error if the tables have another version or the database fails.
    pub(super) async fn make_tables(
        self,
        connection: &mut AnyConnection,
    ) -> Result<bool, sqlx::Error> {
        if self == Self::Postgres {
            // Several servers may start on an empty database at the same time.
            connection
                .execute("SELECT CAST(pg_advisory_xact_lock(7243) AS text)")
                .await?;
        }
        connection
            .execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            .await?;
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM schema_version")
            .fetch_optional(&mut *connection)
            .await?;
        match version {
            Some(SCHEMA_VERSION) => return Ok(false),
            Some(earlier @ 1..SCHEMA_VERSION) => {
                for (version, script) in (1..).zip(UPGRADES) {
                    if version >= earlier {
                        self.run_script(connection, script).await?;
                    }
                }
                sqlx::query("UPDATE schema_version SET version = $1")
                    .bind(SCHEMA_VERSION)
                    .execute(connection)
                    .await?;
                return Ok(false);
            }
            Some(other) => {
                let reason = format!(
                    "its schema has version {other}, but this program needs version {SCHEMA_VERSION}"
                );
                return Err(sqlx::Error::Configuration(reason.into()));
            }
            None => {}
        }
        self.run_script(connection, include_str!("schema.sql"))
            .await?;
        if self == Self::Postgres {
            connection
                .execute(sqlx::raw_sql(include_str!("postgres.sql")))
                .await?;
        }
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(SCHEMA_VERSION)
            .execute(connection)
            .await?;
        Ok(true)
    }

    /// Runs a script for SQLite in either database. The script must be a constant of this program.
    async fn run_script(
        self,
        connection: &mut AnyConnection,
        script: &'static str,
    ) -> Result<(), sqlx::Error> {
        let script = match self {
            Self::Sqlite => script.to_owned(),
            Self::Postgres => in_postgres(script),
        };
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(script)))
            .await?;
        Ok(())
    }
}

/// Converts a script to PostgreSQL.
fn in_postgres(script: &str) -> String {
    [
        (") STRICT, WITHOUT ROWID;", ");"),
        (") STRICT;", ");"),
        (" INTEGER", " BIGINT"),
        (" BLOB", " BYTEA"),
        (" REAL", " DOUBLE PRECISION"),
        // Sorts texts by their bytes, like SQLite.
        (" TEXT", " TEXT COLLATE \"C\""),
    ]
    .iter()
    .fold(script.to_owned(), |script, (own, other)| {
        script.replace(own, other)
    })
}
