pub(crate) mod connecting;
pub(crate) mod failure;
pub(crate) mod row;

use self::connecting::Connecting;
use self::failure::{Failure, Retry};
use crate::access::caller::Caller;
use crate::source::api_key::{ApiKey, KeyHash, KeyHasher};
use crate::source::error_log::safe;
use crate::source::{SourceError, TierSource};
use crate::tier::Tier;
use futures_util::TryStreamExt;
use sqlx::database::HasStatementCache;
use sqlx::pool::PoolConnection;
use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Database, Decode, Encode, Error, Executor,
    IntoArguments, Pool, SqlSafeStr, Type,
};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Reads a caller's tier with an SQL query (feature `sqlx`), from SQLite, PostgreSQL, or any other
/// database that sqlx supports.
///
/// The query has one parameter: the key, or its hash as 32 bytes if keys are [`hashed`](Self::hashed).
/// It returns one row with up to three columns:
///
/// | column | content | meaning of `NULL` |
/// | --- | --- | --- |
/// | 1 | the tier: a name as text, or a rank as a whole number | a caller without a subscription |
/// | 2, optional | the caller's id: text or a whole number | no id |
/// | 3, recommended | the stored key, or the stored hash | an unknown caller |
///
/// A whole number is always a rank, even if the names of tiers are digits. Cast other PostgreSQL types,
/// such as an enum or a UUID, to text: `tier::text`. The padding of `char(n)` is removed.
///
/// If the query returns no row, the caller is unknown. The caller is also unknown if the key doesn't
/// have the parameter's type, such as `x` for `$1::uuid`. Two rows, a column of another type, or a tier
/// that the program doesn't know are [`InvalidTier`](SourceError::InvalidTier). If the database rejects
/// the query, for example because a column is missing, an `ERROR` is logged and the lookup fails as if
/// the database were down.
///
/// # One key, one spelling
/// **Return the stored key as the third column.** The source compares it with the caller's key byte for
/// byte and in constant time. A caller who sends any other spelling is unknown.
///
/// Without a third column, the database alone decides whether `WHERE key = $1` matches, and it may
/// accept several spellings of one key:
///
/// - lower and upper case, with `COLLATE NOCASE`, `citext`, a nondeterministic collation, or `MySQL`'s
///   default collations
/// - spaces at the end, with `COLLATE RTRIM` or `char(n)`
/// - `012` for `12`, if the column is a number
/// - several notations of a UUID
///
/// Such keys are easier to guess, and a [`Cached`](crate::Cached) stores each spelling as a separate
/// key. Without a third column, make sure that the database compares bytes: store
/// [`hashed`](Self::hashed) keys, or use `COLLATE BINARY` in SQLite, `COLLATE "C"` in PostgreSQL or
/// `COLLATE utf8mb4_0900_bin` in `MySQL`.
///
/// # Connections
/// The pool opens, limits and renews connections. A lookup may take two seconds, including the wait for
/// a connection; [`timeout`](Self::timeout) changes this limit. The lookup is repeated once if its
/// prepared statement is out of date, for example after `ALTER TABLE` or `DISCARD ALL`, or if the server
/// closed the connection.
///
/// If no connection is free for half of that time, the source opens one connection outside the pool and
/// closes it at once. This attempt shows whether the server refuses connections or the pool is
/// exhausted, which the pool doesn't report. Only one such attempt runs at a time.
///
/// ```
/// use sqlx::sqlite::SqlitePoolOptions;
/// use tiergate::source::{ApiKey, KeyHasher, SourceError, SqlSource, TierSource};
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// let hasher = KeyHasher::new("a secret from the program's configuration");
///
/// sqlx::query("CREATE TABLE callers (key_hash BLOB PRIMARY KEY, customer TEXT, tier TEXT)")
///     .execute(&pool)
///     .await?;
/// sqlx::query("INSERT INTO callers VALUES ($1, 'customer-7', 'Plus')")
///     .bind(hasher.hash(&ApiKey::new("a-key")).as_bytes().to_vec())
///     .execute(&pool)
///     .await?;
///
/// let query = "SELECT tier, customer, key_hash FROM callers WHERE key_hash = $1";
/// let tiers = SqlSource::<Tier, _>::new(pool, query).hashed(hasher);
/// let caller = tiers.find(&ApiKey::new("a-key")).await?;
/// assert_eq!((caller.tier(), caller.id()), (Some(Tier::Plus), Some("customer-7")));
/// assert!(matches!(tiers.find(&ApiKey::new("other")).await, Err(SourceError::UnknownCaller)));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqlSource<T, DB: Database> {
    pool: Pool<DB>,
    query: Arc<str>,
    hasher: Option<KeyHasher>,
    timeout: Duration,
    connecting: Connecting,
    tier: PhantomData<fn() -> T>,
}

impl<T: Tier, DB: Database> SqlSource<T, DB> {
    /// Creates a source for this query, which takes the key as its only parameter. Write the query in
    /// your program; never build it from user input.
    pub fn new(pool: Pool<DB>, query: impl Into<Arc<str>>) -> Self {
        Self {
            pool,
            query: query.into(),
            hasher: None,
            timeout: Duration::from_secs(2),
            connecting: Connecting::default(),
            tier: PhantomData,
        }
    }

    /// Passes the key's hash to the query instead of the key. Use this if the database stores hashes.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Some(hasher);
        self
    }

    /// Sets how long a lookup may take. After that, the store counts as unavailable.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<T, DB: Database> fmt::Debug for SqlSource<T, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlSource")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

impl<T, DB> TierSource for SqlSource<T, DB>
where
    T: Tier,
    DB: Database + HasStatementCache,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> String: Encode<'q, DB>,
    for<'q> Vec<u8>: Encode<'q, DB>,
    for<'r> String: Decode<'r, DB>,
    for<'r> Vec<u8>: Decode<'r, DB>,
    for<'r> i64: Decode<'r, DB>,
    for<'r> i32: Decode<'r, DB>,
    for<'r> i16: Decode<'r, DB>,
    String: Type<DB>,
    Vec<u8>: Type<DB>,
    i64: Type<DB>,
    i32: Type<DB>,
    i16: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    type Tier = T;

    async fn find(&self, key: &ApiKey) -> Result<Caller<T>, SourceError> {
        let key = Parameter {
            hash: self.hasher.as_ref().map(|hasher| hasher.hash(key)),
            key,
        };
        let is_connected = AtomicBool::new(false);
        let asking = self.ask(&key, &is_connected);
        match tokio::time::timeout(self.timeout, asking).await {
            Ok(Ok([None, _])) => Err(SourceError::UnknownCaller),
            Ok(Ok([Some(row), None])) => row::read::<T, DB>(&row, key.bytes()),
            Ok(Ok([Some(_), Some(_)])) => Err(SourceError::invalid_tier(safe("more than one row"))),
            Ok(Err(Failure::Lookup(Error::PoolTimedOut))) => {
                Err(SourceError::unavailable(safe(self.connecting.reason())))
            }
            Ok(Err(failure)) => Err(failure.meaning(key.key)),
            Err(_) if is_connected.into_inner() => {
                Err(SourceError::unavailable(safe("no response in time")))
            }
            Err(_) => Err(SourceError::unavailable(safe(self.connecting.reason()))),
        }
    }
}

/// The query's parameter.
struct Parameter<'a> {
    key: &'a ApiKey,
    /// The key's hash, if the database stores hashes.
    hash: Option<KeyHash>,
}

impl Parameter<'_> {
    fn bytes(&self) -> &[u8] {
        match &self.hash {
            Some(hash) => hash.as_bytes(),
            None => self.key.expose().as_bytes(),
        }
    }
}

/// The first two rows of the result.
type Rows<DB> = [Option<<DB as Database>::Row>; 2];

impl<T, DB> SqlSource<T, DB>
where
    T: Tier,
    DB: Database + HasStatementCache,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> String: Encode<'q, DB>,
    for<'q> Vec<u8>: Encode<'q, DB>,
    String: Type<DB>,
    Vec<u8>: Type<DB>,
{
    /// Looks up the key, and repeats the lookup once if that may help.
    async fn ask(
        &self,
        key: &Parameter<'_>,
        is_connected: &AtomicBool,
    ) -> Result<Rows<DB>, Failure> {
        let mut connection = self.connecting.acquire(&self.pool, self.timeout).await?;
        is_connected.store(true, Ordering::Relaxed);
        let mut rows = self.rows(&mut connection, key, Statement::Kept).await;
        match rows.as_ref().err().and_then(failure::retry) {
            None => {}
            Some(Retry::Statement) => {
                if connection.cached_statements_size() == 0 {
                    // The driver `Any` can't clear its cached statements without closing the connection.
                    connection.close_on_drop();
                }
                connection.clear_cached_statements().await?;
                rows = self.rows(&mut connection, key, Statement::Fresh).await;
            }
            Some(Retry::Connection) => {
                connection.close_on_drop();
                drop(connection);
                is_connected.store(false, Ordering::Relaxed);
                connection = self.another().await?;
                is_connected.store(true, Ordering::Relaxed);
                rows = self.rows(&mut connection, key, Statement::Kept).await;
            }
        }
        match rows {
            Err(error) if failure::is_mistake(&error) => {
                // Preparing the query doesn't send the key, so the database's message is safe to log.
                let query = AssertSqlSafe(&*self.query).into_sql_str();
                let prepared = connection.prepare(query).await;
                Err(Failure::Mistake(error, prepared.err()))
            }
            rows => Ok(rows?),
        }
    }

    /// Returns a working connection after one failed. Other connections of the pool may have failed too.
    async fn another(&self) -> Result<PoolConnection<DB>, Error> {
        let mut left = self.pool.size();
        loop {
            let mut connection = self.connecting.acquire(&self.pool, self.timeout).await?;
            match connection.ping().await {
                Ok(()) => return Ok(connection),
                Err(error) if left == 0 => return Err(error),
                Err(_) => connection.close_on_drop(),
            }
            left -= 1;
        }
    }

    async fn rows(
        &self,
        connection: &mut DB::Connection,
        key: &Parameter<'_>,
        statement: Statement,
    ) -> Result<Rows<DB>, Error> {
        // `new` requires that the query contains no user input.
        let query = match statement {
            Statement::Kept => sqlx::query::<DB>(AssertSqlSafe(&*self.query)),
            // Statements are cached by their text. The line break makes sure that this one isn't cached.
            Statement::Fresh => {
                sqlx::query::<DB>(AssertSqlSafe(format!("{}\n", self.query))).persistent(false)
            }
        };
        let query = match &key.hash {
            Some(hash) => query.bind(hash.as_bytes().to_vec()),
            None => query.bind(key.key.expose().to_owned()),
        };
        let mut rows = query.fetch(connection);
        Ok([rows.try_next().await?, rows.try_next().await?])
    }
}

/// The prepared statement to use.
#[derive(Clone, Copy)]
enum Statement {
    /// The connection's cached statement, prepared at its first use.
    Kept,
    Fresh,
}
