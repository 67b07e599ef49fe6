//! Runs lookups. Requests that wait for the same key share one.

use crate::source::api_key::ApiKey;
use crate::source::cache::{Answer, Inner};
use crate::source::{Caller, SourceError, TierSource, error_log};
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
    pub(super) async fn asked(
        self: &Arc<Self>,
        key: &ApiKey,
        digest: [u8; 32],
    ) -> Arc<Answer<S::Tier>> {
        let arrived = self.trust.now();
        loop {
            // A separate task finishes even if this request is cancelled. Other requests may be
            // waiting for the same lookup.
            let asking = self.clone().asked_by_one(key.clone(), digest);
            let answer = match tokio::spawn(asking.in_current_span()).await {
                Ok(answer) => answer,
                Err(error) => {
                    let said = SourceError::unavailable(error);
                    let answer = self.answer(&digest, Err(error_log::log(said, Some(key))));
                    return Arc::new(answer);
                }
            };
            // A lookup in progress may have read the store before an invalidation, or while no channel
            // was listening. Requests that arrived after that event repeat the lookup. Earlier requests
            // accept its answer. Otherwise, a stream of invalidations could block them forever.
            if self.is_current(&answer) || arrived <= answer.begun {
                return answer;
            }
        }
    }

    async fn asked_by_one(self: Arc<Self>, key: ApiKey, digest: [u8; 32]) -> Arc<Answer<S::Tier>> {
        let asking = async {
            let mut answer = self.ask(&key, &digest).await;
            for _ in 1..TRIES {
                if self.is_current(&answer) {
                    break;
                }
                answer = self.ask(&key, &digest).await;
            }
            answer
        };
        let entry = self.recent.entry(digest);
        let entry = entry.or_insert_with_if(asking, |held| !self.is_good(held));
        entry.await.into_value()
    }

    async fn ask(&self, key: &ApiKey, digest: &[u8; 32]) -> Arc<Answer<S::Tier>> {
        self.counts.queries.fetch_add(1, Ordering::Relaxed);
        let mut answer = self.answer(digest, Err(SourceError::UnknownCaller));
        let asking = tokio::time::timeout(self.times.timeout, self.source.find(key));
        let said = match asking.await {
            Ok(said) => said,
            Err(_) => Err(SourceError::unavailable(error_log::safe(
                "the source did not answer in time",
            ))),
        };
        match said.map_err(|error| error_log::log(error, Some(key))) {
            Ok(caller) => {
                self.trust.filed(caller.id().is_some());
                if let Some(id) = caller.id() {
                    answer.groups[1] = self.trust.group(id.as_bytes());
                }
                // One key can claim any number of ids. Only a confirmed id gets an entry in `known`.
                let claimed = key.claimed_id();
                let is_confirmed = claimed.is_none() || claimed == caller.id();
                answer.said = Ok(caller);
                let answer = Arc::new(answer);
                if is_confirmed {
                    self.known.insert(*digest, answer.clone());
                } else {
                    // An older answer for the same claim must not outlive this one.
                    self.known.invalidate(digest);
                }
                answer
            }
            Err(error @ SourceError::Unavailable(_)) => {
                let retry_at = Some(Instant::now() + self.times.retry);
                let held = self.known.get(digest);
                let Some(held) = held.filter(|held| self.is_usable(held)) else {
                    answer.said = Err(error);
                    answer.retry_at = retry_at;
                    return Arc::new(answer);
                };
                let held = Arc::new(Answer {
                    said: held.said.clone(),
                    begun: answer.begun,
                    retry_at,
                    ..*held
                });
                self.known.insert(*digest, held.clone());
                held
            }
            Err(error) => {
                // A later outage must not bring back an answer that this lookup replaced.
                self.known.invalidate(digest);
                answer.said = Err(error);
                Arc::new(answer)
            }
        }
    }

    /// Creates an answer whose lookup begins now.
    fn answer(
        &self,
        digest: &[u8; 32],
        said: Result<Caller<S::Tier>, SourceError>,
    ) -> Answer<S::Tier> {
        let (moment, asked) = (self.trust.now(), Instant::now());
        let own = self.trust.group(digest);
        // A random number from 0 to 1.
        let chance = self.chance.hash_one((moment, asked, digest)) % 1024;
        let chance = f64::from(u16::try_from(chance).unwrap_or_default()) / 1024.0;
        Answer {
            said,
            asked,
            moment,
            begun: moment,
            groups: [own, own],
            share: 1.0 - self.times.jitter * chance,
            retry_at: None,
        }
    }
}
