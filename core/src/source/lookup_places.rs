//! Limits how many lookups for open connections run at the same time.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// How many lookups for the open connections of a tier layer may run at the same time.
const MAX_SIMULTANEOUS: usize = 50;

/// The limited places for lookups that run at the same time.
///
/// Thousands of connections may need a lookup, for example after a channel reconnects. They must not flood the
/// source, because new requests need it too. The lookups of requests need no place.
#[derive(Clone)]
pub(crate) struct LookupPlaces {
    places: Arc<Semaphore>,
    last_response: Arc<Mutex<Option<Instant>>>,
}

impl LookupPlaces {
    /// Waits for a place. The place is free again when the returned value is dropped. Returns `None` if the source
    /// has not responded to any lookup for this time, although lookups were waiting.
    pub(crate) async fn take(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        let began_at = Instant::now();
        let mut place = pin!(self.places.clone().acquire_owned());
        loop {
            let since = self.last_response().max(Some(began_at))?;
            if let Ok(place) = timeout_at(since + patience, place.as_mut()).await {
                // Fails only if the semaphore is closed, which never happens.
                return place.ok();
            }
            if self.last_response() <= Some(since) {
                return None;
            }
        }
    }

    /// Records that the source has just responded to a lookup.
    pub(crate) fn record_response(&self) {
        *self
            .last_response
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns when the source last responded to a lookup that had a place.
    pub(crate) fn last_response(&self) -> Option<Instant> {
        *self
            .last_response
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for LookupPlaces {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_SIMULTANEOUS)),
            last_response: Arc::default(),
        }
    }
}
