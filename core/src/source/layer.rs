use crate::access::caller::Caller;
use crate::source::credential::Credential;
use crate::source::lookup::Lookup;
use crate::source::settings::Settings;
use crate::source::{SourceError, TierSource};
use crate::tier::Tier;
use http::Request;
use http::request::Parts;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

/// A tower layer that identifies the caller. It extracts the API key and looks it up in a
/// [`TierSource`].
///
/// The lookup runs when a request reaches a gated handler, at most once per request. Requests to public
/// or unknown endpoints cause no lookup.
///
/// If several layers identify the caller, the innermost one takes precedence. This layer removes a
/// [`Caller`] that an outer layer inserted. If an inner layer inserts a `Caller`, the source is not used.
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
            }),
        }
    }

    /// Adds a place where the key may be. Places are searched in the order in which they were added.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.change().credentials.push(credential);
        self
    }

    /// Serves requests without a key as this tier. If the tier is too low for a handler, they get a 401.
    /// By default, every gated handler answers them with 401.
    #[must_use]
    pub fn anonymous(mut self, tier: T) -> Self {
        self.change().anonymous = Some(tier);
        self
    }

    /// Sets the tier of known callers without a subscription. By default, every gated handler refuses
    /// them, because even the lowest tier may cost money.
    #[must_use]
    pub fn without_subscription(mut self, tier: T) -> Self {
        self.change().without_subscription = Some(tier);
        self
    }

    /// Sets the `Retry-After` of responses while the source is unavailable. It is sent in whole seconds
    /// and defaults to 5 s.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.change().retry_after = wait;
        self
    }

    fn change(&mut self) -> &mut Settings<T> {
        Arc::make_mut(&mut self.settings)
    }

    /// Looks up the caller of a request. Use it in a framework without tower layers, or in a public
    /// handler that serves known callers differently. Every call runs a lookup.
    ///
    /// # Errors
    /// Returns the error of the source or of the credential. A request without a credential is
    /// [`UnknownCaller`](SourceError::UnknownCaller), unless [`anonymous`](Self::anonymous) sets a tier.
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

/// The service that [`TierLayer`] returns. It prepares the lookup for each request.
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
        let lookup = Lookup::new(self.settings.clone());
        let extensions = request.extensions_mut();
        extensions.remove::<Caller<T>>();
        extensions.insert(lookup);
        self.inner.call(request)
    }
}
