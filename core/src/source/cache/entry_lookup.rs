//! Looks up the cache's entries in the source. Requests that wait for the same key share one lookup.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::cache::end::End;
use crate::source::cache::{Entry, Inner};
use crate::source::source_error::safe_reason::safe;
use crate::source::source_error::{SourceError, log};
use crate::source::tier_source::TierSource;
use std::hash::BuildHasher;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Instrument;

/// The maximum number of queries per lookup. A lookup queries the source again if an invalidation
/// arrives while a query is running.
const MAX_QUERIES_PER_LOOKUP: usize = 3;

impl<S: TierSource> Inner<S> {
    /// Looks up a key's entry for a request that arrives now.
    pub(super) async fn look_up_entry(
        self: &Arc<Self>,
        key: &ApiKey,
        digest: [u8; 32],
    ) -> Arc<Entry<S::Tier>> {
        let (arrival_tick, arrival) = (self.freshness.current_tick(), self.now());
        let mut is_first_lookup = true;
        loop {
            // Other requests may be waiting for the same lookup. The lookup therefore runs in a
            // separate task, which finishes even if this request is cancelled.
            let entry_lookup = self.clone().look_up_entry_once(key.clone(), digest);
            let entry = match tokio::spawn(entry_lookup.in_current_span()).await {
                Ok(entry) => entry,
                Err(join_error) => {
                    let error = SourceError::unavailable(join_error);
                    let error = log::log_lookup_error(error, Some(key));
                    return Arc::new(self.new_entry(&digest, Err(error)));
                }
            };
            // The lookup may have read the store before an invalidation, or before the cache resumed
            // listening. A request that arrived after such an event must not use the result, so it
            // repeats the lookup. A request that arrived earlier accepts the result. If it repeated the
            // lookup too, a stream of invalidations could block it forever.
            let is_accepted = self.is_current(&entry) || arrival_tick <= entry.last_lookup_tick;
            // The first lookup may have begun before this request arrived, and before the end of the
            // caller's subscription. Any further lookup began after the request arrived.
            let is_from_before_end = is_first_lookup
                && entry
                    .end
                    .is_some_and(|end| end.is_between_lookup_and(arrival));
            if is_accepted && !is_from_before_end {
                return entry;
            }
            is_first_lookup = false;
        }
    }

    async fn look_up_entry_once(
        self: Arc<Self>,
        key: ApiKey,
        digest: [u8; 32],
    ) -> Arc<Entry<S::Tier>> {
        let entry_lookup = async {
            let mut entry = self.query_source(&key, &digest).await;
            for _ in 1..MAX_QUERIES_PER_LOOKUP {
                if self.is_current(&entry) {
                    break;
                }
                entry = self.query_source(&key, &digest).await;
            }
            entry
        };
        let recent_entry = self.recent.entry(digest);
        recent_entry
            .or_insert_with_if(entry_lookup, |cached_entry| !self.is_fresh(cached_entry))
            .await
            .into_value()
    }

    async fn query_source(&self, key: &ApiKey, digest: &[u8; 32]) -> Arc<Entry<S::Tier>> {
        self.counters.count_query();
        let lookup_began = self.now();
        let mut entry = self.new_entry(digest, Err(SourceError::UnknownCaller));
        let source_query = tokio::time::timeout(self.times.timeout, self.source.find(key));
        let result = match source_query.await {
            Ok(result) => result,
            Err(_) => Err(SourceError::unavailable(safe(
                "the source did not respond in time",
            ))),
        };
        let result = match result {
            Ok(caller) if caller.is_unknown() => Err(SourceError::UnknownCaller),
            result => result,
        };
        match result.map_err(|error| log::log_lookup_error(error, Some(key))) {
            Ok(caller) => {
                self.freshness.record_caller(caller.id().is_some());
                if let Some(id) = caller.id() {
                    entry.groups[1] = self.freshness.group(id.as_bytes());
                }
                // A client could fill `known` by claiming many ids with one key, or by sending many
                // keys for which the source returns an anonymous caller. Results of both kinds
                // therefore get no entry in `known`.
                let claimed_id = key.claimed_id();
                let is_confirmed =
                    !caller.is_anonymous() && (claimed_id.is_none() || claimed_id == caller.id());
                entry.end = caller.ends_at().map(|end| End::new(end, lookup_began));
                entry.result = Ok(caller);
                let entry = Arc::new(entry);
                if is_confirmed {
                    self.known.insert(*digest, entry.clone());
                } else {
                    // An older entry for the same key and claimed id must not outlive this entry.
                    self.known.invalidate(digest);
                }
                entry
            }
            Err(error @ SourceError::Unavailable(_)) => {
                let retry_at = Some(Instant::now() + self.times.retry);
                let cached_entry = self.known.get(digest);
                let Some(cached_entry) =
                    cached_entry.filter(|cached_entry| self.is_usable_in_outage(cached_entry))
                else {
                    // If the system's clock is set back, the old entry must not become usable again.
                    self.known.invalidate(digest);
                    entry.result = Err(error);
                    entry.retry_at = retry_at;
                    return Arc::new(entry);
                };
                let stale_entry = Arc::new(Entry {
                    result: cached_entry.result.clone(),
                    last_lookup_tick: entry.last_lookup_tick,
                    retry_at,
                    ..*cached_entry
                });
                self.known.insert(*digest, stale_entry.clone());
                stale_entry
            }
            Err(error) => {
                // Removes the key's old entry. Otherwise, the cache could use the old entry again in a
                // later outage.
                self.known.invalidate(digest);
                entry.result = Err(error);
                Arc::new(entry)
            }
        }
    }

    /// Creates an entry whose lookup begins now.
    fn new_entry(
        &self,
        digest: &[u8; 32],
        result: Result<Caller<S::Tier>, SourceError>,
    ) -> Entry<S::Tier> {
        let (looked_up_tick, looked_up_at) = (self.freshness.current_tick(), Instant::now());
        let key_group = self.freshness.group(digest);
        // A random number from 0 to 1.
        let random = self.random.hash_one((looked_up_tick, looked_up_at, digest)) % 1024;
        let random = f64::from(u16::try_from(random).unwrap_or_default()) / 1024.0;
        Entry {
            result,
            end: None,
            looked_up_at,
            looked_up_tick,
            last_lookup_tick: looked_up_tick,
            groups: [key_group, key_group],
            jitter_factor: 1.0 - self.times.jitter * random,
            retry_at: None,
        }
    }
}
