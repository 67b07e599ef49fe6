//! The result of looking up a request's caller.

use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::source::api_key::ApiKey;
use crate::source::{Caller, SourceError, error_log};
use crate::tier::Tier;
use std::time::Duration;

/// The result of a lookup, with the key that was looked up.
#[derive(Clone)]
pub(crate) struct Told<T> {
    key: Option<ApiKey>,
    pub(crate) answer: Result<Caller<T>, SourceError>,
}

impl<T: Tier> Told<T> {
    pub(crate) fn of(key: ApiKey, answer: Result<Caller<T>, SourceError>) -> Self {
        let answer = answer.map_err(|error| error_log::log(error, Some(&key)));
        let key = Some(key);
        Self { key, answer }
    }

    /// Creates the result for a request without a valid key.
    pub(crate) fn of_nobody(answer: Result<Caller<T>, SourceError>) -> Self {
        let answer = answer.map_err(|error| error_log::log(error, None));
        Self { key: None, answer }
    }

    /// The caller's name in logs: the id, or a prefix of the key's hash. It never contains the key,
    /// even if the source wrongly returns the key as the id.
    pub(crate) fn name(&self) -> Option<String> {
        let key = self.key.as_ref();
        let id = self.answer.as_ref().ok().and_then(Caller::id);
        let id = id.filter(|id| key.is_none_or(|key| !id.contains(key.expose())));
        id.map(str::to_owned)
            .or_else(|| key.map(ApiKey::fingerprint))
    }

    pub(crate) fn tier(&self, endpoint: Endpoint, retry_after: Duration) -> Result<T, Refusal> {
        match &self.answer {
            Ok(caller) => caller.tier().ok_or(Refusal::NoSubscription(endpoint)),
            Err(SourceError::UnknownCaller) => Err(Refusal::UnknownCaller(endpoint)),
            Err(SourceError::Unavailable(_)) => Err(Refusal::SourceUnavailable {
                endpoint,
                retry_after,
            }),
            Err(SourceError::Unreadable(_)) => Err(Refusal::UnreadableTier(endpoint)),
        }
    }
}
