//! Runs lookups. Requests that wait for the same key share one.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::cache::{Entry, Inner};
use crate::source::{SourceError, TierSource, error_log};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::time::Instant;
use tracing::Instrument;

/// The maximum number of reads per lookup. A lookup reads the source again if an invalidation arrives
/// in the meantime.
const TRIES: usize = 3;

impl<S: TierSource> Inner<S> {
    /// Returns the answer for a request that arrives now.
    pub(super) async fn look_up_shared(
        self: &Arc<Self>,
        key: &ApiKey,
        digest: [u8; 32],
    ) -> Arc<Entry<S::Tier>> {
        let arrived = self.freshness.now();
        loop {
            // A separate task finishes even if this request is cancelled. Other requests may be
            // waiting for the same lookup.
            let lookup = self.clone().look_up_once(key.clone(), digest);
            let entry = match tokio::spawn(lookup.in_current_span()).await {
                Ok(entry) => entry,
                Err(error) => {
                    let result = SourceError::unavailable(error);
                    let entry = self.new_entry(&digest, Err(error_log::log(result, Some(key))));
                    return Arc::new(entry);
                }
            };
            // A lookup in progress may have read the store before an invalidation, or while no channel
            // was listening. Requests that arrived after that event repeat the lookup. Earlier requests
            // accept its answer. Otherwise, a stream of invalidations could block them forever.
            if self.is_current(&entry) || arrived <= entry.last_lookup {
                return entry;
            }
        }
    }

    async fn look_up_once(self: Arc<Self>, key: ApiKey, digest: [u8; 32]) -> Arc<Entry<S::Tier>> {
        let lookup = async {
            let mut entry = self.query_source(&key, &digest).await;
            for _ in 1..TRIES {
                if self.is_current(&entry) {
                    break;
                }
                entry = self.query_source(&key, &digest).await;
            }
            entry
        };
        let entry = self.recent.entry(digest);
        let entry = entry.or_insert_with_if(lookup, |cached| !self.is_fresh(cached));
        entry.await.into_value()
    }

    async fn query_source(&self, key: &ApiKey, digest: &[u8; 32]) -> Arc<Entry<S::Tier>> {
        self.counts.queries.fetch_add(1, Ordering::Relaxed);
        let mut entry = self.new_entry(digest, Err(SourceError::UnknownCaller));
        let lookup = tokio::time::timeout(self.times.timeout, self.source.find(key));
        let result = match lookup.await {
            Ok(result) => result,
            Err(_) => Err(SourceError::unavailable(error_log::safe(
                "the source did not respond in time",
            ))),
        };
        let result = match result {
            Ok(caller) if caller.is_unknown() => Err(SourceError::UnknownCaller),
            result => result,
        };
        match result.map_err(|error| error_log::log(error, Some(key))) {
            Ok(caller) => {
                self.freshness.record_caller(caller.id().is_some());
                if let Some(id) = caller.id() {
                    entry.groups[1] = self.freshness.group(id.as_bytes());
                }
                // One key can claim any number of ids. Only a confirmed id gets an entry in `known`.
                let claimed = key.claimed_id();
                let is_confirmed = claimed.is_none() || claimed == caller.id();
                entry.result = Ok(caller);
                let entry = Arc::new(entry);
                if is_confirmed {
                    self.known.insert(*digest, entry.clone());
                } else {
                    // An older answer for the same claim must not outlive this one.
                    self.known.invalidate(digest);
                }
                entry
            }
            Err(error @ SourceError::Unavailable(_)) => {
                let retry_at = Some(Instant::now() + self.times.retry);
                let cached = self.known.get(digest);
                let Some(cached) = cached.filter(|cached| self.is_usable(cached)) else {
                    entry.result = Err(error);
                    entry.retry_at = retry_at;
                    return Arc::new(entry);
                };
                let cached = Arc::new(Entry {
                    result: cached.result.clone(),
                    last_lookup: entry.last_lookup,
                    retry_at,
                    ..*cached
                });
                self.known.insert(*digest, cached.clone());
                cached
            }
            Err(error) => {
                // A later outage must not bring back an answer that this lookup replaced.
                self.known.invalidate(digest);
                entry.result = Err(error);
                Arc::new(entry)
            }
        }
    }

    /// Creates an answer whose lookup begins now.
    fn new_entry(
        &self,
        digest: &[u8; 32],
        result: Result<Caller<S::Tier>, SourceError>,
    ) -> Entry<S::Tier> {
        let (moment, looked_up_at) = (self.freshness.now(), Instant::now());
        let own = self.freshness.group(digest);
        // A random number from 0 to 1.
        let random = self.random.hash_one((moment, looked_up_at, digest)) % 1024;
        let random = f64::from(u16::try_from(random).unwrap_or_default()) / 1024.0;
        Entry {
            result,
            looked_up_at,
            moment,
            last_lookup: moment,
            groups: [own, own],
            share: 1.0 - self.times.jitter * random,
            retry_at: None,
        }
    }
}
