use redis::aio::{ConnectionManager, ConnectionManagerConfig};
#[cfg(feature = "redis-cluster")]
use redis::cluster::ClusterClient;
#[cfg(feature = "redis-cluster")]
use redis::cluster_async::ClusterConnection;
use redis::{Client, Cmd, FromRedisValue, RedisError};
use std::fmt;

/// A client for a Redis server or a cluster. You can convert the `redis` crate's [`Client`] into this
/// type, and with the `redis-cluster` feature, also its `ClusterClient`.
#[derive(Clone)]
pub struct RedisClient(ClientKind);

#[derive(Clone)]
enum ClientKind {
    Server(Client),
    #[cfg(feature = "redis-cluster")]
    Cluster(Box<ClusterClient>),
}

impl From<Client> for RedisClient {
    fn from(client: Client) -> Self {
        Self(ClientKind::Server(client))
    }
}

#[cfg(feature = "redis-cluster")]
impl From<ClusterClient> for RedisClient {
    fn from(client: ClusterClient) -> Self {
        Self(ClientKind::Cluster(Box::new(client)))
    }
}

impl fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's URL may contain a password, so no field is shown.
        f.debug_struct("RedisClient").finish_non_exhaustive()
    }
}

impl RedisClient {
    /// Opens a connection. A cluster ignores the configuration.
    pub(crate) async fn connect(
        self,
        config: ConnectionManagerConfig,
    ) -> Result<RedisConnection, RedisError> {
        match self.0 {
            ClientKind::Server(client) => {
                let manager = ConnectionManager::new_with_config(client, config).await?;
                Ok(RedisConnection::Server(manager))
            }
            #[cfg(feature = "redis-cluster")]
            ClientKind::Cluster(client) => {
                let cluster_connection = client.get_async_connection().await?;
                Ok(RedisConnection::Cluster(cluster_connection))
            }
        }
    }

    /// Returns whether this is a client for a whole cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        match self.0 {
            ClientKind::Server(_) => false,
            #[cfg(feature = "redis-cluster")]
            ClientKind::Cluster(_) => true,
        }
    }
}

#[derive(Clone)]
pub(crate) enum RedisConnection {
    Server(ConnectionManager),
    #[cfg(feature = "redis-cluster")]
    Cluster(ClusterConnection),
}

impl RedisConnection {
    pub(crate) async fn query<V: FromRedisValue>(self, command: &Cmd) -> Result<V, RedisError> {
        match self {
            Self::Server(mut connection) => command.query_async(&mut connection).await,
            #[cfg(feature = "redis-cluster")]
            Self::Cluster(mut connection) => command.query_async(&mut connection).await,
        }
    }
}
