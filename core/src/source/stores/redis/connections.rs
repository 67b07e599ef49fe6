//! The connections of a source: one for each runtime.

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

/// How many runtimes keep a connection. More than this are runtimes that have ended.
const RUNTIMES: usize = 64;

/// One Redis server or a cluster, made from redis' own [`Client`] or `ClusterClient` (feature
/// `redis-cluster`).
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

/// A connection, opened when it is first used.
#[derive(Clone)]
pub(super) struct Shared(Arc<OnceCell<Connection>>);

pub(super) struct Connections {
    client: RedisClient,
    pub(super) config: ConnectionManagerConfig,
    /// A connection is driven by a task, and works only while the task's runtime does.
    open: Mutex<Vec<(Option<runtime::Id>, Shared)>>,
}

impl Connections {
    pub(super) fn new(client: RedisClient) -> Self {
        Self {
            client,
            // A lookup is repeated, and reports why it failed. An attempt to connect that is
            // repeated until the time is up would hide the reason.
            config: ConnectionManagerConfig::new().set_number_of_retries(0),
            open: Mutex::default(),
        }
    }

    /// The connection of the current runtime.
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

    /// Forgets a connection that failed, unless that is done already.
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

    // Only a cluster's connection is opened here; that of a server opens at its first command.
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
