//! The result of looking up a request's caller.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::source::api_key::ApiKey;
use crate::source::{SourceError, error_log};
use std::time::Duration;

/// The result of a lookup, with the key that was looked up.
#[derive(Clone)]
pub(crate) struct Resolved<T> {
    key: Option<ApiKey>,
    pub(crate) result: Result<Caller<T>, SourceError>,
}

impl<T: Copy> Resolved<T> {
    /// Creates the result of looking up this key, and logs an error.
    pub(crate) fn of_key(key: ApiKey, result: Result<Caller<T>, SourceError>) -> Self {
        let result = result.map_err(|error| error_log::log(error, Some(&key)));
        let key = Some(key);
        Self { key, result }
    }

    /// Creates the result for a request without a valid key, and logs an error.
    pub(crate) fn without_key(result: Result<Caller<T>, SourceError>) -> Self {
        let result = result.map_err(|error| error_log::log(error, None));
        Self { key: None, result }
    }

    /// Returns the caller's name for logs: the id, or a prefix of the key's hash. The name never contains
    /// the key, even if the source wrongly returns the key as the id.
    ///
    /// Returns `None` if the request's caller has another id, because another layer has replaced the
    /// caller since.
    pub(crate) fn name_in_logs(&self, id_of_caller: Option<&str>) -> Option<String> {
        let key = self.key.as_ref();
        let id = self.result.as_ref().ok().and_then(Caller::id);
        if id != id_of_caller {
            return None;
        }
        let id = id.filter(|id| key.is_none_or(|key| !id.contains(key.expose())));
        id.map(str::to_owned)
            .or_else(|| key.map(ApiKey::fingerprint))
    }

    /// Converts the result to the resolution that a check needs.
    pub(crate) fn resolution(&self, retry_after: Duration) -> Resolution<T> {
        match &self.result {
            Ok(caller) => Resolution::Caller(caller.clone()),
            Err(SourceError::UnknownCaller) => Resolution::Caller(Caller::unknown()),
            Err(SourceError::Unavailable(_)) => Resolution::SourceUnavailable { retry_after },
            Err(SourceError::InvalidTier(_)) => Resolution::UnreadableTier,
        }
    }
}
