//! Keeps one Redis connection for each tokio runtime.

use crate::source::stores::redis::client::{RedisClient, RedisConnection};
use crate::source::stores::redis::redis_error::{concerns_only_one_key, is_worth_retrying};
use redis::aio::ConnectionManagerConfig;
use redis::{Cmd, FromRedisValue, RedisError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{self, Handle};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

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

    /// Runs a query. Retries once if the connection fails, because an idle connection may have been
    /// closed without any fault.
    ///
    /// # Errors
    /// Returns the last error, or `None` if Redis didn't respond in time.
    pub(crate) async fn query_with_retry<V, F: Future<Output = Result<V, RedisError>>>(
        &self,
        timeout: Duration,
        query: impl Fn(LazyConnection) -> F,
    ) -> Result<V, Option<RedisError>> {
        let deadline = deadline_after(timeout);
        let mut first_error = None;
        loop {
            let connection = self.of_current_runtime();
            let error = match timeout_at(deadline, query(connection.clone())).await {
                Ok(Ok(values)) => return Ok(values),
                Ok(Err(error)) => error,
                Err(_) => {
                    self.remove(&connection);
                    return Err(first_error);
                }
            };
            // After an error that doesn't concern only one key, the connection may be permanently
            // unusable.
            if !concerns_only_one_key(&error) {
                self.remove(&connection);
            }
            if first_error.is_some() || !is_worth_retrying(&error) {
                return Err(Some(error));
            }
            first_error = Some(error);
        }
    }
}

/// Returns the time after this timeout. A timeout that no clock can reach counts as a year.
fn deadline_after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or_else(|| now + Duration::from_secs(365 * 24 * 60 * 60))
}
