//! The connections of a source, one for each tokio runtime.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
#[cfg(feature = "redis-cluster")]
use redis::cluster::ClusterClient;
#[cfg(feature = "redis-cluster")]
use redis::cluster_async::ClusterConnection;
use redis::{Client, Cmd, FromRedisValue, RedisError};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{self, Handle};
use tokio::sync::OnceCell;

/// The maximum number of runtimes with a connection. If there are more, the oldest connection is
/// dropped, because its runtime has probably ended.
const RUNTIMES: usize = 64;

/// A client for a Redis server or a cluster. Convert it from a [`Client`] or a `ClusterClient` (feature
/// `redis-cluster`) of the `redis` crate.
#[derive(Clone)]
pub struct RedisClient(Kind);

#[derive(Clone)]
enum Kind {
    Server(Client),
    #[cfg(feature = "redis-cluster")]
    Cluster(Box<ClusterClient>),
}

impl From<Client> for RedisClient {
    fn from(client: Client) -> Self {
        Self(Kind::Server(client))
    }
}

#[cfg(feature = "redis-cluster")]
impl From<ClusterClient> for RedisClient {
    fn from(client: ClusterClient) -> Self {
        Self(Kind::Cluster(Box::new(client)))
    }
}

impl fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may contain a password.
        f.debug_struct("RedisClient").finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Connection {
    Server(ConnectionManager),
    #[cfg(feature = "redis-cluster")]
    Cluster(ClusterConnection),
}

/// A connection that opens when it is first used.
#[derive(Clone)]
pub(super) struct Shared(Arc<OnceCell<Connection>>);

pub(super) struct Connections {
    client: RedisClient,
    pub(super) config: ConnectionManagerConfig,
    /// One connection for each runtime. A connection needs a task, which ends with its runtime.
    open: Mutex<Vec<(Option<runtime::Id>, Shared)>>,
}

impl Connections {
    pub(super) fn new(client: RedisClient) -> Self {
        Self {
            client,
            // The source repeats failed lookups itself and reports the reason. A connection manager
            // that retries until the lookup times out would hide the reason.
            config: ConnectionManagerConfig::new().set_number_of_retries(0),
            open: Mutex::default(),
        }
    }

    /// Returns the connection of the current runtime.
    pub(super) fn current(&self) -> Shared {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shared)) = open.iter().find(|(own, _)| *own == runtime) {
            return shared.clone();
        }
        if open.len() >= RUNTIMES {
            open.remove(0);
        }
        let shared = Shared(Arc::default());
        open.push((runtime, shared.clone()));
        shared
    }

    /// Removes a failed connection, unless another lookup has already replaced it.
    pub(super) fn forget(&self, failed: &Shared) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, shared)| !Arc::ptr_eq(&shared.0, &failed.0));
    }

    pub(super) async fn query<V: FromRedisValue>(
        &self,
        shared: &Shared,
        command: &Cmd,
    ) -> Result<V, RedisError> {
        let connection = shared.0.get_or_try_init(|| self.connect()).await?;
        match connection.clone() {
            Connection::Server(mut connection) => command.query_async(&mut connection).await,
            #[cfg(feature = "redis-cluster")]
            Connection::Cluster(mut connection) => command.query_async(&mut connection).await,
        }
    }

    // Opens a connection to a cluster. A connection to a server opens at its first command.
    #[cfg_attr(not(feature = "redis-cluster"), allow(clippy::unused_async))]
    async fn connect(&self) -> Result<Connection, RedisError> {
        match &self.client.0 {
            Kind::Server(client) => {
                let (client, config) = (client.clone(), self.config.clone());
                let manager = ConnectionManager::new_lazy_with_config(client, config)?;
                Ok(Connection::Server(manager))
            }
            #[cfg(feature = "redis-cluster")]
            Kind::Cluster(client) => Ok(Connection::Cluster(client.get_async_connection().await?)),
        }
    }
}
