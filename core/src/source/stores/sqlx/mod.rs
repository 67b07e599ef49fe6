pub(crate) mod caller_columns;
pub(crate) mod caller_row;
pub(crate) mod pool_acquirer;
pub(crate) mod postgres_values;
pub(crate) mod sqlx_error;

use self::caller_row::CallerRow;
use self::pool_acquirer::PoolAcquirer;
use self::sqlx_error::{LookupFailure, Retry};
use crate::access::caller::Caller;
use crate::source::api_key::{ApiKey, KeyHash, KeyHasher};
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::stored_features::UnknownFeatures;
use crate::source::tier_source::TierSource;
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
/// The query returns one row. The columns have these names, in any order:
///
/// | column | content | meaning of `NULL`, or of a missing column |
/// | --- | --- | --- |
/// | `tier`, required | the tier: a name as text, or a rank as a whole number | a caller without a subscription |
/// | `id` | the caller's id: text or a whole number | no id |
/// | `key`, recommended | the stored key, or the stored hash | `NULL`: an unknown caller; missing: see below |
/// | `until` | when the tier and the add-ons end ([`Caller::until`]): Unix seconds as a whole number, a UTC time such as `2026-12-01T00:00:00Z` as text, or in PostgreSQL a `timestamptz` | no end |
/// | `then_tier`, only with `until` | the tier from then on ([`Caller::then`]), in the same form as `tier` | no subscription |
/// | `features` | the keys of the add-ons ([`Caller::with_features`]): separated by commas, a JSON array of texts as text, or in PostgreSQL a `text[]` or `varchar[]` | no add-ons |
/// | `plan_version` | the version of the price list ([`Caller::with_plan_version`]): a whole number | unknown |
///
/// Use `AS` to name a column: `SELECT plan AS tier, customer AS id, key_hash AS key, trial_end AS until`.
///
/// A query can return `tier`, `id` and `key` in this order under any names, as in `SELECT plan, customer,
/// key_hash`. Without a name from the table, a further column is an error.
///
/// The source reads all columns by name **if a column is named `until`, `then_tier`, `features` or
/// `plan_version`**, if a column named `tier` isn't the first, or if a column named `key` isn't the third.
/// Then every column must have a name from the table, and no two columns can have the same name. Upper and
/// lower case are the same. Otherwise, the source reads the columns by position.
///
/// A whole number is always a rank, even if your tiers' names consist of digits. Cast other PostgreSQL
/// types, such as an enum or a UUID, to text: `tier::text`. The padding of `char(n)` is removed. SQLite's
/// `datetime()` omits the time zone: use `unixepoch()` instead.
///
/// If the query returns no row, the caller is unknown. The caller is also unknown if the key doesn't
/// have the parameter's type, such as `x` for `$1::uuid`. The lookup fails with
/// [`InvalidTier`](SourceError::InvalidTier) if the query returns two rows, a column of another type or
/// with an unknown name, a tier that the program doesn't define, or a time before 1970 or after 9999.
/// If a column is missing or the database rejects the query for another reason, an `ERROR` is logged and
/// the lookup fails as if the database were down.
///
/// An add-on that the program doesn't define is ignored, because a newer version of the program may have
/// added it. Each such add-on is logged once as a `WARN`.
///
/// # One key, one spelling
/// **Return the stored key as the column `key`, or as the third column.** The source compares the
/// stored key with the caller's key byte for byte and in constant time. A caller who sends any other
/// spelling of the key is unknown.
///
/// Without this column, the database alone decides whether `WHERE key = $1` matches. The database may
/// accept several spellings of one key:
///
/// - lower and upper case, with `COLLATE NOCASE`, `citext`, a nondeterministic collation, or `MySQL`'s
///   default collations
/// - spaces at the end, with `COLLATE RTRIM` or `char(n)`
/// - `012` for `12`, if the column is a number
/// - several notations of a UUID
///
/// A key with several spellings is easier to guess, and a [`Cached`](crate::Cached) stores each
/// spelling as a separate key. Without this column, make sure that the database compares bytes:
/// store [`hashed`](Self::hashed) keys, or use `COLLATE BINARY` in SQLite, `COLLATE "C"` in PostgreSQL
/// or `COLLATE utf8mb4_0900_bin` in `MySQL`.
///
/// # Connections
/// The pool opens, limits and renews connections. A lookup may take two seconds, including the wait for
/// a connection; [`timeout`](Self::timeout) changes this limit. The lookup is retried once if the server
/// closed the connection, or if the prepared statement is out of date, as after `ALTER TABLE` or
/// `DISCARD ALL`.
///
/// The pool doesn't report whether the server refuses connections or the pool is exhausted. To find
/// out, the source attempts a connection outside the pool if half of the lookup's time limit has passed
/// and no connection has become free. It closes a successful connection at once. Only one such attempt
/// runs at a time.
///
/// ```
/// use sqlx::sqlite::SqlitePoolOptions;
/// use std::time::{Duration, SystemTime};
/// use tiergate::source::{ApiKey, KeyHasher, SourceError, SqlSource, TierSource};
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// let hasher = KeyHasher::new("a secret from the program's configuration");
///
/// sqlx::query("CREATE TABLE callers (key_hash BLOB PRIMARY KEY, customer TEXT, tier TEXT, until INTEGER)")
///     .execute(&pool)
///     .await?;
/// sqlx::query("INSERT INTO callers VALUES ($1, 'customer-7', 'Plus', unixepoch('2026-12-01'))")
///     .bind(hasher.hash(&ApiKey::new("a-key")).as_bytes().to_vec())
///     .execute(&pool)
///     .await?;
///
/// let query = "SELECT tier, customer AS id, key_hash AS key, until, 'Free' AS then_tier
///              FROM callers WHERE key_hash = $1";
/// let tiers = SqlSource::<Tier, _>::new(pool, query).hashed(hasher);
/// let caller = tiers.find(&ApiKey::new("a-key")).await?;
/// assert_eq!((caller.tier(), caller.id()), (Some(Tier::Plus), Some("customer-7")));
/// assert_eq!(caller.next_tier(), Some(Tier::Free));
/// assert_eq!(caller.ends_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200)));
/// assert!(matches!(tiers.find(&ApiKey::new("other")).await, Err(SourceError::UnknownCaller)));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqlSource<T, DB: Database> {
    pool: Pool<DB>,
    query: Arc<str>,
    hasher: Option<KeyHasher>,
    timeout: Duration,
    pool_acquirer: PoolAcquirer,
    unknown_features: UnknownFeatures,
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
            pool_acquirer: PoolAcquirer::default(),
            unknown_features: UnknownFeatures::default(),
            tier: PhantomData,
        }
    }

    /// Passes the key's hash to the query instead of the key. Use this if the database stores hashes.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Some(hasher);
        self
    }

    /// Sets how long a lookup may take. If a lookup takes longer, the store counts as unavailable.
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
        let key_parameter = KeyParameter {
            hash: self.hasher.as_ref().map(|hasher| hasher.hash(key)),
            key,
        };
        let is_connected = AtomicBool::new(false);
        let lookup = self.look_up_with_retry(&key_parameter, &is_connected);
        match tokio::time::timeout(self.timeout, lookup).await {
            Ok(Ok([None, _])) => Err(SourceError::UnknownCaller),
            Ok(Ok([Some(row), None])) => CallerRow::<DB>::new(&row)?.caller(
                key,
                key_parameter.bytes(),
                &self.unknown_features,
            ),
            Ok(Ok([Some(_), Some(_)])) => Err(SourceError::invalid_tier(safe("more than one row"))),
            Ok(Err(LookupFailure::Lookup(Error::PoolTimedOut))) => Err(self.no_connection()),
            Ok(Err(lookup_failure)) => Err(lookup_failure.to_source_error(key)),
            Err(_) if is_connected.into_inner() => {
                Err(SourceError::unavailable(safe("no response in time")))
            }
            Err(_) => Err(self.no_connection()),
        }
    }
}

/// The query's parameter.
struct KeyParameter<'a> {
    key: &'a ApiKey,
    /// The key's hash, if the database stores hashes.
    hash: Option<KeyHash>,
}

impl KeyParameter<'_> {
    fn bytes(&self) -> &[u8] {
        match &self.hash {
            Some(hash) => hash.as_bytes(),
            None => self.key.expose().as_bytes(),
        }
    }
}

/// The first two rows that the query returned.
type FirstTwoRows<DB> = [Option<<DB as Database>::Row>; 2];

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
    fn no_connection(&self) -> SourceError {
        SourceError::unavailable(safe(self.pool_acquirer.why_no_connection()))
    }

    /// Looks up the key. Retries the lookup once if a retry may help.
    async fn look_up_with_retry(
        &self,
        key: &KeyParameter<'_>,
        is_connected: &AtomicBool,
    ) -> Result<FirstTwoRows<DB>, LookupFailure> {
        let mut connection = self.acquire_connection().await?;
        is_connected.store(true, Ordering::Relaxed);
        let mut rows = self
            .query_rows(&mut connection, key, Statement::Cached)
            .await;
        match rows.as_ref().err().and_then(sqlx_error::retry_after) {
            None => {}
            Some(Retry::Statement) => {
                if connection.cached_statements_size() == 0 {
                    // sqlx's `Any` driver can't clear its cached statements. Closing the connection
                    // removes them.
                    connection.close_on_drop();
                }
                connection.clear_cached_statements().await?;
                rows = self
                    .query_rows(&mut connection, key, Statement::Fresh)
                    .await;
            }
            Some(Retry::Connection) => {
                connection.close_on_drop();
                drop(connection);
                is_connected.store(false, Ordering::Relaxed);
                connection = self.acquire_working_connection().await?;
                is_connected.store(true, Ordering::Relaxed);
                rows = self
                    .query_rows(&mut connection, key, Statement::Cached)
                    .await;
            }
        }
        match rows {
            Err(query_error) if sqlx_error::needs_operator(&query_error) => {
                // Preparing the query doesn't send the key, so the database's message is safe to log.
                let query = AssertSqlSafe(&*self.query).into_sql_str();
                let prepared = connection.prepare(query).await;
                Err(LookupFailure::RejectedQuery {
                    query_error,
                    prepare_error: prepared.err(),
                })
            }
            rows => Ok(rows?),
        }
    }

    async fn acquire_connection(&self) -> Result<PoolConnection<DB>, Error> {
        self.pool_acquirer.acquire(&self.pool, self.timeout).await
    }

    /// Returns a connection that responds to a ping. After one connection has failed, the pool's other
    /// connections may have failed too.
    async fn acquire_working_connection(&self) -> Result<PoolConnection<DB>, Error> {
        let mut remaining_connections = self.pool.size();
        loop {
            let mut connection = self.acquire_connection().await?;
            match connection.ping().await {
                Ok(()) => return Ok(connection),
                Err(error) if remaining_connections == 0 => return Err(error),
                Err(_) => connection.close_on_drop(),
            }
            remaining_connections -= 1;
        }
    }

    async fn query_rows(
        &self,
        connection: &mut DB::Connection,
        key: &KeyParameter<'_>,
        statement: Statement,
    ) -> Result<FirstTwoRows<DB>, Error> {
        // `new` requires that the query contains no user input.
        let query = match statement {
            Statement::Cached => sqlx::query::<DB>(AssertSqlSafe(&*self.query)),
            // sqlx caches statements by their text. The added line break distinguishes this text from
            // all cached statements.
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
    /// The connection's cached statement, which is prepared at its first use.
    Cached,
    /// A newly prepared statement, which isn't cached.
    Fresh,
}
