//! Lets writes wait for each other without a connection. If they waited for a lock of the database, the writes of
//! one community could occupy all connections.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::timeout;

/// How long a write waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A turn at writing, which ends when it is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

/// The locks in use on this server, by the name of the file or community.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<AsyncMutex<()>>>>);

impl Turns {
    /// Waits for a turn.
    ///
    /// # Errors
    /// Returns an error if other turns take too long.
    pub(super) async fn wait(&self, locked: &str) -> Result<Turn, sqlx::Error> {
        let turn = timeout(PATIENCE, self.lock_of(locked).lock_owned()).await;
        turn.map_err(|_| Error::new(ErrorKind::TimedOut, "earlier writes took too long").into())
    }

    fn lock_of(&self, locked: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(locked).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(locked.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn writes_wait_for_those_that_lock_the_same() {
        let turns = Turns::default();
        let turn = turns.wait("a").await.expect("a turn");
        turns.wait("b").await.expect("a turn at another lock");
        let pause = Duration::from_millis(20);
        let early = timeout(pause, turns.wait("a")).await;
        assert!(early.is_err());
        drop(turn);
        turns.wait("a").await.expect("the next turn");
    }

    #[tokio::test]
    async fn only_locks_in_use_are_kept() {
        let turns = Turns::default();
        for number in 0..100 {
            let turn = turns.wait(&number.to_string()).await;
            drop(turn.expect("a turn"));
        }
        assert_eq!(turns.0.lock().expect("the locks").len(), 1);
    }
}
