use crate::access::subscriber::Subscriber;
use crate::source::credential::Credential;
use crate::source::lookup::Lookup;
use crate::source::settings::Settings;
use crate::source::{Caller, SourceError, TierSource};
use crate::tier::Tier;
use http::Request;
use http::request::Parts;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

/// A tower layer that says who is calling: it finds the API key and asks a [`TierSource`].
///
/// It asks when a gated handler is reached, and once for each request: a request to an open
/// endpoint, or to none, costs the source nothing. Of several layers the one that is nearest to the
/// handler counts: a [`Subscriber`] that was put into the request before it came here is dropped, and
/// one that a layer within puts there goes before the source.
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
///     .credential(Credential::bearer())             // the first place that has a key counts
///     .credential(Credential::header("x-api-key"))
///     .anonymous(Tier::Free)                        // who gives no key at all
///     .retry_after(Duration::from_secs(2));
/// let app: axum::Router = axum::Router::new() /* … */ .layer(tiers);
/// ```
pub struct TierLayer<T> {
    pub(crate) settings: Arc<Settings<T>>,
}

impl<T: Tier> TierLayer<T> {
    /// Asks this source, for the bearer token if no [`credential`](Self::credential) is named.
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

    /// A place to look for the key, after those that were named before.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.change().credentials.push(credential);
        self
    }

    /// The tier of a caller who gives no key. Without this, such a caller is answered with 401.
    #[must_use]
    pub fn anonymous(mut self, tier: T) -> Self {
        self.change().anonymous = Some(tier);
        self
    }

    /// The tier of a caller who is known and has no subscription. Without this, such a caller is
    /// refused by every gated handler, as a lowest tier that is sold must not be given away.
    #[must_use]
    pub fn without_subscription(mut self, tier: T) -> Self {
        self.change().without_subscription = Some(tier);
        self
    }

    /// What a caller is told to wait when the source is unavailable, in whole seconds; 5 s if it
    /// is not set.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.change().retry_after = wait;
        self
    }

    fn change(&mut self) -> &mut Settings<T> {
        Arc::make_mut(&mut self.settings)
    }

    /// Who is calling: for a framework that has no tower layers, and for a handler without a guard that
    /// serves known callers in another way. It asks each time.
    ///
    /// # Errors
    /// As the source's, where a request without a credential is of an unknown caller.
    pub async fn caller(&self, request: &Parts) -> Result<Caller<T>, SourceError> {
        self.settings.ask(request).await.answer
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

/// What [`TierLayer`] makes of a service.
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
        extensions.remove::<Subscriber<T>>();
        extensions.insert(lookup);
        self.inner.call(request)
    }
}
