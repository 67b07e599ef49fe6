use super::{ApiKey, Caller, Credential, SourceError, TierSource};
use crate::{Gated, Guard, Refusal, Subscriber, Tier};
use http::Request;
use http::request::Parts;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

/// A source without its type.
trait AnySource<T>: Send + Sync {
    fn find<'a>(&'a self, key: &'a ApiKey) -> Answering<'a, T>;
}

type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<Caller<T>, SourceError>> + Send + 'a>>;

impl<S: TierSource> AnySource<S::Tier> for S {
    fn find<'a>(&'a self, key: &'a ApiKey) -> Answering<'a, S::Tier> {
        Box::pin(TierSource::find(self, key))
    }
}

/// A tower layer that says who is calling: it finds the API key and asks a [`TierSource`].
///
/// It asks when a gated handler is reached, and once for each request: a request to an open
/// endpoint, or to none, costs the source nothing. A [`Subscriber`] that another
/// layer put into the request goes before it.
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
    settings: Arc<Settings<T>>,
}

struct Settings<T> {
    source: Arc<dyn AnySource<T>>,
    credentials: Vec<Credential>,
    anonymous: Option<T>,
    without_subscription: Option<T>,
    retry_after: Duration,
}

impl<T: Copy> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            credentials: self.credentials.clone(),
            ..*self
        }
    }
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

    /// Who is calling: for a framework that has no tower layers.
    ///
    /// # Errors
    /// As the source's, where a request without a credential is of an unknown caller.
    pub async fn caller(&self, request: &Parts) -> Result<Caller<T>, SourceError> {
        self.settings.caller(request).await.1
    }
}

impl<T: Tier> Settings<T> {
    /// The caller, and what to call them in a log.
    async fn caller(&self, parts: &Parts) -> (Option<String>, Result<Caller<T>, SourceError>) {
        let key = match self.key(parts).await {
            Ok(Some(key)) => key,
            Ok(None) => {
                let anonymous = self.anonymous.map(Caller::new);
                return (None, anonymous.ok_or(SourceError::UnknownCaller));
            }
            Err(error) => return (None, Err(error)),
        };
        match self.source.find(&key).await {
            Ok(mut caller) => {
                caller.tier = caller.tier.or(self.without_subscription);
                let name = caller.id.as_deref().map(str::to_owned);
                (name.or_else(|| Some(key.fingerprint())), Ok(caller))
            }
            Err(error) => (Some(key.fingerprint()), Err(error)),
        }
    }

    async fn key(&self, parts: &Parts) -> Result<Option<ApiKey>, SourceError> {
        if self.credentials.is_empty() {
            return Credential::bearer().find(parts).await;
        }
        for credential in &self.credentials {
            if let Some(key) = credential.find(parts).await? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}

impl<T> Clone for TierLayer<T> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for TierLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierLayer")
            .field("credentials", &self.settings.credentials)
            .field("anonymous", &self.settings.anonymous)
            .field("without_subscription", &self.settings.without_subscription)
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
        request.extensions_mut().insert(Lookup {
            settings: self.settings.clone(),
            answer: None,
        });
        self.inner.call(request)
    }
}

/// The question who is calling, left in a request for the guard, and then its answer.
struct Lookup<T> {
    settings: Arc<Settings<T>>,
    answer: Option<Result<Caller<T>, SourceError>>,
}

impl<T: Copy> Clone for Lookup<T> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            answer: self.answer.clone(),
        }
    }
}

/// The guard of a gated function for a request, for a framework that has no integration of its own:
/// by the [`Subscriber`] that is in the request, or by what a [`TierLayer`] left there to ask.
///
/// # Errors
/// The [`Refusal`] to answer with.
///
/// ```
/// use tiergate::source::{ApiKey, guard};
/// use tiergate::{Guard, TierLayer, requires_tier};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// async fn answer(request: http::Request<()>) -> Result<String, std::convert::Infallible> {
///     let (mut parts, ()) = request.into_parts();
///     Ok(match guard(&mut parts).await {
///         Ok(guard) => export(guard).to_owned(),
///         Err(refusal) => format!("{} {refusal}", refusal.status()),
///     })
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let everybody = |_: &ApiKey| async { Ok(Some(Tier::Plus)) };
/// let service = TierLayer::new(everybody).layer(service_fn(answer));
/// let request = http::Request::get("/").header("authorization", "Bearer a-key").body(())?;
/// assert_eq!(service.oneshot(request).await?, "all of it");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn guard<E: Gated>(parts: &mut Parts) -> Result<Guard<E>, Refusal> {
    let checked = match parts.extensions.get::<Subscriber<E::Tier>>() {
        Some(subscriber) => match subscriber.tier() {
            Some(tier) => Guard::check(tier).map_err(Refusal::Denied),
            None => Err(Refusal::UnknownCaller(E::ENDPOINT)),
        },
        None => look_up(parts).await,
    };
    crate::observe::checked(&checked, || crate::observe::caller(&parts.extensions));
    checked
}

/// Asks who is calling, unless that is known, and checks the tier.
pub(crate) async fn look_up<E: Gated>(parts: &mut Parts) -> Result<Guard<E>, Refusal> {
    let Some(lookup) = parts.extensions.get::<Lookup<E::Tier>>() else {
        return Err(Refusal::MissingLayer(E::ENDPOINT));
    };
    let settings = lookup.settings.clone();
    let answer = match &lookup.answer {
        Some(answer) => answer.clone(),
        None => {
            let (name, answer) = settings.caller(parts).await;
            if let Err(error) = &answer {
                log(error, name.as_deref());
            }
            remember(parts, name, &answer);
            answer
        }
    };
    match answer {
        Ok(caller) => match caller.tier() {
            Some(tier) => Guard::check(tier).map_err(Refusal::Denied),
            None => Err(Refusal::NoSubscription(E::ENDPOINT)),
        },
        Err(SourceError::UnknownCaller) => Err(Refusal::UnknownCaller(E::ENDPOINT)),
        Err(SourceError::Unavailable(_)) => Err(Refusal::SourceUnavailable {
            endpoint: E::ENDPOINT,
            retry_after: settings.retry_after,
        }),
        Err(SourceError::Unreadable(_)) => Err(Refusal::UnreadableTier(E::ENDPOINT)),
    }
}

/// Leaves the answer in the request, for a second guard and for the handler.
fn remember<T: Tier>(
    parts: &mut Parts,
    name: Option<String>,
    answer: &Result<Caller<T>, SourceError>,
) {
    if let Ok(caller) = answer {
        parts.extensions.insert(caller.clone());
    }
    if let Some(name) = name.filter(|_| crate::observe::NAMES_CALLERS) {
        parts.extensions.insert(crate::observe::CallerName(name));
    }
    if let Some(lookup) = parts.extensions.get_mut::<Lookup<T>>() {
        lookup.answer = Some(answer.clone());
    }
}

/// What somebody has to mend is told, whoever listens.
fn log(error: &SourceError, caller: Option<&str>) {
    match error {
        SourceError::UnknownCaller => {}
        SourceError::Unavailable(_) => {
            tracing::warn!(caller, "a caller's tier could not be looked up: {error}");
        }
        SourceError::Unreadable(_) => {
            tracing::error!(caller, "a caller's tier could not be read: {error}");
        }
    }
}
