//! The interface between the watcher and a store.

use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::raw::RawSnapshot;
use crate::overrides::load_error::LoadError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A place that stores overrides.
pub(crate) trait Store: Send + Sync + 'static {
    /// The store's name in logs and metrics.
    const NAME: &'static str;

    /// Identifies the store's content. Two equal values mean the same overrides.
    type Content: PartialEq + Send + Sync;

    /// Reads the store. Returns `None` if the content equals `known`.
    ///
    /// Callers may drop the future at any time. The future must end by itself if the store doesn't
    /// respond.
    fn read(
        &self,
        known: Option<&Self::Content>,
    ) -> impl Future<Output = Result<Option<Stored<Self::Content>>, LoadError>> + Send;
}

/// What a store contained when it was read.
pub(crate) struct Stored<C> {
    pub(crate) content: C,
    pub(crate) snapshot: Result<RawSnapshot, InvalidOverrides>,
}

/// The options that every store has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreOptions {
    /// How long the watcher waits before it reads the store again.
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) accepts_older_versions: bool,
}

impl StoreOptions {
    pub(crate) fn every(interval: Duration) -> Self {
        Self {
            interval,
            timeout: Duration::from_secs(2),
            accepts_older_versions: false,
        }
    }
}

/// Makes the watcher read the store at once.
#[derive(Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    #[cfg_attr(not(any(feature = "postgres", feature = "redis")), allow(dead_code))]
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits until `wake` is called, but no longer than `limit`.
    pub(crate) async fn wait(&self, limit: Duration) {
        // Even with an interval of zero, other tasks run between two reads.
        let limit = limit.max(Duration::from_millis(1));
        let _ = tokio::time::timeout(limit, self.0.notified()).await;
    }
}
