//! Keeps one Redis connection for each tokio runtime.

use crate::source::stores::redis::client::{RedisClient, RedisConnection};
use crate::source::stores::redis::redis_error::{concerns_only_one_key, is_worth_retrying};
use redis::aio::ConnectionManagerConfig;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{self, Handle};
use tokio::sync::SetOnce;
use tokio::time::{Instant, timeout, timeout_at};

/// The maximum number of runtimes with a connection. If more runtimes use the source, the oldest
/// connection is dropped, because its runtime has probably ended.
const MAX_RUNTIMES: usize = 64;

/// How long a connection may take to open. The client of a cluster waits without a limit for a server that
/// accepts a connection and then doesn't respond.
const OPENING_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is opening or open, or an error if it can't be opened. It opens in a separate task.
/// Otherwise, a connection that takes longer to open than a call may wait would never open.
#[derive(Clone, Default)]
pub(crate) struct SharedConnection(Arc<SetOnce<Result<RedisConnection, RedisError>>>);

impl SharedConnection {
    /// Returns whether the connection is open. If it wasn't open when a call began, the call's timeout doesn't
    /// mean that the connection has failed.
    pub(crate) fn is_open(&self) -> bool {
        self.0.get().is_some_and(Result::is_ok)
    }

    fn has_failed_to_open(&self) -> bool {
        self.0.get().is_some_and(Result::is_err)
    }
}

struct RuntimeConnection {
    runtime: runtime::Id,
    current: SharedConnection,
    /// Replaces the current connection as soon as it is open.
    replacement: Option<SharedConnection>,
}

pub(crate) struct RuntimeConnections {
    client: RedisClient,
    pub(crate) config: ConnectionManagerConfig,
    /// One connection for each runtime. Runtimes can't share a connection, because a connection stops
    /// working when the runtime that opened it ends and stops the connection's background task.
    by_runtime: Mutex<Vec<RuntimeConnection>>,
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

    /// Returns whether the connections are to a whole cluster.
    pub(crate) fn is_of_cluster(&self) -> bool {
        self.client.is_cluster()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RuntimeConnection>> {
        self.by_runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current runtime's connection.
    pub(crate) fn of_current_runtime(&self) -> SharedConnection {
        let runtime = Handle::current().id();
        let mut by_runtime = self.lock();
        if let Some(existing) = by_runtime.iter_mut().find(|one| one.runtime == runtime) {
            if let Some(replacement) = existing.replacement.take_if(|next| next.is_open()) {
                existing.current = replacement;
            }
            if existing.current.has_failed_to_open() {
                existing.current = self.open();
            }
            return existing.current.clone();
        }
        if by_runtime.len() >= MAX_RUNTIMES {
            by_runtime.remove(0);
        }
        let current = self.open();
        by_runtime.push(RuntimeConnection {
            runtime,
            current: current.clone(),
            replacement: None,
        });
        current
    }

    fn open(&self) -> SharedConnection {
        let (client, config) = (self.client.clone(), self.config.clone());
        let connection = SharedConnection::default();
        let opening = connection.clone();
        let opened =
            tokio::spawn(async move { timeout(OPENING_TIMEOUT, client.connect(config)).await });
        tokio::spawn(async move {
            let result = match opened.await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err((ErrorKind::Io, "no response in time").into()),
                // For example, rustls panics if the program enables several cryptography providers and
                // chooses none.
                Err(_) => Err((ErrorKind::Client, "the client panicked").into()),
            };
            // Only this task sets the result.
            let _ = opening.0.set(result);
        });
        connection
    }

    /// Replaces a failed connection, unless another call has already done so.
    ///
    /// A connection to a cluster remains in use until its replacement is open, because it may still reach
    /// the other servers. It must be replaced nevertheless: if a server is silent, the connection waits for
    /// this server even after a failover.
    pub(crate) fn replace(&self, failed: &SharedConnection) {
        if !failed.is_open() {
            return;
        }
        let mut by_runtime = self.lock();
        let of_runtime = by_runtime
            .iter_mut()
            .find(|one| Arc::ptr_eq(&one.current.0, &failed.0));
        let Some(of_runtime) = of_runtime else { return };
        if !self.is_of_cluster() {
            of_runtime.current = self.open();
            return;
        }
        let replacement = of_runtime.replacement.as_ref();
        if replacement.is_none_or(SharedConnection::has_failed_to_open) {
            of_runtime.replacement = Some(self.open());
        }
    }

    pub(crate) async fn query<V: FromRedisValue>(
        &self,
        connection: &SharedConnection,
        command: &Cmd,
    ) -> Result<V, RedisError> {
        let open_connection = connection.0.wait().await.clone()?;
        open_connection.query(command).await
    }

    /// Runs a query. Retries once if the connection fails, because an idle connection may have been
    /// closed without any fault.
    ///
    /// # Errors
    /// Returns the last error, or `None` if Redis didn't respond in time.
    pub(crate) async fn query_with_retry<V, F: Future<Output = Result<V, RedisError>>>(
        &self,
        timeout: Duration,
        query: impl Fn(SharedConnection) -> F,
    ) -> Result<V, Option<RedisError>> {
        let deadline = deadline_after(timeout);
        let mut first_error = None;
        loop {
            let connection = self.of_current_runtime();
            let was_open = connection.is_open();
            let error = match timeout_at(deadline, query(connection.clone())).await {
                Ok(Ok(values)) => return Ok(values),
                Ok(Err(error)) => error,
                Err(_) => {
                    if was_open {
                        self.replace(&connection);
                    }
                    return Err(first_error);
                }
            };
            // After an error that doesn't concern only one key, the connection may be permanently
            // unusable.
            if !concerns_only_one_key(&error) {
                self.replace(&connection);
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
