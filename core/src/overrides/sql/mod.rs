pub(crate) mod rows;

use self::rows::{QUERY, QUERY_WITH_LIMITS, VERSION_QUERY, read_rows, read_version};
use crate::access::overrides::Overrides;
use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::quotation::escaped;
use crate::access::overrides::raw::RawSnapshot;
use crate::overrides::load_error::LoadError;
use crate::overrides::loader::Loader;
use crate::overrides::store::{Store, StoreOptions, Stored, Wake};
use crate::source::stores::sqlx::pool_acquirer::PoolAcquirer;
use crate::source::stores::sqlx::sqlx_error::describe_sqlx_error;
use crate::tier::Tier;
use futures_util::future::select;
use sqlx::database::HasStatementCache;
use sqlx::{ColumnIndex, Database, Decode, Error, Executor, IntoArguments, Pool, Type};
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often all overrides are read even if the version hasn't changed.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(10);

/// The statements that create the tables of [`SqlOverrides`] in SQLite.
pub const SQLITE_TABLES: &str = include_str!("sqlite.sql");

/// The statements that create the tables of [`SqlOverrides`] in PostgreSQL.
pub const POSTGRES_TABLES: &str = include_str!("postgres.sql");

/// Overrides in a table of an SQL database, SQLite or PostgreSQL (feature `sqlx`).
///
/// ```
/// use sqlx::sqlite::SqlitePoolOptions;
/// use tiergate::overrides::SqlOverrides;
/// use tiergate::{Catalogue, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// # sqlx::raw_sql(tiergate::overrides::SQLITE_TABLES).execute(&pool).await?;
/// let overrides = Overrides::of::<Api>();
/// tokio::spawn(SqlOverrides::new(pool.clone()).watch(&overrides));
///
/// sqlx::query(
///     "INSERT INTO tiergate_overrides (kind, endpoint, tier, until, because)
///      VALUES ('require', 'export', 'Free', '2026-12-08T00:00:00Z', 'launch week')",
/// )
/// .execute(&pool)
/// .await?;
/// # SqlOverrides::new(pool).load(&overrides).await?;
/// # assert_eq!((overrides.version(), overrides.list().len()), (Some(2), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Tables
/// Each row of `tiergate_overrides` is an override, and the columns are its [fields](super#stores).
/// `tiergate_overrides_version` contains one row with the version. Triggers raise the version with
/// every change. Create the tables with these statements, which are also the constants
/// [`SQLITE_TABLES`](super::SQLITE_TABLES) and [`POSTGRES_TABLES`](super::POSTGRES_TABLES). In SQLite:
///
/// ```sql
#[doc = include_str!("sqlite.sql")]
/// ```
///
/// In PostgreSQL:
///
/// ```sql
#[doc = include_str!("postgres.sql")]
/// ```
///
/// An older table without the column `limits` still works, unless you need overrides of limits. To add the
/// column in PostgreSQL:
///
/// ```sql
#[doc = include_str!("postgres_limits.sql")]
/// ```
///
/// SQLite can't change the constraints of a table. Rename the old table, create the new table and its
/// triggers, copy the rows and drop the old table, all in one transaction.
///
/// The version is a `bigint`. All other columns are text. In PostgreSQL, `until` may also be a
/// `timestamptz`, except with sqlx's `Any` driver, which can't read a `timestamptz`. If a column has
/// another type, or a row is invalid, the whole table is rejected.
///
/// After restoring an old backup, raise the version above every version that was ever in use. Otherwise,
/// running programs reject the table:
///
/// ```sql
/// UPDATE tiergate_overrides_version SET version = 1000
/// ```
///
/// # Changes
/// The version is read every 500 milliseconds. If it has changed, a single statement reads the version
/// and all rows, so a change of several rows in one transaction takes effect at once. In PostgreSQL,
#[cfg_attr(
    feature = "postgres",
    doc = "[`listen`](SqlOverrides::listen) makes changes take effect within milliseconds."
)]
#[cfg_attr(
    not(feature = "postgres"),
    doc = "`listen` (feature `postgres`) makes changes take effect within milliseconds."
)]
/// All rows are read again every ten seconds, even if the version hasn't changed. If a trigger is
/// missing, this read reports an error about changes that have no effect.
pub struct SqlOverrides<DB: Database> {
    pool: Pool<DB>,
    options: StoreOptions,
    pool_acquirer: Arc<PoolAcquirer>,
    listener: Option<Arc<Listener>>,
    last_full_read: Arc<Mutex<Option<Instant>>>,
}

/// Listens for changes, and wakes the watcher.
type Listener = dyn Fn(Wake) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

impl<DB: Database> SqlOverrides<DB> {
    /// Creates a store that reads the tables of this database.
    pub fn new(pool: Pool<DB>) -> Self {
        Self {
            pool,
            options: StoreOptions::every(Duration::from_millis(500)),
            pool_acquirer: Arc::default(),
            listener: None,
            last_full_read: Arc::default(),
        }
    }

    /// Sets how long to wait before the version is read again. The default is 500 milliseconds.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// Sets how long a read may take, including the wait for a connection. The default is two seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Accepts tables whose version is lower than the installed version. The default is `false`. With
    /// `true`, a restored backup or an outdated replica can end a kill switch.
    #[must_use]
    pub fn accept_older_versions(mut self, accepts: bool) -> Self {
        self.options.accepts_older_versions = accepts;
        self
    }
}

#[cfg(feature = "postgres")]
impl SqlOverrides<sqlx::Postgres> {
    /// Listens on a PostgreSQL channel, and reads the tables at once after each notification (feature
    /// `postgres`). The documented trigger uses the channel `tiergate_overrides`. The tables are still
    /// read at each interval, so a lost notification only delays a change.
    ///
    /// The listener opens a separate connection with the pool's options, and takes no connection from
    /// the pool.
    ///
    /// ```no_run
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free }
    /// # fn watch(overrides: &tiergate::Overrides<Tier>, pool: sqlx::PgPool) {
    /// use tiergate::overrides::SqlOverrides;
    ///
    /// let table = SqlOverrides::new(pool).listen("tiergate_overrides");
    /// tokio::spawn(table.watch(overrides));
    /// # }
    /// ```
    #[must_use]
    pub fn listen(mut self, channel: &str) -> Self {
        use crate::overrides::wake_on_change::WakeOnChange;
        use crate::source::stores::listen_postgres::receive_notifications;

        let (pool, channel) = (self.pool.clone(), channel.to_owned());
        self.listener = Some(Arc::new(move |wake| {
            let receiver = WakeOnChange::new(wake, "PostgreSQL");
            Box::pin(receive_notifications(
                pool.clone(),
                channel.clone(),
                receiver,
            ))
        }));
        self
    }
}

impl<DB> SqlOverrides<DB>
where
    DB: Database + HasStatementCache,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> String: Decode<'r, DB>,
    for<'r> i64: Decode<'r, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    /// Reads the tables once and installs the overrides.
    ///
    /// # Errors
    /// Returns an error if the tables can't be read, or if they aren't a valid set of overrides.
    pub async fn load<T: Tier>(&self, overrides: &Overrides<T>) -> Result<(), LoadError> {
        Loader::new(self.clone(), overrides, self.options)
            .load()
            .await
    }

    /// Installs the table's overrides, and follows the table's changes. Spawn the returned future on a
    /// tokio runtime. It runs until you close the pool or drop the future.
    ///
    /// If the tables can't be read or aren't valid, the installed overrides stay in effect. Each problem
    /// is logged once, at the `ERROR` level.
    pub fn watch<T: Tier>(
        &self,
        overrides: &Overrides<T>,
    ) -> impl Future<Output = ()> + Send + use<T, DB> {
        let loader = Loader::new(self.clone(), overrides, self.options);
        let (pool, listener) = (self.pool.clone(), self.listener.clone());
        async move {
            let wake = Wake::default();
            let watching = async {
                let watching = pin!(loader.watch(&wake));
                match listener {
                    Some(listener) => {
                        select(watching, listener(wake.clone())).await;
                    }
                    None => watching.await,
                }
            };
            // `watching` never ends by itself. It stops when the program closes the pool.
            let _: Result<(), _> = pool.close_event().do_until(watching).await;
        }
    }

    /// Reads the version, and all overrides if the version has changed.
    async fn read_tables(
        &self,
        known: Option<&Content>,
        is_connected: &AtomicBool,
    ) -> Result<Option<Content>, Error> {
        let limit = self.options.timeout;
        let mut connection = self.pool_acquirer.acquire(&self.pool, limit).await?;
        is_connected.store(true, Ordering::Relaxed);
        // The statements aren't kept prepared, because a prepared statement stops working when the type of
        // a column changes.
        if let (Some(Ok(known)), true) = (known, self.was_fully_read_recently()) {
            let query = sqlx::query::<DB>(VERSION_QUERY).persistent(false);
            let row = query.fetch_optional(&mut *connection).await?;
            let version = row.map(|row| read_version::<DB>(Some(&row)));
            if version == Some(Ok(known.version)) {
                return Ok(None);
            }
        }
        let query = sqlx::query::<DB>(QUERY).persistent(false);
        let rows: Vec<DB::Row> = query.fetch_all(&mut *connection).await?;
        let mut content = read_rows::<DB>(&rows);
        // A table without overrides of limits may lack the column. Reading a missing column would log an
        // error in the database.
        if content.as_ref().is_ok_and(RawSnapshot::has_limits) {
            let query = sqlx::query::<DB>(QUERY_WITH_LIMITS).persistent(false);
            let rows: Vec<DB::Row> = query.fetch_all(&mut *connection).await?;
            content = read_rows::<DB>(&rows);
        }
        *self.last_full_read() = Some(Instant::now());
        Ok((known != Some(&content)).then_some(content))
    }

    fn was_fully_read_recently(&self) -> bool {
        let last = *self.last_full_read();
        last.is_some_and(|last| last.elapsed() < FULL_READ_INTERVAL)
    }

    fn last_full_read(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        let last = self.last_full_read.lock();
        last.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The content of the tables, or the reason why the content can't be read as overrides.
type Content = Result<RawSnapshot, InvalidOverrides>;

impl<DB> Store for SqlOverrides<DB>
where
    DB: Database + HasStatementCache,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> String: Decode<'r, DB>,
    for<'r> i64: Decode<'r, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    const NAME: &'static str = "sql";
    type Content = Content;

    async fn read(&self, known: Option<&Content>) -> Result<Option<Stored<Content>>, LoadError> {
        let is_connected = AtomicBool::new(false);
        let reading = self.read_tables(known, &is_connected);
        let no_connection = || LoadError::unavailable(self.pool_acquirer.why_no_connection());
        let content = match tokio::time::timeout(self.options.timeout, reading).await {
            Ok(Ok(content)) => content,
            Ok(Err(Error::PoolTimedOut)) => return Err(no_connection()),
            Ok(Err(error)) => return Err(LoadError::unavailable(describe(&error))),
            Err(_) if is_connected.into_inner() => {
                return Err(LoadError::unavailable("the database doesn't respond"));
            }
            Err(_) => return Err(no_connection()),
        };
        Ok(content.map(|content| Stored {
            snapshot: content.clone(),
            content,
        }))
    }
}

/// Describes an error. The query has no parameters, so the database's message can't contain a key.
fn describe(error: &Error) -> String {
    let description = describe_sqlx_error(error);
    match error {
        Error::Database(error) => format!("{description}: {}", escaped(error.message())),
        _ => description,
    }
}

impl<DB: Database> Clone for SqlOverrides<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            options: self.options,
            pool_acquirer: self.pool_acquirer.clone(),
            listener: self.listener.clone(),
            last_full_read: self.last_full_read.clone(),
        }
    }
}

impl<DB: Database> fmt::Debug for SqlOverrides<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlOverrides")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
