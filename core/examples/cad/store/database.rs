//! Where SQLite and PostgreSQL differ.

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Executor};
use std::time::Duration;

/// The form of the tables. A database of another version is refused, not guessed at.
const SCHEMA_VERSION: i64 = 1;

/// The database that is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// By the database's URL.
    ///
    /// # Errors
    /// It is neither of the two.
    pub(crate) fn of(url: &str) -> Result<Self, sqlx::Error> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(sqlx::Error::Configuration(
                "expected sqlite:… or postgres://…".into(),
            )),
        }
    }

    /// Connects; a SQLite file is made if it is missing.
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
                // Few: SQLite has one writer at a time, and a reader is done in microseconds.
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
            // Not before it is needed, as it may be down.
            Self::Postgres => pool.max_connections(16).connect_lazy(url),
        }
    }

    /// In SQLite at once, because a transaction that reads first and finds the file changed when it
    /// wants to write is refused, however long it would have waited.
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

    /// What makes those who write to one community wait for each other. SQLite has one writer
    /// anyway.
    pub(super) fn lock_community(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT id FROM communities WHERE id = $1 FOR UPDATE"),
        }
    }

    /// Makes the tables, unless they are there. Says whether they were made.
    ///
    /// # Errors
    /// Another version of the program made them, or the database failed.
    pub(super) async fn make_tables(
        self,
        connection: &mut AnyConnection,
    ) -> Result<bool, sqlx::Error> {
        if self == Self::Postgres {
            // Several servers may start on an empty database.
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
            Some(other) => {
                let reason = format!("its version is {other}, this program's is {SCHEMA_VERSION}");
                return Err(sqlx::Error::Configuration(reason.into()));
            }
            None => {}
        }
        let schema = include_str!("schema.sql");
        let schema = match self {
            Self::Sqlite => schema.to_owned(),
            Self::Postgres => in_postgres(schema),
        };
        // What is put together are constants of this program.
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(schema)))
            .await?;
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(SCHEMA_VERSION)
            .execute(connection)
            .await?;
        Ok(true)
    }
}

/// The tables as PostgreSQL has them, and who is told when a community changes.
fn in_postgres(schema: &str) -> String {
    let tables = [
        (") STRICT, WITHOUT ROWID;", ");"),
        (") STRICT;", ");"),
        (" INTEGER", " BIGINT"),
        (" BLOB", " BYTEA"),
        (" REAL", " DOUBLE PRECISION"),
        // Texts are ordered by their bytes, as SQLite does it.
        (" TEXT", " TEXT COLLATE \"C\""),
    ]
    .iter()
    .fold(schema.to_owned(), |schema, (own, other)| {
        schema.replace(own, other)
    });
    tables + include_str!("postgres.sql")
}

/// Whether an error is of a database that may be well in a while, and not of a mistake.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        // It is starting, stopping, or has no connection left.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
        _ => false,
    }
}
