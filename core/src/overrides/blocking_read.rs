//! Reads that block a thread, with a time limit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Runs one blocking read at a time. If a read takes too long, for example because a network file
/// system is down, later calls wait for the same read. If each call started a new read, each call would
/// block another thread.
#[derive(Debug)]
pub(crate) struct BlockingRead<R> {
    late: Mutex<Option<JoinHandle<R>>>,
}

impl<R> Default for BlockingRead<R> {
    fn default() -> Self {
        Self {
            late: Mutex::new(None),
        }
    }
}

impl<R: Send + 'static> BlockingRead<R> {
    /// Returns the read's result, or `None` if the read takes too long. If an earlier read took too
    /// long, returns the result of that read, which may be out of date.
    pub(crate) async fn run(
        &self,
        limit: Duration,
        read: impl FnOnce() -> R + Send + 'static,
    ) -> Option<R> {
        let late = self.late().take();
        let mut running = late.unwrap_or_else(|| tokio::task::spawn_blocking(read));
        match timeout(limit, &mut running).await {
            Ok(read) => read.ok(),
            Err(_) => {
                *self.late() = Some(running);
                None
            }
        }
    }

    fn late(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<R>>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::BlockingRead;
    use std::sync::mpsc;
    use std::time::Duration;

    #[tokio::test]
    async fn a_late_read_blocks_one_thread_only() {
        let (finish, finished) = mpsc::channel::<()>();
        let reads = BlockingRead::default();
        let short = Duration::from_millis(20);
        let blocked = move || {
            finished.recv().unwrap();
            1
        };
        assert_eq!(reads.run(short, blocked).await, None);
        for _ in 0..3 {
            assert_eq!(reads.run(short, || unreachable!()).await, None);
        }
        finish.send(()).unwrap();
        let long = Duration::from_secs(10);
        assert_eq!(reads.run(long, || unreachable!()).await, Some(1));
        assert_eq!(reads.run(long, || 2).await, Some(2));
    }
}
