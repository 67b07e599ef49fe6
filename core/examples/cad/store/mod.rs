//! The store: one database for all communities, in a SQLite file or in PostgreSQL.
//!
//! [`Cad`] opens and closes the database. Endpoints use a [`Community`], which can access only the rows
//! of one community. `communities.rs` identifies callers.
//!
//! The SQL works in both databases. [`Dialect`](database::Dialect) contains the few differences.

mod accounts;
mod api_ids;
mod call_changes;
mod calls;
mod communities;
mod database;
mod duty;
mod emergency_calls;
mod error;
mod keys;
mod limits;
mod map;
mod minutes;
mod notes;
mod outbox;
mod permissions;
mod receivers;
mod records;
mod sealed;
mod secrets;
mod servers;
mod status;
mod tracked_calls;
mod transaction;
mod turns;
mod units;
mod visible;

pub(crate) use self::accounts::{AccountDetails, AccountFilter, Pagination};
pub(crate) use self::call_changes::CallChange;
pub(crate) use self::calls::{Call, CallFilter, CallTypes, NewCall};
pub(crate) use self::communities::{Communities, Plan};
pub(crate) use self::database::Dialect;
pub(crate) use self::emergency_calls::{EmergencyCall, NewEmergencyCall};
pub(crate) use self::error::{Missing, StoreError, is_passing};
pub(crate) use self::keys::Key;
pub(crate) use self::map::{Blip, SignConfig, SignText};
pub(crate) use self::minutes::Minutes;
pub(crate) use self::notes::{AddNote, CallNote};
pub(crate) use self::outbox::{Queue, Waiting};
pub(crate) use self::permissions::Permissions;
pub(crate) use self::receivers::{Due, Receiver};
pub(crate) use self::records::{
    Change, Lookup, NewRecord, Record, RecordKind, Section, TEMPLATES, Template, TemplateId,
};
pub(crate) use self::servers::{Callout, PenalCode, Postal, Server, ServerList};
pub(crate) use self::status::Status;
pub(crate) use self::units::{Kick, Unit, UnitFilter, UnitLocation};

use self::sealed::Sealer;
use self::transaction::WriteTransaction;
use self::turns::{Turn, Turns};
use crate::object::Object;
use crate::{AddOn, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tiergate::Caller;
use tiergate::source::{ApiKey, KeyHasher};
use tokio::sync::Notify;
use tokio::time::timeout;

/// The communities of a new database: one for each tier, and one on a trial.
pub(crate) const DEMO_COMMUNITIES: [(&str, Tier); 7] = [
    ("demo-free", Tier::Free),
    ("demo-starter", Tier::Starter),
    ("demo-standard", Tier::Standard),
    ("demo-plus", Tier::Plus),
    ("demo-pro", Tier::Pro),
    ("demo-one", Tier::One),
    (DEMO_TRIAL, Tier::Plus),
];

/// The demo community on a trial. Trials include all add-ons.
const DEMO_TRIAL: &str = "demo-trial";

/// The length of the demo trial: 14 days in milliseconds.
const TRIAL: i64 = 14 * 24 * 60 * 60 * 1000;

/// The permission keys of the demo communities. No endpoint creates permission keys.
const DEMO_PERMISSION_KEYS: [(&str, &str); 4] = [
    ("police-academy", "police"),
    ("fire-academy", "fire"),
    ("dispatch-academy", "dispatch"),
    ("staff", "admin"),
];

/// The maximum number of rows in one answer.
pub(crate) const ROW_LIMIT: i64 = 500;

/// A place on the map.
#[derive(Clone, Copy, Deserialize, JsonSchema, Serialize)]
pub(crate) struct Coordinates {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Returns the plan of a demo community.
fn demo_plan(community: &str, tier: Tier) -> Plan {
    let plan = Plan {
        tier: Some(tier),
        ..Plan::default()
    };
    if community != DEMO_TRIAL {
        return plan;
    }
    Plan {
        until: Some(now() + TRIAL),
        then: Some(Tier::Free),
        add_ons: AddOn::ALL.to_vec(),
        ..plan
    }
}

/// Returns the API key of a demo community.
pub(crate) fn demo_key(community: &str) -> String {
    format!("{community}-key")
}

/// The server's state: the database.
#[derive(Clone)]
pub(crate) struct Cad {
    pool: AnyPool,
    dialect: Dialect,
    hasher: KeyHasher,
    sealer: Sealer,
    is_open: Arc<AtomicBool>,
    /// Wakes the task that delivers events.
    outbox: Arc<Notify>,
    turns: Arc<Turns>,
}

/// How long a starting server waits for its database, and the pause between later attempts.
const OPENING: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(500);

impl Cad {
    /// Opens the database and creates missing tables. `secret` is the secret for hashing API keys. If
    /// PostgreSQL is down, the server keeps trying in the background. Until it succeeds, no caller can
    /// be identified.
    ///
    /// # Errors
    /// Returns an error if the database can't be used or its tables have another version.
    pub(crate) async fn open(url: &str, secret: &str) -> Result<Self, sqlx::Error> {
        let dialect = Dialect::of(url)?;
        let hasher = KeyHasher::new(secret);
        let cad = Self {
            pool: dialect.connect(url).await?,
            dialect,
            sealer: Sealer::new(&hasher),
            hasher,
            is_open: Arc::default(),
            outbox: Arc::default(),
            turns: Arc::default(),
        };
        match timeout(OPENING, cad.make_tables()).await {
            Ok(Err(error)) if dialect == Dialect::Sqlite || !is_passing(&error) => {
                return Err(error);
            }
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => drop(tokio::spawn(cad.clone().wait_for_database())),
        }
        Ok(cad)
    }

    async fn make_tables(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin_with(self.dialect.begin_to_write()).await?;
        if self.dialect.make_tables(&mut transaction).await? {
            for (id, tier) in DEMO_COMMUNITIES {
                add_demo_community(&mut transaction, &self.hasher, id, tier).await?;
            }
        }
        transaction.commit().await?;
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }

    async fn wait_for_database(self) {
        while let Err(error) = self.make_tables().await {
            if !is_passing(&error) {
                // The same error at startup would have stopped the server too.
                eprintln!("cad: cannot open the database: {error}");
                std::process::exit(1);
            }
            eprintln!("error: cannot open the database yet: {error}");
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Whether the database was opened once. It may be down again.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Returns the kind of database.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the source that looks up callers in the database.
    pub(crate) fn communities(&self) -> Communities {
        Communities::new(self.clone())
    }

    /// Returns the caller's part of the store.
    ///
    /// # Errors
    /// Returns an error if the caller has no id, because it doesn't come from [`Communities`].
    pub(crate) fn community(&self, caller: &Caller<Tier>) -> Result<Community, StoreError> {
        match caller.id() {
            Some(id) => Ok(self.community_with_id(id)),
            None => Err(StoreError::Bug("a caller has no community")),
        }
    }

    fn community_with_id(&self, id: &str) -> Community {
        Community {
            pool: self.pool.clone(),
            dialect: self.dialect,
            hasher: self.hasher.clone(),
            sealer: self.sealer.clone(),
            outbox: self.outbox.clone(),
            turns: self.turns.clone(),
            id: id.into(),
        }
    }

    /// Waits for running queries and closes the database.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn add_demo_community(
    connection: &mut AnyConnection,
    hasher: &KeyHasher,
    id: &str,
    tier: Tier,
) -> Result<(), sqlx::Error> {
    let plan = demo_plan(id, tier);
    sqlx::query(
        "INSERT INTO communities (id, key_hash, tier, tier_until, then_tier, add_ons)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(hasher.hash(&ApiKey::new(demo_key(id))).as_bytes().to_vec())
    .bind(tier.name())
    .bind(plan.until)
    .bind(plan.then.map(Tier::name))
    .bind(plan.add_on_keys())
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO servers (community, id, body) VALUES ($1, 1, '{\"name\":\"Main\"}')")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    for (key, permission) in DEMO_PERMISSION_KEYS {
        sqlx::query("INSERT INTO permission_keys (community, key, permission) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(key)
            .bind(permission)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// One community's part of the store. Only [`Cad::community`] creates it, so no handler can access the
/// rows of another community.
#[derive(Clone)]
pub(crate) struct Community {
    pool: AnyPool,
    dialect: Dialect,
    hasher: KeyHasher,
    sealer: Sealer,
    outbox: Arc<Notify>,
    turns: Arc<Turns>,
    id: Arc<str>,
}

impl Community {
    /// Starts a write transaction. Only one runs at a time for each community. Dropping it without a
    /// commit rolls it back.
    async fn write(&self) -> Result<WriteTransaction, sqlx::Error> {
        let mut transaction = self.begin_to_write().await?;
        if let Some(lock) = self.dialect.lock_community() {
            sqlx::query(lock)
                .bind(&*self.id)
                .fetch_optional(&mut *transaction)
                .await?;
        }
        self.count_waiting(&mut transaction).await?;
        Ok(transaction)
    }

    /// Starts a write transaction without locking the community, so other servers may write for it at the same
    /// time. The outbox needs no lock.
    async fn begin_to_write(&self) -> Result<WriteTransaction, sqlx::Error> {
        let turn = self.turn().await?;
        let begin = self.dialect.begin_to_write();
        let transaction = self.pool.begin_with(begin).await?;
        let outbox = self.outbox.clone();
        Ok(WriteTransaction::new(transaction, outbox, turn))
    }

    /// Waits until no other write of this server holds the lock. Call this before taking a connection.
    async fn turn(&self) -> Result<Turn, sqlx::Error> {
        self.turns.wait(self.dialect.locked(&self.id)).await
    }

    /// Starts a read transaction, in which all queries see the same snapshot.
    async fn read(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool.begin_with(self.dialect.begin_to_read()).await
    }

    /// Returns the community's next number of this kind. Numbers are never reused.
    async fn next(&self, connection: &mut AnyConnection, name: &str) -> Result<i64, StoreError> {
        let next = sqlx::query_scalar(
            "INSERT INTO counters (community, name, value) VALUES ($1, $2, 1)
             ON CONFLICT (community, name) DO UPDATE SET value = counters.value + 1
             RETURNING value",
        )
        .bind(&*self.id)
        .bind(name)
        .fetch_one(connection)
        .await?;
        Ok(next)
    }
}

/// Returns a query for rows of these accounts. Bind their ids from the second parameter on.
fn of_accounts(rows: &str, order: &str, accounts: &[&str]) -> String {
    let parameters: Vec<String> = (2..accounts.len() + 2)
        .map(|number| format!("${number}"))
        .collect();
    let parameters = match parameters.as_slice() {
        [] => "NULL".to_owned(),
        some => some.join(", "),
    };
    format!("SELECT {rows} WHERE community = $1 AND account IN ({parameters}) ORDER BY {order}")
}

/// Returns the time in milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Parses a stored object and replaces these fields.
fn with(body: &str, fields: Value) -> Result<Value, StoreError> {
    let mut body: Object = serde_json::from_str(body)?;
    if let Value::Object(fields) = fields {
        body.extend(fields);
    }
    Ok(body.into())
}
