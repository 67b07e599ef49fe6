pub(crate) mod client;
pub(crate) mod listen_redis;
pub(crate) mod name_pattern;
pub(crate) mod redis_error;
pub(crate) mod runtime_connections;
pub(crate) mod stored_fields;

use self::client::RedisClient;
use self::name_pattern::{KeySpelling, TierLocation, fill_pattern};
use self::runtime_connections::{RuntimeConnections, SharedConnection};
use self::stored_fields::StoredFields;
use crate::access::caller::Caller;
use crate::source::api_key::{ApiKey, KeyHasher};
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::safe;
use crate::source::stores::stored_features::UnknownFeatures;
use crate::source::tier_source::TierSource;
use crate::tier::Tier;
use redis::RedisError;
use redis::aio::ConnectionManagerConfig;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Reads a caller from a Redis key or from the fields of a Redis hash (feature `redis`).
///
/// In the names of Redis keys and fields, `{key}` stands for the API key's SHA-256 in hexadecimal, or
/// for the key's [`hashed`](Self::hashed) form. The value is a tier's name or rank. If the value is
/// empty, the caller has no subscription. If there is no value, the caller is unknown. A
/// [`hash`](Self::hash) can also contain add-ons, an end and a plan version.
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
/// let tiers = RedisSource::<Tier>::field(client.clone(), "caller:{key}", "tier").id("customer");
/// // HMGET caller:HASH tier id until then_tier features plan_version
/// let tiers = RedisSource::<Tier>::hash(client, "caller:{key}");
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
/// seconds; [`timeout`](Self::timeout) changes this limit. If the connection fails, the source opens
/// another connection and retries the lookup once.
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
    unknown_features: UnknownFeatures,
    tier: PhantomData<fn() -> T>,
}

impl<T: Tier> RedisSource<T> {
    /// Creates a source that reads the tier from a key's value, such as `tier:{key}`. The source
    /// returns callers without ids. Invalidating a caller by id in a
    /// [`Cached`](crate::Cached) therefore has no effect. An empty invalidation message still invalidates every result.
    ///
    /// # Panics
    /// Panics if the name doesn't contain `{key}`, because all callers would then have the same tier.
    pub fn key(client: impl Into<RedisClient>, key: impl Into<Arc<str>>) -> Self {
        Self::with_location(client.into(), TierLocation::Key(key.into()))
    }

    /// Creates a source that reads a caller from the fields of a Redis hash, such as `caller:{key}`. One
    /// `HMGET` command reads all fields, so the source never returns half of a change.
    ///
    /// | field | content | meaning if the hash has no such field |
    /// | --- | --- | --- |
    /// | `tier` | the tier's name or rank; if empty, the caller has no subscription | an unknown caller |
    /// | `id`, or the field that [`id`](Self::id) sets | the caller's id | no id |
    /// | `until` | when the tier and the add-ons end ([`Caller::until`]): Unix seconds, or a UTC time such as `2026-12-01T00:00:00Z` | no end |
    /// | `then_tier` | the name or rank of the tier from then on ([`Caller::then`]) | no subscription |
    /// | `features` | the keys of the add-ons ([`Caller::with_features`]): separated by commas, or a JSON array of texts | no add-ons |
    /// | `plan_version` | the version of the price list ([`Caller::with_plan_version`]) | unknown |
    ///
    /// A value that can't be read, such as a time before 1970 or after 9999, refuses the caller with
    /// [`InvalidTier`](SourceError::InvalidTier). An add-on that the program doesn't define is ignored
    /// and logged once. Other fields of the hash are ignored, so check the spelling of `until`.
    ///
    /// # Panics
    /// Panics if the name doesn't contain `{key}`, because all callers would then have the same tier.
    pub fn hash(client: impl Into<RedisClient>, key: impl Into<Arc<str>>) -> Self {
        let tier_location = TierLocation::Hash {
            key: key.into(),
            id_field: "id".into(),
        };
        Self::with_location(client.into(), tier_location)
    }

    /// Creates a source that reads the tier from a Redis hash's field, such as `tier` in
    /// `caller:{key}`, or `{key}` in `tiers`. Apart from this field, the source reads only
    /// the [`id`](Self::id). To read the end of a trial or add-ons, use [`hash`](Self::hash).
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
            unknown_features: UnknownFeatures::default(),
            tier: PhantomData,
        }
    }

    /// Reads the caller's id from this field of the same hash. This setting has no effect on a
    /// source that was created with [`key`](Self::key).
    ///
    /// # Panics
    /// Panics if keys are raw and the field's name breaks the rules of [`raw_keys`](Self::raw_keys).
    #[must_use]
    pub fn id(mut self, name: impl Into<Arc<str>>) -> Self {
        match &mut self.tier_location {
            TierLocation::Key(_) => {}
            TierLocation::Hash { id_field, .. } => *id_field = name.into(),
            TierLocation::Field { id_field, .. } => *id_field = Some(name.into()),
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
    async fn look_up_with_retry(&self, key: &str) -> Result<StoredFields, SourceError> {
        let query = |connection| async move { self.query_values(&connection, key).await };
        let values = self.connections.query_with_retry(self.timeout, query).await;
        values.map_err(|error| match error {
            Some(error) => redis_error::to_source_error(&error),
            None => SourceError::unavailable(safe("no response in time")),
        })
    }

    async fn query_values(
        &self,
        connection: &SharedConnection,
        key: &str,
    ) -> Result<StoredFields, RedisError> {
        match &self.tier_location {
            TierLocation::Key(name) => {
                let mut get = redis::cmd("GET");
                get.arg(fill_pattern(name, key));
                Ok(StoredFields {
                    tier: self.connections.query(connection, &get).await?,
                    ..StoredFields::default()
                })
            }
            TierLocation::Hash {
                key: name,
                id_field,
            } => {
                let mut hmget = redis::cmd("HMGET");
                hmget
                    .arg(fill_pattern(name, key))
                    .arg("tier")
                    .arg(fill_pattern(id_field, key))
                    .arg(&StoredFields::FURTHER_NAMES);
                let values = self.connections.query(connection, &hmget).await?;
                Ok(StoredFields::from_values(values))
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
                let values = self.connections.query(connection, &hmget).await?;
                Ok(StoredFields::from_values(values))
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
        let stored_fields = self.look_up_with_retry(&spelled_key).await?;
        stored_fields.into_caller(key, &self.unknown_features)
    }
}
