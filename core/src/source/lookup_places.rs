//! Limits how many lookups for open connections run at the same time.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many lookups for the open connections of a tier layer may run at the same time.
const MAX_SIMULTANEOUS: usize = 50;

/// The limited places for lookups that run at the same time.
///
/// Thousands of connections may need a lookup, for example after a channel reconnects. They must not flood the
/// source, because new requests need it too. The lookups of requests need no place.
#[derive(Clone)]
pub(crate) struct LookupPlaces(Arc<Semaphore>);

impl LookupPlaces {
    /// Waits for a place. The place is free again when the returned value is dropped.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        // Fails only if the semaphore is closed, which never happens.
        self.0.clone().acquire_owned().await.ok()
    }
}

impl Default for LookupPlaces {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_SIMULTANEOUS)))
    }
}
