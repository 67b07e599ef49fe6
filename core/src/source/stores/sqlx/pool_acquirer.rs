//! Acquires connections from a pool, and finds out why it takes too long.

use crate::source::stores::sqlx::failure;
use futures_util::future::{Either, select};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Database, Error, Pool};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Finds out why a pool returns no connection. A pool retries refused connections until it times out,
/// without reporting the reason. A lookup that has waited for half of its time therefore tries to
/// connect once outside the pool.
#[derive(Default)]
pub(super) struct Connecting {
    is_trying: AtomicBool,
    /// Why the last attempt failed.
    reason: Mutex<Option<String>>,
}

impl Connecting {
    /// Acquires a connection from the pool.
    pub(super) async fn acquire<DB: Database>(
        &self,
        pool: &Pool<DB>,
        patience: Duration,
    ) -> Result<PoolConnection<DB>, Error> {
        let mut acquiring = pin!(pool.acquire());
        match timeout(patience / 2, acquiring.as_mut()).await {
            Ok(Err(Error::PoolTimedOut)) => {
                self.try_once(pool).await;
                Err(Error::PoolTimedOut)
            }
            Ok(acquired) => acquired,
            Err(_) => match select(acquiring, pin!(self.try_once(pool))).await {
                Either::Left((acquired, _)) => acquired,
                Either::Right(((), acquiring)) => acquiring.await,
            },
        }
    }

    /// Why no connection was available: the reason of the last failed attempt, if there was one.
    pub(super) fn reason(&self) -> String {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        reason
            .clone()
            .unwrap_or_else(|| failure::reason(&Error::PoolTimedOut))
    }

    /// Tries to connect once, unless another lookup is already trying.
    async fn try_once<DB: Database>(&self, pool: &Pool<DB>) {
        if self.is_trying.swap(true, Ordering::Acquire) {
            return;
        }
        let _ended = Ended(&self.is_trying);
        let options = pool.connect_options();
        let tried = DB::Connection::connect_with(&options).await;
        let reason = tried.as_ref().err().map(failure::reason);
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        if let Ok(connection) = tried {
            let _ = connection.close().await;
        }
    }
}

/// Lets another lookup try, even if this one is cancelled.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
