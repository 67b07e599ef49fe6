//! Questions that a cache puts to its source: one for all who want to know.

use super::{Answer, Inner};
use crate::source::{ApiKey, Caller, SourceError, TierSource, trouble};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tracing::Instrument;

/// How often the source is asked for one answer, if somebody changes each time meanwhile.
const TRIES: usize = 3;

impl<S: TierSource> Inner<S> {
    /// What the source says to somebody who comes now.
    pub(super) async fn asked(
        self: &Arc<Self>,
        key: &ApiKey,
        digest: [u8; 32],
    ) -> Arc<Answer<S::Tier>> {
        let came = self.trust.now();
        loop {
            // A task of its own goes on if nobody waits for it any more, and is never left halfway
            // while others wait for what it will say.
            let asking = self.clone().asked_by_one(key.clone(), digest);
            let answer = match tokio::spawn(asking.in_current_span()).await {
                Ok(answer) => answer,
                Err(error) => {
                    let said = SourceError::unavailable(error);
                    let answer = self.answer(&digest, Err(trouble::log(said, Some(key))));
                    return Arc::new(answer);
                }
            };
            // An answer on its way may be of before a change. Whoever came after the change does not
            // take it; who came before the question may, or changes without end would let nobody
            // have an answer.
            let is_current = self.trust.is_unchanged(answer.groups, answer.moment);
            if is_current || came <= answer.moment {
                return answer;
            }
        }
    }

    async fn asked_by_one(self: Arc<Self>, key: ApiKey, digest: [u8; 32]) -> Arc<Answer<S::Tier>> {
        let asking = async {
            let mut answer = self.ask(&key, &digest).await;
            for _ in 1..TRIES {
                if self.trust.is_unchanged(answer.groups, answer.moment) {
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
            Err(_) => Err(SourceError::unavailable("no answer in time")),
        };
        match said.map_err(|error| trouble::log(error, Some(key))) {
            Ok(caller) => {
                self.trust.filed(caller.id().is_some());
                if let Some(id) = caller.id() {
                    answer.groups[1] = self.trust.group(id.as_bytes());
                }
                // Anybody with a key could claim any number of ids. They have room if they are true.
                let claimed = key.claimed_id();
                let is_one = claimed.is_none() || claimed == caller.id();
                answer.said = Ok(caller);
                let answer = Arc::new(answer);
                if is_one {
                    self.known.insert(*digest, answer.clone());
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
                let said = held.said.clone();
                let held = Arc::new(Answer {
                    said,
                    retry_at,
                    ..*held
                });
                self.known.insert(*digest, held.clone());
                held
            }
            Err(error) => {
                // Whoever is not known any more is not let through when the store is down.
                self.known.invalidate(digest);
                answer.said = Err(error);
                Arc::new(answer)
            }
        }
    }

    /// An answer that is asked for now.
    fn answer(
        &self,
        digest: &[u8; 32],
        said: Result<Caller<S::Tier>, SourceError>,
    ) -> Answer<S::Tier> {
        let (moment, asked) = (self.trust.now(), Instant::now());
        let own = self.trust.group(digest);
        // A number from 0 to 1, by chance.
        let chance = self.chance.hash_one((moment, asked, digest)) % 1024;
        let chance = f64::from(u16::try_from(chance).unwrap_or_default()) / 1024.0;
        Answer {
            said,
            asked,
            moment,
            groups: [own, own],
            share: 1.0 - self.times.jitter * chance,
            retry_at: None,
        }
    }
}
