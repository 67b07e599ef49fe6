//! Keeps one Redis connection for each tokio runtime.

use crate::source::stores::redis::client::{RedisClient, RedisConnection};
use redis::aio::ConnectionManagerConfig;
use redis::{Cmd, FromRedisValue, RedisError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{self, Handle};
use tokio::sync::OnceCell;

/// The maximum number of runtimes with a connection. If more runtimes use the source, the oldest
/// connection is dropped, because its runtime has probably ended.
const MAX_RUNTIMES: usize = 64;

/// A connection that opens when it is first used.
#[derive(Clone)]
pub(crate) struct LazyConnection(Arc<OnceCell<RedisConnection>>);

pub(crate) struct RuntimeConnections {
    client: RedisClient,
    pub(crate) config: ConnectionManagerConfig,
    /// One connection for each runtime. Runtimes can't share a connection, because a connection stops
    /// working when the runtime that opened it ends and stops the connection's background task.
    by_runtime: Mutex<Vec<(Option<runtime::Id>, LazyConnection)>>,
}

impl RuntimeConnections {
    pub(crate) fn new(client: RedisClient) -> Self {
        Self {
            client,
            // The source retries failed lookups itself and reports the reason. If the connection
            // manager retried too, the lookup could time out during the retries, and the reason would
            // be lost.
            config: ConnectionManagerConfig::new().set_number_of_retries(0),
            by_runtime: Mutex::default(),
        }
    }

    /// Returns the current runtime's connection.
    pub(crate) fn of_current_runtime(&self) -> LazyConnection {
        let current_runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut by_runtime = self
            .by_runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let existing = by_runtime
            .iter()
            .find(|(runtime, _)| *runtime == current_runtime);
        if let Some((_, connection)) = existing {
            return connection.clone();
        }
        if by_runtime.len() >= MAX_RUNTIMES {
            by_runtime.remove(0);
        }
        let connection = LazyConnection(Arc::default());
        by_runtime.push((current_runtime, connection.clone()));
        connection
    }

    /// Removes a failed connection, unless another lookup has already replaced it.
    pub(crate) fn remove(&self, failed: &LazyConnection) {
        let mut by_runtime = self
            .by_runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        by_runtime.retain(|(_, connection)| !Arc::ptr_eq(&connection.0, &failed.0));
    }

    pub(crate) async fn query<V: FromRedisValue>(
        &self,
        connection: &LazyConnection,
        command: &Cmd,
    ) -> Result<V, RedisError> {
        let open_connection = connection
            .0
            .get_or_try_init(|| self.client.connect(&self.config))
            .await?;
        open_connection.clone().query(command).await
    }
}
