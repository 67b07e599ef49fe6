//! Acquires connections from a pool, and finds out why the pool takes too long.

use crate::source::stores::sqlx::sqlx_error::describe_sqlx_error;
use futures_util::future::{Either, select};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Database, Error, Pool};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Acquires connections from a pool, and finds out why the pool returns no connection.
///
/// A pool retries refused connections until it times out, without reporting the reason. When half of a
/// lookup's time limit has passed, the lookup therefore makes one connection attempt outside the pool.
#[derive(Default)]
pub(crate) struct PoolAcquirer {
    is_attempt_running: AtomicBool,
    /// Why the last direct connection attempt failed.
    attempt_failure: Mutex<Option<String>>,
}

impl PoolAcquirer {
    /// Acquires a connection from the pool.
    pub(crate) async fn acquire<DB: Database>(
        &self,
        pool: &Pool<DB>,
        lookup_timeout: Duration,
    ) -> Result<PoolConnection<DB>, Error> {
        let mut acquiring = pin!(pool.acquire());
        match timeout(lookup_timeout / 2, acquiring.as_mut()).await {
            Ok(Err(Error::PoolTimedOut)) => {
                self.attempt_direct_connection(pool).await;
                Err(Error::PoolTimedOut)
            }
            Ok(acquired) => acquired,
            Err(_) => match select(acquiring, pin!(self.attempt_direct_connection(pool))).await {
                Either::Left((acquired, _)) => acquired,
                Either::Right(((), acquiring)) => acquiring.await,
            },
        }
    }

    /// Returns why no connection was available. If the last direct connection attempt failed, returns
    /// the reason for that failure.
    pub(crate) fn why_no_connection(&self) -> String {
        let attempt_failure = self
            .attempt_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        attempt_failure
            .clone()
            .unwrap_or_else(|| describe_sqlx_error(&Error::PoolTimedOut))
    }

    /// Opens one connection outside the pool, unless another lookup is already doing so.
    async fn attempt_direct_connection<DB: Database>(&self, pool: &Pool<DB>) {
        if self.is_attempt_running.swap(true, Ordering::Acquire) {
            return;
        }
        let _running_attempt = RunningAttempt(&self.is_attempt_running);
        let options = pool.connect_options();
        let attempted = DB::Connection::connect_with(&options).await;
        let attempt_failure = attempted.as_ref().err().map(describe_sqlx_error);
        *self
            .attempt_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = attempt_failure;
        if let Ok(connection) = attempted {
            let _ = connection.close().await;
        }
    }
}

/// A running connection attempt. After the attempt has ended or was cancelled, another lookup may start
/// an attempt.
struct RunningAttempt<'a>(&'a AtomicBool);

impl Drop for RunningAttempt<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
