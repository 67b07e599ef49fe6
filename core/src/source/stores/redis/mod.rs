pub(crate) mod connections;
pub(crate) mod failure;
pub(crate) mod listen;
pub(crate) mod names;

use self::connections::{Connections, RedisClient, Shared};
use self::names::{Place, Spelling, fill};
use crate::source::api_key::{ApiKey, KeyHasher};
use crate::source::error_log::safe;
use crate::source::{Caller, SourceError, TierSource, read_tier};
use crate::tier::Tier;
use redis::RedisError;
use redis::aio::ConnectionManagerConfig;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A key or a hash field in Redis for a caller's tier (feature `redis`).
///
/// In names, `{key}` stands for the SHA-256 of the API key in hexadecimal, or for its
/// [`hashed`](Self::hashed) form. The value is a tier's name or rank. An empty value is a caller
/// without a subscription, and a missing one an unknown caller.
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
/// Callers choose what they send as a key. Hashing makes sure that a key cannot address anything but
/// its own record: with `tier:{key}`, the key `stats:logins` would otherwise read `tier:stats:logins`.
/// It also keeps the keys out of Redis. Other programs get the same hash from
/// [`KeyHash::sha256`](super::KeyHash::sha256), from `sha256(…)` in most languages, or in a shell:
///
/// ```sh
/// redis-cli SET "tier:$(printf %s "$KEY" | sha256sum | cut -d' ' -f1)" Plus
/// ```
///
/// If Redis has the keys themselves, see [`raw_keys`](Self::raw_keys).
///
/// # Connections
/// The source opens one connection for each tokio runtime when it is first used. A lookup may take two
/// seconds; [`timeout`](Self::timeout) changes that. If the connection fails, the lookup is repeated
/// once on another.
///
/// With the feature `redis-cluster`, all constructors take a `redis::cluster::ClusterClient` too. A
/// plain `Client` of a cluster's server reaches only the keys of that server. Other keys are answered
/// as if the store were down, and an `ERROR` is logged that names the solution.
///
/// The client is [redis-rs](https://docs.rs/redis), whose licence is BSD-3-Clause: as permissive as MIT,
/// except that nobody may advertise with the authors' names.
pub struct RedisSource<T> {
    connections: Connections,
    place: Place,
    spelling: Spelling,
    timeout: Duration,
    tier: PhantomData<fn() -> T>,
}

/// The value that is the tier, and that of the id.
type Values = (Option<Vec<u8>>, Option<Vec<u8>>);

impl<T: Tier> RedisSource<T> {
    /// The value of a key, such as `tier:{key}`. The caller has no id, so a message that names a caller
    /// invalidates nothing in a [`Cached`](crate::Cached); an empty message invalidates everything.
    ///
    /// # Panics
    /// If the name does not contain `{key}`: all callers would have the same tier.
    pub fn key(client: impl Into<RedisClient>, key: impl Into<Arc<str>>) -> Self {
        Self::at(client.into(), Place::Key(key.into()))
    }

    /// A field of a hash, such as `tier` in `caller:{key}`, or `{key}` in `tiers`.
    ///
    /// # Panics
    /// If neither name contains `{key}`: all callers would have the same tier.
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
    /// made by [`key`](Self::key).
    ///
    /// # Panics
    /// With [`raw_keys`](Self::raw_keys), as described there.
    #[must_use]
    pub fn id(mut self, name: impl Into<Arc<str>>) -> Self {
        if let Place::Field { id, .. } = &mut self.place {
            *id = Some(name.into());
        }
        self.check_raw()
    }

    /// Puts the key's HMAC-SHA256 into names, in hexadecimal, instead of its SHA-256. Without the
    /// hasher's secret, nobody who can read Redis can test keys against it.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.spelling = Spelling::Hashed(hasher);
        self
    }

    /// Puts the key itself into names.
    ///
    /// **A caller then chooses a part of the name.** Use this only if nothing else is stored under names
    /// that the pattern can produce: a caller who sends `logins` reads `tier:logins`, whatever that is.
    /// Whoever can read Redis can read every key.
    ///
    /// A key with anything but the letters `A`–`Z` and `a`–`z`, digits, `-` and `_` is an unknown
    /// caller. So it cannot contain `:`, a glob such as `*`, or the braces that choose a slot of a
    /// cluster.
    ///
    /// # Panics
    /// If `{key}` is the whole name of a Redis key, or next to a character that a key can contain, as in
    /// `tier{key}`.
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

    /// Configures how a connection is made and renewed. Has no effect on a cluster's connections.
    ///
    /// By default an attempt to connect is not repeated. With a higher `number_of_retries`, the reason
    /// of a refused connection is not reported if the time of a lookup is up first.
    #[must_use]
    pub fn connection(mut self, config: ConnectionManagerConfig) -> Self {
        self.connections.config = config;
        self
    }

    /// Limits the time of a lookup. After that the store counts as unavailable.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Looks a spelled key up, and once more if the connection fails.
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
                        || SourceError::unavailable(safe("no answer in time")),
                        |error| failure::meaning(&error),
                    ));
                }
            };
            // A connection that the server turned down stays unusable.
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
                // One command, because the two belong together.
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
    String::from_utf8(value).map_err(|_| SourceError::unreadable(safe("the value is no text")))
}
