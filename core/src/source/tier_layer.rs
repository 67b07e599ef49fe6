use crate::access::caller::Caller;
use crate::access::overrides::Overrides;
use crate::source::caller_lookup::{CallerLookup, Settings};
use crate::source::credential::Credential;
#[cfg(feature = "watch")]
use crate::source::lookup_places::LookupPlaces;
use crate::source::source_error::SourceError;
use crate::source::tier_source::TierSource;
use crate::tier::Tier;
use http::Request;
use http::request::Parts;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

/// A tower layer that identifies the caller. The layer extracts the API key from the request and looks
/// up the key in a [`TierSource`].
///
/// The lookup runs when a request reaches a gated handler, at most once per request. Requests to public
/// or unknown endpoints cause no lookup.
///
/// If several layers identify the caller, the innermost layer takes precedence. A `TierLayer` removes a
/// [`Caller`] that an outer layer inserted. If an inner layer inserts a `Caller`, the source isn't used.
///
/// ```
/// use std::collections::HashMap;
/// use std::time::Duration;
/// use tiergate::TierLayer;
/// use tiergate::source::Credential;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// let callers = HashMap::from([("a-key".to_owned(), Tier::Plus)]);
/// let tiers = TierLayer::new(callers)
///     .credential(Credential::bearer())             // the first place that contains a key is used
///     .credential(Credential::header("x-api-key"))
///     .anonymous(Tier::Free)                        // the tier of requests without a key
///     .retry_after(Duration::from_secs(2));
/// let app: axum::Router = axum::Router::new() /* … */ .layer(tiers);
/// ```
pub struct TierLayer<T> {
    pub(crate) settings: Arc<Settings<T>>,
}

impl<T: Tier> TierLayer<T> {
    /// Creates a layer that uses this source. The key is the bearer token, unless you add a
    /// [`credential`](Self::credential).
    pub fn new(source: impl TierSource<Tier = T>) -> Self {
        Self {
            settings: Arc::new(Settings {
                source: Arc::new(source),
                credentials: Vec::new(),
                anonymous: None,
                without_subscription: None,
                retry_after: Duration::from_secs(5),
                #[cfg(feature = "watch")]
                outage_grace: Duration::from_secs(5 * 60),
                #[cfg(feature = "watch")]
                recheck_interval: None,
                #[cfg(feature = "watch")]
                lookup_places: LookupPlaces::default(),
                overrides: None,
            }),
        }
    }

    /// Adds a place that may contain the key. Places are searched in the order in which you add them.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.settings_mut().credentials.push(credential);
        self
    }

    /// Sets the tier of requests without a key. If this tier is too low for a handler, the response is
    /// 401. By default, every gated handler responds with 401 to a request without a key.
    #[must_use]
    pub fn anonymous(mut self, tier: T) -> Self {
        self.settings_mut().anonymous = Some(tier);
        self
    }

    /// Sets the tier of known callers without a subscription. By default, every gated handler refuses
    /// these callers, because even the lowest tier may cost money.
    #[must_use]
    pub fn without_subscription(mut self, tier: T) -> Self {
        self.settings_mut().without_subscription = Some(tier);
        self
    }

    /// Sets the `Retry-After` header of the responses sent while the source is unavailable. The header
    /// contains whole seconds. The default is 5 s.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.settings_mut().retry_after = wait;
        self
    }

    /// Applies these overrides to the requests that pass this layer.
    #[must_use]
    pub fn overrides(mut self, overrides: &Overrides<T>) -> Self {
        self.settings_mut().overrides = Some(overrides.clone());
        self
    }

    /// Sets how long [watched](crate::Guard::watch) connections stay open while the source is unavailable. The
    /// default is five minutes. A lookup that takes longer than ten seconds counts as an outage.
    ///
    /// With a [`Cached`](crate::Cached) source, this time begins after the cache's `stale_if_error`, when the
    /// cache stops using results from before the outage.
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    #[must_use]
    pub fn outage_grace(mut self, grace: Duration) -> Self {
        self.settings_mut().outage_grace = grace;
        self
    }

    /// Sets how often [watched](crate::Guard::watch) connections look up their caller, even if nothing seems
    /// to have changed. By default, the source [recommends](crate::TierSource::recheck_interval) the
    /// interval: a quarter of the time to live for a [`Cached`](crate::Cached) source, and a minute for other
    /// sources.
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    #[must_use]
    pub fn recheck_interval(mut self, interval: Duration) -> Self {
        self.settings_mut().recheck_interval = Some(interval);
        self
    }

    fn settings_mut(&mut self) -> &mut Settings<T> {
        Arc::make_mut(&mut self.settings)
    }

    /// Looks up a request's caller. Use this method in a framework without tower layers, or in a public
    /// handler that serves known callers differently. Every call of this method runs a lookup.
    ///
    /// # Errors
    /// Returns the error of the source or of the credential. For a request without a credential,
    /// returns [`UnknownCaller`](SourceError::UnknownCaller), unless [`anonymous`](Self::anonymous)
    /// sets a tier.
    pub async fn caller(&self, request: &Parts) -> Result<Caller<T>, SourceError> {
        self.settings.look_up(request).await.result
    }
}

impl<T> Clone for TierLayer<T> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
        }
    }
}

impl<T: Tier> fmt::Debug for TierLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        let without_subscription = settings.without_subscription.map(T::name);
        f.debug_struct("TierLayer")
            .field("credentials", &settings.credentials)
            .field("anonymous", &settings.anonymous.map(T::name))
            .field("without_subscription", &without_subscription)
            .finish_non_exhaustive()
    }
}

impl<T, S> Layer<S> for TierLayer<T> {
    type Service = TierService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        TierService {
            inner,
            settings: self.settings.clone(),
        }
    }
}

/// The service that a [`TierLayer`] creates. It prepares each request's lookup.
pub struct TierService<S, T> {
    inner: S,
    settings: Arc<Settings<T>>,
}

impl<S: Clone, T> Clone for TierService<S, T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for TierService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, T, B> Service<Request<B>> for TierService<S, T>
where
    S: Service<Request<B>>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let caller_lookup = CallerLookup::new(self.settings.clone());
        let extensions = request.extensions_mut();
        extensions.remove::<Caller<T>>();
        extensions.insert(caller_lookup);
        if let Some(overrides) = &self.settings.overrides {
            overrides.add_to(extensions);
        }
        self.inner.call(request)
    }
}
