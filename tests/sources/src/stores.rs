//! The four stores for tiers. Each has a source and a way to change its data.

use crate::Tier;
use redis::Client;
use sqlx::postgres::{PgPool, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool, SqlitePoolOptions};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tiergate::Caller;
use tiergate::source::{
    ApiKey, KeyHash, RedisClient, RedisSource, SourceError, SqlSource, TierSource,
};

/// The query for both databases.
pub const QUERY: &str = "SELECT tier, customer FROM callers WHERE api_key = $1";

/// A store for tiers.
pub trait Store: Send + Sync {
    /// Stores a key, its customer and the value of its tier.
    fn put(&self, key: &str, customer: &str, tier: Option<&str>)
    -> impl Future<Output = ()> + Send;
}

/// A customer, and the stored value of the tier.
type Row = (String, Option<String>);

/// A store in a map.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<String, Row>>>);

impl Store for Memory {
    async fn put(&self, key: &str, customer: &str, tier: Option<&str>) {
        let row = (customer.to_owned(), tier.map(str::to_owned));
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert(key.to_owned(), row);
    }
}

impl TierSource for Memory {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (customer, tier) = rows.get(key.expose()).ok_or(SourceError::UnknownCaller)?;
        let tier = match tier {
            Some(tier) => Some(match tier.parse::<u32>() {
                Ok(rank) if !tier.starts_with('+') => Tier::from_rank(rank)?,
                _ => tier.parse::<Tier>()?,
            }),
            None => None,
        };
        Ok(Caller::from(tier).with_id(customer.as_str()))
    }
}

/// A SQLite database in memory.
#[derive(Clone)]
pub struct InSqlite(pub SqlitePool);

impl InSqlite {
    /// Creates an empty database.
    pub async fn new() -> Self {
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.expect("SQLite");
        let table = "CREATE TABLE callers (api_key TEXT PRIMARY KEY, customer TEXT, tier)";
        sqlx::query(table).execute(&pool).await.expect("a table");
        Self(pool)
    }

    /// Creates a source that queries the database.
    pub fn source(&self) -> SqlSource<Tier, Sqlite> {
        SqlSource::new(self.0.clone(), QUERY)
    }
}

impl Store for InSqlite {
    async fn put(&self, key: &str, customer: &str, tier: Option<&str>) {
        sqlx::query("INSERT OR REPLACE INTO callers VALUES ($1, $2, $3)")
            .bind(key)
            .bind(customer)
            .bind(tier)
            .execute(&self.0)
            .await
            .expect("a row");
    }
}

/// A PostgreSQL database that sends notifications of changes on the channel `tiers`.
#[derive(Clone)]
pub struct InPostgres(pub PgPool);

impl InPostgres {
    /// Creates an empty table.
    pub async fn new(pool: PgPool) -> Self {
        let table = concat!(
            "CREATE TABLE callers (api_key TEXT PRIMARY KEY, customer TEXT, tier TEXT);",
            include_str!("../../../core/src/source/stores/notify_tier_change.sql")
        );
        sqlx::raw_sql(table).execute(&pool).await.expect("a table");
        Self(pool)
    }

    /// Creates a source that uses these connections.
    pub fn source(pool: PgPool) -> SqlSource<Tier, Postgres> {
        SqlSource::new(pool, QUERY)
    }
}

impl Store for InPostgres {
    async fn put(&self, key: &str, customer: &str, tier: Option<&str>) {
        sqlx::query(
            "INSERT INTO callers VALUES ($1, $2, $3)
             ON CONFLICT (api_key) DO UPDATE SET customer = $2, tier = $3",
        )
        .bind(key)
        .bind(customer)
        .bind(tier)
        .execute(&self.0)
        .await
        .expect("a row");
    }
}

/// Hashes in Redis named `PREFIX:HASH`. Changes are published on the channel `PREFIX`.
#[derive(Clone)]
pub struct InRedis {
    client: Client,
    prefix: String,
}

impl InRedis {
    /// Uses a separate prefix, because tests share the server.
    pub fn new(client: Client, prefix: &str) -> Self {
        Self {
            client,
            prefix: prefix.to_owned(),
        }
    }

    /// Creates a source that uses this client.
    pub fn source(&self, client: impl Into<RedisClient>) -> RedisSource<Tier> {
        RedisSource::field(client, format!("{}:{{key}}", self.prefix), "tier").id("customer")
    }
}

impl Store for InRedis {
    async fn put(&self, key: &str, customer: &str, tier: Option<&str>) {
        let connection = self.client.get_multiplexed_async_connection().await;
        let hash = KeyHash::sha256(&ApiKey::new(key)).to_hex();
        let name = format!("{}:{hash}", self.prefix);
        let () = redis::pipe()
            .atomic()
            .hset(&name, "tier", tier.unwrap_or_default())
            .hset(&name, "customer", customer)
            .publish(&self.prefix, customer)
            .query_async(&mut connection.expect("a connection"))
            .await
            .expect("a hash");
    }
}
