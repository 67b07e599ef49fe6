pub(crate) mod connections;
pub(crate) mod failure;
pub(crate) mod listen;
pub(crate) mod names;

use self::connections::{Connections, RedisClient, Shared};
use self::names::{Place, Spelling, fill};
use crate::access::caller::Caller;
use crate::source::api_key::{ApiKey, KeyHasher};
use crate::source::error_log::safe;
use crate::source::{SourceError, TierSource, read_tier};
use crate::tier::Tier;
use redis::RedisError;
use redis::aio::ConnectionManagerConfig;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Reads a caller's tier from a Redis key or from a field of a Redis hash (feature `redis`).
///
/// In names, `{key}` is replaced by the SHA-256 of the API key in hexadecimal, or by its
/// [`hashed`](Self::hashed) form. The value is the name or the rank of a tier. An empty value means a
/// caller without a subscription. A missing value means an unknown caller.
///
/// ```
/// use tiergate::source::RedisSource;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// let client = redis::Client::open("redis://127.0.0.1")?;
///
/// // GET tier:HASH
/// let tiers = RedisSource::<Tier>::key(client.clone(), "tier:{key}");
/// // HMGET tiers HASH
/// let tiers = RedisSource::<Tier>::field(client.clone(), "tiers", "{key}");
/// // HMGET caller:HASH tier customer
/// let tiers = RedisSource::<Tier>::field(client, "caller:{key}", "tier").id("customer");
/// # Ok::<(), redis::RedisError>(())
/// ```
///
/// # Names
/// Callers can send any text as a key. Without hashing, a caller who sends `stats:logins` to a source
/// with the pattern `tier:{key}` would read `tier:stats:logins`. With hashing, a key reaches only its own
/// record. Hashing also keeps the keys out of Redis. Other programs can compute the same hash with
/// [`KeyHash::sha256`](crate::source::KeyHash::sha256), with `sha256(…)` in most languages, or in a shell:
///
/// ```sh
/// redis-cli SET "tier:$(printf %s "$KEY" | sha256sum | cut -d' ' -f1)" Plus
/// ```
///
/// If your names in Redis contain unhashed keys, see [`raw_keys`](Self::raw_keys).
///
/// # Connections
/// The source opens one connection for each tokio runtime, at the first lookup. A lookup may take two
/// seconds; [`timeout`](Self::timeout) changes this limit. If the connection fails, the lookup is
/// repeated once on another connection.
///
/// With the feature `redis-cluster`, all constructors also accept a `redis::cluster::ClusterClient`. A
/// plain `Client` for one server of a cluster reaches only the keys on that server. Lookups of other
/// keys fail as if the store were down, and an `ERROR` that names the solution is logged.
///
/// The client library is [redis-rs](https://docs.rs/redis). Its licence, BSD-3-Clause, is as permissive
/// as MIT, except that it forbids using the authors' names in advertising.
pub struct RedisSource<T> {
    connections: Connections,
    place: Place,
    spelling: Spelling,
    timeout: Duration,
    tier: PhantomData<fn() -> T>,
}

/// The values of the tier and of the id.
type Values = (Option<Vec<u8>>, Option<Vec<u8>>);

impl<T: Tier> RedisSource<T> {
    /// Creates a source that reads the tier from the value of a key, such as `tier:{key}`. Its callers
    /// have no ids. In a [`Cached`](crate::Cached), a message that names a caller therefore has no
    /// effect; an empty message invalidates every answer.
    ///
    /// # Panics
    /// If the name doesn't contain `{key}`. All callers would have the same tier.
    pub fn key(client: impl Into<RedisClient>, key: impl Into<Arc<str>>) -> Self {
        Self::at(client.into(), Place::Key(key.into()))
    }

    /// Creates a source that reads the tier from a field of a hash, such as `tier` in `caller:{key}`, or
    /// `{key}` in `tiers`.
    ///
    /// # Panics
    /// If neither name contains `{key}`. All callers would have the same tier.
    pub fn field(
        client: impl Into<RedisClient>,
        key: impl Into<Arc<str>>,
        field: impl Into<Arc<str>>,
    ) -> Self {
        let place = Place::Field {
            key: key.into(),
            field: field.into(),
            id: None,
        };
        Self::at(client.into(), place)
    }

    fn at(client: RedisClient, place: Place) -> Self {
        Self {
            connections: Connections::new(client),
            place: place.check(),
            spelling: Spelling::Sha256,
            timeout: Duration::from_secs(2),
            tier: PhantomData,
        }
    }

    /// Reads the caller's id from another field of the same hash. Has no effect on a source that was
    /// created with [`key`](Self::key).
    ///
    /// # Panics
    /// If keys are raw and the field's name breaks the rules of [`raw_keys`](Self::raw_keys).
    #[must_use]
    pub fn id(mut self, name: impl Into<Arc<str>>) -> Self {
        if let Place::Field { id, .. } = &mut self.place {
            *id = Some(name.into());
        }
        self.check_raw()
    }

    /// Uses the key's HMAC-SHA256 in names, in hexadecimal, instead of its SHA-256. Without the hasher's
    /// secret, somebody who can read Redis can't test keys against the hashes.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.spelling = Spelling::Hashed(hasher);
        self
    }

    /// Uses the key itself in names.
    ///
    /// **Callers then choose a part of the name.** With `tier:{key}`, a caller who sends `logins` reads
    /// `tier:logins`, even if that key has another purpose. Use raw keys only if nothing else is stored
    /// under names that match the pattern. Anybody who can read Redis can also read every API key.
    ///
    /// A key may contain only the letters `A`–`Z` and `a`–`z`, digits, `-` and `_`. Any other key is
    /// rejected as an unknown caller. This excludes `:`, wildcards such as `*`, and the braces that
    /// select a cluster slot.
    ///
    /// # Panics
    /// If `{key}` is the whole name of the Redis key, or is next to a character that a key can contain, as
    /// in `tier{key}`.
    #[must_use]
    pub fn raw_keys(mut self) -> Self {
        self.spelling = Spelling::Raw;
        self.check_raw()
    }

    fn check_raw(self) -> Self {
        if matches!(self.spelling, Spelling::Raw) {
            self.place.check_raw();
        }
        self
    }

    /// Configures how connections are opened and renewed. Has no effect on connections to a cluster.
    ///
    /// By default, a failed attempt to connect is not repeated. With a higher `number_of_retries`, the
    /// lookup may time out before the attempts end, and the cause, such as a refused connection, is then
    /// not logged.
    #[must_use]
    pub fn connection(mut self, config: ConnectionManagerConfig) -> Self {
        self.connections.config = config;
        self
    }

    /// Sets how long a lookup may take. After that, the store counts as unavailable.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Looks up a spelled key, and repeats the lookup once if the connection fails.
    async fn values(&self, key: &str) -> Result<Values, SourceError> {
        let deadline = Instant::now() + self.timeout;
        let mut failure = None;
        loop {
            let connection = self.connections.current();
            let error = match timeout_at(deadline, self.ask(&connection, key)).await {
                Ok(Ok(values)) => return Ok(values),
                Ok(Err(error)) => error,
                Err(_) => {
                    self.connections.forget(&connection);
                    return Err(failure.map_or_else(
                        || SourceError::unavailable(safe("no response in time")),
                        |error| failure::meaning(&error),
                    ));
                }
            };
            // After any other error, the connection may be unusable for good.
            if !failure::is_of_one_key(&error) {
                self.connections.forget(&connection);
            }
            if failure.is_some() || !failure::is_repeated(&error) {
                return Err(failure::meaning(&error));
            }
            failure = Some(error);
        }
    }

    async fn ask(&self, connection: &Shared, key: &str) -> Result<Values, RedisError> {
        match &self.place {
            Place::Key(name) => {
                let mut get = redis::cmd("GET");
                get.arg(fill(name, key));
                Ok((self.connections.query(connection, &get).await?, None))
            }
            Place::Field {
                key: name,
                field,
                id,
            } => {
                // One command returns a consistent pair of tier and id.
                let mut get = redis::cmd("HMGET");
                get.arg(fill(name, key)).arg(fill(field, key));
                if let Some(id) = id {
                    get.arg(fill(id, key));
                }
                let values: Vec<_> = self.connections.query(connection, &get).await?;
                let mut values = values.into_iter();
                Ok((values.next().flatten(), values.next().flatten()))
            }
        }
    }
}

impl<T> fmt::Debug for RedisSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSource").finish_non_exhaustive()
    }
}

impl<T: Tier> TierSource for RedisSource<T> {
    type Tier = T;

    async fn find(&self, key: &ApiKey) -> Result<Caller<T>, SourceError> {
        let Some(key) = self.spelling.spell(key) else {
            return Err(SourceError::UnknownCaller);
        };
        let (tier, id) = self.values(&key).await?;
        let Some(tier) = tier else {
            return Err(SourceError::UnknownCaller);
        };
        let caller = match text(tier)?.as_str() {
            "" => Caller::without_subscription(),
            tier => Caller::new(read_tier(tier)?),
        };
        match id {
            Some(id) => Ok(caller.with_id(text(id)?)),
            None => Ok(caller),
        }
    }
}

fn text(value: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(value).map_err(|_| SourceError::invalid_tier(safe("the value is not text")))
}
