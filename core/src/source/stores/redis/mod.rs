pub(crate) mod client;
pub(crate) mod listen_redis;
pub(crate) mod name_pattern;
pub(crate) mod redis_error;
pub(crate) mod runtime_connections;

use self::client::RedisClient;
use self::name_pattern::{KeySpelling, TierLocation, fill_pattern};
use self::runtime_connections::{LazyConnection, RuntimeConnections};
use crate::access::caller::Caller;
use crate::source::api_key::{ApiKey, KeyHasher};
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::stored_tier::read_stored_tier;
use crate::source::tier_source::TierSource;
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
/// In the names of Redis keys and fields, `{key}` stands for the API key's SHA-256 in hexadecimal, or
/// for the key's [`hashed`](Self::hashed) form. The value is a tier's name or rank. If the value is
/// empty, the caller has no subscription. If there is no value, the caller is unknown.
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
/// with the pattern `tier:{key}` would read `tier:stats:logins`. With hashing, a caller can read only
/// the value stored for the key that the caller sends. Hashing also keeps the keys out of Redis. Other
/// programs can compute the same hash: in Rust with
/// [`KeyHash::sha256`](crate::source::KeyHash::sha256), in other languages with their SHA-256 function,
/// or in a shell:
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
/// retried once on another connection.
///
/// With the `redis-cluster` feature, all constructors also accept a `redis::cluster::ClusterClient`. If
/// you pass a plain `Client` for one of a cluster's servers, the source reaches only the keys on that
/// server. Lookups of other keys fail as if the store were down, and the source logs an `ERROR` that
/// explains how to fix this.
///
/// The client library is [redis-rs](https://docs.rs/redis). Its licence, BSD-3-Clause, is as permissive
/// as MIT, except that it forbids using the authors' names in advertising.
pub struct RedisSource<T> {
    connections: RuntimeConnections,
    tier_location: TierLocation,
    key_spelling: KeySpelling,
    timeout: Duration,
    tier: PhantomData<fn() -> T>,
}

/// The stored tier and the stored id.
type StoredValues = (Option<Vec<u8>>, Option<Vec<u8>>);

impl<T: Tier> RedisSource<T> {
    /// Creates a source that reads the tier from a key's value, such as `tier:{key}`. The source
    /// returns callers without ids. In a [`Cached`](crate::Cached), an invalidation with a caller's id
    /// therefore has no effect. An empty invalidation message still invalidates every result.
    ///
    /// # Panics
    /// Panics if the name doesn't contain `{key}`, because all callers would then have the same tier.
    pub fn key(client: impl Into<RedisClient>, key: impl Into<Arc<str>>) -> Self {
        Self::with_location(client.into(), TierLocation::Key(key.into()))
    }

    /// Creates a source that reads the tier from a Redis hash's field, such as `tier` in
    /// `caller:{key}`, or `{key}` in `tiers`.
    ///
    /// # Panics
    /// Panics if neither name contains `{key}`, because all callers would then have the same tier.
    pub fn field(
        client: impl Into<RedisClient>,
        key: impl Into<Arc<str>>,
        field: impl Into<Arc<str>>,
    ) -> Self {
        let tier_location = TierLocation::Field {
            key: key.into(),
            field: field.into(),
            id_field: None,
        };
        Self::with_location(client.into(), tier_location)
    }

    fn with_location(client: RedisClient, tier_location: TierLocation) -> Self {
        Self {
            connections: RuntimeConnections::new(client),
            tier_location: tier_location.check_placeholder(),
            key_spelling: KeySpelling::Sha256,
            timeout: Duration::from_secs(2),
            tier: PhantomData,
        }
    }

    /// Reads the caller's id from another field of the same hash. This setting has no effect on a
    /// source that was created with [`key`](Self::key).
    ///
    /// # Panics
    /// Panics if keys are raw and the field's name breaks the rules of [`raw_keys`](Self::raw_keys).
    #[must_use]
    pub fn id(mut self, name: impl Into<Arc<str>>) -> Self {
        if let TierLocation::Field { id_field, .. } = &mut self.tier_location {
            *id_field = Some(name.into());
        }
        self.check_raw_key()
    }

    /// Uses the key's HMAC-SHA256 in names, in hexadecimal, instead of the key's SHA-256. Without the
    /// hasher's secret, somebody who can read Redis can't test keys against these hashes.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.key_spelling = KeySpelling::Hashed(hasher);
        self
    }

    /// Uses the key itself in names.
    ///
    /// **Raw keys let callers choose part of the name.** With `tier:{key}`, a caller who sends `logins`
    /// reads `tier:logins`, even if that Redis key has another purpose. Use raw keys only if nothing
    /// else is stored under names that match the pattern. Anybody who can read Redis can also read
    /// every API key.
    ///
    /// A key may contain only the letters `A`–`Z` and `a`–`z`, digits, `-` and `_`. If a key contains
    /// any other character, such as `:`, a wildcard or a brace that selects a cluster slot, the caller
    /// is unknown.
    ///
    /// # Panics
    /// Panics if `{key}` is the whole name of the Redis key, or is next to a character that a key can
    /// contain, as in `tier{key}`.
    #[must_use]
    pub fn raw_keys(mut self) -> Self {
        self.key_spelling = KeySpelling::Raw;
        self.check_raw_key()
    }

    fn check_raw_key(self) -> Self {
        if matches!(self.key_spelling, KeySpelling::Raw) {
            self.tier_location.check_raw_key();
        }
        self
    }

    /// Configures how connections are opened and renewed. This setting has no effect on connections to
    /// a cluster.
    ///
    /// By default, a failed connection attempt isn't retried. With a higher `number_of_retries`, the
    /// lookup may time out before the last attempt. The log then doesn't state the cause, such as a
    /// refused connection.
    #[must_use]
    pub fn connection(mut self, config: ConnectionManagerConfig) -> Self {
        self.connections.config = config;
        self
    }

    /// Sets how long a lookup may take. If a lookup takes longer, the store counts as unavailable.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Looks up a key. `key` is already spelled as in the names of Redis keys and fields. Retries the
    /// lookup once if the connection fails.
    async fn look_up_with_retry(&self, key: &str) -> Result<StoredValues, SourceError> {
        let deadline = Instant::now() + self.timeout;
        let mut first_error = None;
        loop {
            let connection = self.connections.of_current_runtime();
            let error = match timeout_at(deadline, self.query_values(&connection, key)).await {
                Ok(Ok(values)) => return Ok(values),
                Ok(Err(error)) => error,
                Err(_) => {
                    self.connections.remove(&connection);
                    return Err(first_error.map_or_else(
                        || SourceError::unavailable(safe("no response in time")),
                        |error| redis_error::to_source_error(&error),
                    ));
                }
            };
            // After an error that doesn't concern only one key, the connection may be permanently
            // unusable.
            if !redis_error::concerns_only_one_key(&error) {
                self.connections.remove(&connection);
            }
            if first_error.is_some() || !redis_error::is_worth_retrying(&error) {
                return Err(redis_error::to_source_error(&error));
            }
            first_error = Some(error);
        }
    }

    async fn query_values(
        &self,
        connection: &LazyConnection,
        key: &str,
    ) -> Result<StoredValues, RedisError> {
        match &self.tier_location {
            TierLocation::Key(name) => {
                let mut get = redis::cmd("GET");
                get.arg(fill_pattern(name, key));
                Ok((self.connections.query(connection, &get).await?, None))
            }
            TierLocation::Field {
                key: name,
                field,
                id_field,
            } => {
                // A single command reads the tier and the id at the same moment. Between two commands,
                // the stored values could change.
                let mut hmget = redis::cmd("HMGET");
                hmget
                    .arg(fill_pattern(name, key))
                    .arg(fill_pattern(field, key));
                if let Some(id_field) = id_field {
                    hmget.arg(fill_pattern(id_field, key));
                }
                let values: Vec<_> = self.connections.query(connection, &hmget).await?;
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
        let Some(spelled_key) = self.key_spelling.spell(key) else {
            return Err(SourceError::UnknownCaller);
        };
        let (stored_tier, stored_id) = self.look_up_with_retry(&spelled_key).await?;
        let Some(stored_tier) = stored_tier else {
            return Err(SourceError::UnknownCaller);
        };
        let caller = match redis_value_to_text(stored_tier)?.as_str() {
            "" => Caller::without_subscription(),
            stored_tier => Caller::new(read_stored_tier(stored_tier)?),
        };
        match stored_id {
            Some(stored_id) => Ok(caller.with_id(redis_value_to_text(stored_id)?)),
            None => Ok(caller),
        }
    }
}

fn redis_value_to_text(value: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(value).map_err(|_| SourceError::invalid_tier(safe("the value is not text")))
}
