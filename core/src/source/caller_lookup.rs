//! Looks up a request's caller when a guard or a handler needs it, and stores the result in the request.

use crate::access::caller::Caller;
#[cfg(feature = "quota")]
use crate::access::caller::Standing;
use crate::access::check::Resolution;
use crate::access::overrides::Overrides;
use crate::source::api_key::ApiKey;
use crate::source::credential::Credential;
#[cfg(feature = "watch")]
use crate::source::lookup_places::LookupPlaces;
#[cfg(any(feature = "axum", feature = "tower"))]
use crate::source::original_uri::WithOriginalUri;
use crate::source::source_error::{SourceError, log};
use crate::source::tier_source::ErasedTierSource;
use crate::tier::Tier;
use http::Extensions;
use http::request::Parts;
use std::sync::Arc;
use std::time::Duration;

/// The extension that a [`TierLayer`](super::TierLayer) inserts into a request. It contains a lookup
/// that hasn't run yet, and later the result of that lookup.
#[derive(Clone)]
pub(crate) struct CallerLookup<T> {
    settings: Arc<Settings<T>>,
    resolved: Option<Resolved<T>>,
}

impl<T> CallerLookup<T> {
    pub(crate) fn new(settings: Arc<Settings<T>>) -> Self {
        Self {
            settings,
            resolved: None,
        }
    }
}

/// Returns the name that logs use for the caller with this id, or `None` if this request's lookup
/// didn't return that caller.
pub(crate) fn name_in_logs<T: Tier>(extensions: &Extensions, id: Option<&str>) -> Option<String> {
    let caller_lookup = extensions.get::<CallerLookup<T>>()?;
    caller_lookup.resolved.as_ref()?.name_in_logs(id)
}

/// Returns the API key of a known caller without an id, or `None` if this request's lookup didn't return that
/// caller.
#[cfg(feature = "quota")]
pub(crate) fn key_of_nameless_caller<T: Tier>(extensions: &Extensions) -> Option<&ApiKey> {
    let caller_lookup = extensions.get::<CallerLookup<T>>()?;
    caller_lookup.resolved.as_ref()?.key_of_nameless_caller()
}

/// Returns the settings and the result of this request's lookup, if it has run.
#[cfg(feature = "watch")]
pub(crate) fn finished_lookup<T: Tier>(
    extensions: &Extensions,
) -> Option<(&Arc<Settings<T>>, &Resolved<T>)> {
    let lookup = extensions.get::<CallerLookup<T>>()?;
    Some((&lookup.settings, lookup.resolved.as_ref()?))
}

/// Returns the request's caller. Runs a lookup only if no other layer has set the caller, no lookup has
/// run yet, and `is_closed` returns `false` for the request's overrides.
pub(crate) async fn resolve<T: Tier>(
    parts: &mut Parts,
    is_closed: impl Fn(&Overrides<T>) -> bool,
) -> Resolution<Caller<T>> {
    if let Some(caller) = parts.extensions.get::<Caller<T>>() {
        return Resolution::Caller(caller.clone());
    }
    let Some(caller_lookup) = parts.extensions.get::<CallerLookup<T>>() else {
        return Resolution::MissingLayer;
    };
    let settings = caller_lookup.settings.clone();
    if let Some(resolved) = &caller_lookup.resolved {
        return resolved.resolution(settings.retry_after);
    }
    if parts.extensions.get().is_some_and(is_closed) {
        return Resolution::CLOSED;
    }
    #[cfg(any(feature = "axum", feature = "tower"))]
    let resolved = {
        // The path is read only if a function that the application supplies extracts the key.
        let request = WithOriginalUri::new(parts, settings.has_function());
        settings.look_up(request.parts).await
    };
    #[cfg(not(any(feature = "axum", feature = "tower")))]
    let resolved = settings.look_up(parts).await;
    let resolution = resolved.resolution(settings.retry_after);
    store_in_request(parts, resolved, &resolution);
    resolution
}

/// Returns whether the request's caller must be looked up before a check.
#[cfg(feature = "tower")]
pub(crate) fn is_needed<T: Tier>(extensions: &Extensions) -> bool {
    extensions.get::<Caller<T>>().is_none() && extensions.get::<CallerLookup<T>>().is_some()
}

/// Stores a lookup's result in the request. Later guards and the handler use the stored result.
fn store_in_request<T: Tier>(
    parts: &mut Parts,
    resolved: Resolved<T>,
    resolution: &Resolution<Caller<T>>,
) {
    if let Resolution::Caller(caller) = resolution {
        parts.extensions.insert(caller.clone());
    }
    if let Some(caller_lookup) = parts.extensions.get_mut::<CallerLookup<T>>() {
        caller_lookup.resolved = Some(resolved);
    }
}

/// The settings of a tier layer, shared by all of its lookups.
pub(crate) struct Settings<T> {
    pub(crate) source: Arc<dyn ErasedTierSource<T>>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) anonymous: Option<T>,
    pub(crate) without_subscription: Option<T>,
    pub(crate) retry_after: Duration,
    /// How long open connections survive an outage of the source.
    #[cfg(feature = "watch")]
    pub(crate) outage_grace: Duration,
    /// How often open connections look up their caller. `None` if the source decides.
    #[cfg(feature = "watch")]
    pub(crate) recheck_interval: Option<Duration>,
    #[cfg(feature = "watch")]
    pub(crate) lookup_places: LookupPlaces,
    /// The overrides that the layer adds to each request.
    pub(crate) overrides: Option<Overrides<T>>,
}

impl<T: Copy> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            credentials: self.credentials.clone(),
            overrides: self.overrides.clone(),
            #[cfg(feature = "watch")]
            lookup_places: self.lookup_places.clone(),
            ..*self
        }
    }
}

impl<T: Tier> Settings<T> {
    /// Looks up the request's caller.
    pub(crate) async fn look_up(&self, parts: &Parts) -> Resolved<T> {
        let api_key = match self.extract_api_key(parts).await {
            Ok(Some(api_key)) => api_key,
            Ok(None) => {
                let anonymous = self.anonymous.map(Caller::anonymous);
                return Resolved::without_key(anonymous.ok_or(SourceError::UnknownCaller));
            }
            Err(error) => return Resolved::without_key(Err(error)),
        };
        let result = self.find(&api_key).await;
        Resolved::with_key(api_key, result)
    }

    /// Returns the source's result for an API key if it is in memory.
    pub(crate) fn known(&self, api_key: &ApiKey) -> Option<Result<Caller<T>, SourceError>> {
        let known = self.source.known_erased(api_key);
        known.map(|result| self.complete(result))
    }

    /// Looks up an API key in the source.
    pub(crate) async fn find(&self, api_key: &ApiKey) -> Result<Caller<T>, SourceError> {
        match self.known(api_key) {
            Some(result) => result,
            None => self.complete(self.source.find_erased(api_key).await),
        }
    }

    /// Gives a caller without a subscription the tier that is set for such callers.
    fn complete(&self, result: Result<Caller<T>, SourceError>) -> Result<Caller<T>, SourceError> {
        result.map(|caller| caller.or_without_subscription(self.without_subscription))
    }

    /// Returns whether a function that the application supplies extracts the key.
    #[cfg(any(feature = "axum", feature = "tower"))]
    fn has_function(&self) -> bool {
        self.credentials.iter().any(Credential::is_function)
    }

    async fn extract_api_key(&self, parts: &Parts) -> Result<Option<ApiKey>, SourceError> {
        if self.credentials.is_empty() {
            return Credential::bearer().find(parts).await;
        }
        for credential in &self.credentials {
            if let Some(api_key) = credential.find(parts).await? {
                return Ok(Some(api_key));
            }
        }
        Ok(None)
    }
}

/// A lookup result and the key that was looked up.
#[derive(Clone)]
pub(crate) struct Resolved<T> {
    pub(crate) api_key: Option<ApiKey>,
    pub(crate) result: Result<Caller<T>, SourceError>,
}

impl<T: Copy> Resolved<T> {
    /// Creates the result of looking up this key. If the lookup failed, logs the error. If the source wrongly
    /// returned the key as the caller's id, keeps that id out of logs.
    pub(crate) fn with_key(api_key: ApiKey, result: Result<Caller<T>, SourceError>) -> Self {
        let result = match result {
            Ok(caller) if caller.id().is_some_and(|id| api_key.is_in(id)) => {
                Ok(caller.with_secret_id())
            }
            Ok(caller) => Ok(caller),
            Err(error) => Err(log::log_lookup_error(error, Some(&api_key))),
        };
        Self {
            api_key: Some(api_key),
            result,
        }
    }

    /// Creates the result for a request without a valid key. If `result` is an error, logs the error.
    pub(crate) fn without_key(result: Result<Caller<T>, SourceError>) -> Self {
        let result = result.map_err(|error| log::log_lookup_error(error, None));
        Self {
            api_key: None,
            result,
        }
    }

    /// Returns a prefix of the key's hash. Logs use this prefix as the name of a caller who has no id,
    /// or whose id contains the key. Returns `None` if logs can show the id, or if another layer has
    /// replaced the caller.
    pub(crate) fn name_in_logs(&self, id_in_request: Option<&str>) -> Option<String> {
        let api_key = self.api_key.as_ref()?;
        let needs_fingerprint = match id_in_request {
            Some(id) => api_key.is_in(id),
            // The caller in the request has no id. If the lookup found a caller with an id, another
            // layer has replaced that caller.
            None => !matches!(&self.result, Ok(caller) if caller.id().is_some()),
        };
        needs_fingerprint.then(|| api_key.fingerprint())
    }

    /// Returns the API key if the lookup returned a known caller without an id. If the caller in the request
    /// has no id and the lookup returned another caller, another layer has replaced the caller.
    ///
    /// The key doesn't identify an anonymous caller. If a source returns an anonymous caller for keys that it
    /// doesn't know, a client could send another key with every request.
    #[cfg(feature = "quota")]
    pub(crate) fn key_of_nameless_caller(&self) -> Option<&ApiKey> {
        let is_nameless = matches!(
            &self.result,
            Ok(caller) if caller.id().is_none() && caller.standing() == Standing::Known
        );
        self.api_key.as_ref().filter(|_| is_nameless)
    }

    /// Converts the lookup result to the [`Resolution`] that a check needs.
    pub(crate) fn resolution(&self, retry_after: Duration) -> Resolution<Caller<T>> {
        match &self.result {
            Ok(caller) => Resolution::Caller(caller.clone()),
            Err(SourceError::UnknownCaller) => Resolution::Caller(Caller::unknown()),
            Err(SourceError::Unavailable(_)) => Resolution::SourceUnavailable { retry_after },
            Err(SourceError::InvalidTier(_)) => Resolution::UnreadableTier,
        }
    }
}
