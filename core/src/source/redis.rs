use super::trouble::without_key;
use super::{ApiKey, Cached, Caller, Channel, KeyHasher, SourceError, TierSource, read_tier};
use crate::Tier;
use futures_util::StreamExt;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, PubSub};
use redis::{Client, ErrorKind, RedisError};
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A key or a hash field in Redis for a caller's tier (feature `redis`).
///
/// In the names, `{key}` stands for the API key, or for its hash in hexadecimal if keys are
/// [`hashed`](Self::hashed). The value is a tier's name or rank; an empty one is a caller without a
/// subscription. What is not there is an unknown caller.
///
/// The connection, which is made when it is first needed, and its renewal are those of redis'
/// connection manager. A question may take two seconds, or what [`timeout`](Self::timeout) says.
///
/// The client is [redis-rs](https://docs.rs/redis), whose licence is BSD-3-Clause: as permissive as MIT,
/// but that nobody may advertise with the authors' names. It is what most programs that speak to Redis
/// have already, and hand over here.
///
/// ```
/// use tiergate::source::RedisSource;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// let client = redis::Client::open("redis://127.0.0.1")?;
///
/// // GET tier:KEY
/// let tiers = RedisSource::<Tier>::key(client.clone(), "tier:{key}");
/// // HMGET tiers KEY
/// let tiers = RedisSource::<Tier>::field(client.clone(), "tiers", "{key}");
/// // HMGET caller:KEY tier customer
/// let tiers = RedisSource::<Tier>::field(client, "caller:{key}", "tier").id("customer");
/// # Ok::<(), redis::RedisError>(())
/// ```
pub struct RedisSource<T> {
    client: Client,
    config: ConnectionManagerConfig,
    current: Mutex<Current>,
    place: Place,
    hasher: Option<KeyHasher>,
    timeout: Duration,
    tier: PhantomData<fn() -> T>,
}

/// The connection manager in use. One that cannot connect because what answered was no Redis, or
/// only half an answer, never tries again, so it is replaced by another.
#[derive(Default)]
struct Current {
    manager: Option<ConnectionManager>,
    number: u64,
}

enum Place {
    Key(Arc<str>),
    Field {
        key: Arc<str>,
        field: Arc<str>,
        id: Option<Arc<str>>,
    },
}

impl<T: Tier> RedisSource<T> {
    /// The value of a key, such as `tier:{key}`. Such a caller has no id, and a message that names one
    /// finds nothing in a [`Cached`]; an empty message finds everybody.
    pub fn key(client: Client, key: impl Into<Arc<str>>) -> Self {
        Self::at(client, Place::Key(key.into()))
    }

    /// A field of a hash, such as `tier` in `caller:{key}`, or `{key}` in `tiers`.
    pub fn field(client: Client, key: impl Into<Arc<str>>, field: impl Into<Arc<str>>) -> Self {
        let place = Place::Field {
            key: key.into(),
            field: field.into(),
            id: None,
        };
        Self::at(client, place)
    }

    fn at(client: Client, place: Place) -> Self {
        Self {
            client,
            config: ConnectionManagerConfig::new(),
            current: Mutex::default(),
            place,
            hasher: None,
            timeout: Duration::from_secs(2),
            tier: PhantomData,
        }
    }

    /// The caller's id is in another field of the same hash. Where the tier is in a key of its own,
    /// there is none.
    #[must_use]
    pub fn id(mut self, name: impl Into<Arc<str>>) -> Self {
        if let Place::Field { id, .. } = &mut self.place {
            *id = Some(name.into());
        }
        self
    }

    /// Redis has the hashes of keys, in hexadecimal.
    #[must_use]
    pub fn hashed(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Some(hasher);
        self
    }

    /// How the connection is made and renewed.
    #[must_use]
    pub fn connection(mut self, config: ConnectionManagerConfig) -> Self {
        self.config = config;
        self
    }

    /// How long a question may take. Then the store counts as unavailable.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn manager(&self) -> Result<(ConnectionManager, u64), RedisError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let number = current.number;
        if let Some(manager) = &current.manager {
            return Ok((manager.clone(), number));
        }
        let manager =
            ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone())?;
        current.manager = Some(manager.clone());
        Ok((manager, number))
    }

    /// Replaces a connection manager, unless that is done already.
    fn replace(&self, number: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.number == number {
            current.manager = None;
            current.number += 1;
        }
    }

    /// The value that is the tier, and that of the id.
    async fn ask(
        &self,
        mut connection: ConnectionManager,
        key: &ApiKey,
    ) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>), RedisError> {
        let key = match &self.hasher {
            Some(hasher) => hasher.hash(key).to_hex(),
            None => key.expose().to_owned(),
        };
        let fill = |name: &str| name.replace("{key}", &key);
        match &self.place {
            Place::Key(name) => {
                let mut get = redis::cmd("GET");
                let tier = get.arg(fill(name)).query_async(&mut connection).await?;
                Ok((tier, None))
            }
            Place::Field { key, field, id } => {
                // One command, as the two belong together.
                let mut get = redis::cmd("HMGET");
                get.arg(fill(key)).arg(fill(field));
                if let Some(id) = id {
                    get.arg(fill(id));
                }
                let values: Vec<_> = get.query_async(&mut connection).await?;
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
        let told = |error| SourceError::unavailable(without_key(&error, key));
        let (manager, number) = self.manager().map_err(told)?;
        let asking = tokio::time::timeout(self.timeout, self.ask(manager, key));
        let (tier, id) = match asking.await {
            Ok(Ok(found)) => found,
            // WRONGTYPE: the key is a list, say. Waiting would not mend it.
            Ok(Err(error)) if is_other_type(&error) => {
                return Err(SourceError::unreadable(without_key(&error, key)));
            }
            Ok(Err(error)) => {
                if error.code().is_none() && !error.is_io_error() {
                    self.replace(number);
                }
                return Err(told(error));
            }
            Err(_) => {
                self.replace(number);
                return Err(SourceError::unavailable("no answer in time"));
            }
        };
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

fn is_other_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE") || error.kind() == ErrorKind::UnexpectedReturnType
}

fn text(value: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(value).map_err(|_| SourceError::unreadable("the value is no text"))
}

/// Listens on a Redis channel for callers who changed (feature `redis`), until the returned future
/// is dropped; spawn it.
///
/// A message is the id of a caller, or empty, which means everybody. Where it is sent from the same
/// place that changes the plan, every machine knows within milliseconds: `PUBLISH tiers customer-7`. It
/// is the id that the source tells ([`RedisSource::id`]), and not the key; where the source tells none,
/// only an empty message helps.
///
/// A lost connection is noticed at once if the other side closes it, and else by a ping, within ten
/// seconds. It is opened again by itself; see [`Cached`] for what is believed meanwhile.
///
/// ```no_run
/// # use std::collections::HashMap;
/// # use tiergate::{Cached, source::listen_redis};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free }
/// # #[tokio::main] async fn main() -> Result<(), redis::RedisError> {
/// # let tiers = Cached::new(HashMap::<String, Tier>::new());
/// let client = redis::Client::open("redis://127.0.0.1")?;
/// tokio::spawn(listen_redis(&tiers, client, "tiers"));
/// # Ok(()) }
/// ```
pub fn listen_redis<S: TierSource>(
    cached: &Cached<S>,
    client: Client,
    channel: &str,
) -> impl Future<Output = ()> + Send + use<S> {
    let (mut told, name) = (cached.channel(), channel.to_owned());
    async move {
        loop {
            if let Err(error) = listen(&mut told, &client, &name).await {
                tracing::warn!("changes of tiers are not told by Redis: {error}");
            }
            told.lost();
            tokio::time::sleep(super::trust::RECONNECT).await;
        }
    }
}

async fn listen(told: &mut Channel, client: &Client, name: &str) -> Result<(), RedisError> {
    let lost = |_| RedisError::from((ErrorKind::Io, "no answer in time"));
    let opening = async {
        let mut connection: PubSub = client.get_async_pubsub().await?;
        connection.subscribe(name).await?;
        Ok::<_, RedisError>(connection)
    };
    let opened = tokio::time::timeout(super::trust::PATIENCE, opening).await;
    let (mut sink, mut messages) = opened.map_err(lost)??.split();
    told.connected();
    loop {
        match tokio::time::timeout(super::trust::PATIENCE, messages.next()).await {
            Ok(Some(message)) => told.told(&String::from_utf8_lossy(message.get_payload_bytes())),
            Ok(None) => return Err((ErrorKind::Io, "the connection was closed").into()),
            // Nothing changed for a while, or nothing comes through any more.
            Err(_) => {
                let ping = sink.ping::<redis::Value>();
                tokio::time::timeout(super::trust::PATIENCE, ping)
                    .await
                    .map_err(lost)??;
            }
        }
    }
}
