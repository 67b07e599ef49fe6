use super::{ApiKey, Caller, KeyHasher, SourceError, TierSource, read_tier, trouble};
use crate::Tier;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Column, ColumnIndex, Database, Decode, Encode, Executor, IntoArguments, Pool,
    Row, Type, TypeInfo,
};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// A query for a caller's tier (feature `sqlx`): SQLite, PostgreSQL, or any driver of sqlx.
///
/// The query has one parameter, the key, or its hash as 32 bytes if keys are [`hashed`](Self::hashed).
/// Its first column is the tier: a name, or a rank as a whole number; `NULL` is a caller without a
/// subscription. A second column, if there is one, is the caller's id: a text or a whole number.
/// What is of a type of its own in PostgreSQL, such as an enum or a UUID, is cast: `tier::text`.
///
/// No row is an unknown caller, and so is a key that the query cannot take, such as `x` where it
/// says `$1::uuid`. Two rows, a value of another type, or a tier that the program does not know, are
/// [`Unreadable`](SourceError::Unreadable). A query that the database refuses, as by a column that is
/// missing, is logged as an `ERROR`, and answered as a database that is down.
///
/// Connections, their number and their renewal are the pool's. Set its `acquire_timeout`; the whole
/// of a question, with the wait for a connection, may take two seconds, or what
/// [`timeout`](Self::timeout) says.
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
/// let tiers = SqlSource::<Tier, _>::new(pool, "SELECT tier, customer FROM callers WHERE key_hash = $1")
///     .hashed(hasher);
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
    tier: PhantomData<fn() -> T>,
}

impl<T: Tier, DB: Database> SqlSource<T, DB> {
    /// Asks this query, which must be the program's own and take the key as its one parameter.
    pub fn new(pool: Pool<DB>, query: impl Into<Arc<str>>) -> Self {
        Self {
            pool,
            query: query.into(),
            hasher: None,
            timeout: Duration::from_secs(2),
            tier: PhantomData,
        }
    }

    /// The database has the hashes of keys, and the query's parameter is one.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Some(hasher);
        self
    }

    /// How long a question may take. Then the store counts as unavailable.
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
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> String: Encode<'q, DB>,
    for<'q> Vec<u8>: Encode<'q, DB>,
    for<'r> String: Decode<'r, DB>,
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
        let failed = |error: sqlx::Error| failed(&error, key);
        let asking = async {
            // The query is the program's own, by `new`.
            let query = sqlx::query::<DB>(AssertSqlSafe(&*self.query));
            let query = match &self.hasher {
                Some(hasher) => query.bind(hasher.hash(key).as_bytes().to_vec()),
                None => query.bind(key.expose().to_owned()),
            };
            let mut rows = query.fetch(&self.pool);
            let row = rows.try_next().await.map_err(failed)?;
            let another = rows.try_next().await.map_err(failed)?;
            Ok((row, another))
        };
        match tokio::time::timeout(self.timeout, asking).await {
            Ok(Ok((None, _))) => Err(SourceError::UnknownCaller),
            Ok(Ok((Some(row), None))) => read(&row),
            Ok(Ok((Some(_), Some(_)))) => Err(SourceError::unreadable("more than one row")),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SourceError::unavailable("no answer in time")),
        }
    }
}

/// What an error of the database means.
fn failed(error: &sqlx::Error, key: &ApiKey) -> SourceError {
    let said = error.to_string();
    let reason = trouble::without_key(&said, key);
    let code = match error {
        sqlx::Error::Database(error) => error.code().unwrap_or_default(),
        _ => return SourceError::unavailable(reason),
    };
    // By SQLSTATE, and where SQLite has none, by its one code for what it does not understand.
    match &*code {
        // Text that the database cannot have: the only text that comes from here is the key.
        "22021" => SourceError::UnknownCaller,
        code if code.starts_with("22") => {
            let key = key.expose();
            // Of another type than the column, and so in no row. Else it is what stands in the row.
            if said.contains(&format!("\"{key}\"")) || said.contains(&format!("'{key}'")) {
                SourceError::UnknownCaller
            } else {
                SourceError::unreadable(reason)
            }
        }
        "1" => trouble::mistake(&reason),
        // Of the query, a table, the database, or who asks.
        code if matches!(code.get(..2), Some("28" | "3D" | "3F" | "42")) => {
            trouble::mistake(&reason)
        }
        _ => SourceError::unavailable(reason),
    }
}

fn read<T, DB>(row: &DB::Row) -> Result<Caller<T>, SourceError>
where
    T: Tier,
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let tier = match text::<DB>(row, 0)? {
        Some(text) => Some(read_tier(&text)?),
        None => None,
    };
    let caller = Caller::from(tier);
    match row.len() {
        0 | 1 => Ok(caller),
        _ => Ok(match text::<DB>(row, 1)? {
            Some(id) => caller.with_id(id),
            None => caller,
        }),
    }
}

/// A column that is a text or a whole number, as a text.
fn text<DB>(row: &DB::Row, column: usize) -> Result<Option<String>, SourceError>
where
    DB: Database,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    for<'r> i32: Decode<'r, DB> + Type<DB>,
    for<'r> i16: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let another = || {
        SourceError::unreadable(format!(
            "column {} is neither a text nor a whole number",
            column + 1
        ))
    };
    // SQLite has truth values as numbers.
    let declared = row.try_column(column).map_err(|_| another())?;
    if declared.type_info().name() == "BOOLEAN" {
        return Err(another());
    }
    // Each of these refuses a column of another type.
    if let Ok(text) = row.try_get::<Option<String>, _>(column) {
        return Ok(text);
    }
    let number = row
        .try_get::<Option<i64>, _>(column)
        .or_else(|_| {
            row.try_get::<Option<i32>, _>(column)
                .map(|number| number.map(i64::from))
        })
        .or_else(|_| {
            row.try_get::<Option<i16>, _>(column)
                .map(|number| number.map(i64::from))
        });
    number
        .map(|number| number.map(|number| number.to_string()))
        .map_err(|_| another())
}
