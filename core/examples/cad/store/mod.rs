//! The store: one SQLite file for all communities.
//!
//! [`Cad`] is the whole of it and can do little more than open it and say who is calling. What an
//! endpoint does goes through a [`Community`], which knows the rows of one community only.

mod accounts;
mod calls;
mod map;
mod records;
mod servers;
mod units;

pub(crate) use self::accounts::{Key, Permissions};
pub(crate) use self::calls::{CallFilter, NewCall, NewEmergencyCall};
pub(crate) use self::map::{Blip, SignConfig, SignText};
pub(crate) use self::records::{Change, Content, Lookup, TEMPLATES, is_character};
pub(crate) use self::servers::{Callout, PenalCode, Postal, Server};
pub(crate) use self::units::{UnitFilter, UnitLocation};

use crate::Tier;
use crate::error::CadError;
use crate::protocol::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use subtle::ConstantTimeEq;

/// The communities of a new database, one for each tier.
pub(crate) const DEMO_COMMUNITIES: [(&str, Tier); 6] = [
    ("demo-free", Tier::Free),
    ("demo-starter", Tier::Starter),
    ("demo-standard", Tier::Standard),
    ("demo-plus", Tier::Plus),
    ("demo-pro", Tier::Pro),
    ("demo-one", Tier::One),
];

/// The permission keys of a new community. No endpoint makes such keys.
const DEMO_PERMISSION_KEYS: [(&str, &str); 4] = [
    ("police-academy", "police"),
    ("fire-academy", "fire"),
    ("dispatch-academy", "dispatch"),
    ("staff", "admin"),
];

/// The form of the tables. A database of another version is refused, not guessed at.
const SCHEMA_VERSION: i64 = 1;

/// The most rows that one answer lists.
pub(crate) const ROW_LIMIT: i64 = 500;

/// A place on the map.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) struct Coordinates {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// The API key of a demo community.
pub(crate) fn demo_key(community: &str) -> String {
    format!("{community}-key")
}

/// The server's state: the database.
#[derive(Clone)]
pub(crate) struct Cad {
    pool: SqlitePool,
}

impl Cad {
    /// Opens the database, and makes it if it is missing.
    ///
    /// # Errors
    /// The file cannot be used, or another version of the program made it.
    pub(crate) async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true);
        // Few: SQLite has one writer at a time, and a reader is done in microseconds.
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await?;
        let cad = Self { pool };
        cad.prepare().await?;
        Ok(cad)
    }

    async fn prepare(&self) -> Result<(), sqlx::Error> {
        let mut transaction = write(&self.pool).await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *transaction)
            .await?;
        match version {
            SCHEMA_VERSION => return Ok(()),
            0 => {}
            other => {
                let reason = format!("its version is {other}, this program's is {SCHEMA_VERSION}");
                return Err(sqlx::Error::Configuration(reason.into()));
            }
        }
        sqlx::raw_sql(include_str!("schema.sql"))
            .execute(&mut *transaction)
            .await?;
        for (id, tier) in DEMO_COMMUNITIES {
            add_demo_community(&mut transaction, id, tier).await?;
        }
        // Last, so that the version says that everything else is there. It takes no parameters.
        sqlx::raw_sql("PRAGMA user_version = 1")
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// The community that these credentials belong to, and its tier.
    ///
    /// # Errors
    /// 400 with the protocol's own words, or the store failed.
    pub(crate) async fn authenticate(
        &self,
        id: &str,
        key: &str,
    ) -> Result<(Community, Tier), CadError> {
        let row: Option<(Vec<u8>, String, bool)> =
            sqlx::query_as("SELECT key_hash, tier, api_enabled FROM communities WHERE id = ?")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        let Some((key_hash, tier, api_enabled)) = row else {
            return Err(CadError::bad("INVALID COMMUNITY ID"));
        };
        if !bool::from(hash(key).as_slice().ct_eq(&key_hash)) {
            return Err(CadError::bad("INVALID API KEY"));
        }
        if !api_enabled {
            return Err(CadError::bad("API IS NOT ENABLED FOR THIS COMMUNITY"));
        }
        // A tier that nobody knows opens nothing.
        let tier = tier.parse::<Tier>().map_err(|error| {
            CadError::Internal(format!("the community {id:?} cannot be served: {error}"))
        })?;
        let community = Community {
            pool: self.pool.clone(),
            id: id.into(),
        };
        Ok((community, tier))
    }

    /// Finishes what is being written, and closes the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// An API key is random and long, so that nobody can try them all, and one fast hash is enough.
/// Slow hashes are for what people make up; here they would slow down every single call.
fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

async fn add_demo_community(
    connection: &mut SqliteConnection,
    id: &str,
    tier: Tier,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO communities (id, key_hash, tier) VALUES (?, ?, ?)")
        .bind(id)
        .bind(hash(&demo_key(id)).to_vec())
        .bind(tier.name())
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO servers (community, id, body) VALUES (?, 1, '{\"name\":\"Main\"}')")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    for (key, permission) in DEMO_PERMISSION_KEYS {
        sqlx::query("INSERT INTO permission_keys (community, key, permission) VALUES (?, ?, ?)")
            .bind(id)
            .bind(key)
            .bind(permission)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Begins to write. Immediately, because a transaction that reads first and finds the file changed
/// when it wants to write is refused, however long it would have waited.
async fn write(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// The store as one community sees it: made by [`Cad::authenticate`] only, so that no handler can
/// name another community's rows.
#[derive(Clone)]
pub(crate) struct Community {
    pool: SqlitePool,
    id: Arc<str>,
}

impl Community {
    /// A transaction that writes. If it is dropped before its commit, nothing has happened.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        write(&self.pool).await
    }

    /// A transaction that reads several things as they were at one moment.
    async fn read(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.pool.begin().await
    }

    /// The community's next number of this kind. A number is never given twice.
    async fn next(&self, connection: &mut SqliteConnection, name: &str) -> Result<i64, CadError> {
        let next = sqlx::query_scalar(
            "INSERT INTO counters (community, name, value) VALUES (?, ?, 1)
             ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
        )
        .bind(&*self.id)
        .bind(name)
        .fetch_one(connection)
        .await?;
        Ok(next)
    }
}

/// The time, in milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// When something is deleted that is kept for so many minutes. Zero keeps it, as leaving it out.
///
/// # Errors
/// 400, if the number is negative or more than ten years.
fn expiry(minutes: Option<f64>) -> Result<Option<i64>, CadError> {
    const TEN_YEARS: f64 = 5_260_000.0;
    match minutes {
        None => Ok(None),
        // Precise enough, and far from overflowing.
        #[allow(clippy::cast_possible_truncation)]
        Some(minutes) if (0.0..=TEN_YEARS).contains(&minutes) => {
            Ok((minutes > 0.0).then(|| now() + (minutes * 60_000.0) as i64))
        }
        Some(minutes) => Err(CadError::bad(format!(
            "data[0].deleteAfterMinutes: expected a number from 0 to {TEN_YEARS}, found {minutes}"
        ))),
    }
}

/// Rows that SQLite made to JSON, as one array.
fn array(rows: &[String]) -> Result<Value, CadError> {
    let values: Result<Vec<Value>, _> = rows.iter().map(|row| serde_json::from_str(row)).collect();
    Ok(Value::Array(values?))
}

/// Refuses a list that has something twice, where the second would silently replace the first.
///
/// # Errors
/// 400, which names the field.
fn unique<T: std::fmt::Debug + Ord>(
    field: &str,
    items: impl Iterator<Item = T>,
) -> Result<(), CadError> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, item) in items.enumerate() {
        if seen.contains(&item) {
            let field = field.replace("[]", &format!("[{index}]"));
            return Err(CadError::bad(format!("{field}: {item:?} is given twice")));
        }
        seen.insert(item);
    }
    Ok(())
}
