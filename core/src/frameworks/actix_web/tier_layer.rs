//! `TierLayer` as a middleware of actix-web.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::telemetry;
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::endpoint::registry::registry;
use crate::frameworks::shared;
use crate::frameworks::shared::Question;
use crate::route::index::Routes;
use crate::source::Caller;
use crate::source::layer::TierLayer;
use crate::tier::Tier;
use actix_web::dev::{Payload, Service, ServiceRequest, Transform};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::{Method, Uri};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use futures_util::future::Either;
use http::HeaderValue;
use http::request::Parts;
use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

/// Adds a tier lookup to an app or a scope.
///
/// A [`Credential::function`](crate::source::Credential::function) sees the request's method, URI and headers.
///
/// actix-web starts all extractors of a handler at once, so the layer looks up the caller before it
/// passes the request on. It looks up the callers of gated endpoints. It also looks up the callers of
/// resources that the registry doesn't know, such as the resource of a handler without a route in its
/// attribute. It skips public endpoints and requests that match no resource. If a middleware behind the
/// layer changes the method, the URI or the headers of the request, the guard looks up the caller
/// again.
///
/// ```
/// use actix_web::App;
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{Catalogue, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = App::new().wrap(tiers).configure(Api::configure);
///
/// # ::actix_web::rt::System::new().block_on(async {
/// use actix_web::test::{TestRequest, call_service, init_service};
/// let app = init_service(app).await;
/// let request = TestRequest::get().uri("/export").insert_header(("x-api-key", "a-key"));
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
/// let request = TestRequest::get().uri("/export");
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 401);
/// # });
/// ```
impl<S, T> Transform<S, ServiceRequest> for TierLayer<T>
where
    S: Service<ServiceRequest> + 'static,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Transform = TierMiddleware<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TierMiddleware {
            inner: Rc::new(inner),
            layer: self.clone(),
        }))
    }
}

/// The service that [`TierLayer`] creates.
pub struct TierMiddleware<S, T> {
    inner: Rc<S>,
    layer: TierLayer<T>,
}

impl<S, T> fmt::Debug for TierMiddleware<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierMiddleware").finish_non_exhaustive()
    }
}

type Answer<S> = Pin<
    Box<
        dyn Future<
            Output = Result<
                <S as Service<ServiceRequest>>::Response,
                <S as Service<ServiceRequest>>::Error,
            >,
        >,
    >,
>;

impl<S, T> Service<ServiceRequest> for TierMiddleware<S, T>
where
    S: Service<ServiceRequest> + 'static,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Answer<S>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let question = Question::new(self.layer.settings.clone());
        {
            let mut extensions = request.extensions_mut();
            extensions.remove::<Subscriber<T>>();
            extensions.remove::<Seen<T>>();
            extensions.insert(question.clone());
        }
        if !may_reach_a_guard::<T>(&request) {
            return Either::Left(self.inner.call(request));
        }
        let inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            if let Some(head) = head(request.request()) {
                question.ask(&head).await;
                let seen = Seen::<T>::new(&request, head);
                request.extensions_mut().insert(seen);
            }
            inner.call(request).await
        }))
    }
}

/// Returns whether the request may reach a guard of this tier enum, as far as is known before routing.
/// If the prediction is wrong, the guard performs the lookup.
fn may_reach_a_guard<T: Tier>(request: &ServiceRequest) -> bool {
    let found = Registry::<T>::find(request.method().as_str(), request.uri().path());
    if found.is_some_and(Endpoint::is_of::<T>) {
        return true;
    }
    // The endpoint that was found has no guard of this tier enum. But the resource may belong to a
    // handler that is mounted elsewhere than its attribute states. So also compare the resource with
    // the endpoint's path.
    let Some(pattern) = request.match_pattern() else {
        return false;
    };
    let found = found.and_then(Endpoint::path);
    found.is_none_or(|path| {
        !crate::frameworks::actix_web::pattern::patterns(path).contains(&pattern)
    })
}

/// A catalogue of every annotated handler in the program.
struct Registry<T>(PhantomData<T>);

impl<T: Tier> Catalogue for Registry<T> {
    type Tier = T;

    fn endpoints() -> &'static [Endpoint] {
        registry()
    }

    fn __routes() -> Routes {
        static ROUTES: OnceLock<Routes> = OnceLock::new();
        *ROUTES.get_or_init(|| Routes::of(registry()))
    }
}

/// The head of a request for which the caller was looked up.
struct Seen<T> {
    method: Method,
    uri: Uri,
    head: Parts,
    tier: PhantomData<T>,
}

impl<T> Seen<T> {
    fn new(request: &ServiceRequest, head: Parts) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            head,
            tier: PhantomData,
        }
    }

    /// Returns whether the request still has this head. A middleware may have changed it.
    fn is_head_of(&self, request: &HttpRequest) -> bool {
        let (own, other) = (&self.head.headers, request.headers());
        self.method == *request.method()
            && self.uri == *request.uri()
            && own.len() == other.len()
            && own.keys().all(|name| {
                let own = own.get_all(name).iter().map(HeaderValue::as_bytes);
                own.eq(other
                    .get_all(name.as_str())
                    .map(actix_web::http::header::HeaderValue::as_bytes))
            })
    }
}

/// Checks the tier and reports the check if the caller is known. Returns `None` if a tier source must
/// look up the caller.
pub(crate) fn known<E: Gated>(request: &HttpRequest) -> Option<Result<Guard<E>, Refusal>> {
    let mut extensions = request.extensions_mut();
    let Some(question) = extensions.get::<Arc<Question<E::Tier>>>().cloned() else {
        let checked = Err(Refusal::MissingLayer(E::ENDPOINT));
        drop(extensions);
        telemetry::checked(&checked, || None);
        return Some(checked);
    };
    if let Some(seen) = extensions.get::<Seen<E::Tier>>()
        && !seen.is_head_of(request)
    {
        extensions.remove::<Seen<E::Tier>>();
        extensions.insert(question.again());
        return None;
    }
    drop(extensions);
    let checked = question.check_now()?;
    telemetry::checked(&checked, || question.name());
    Some(checked)
}

/// Looks up the caller if the request passed a [`TierLayer`], and reports the check to telemetry.
pub(crate) async fn look_up<E: Gated>(request: &HttpRequest) -> Result<Guard<E>, Refusal> {
    let question = request
        .extensions()
        .get::<Arc<Question<E::Tier>>>()
        .cloned();
    let checked = match &question {
        Some(question) => question.check(|| head(request)).await,
        None => Err(Refusal::MissingLayer(E::ENDPOINT)),
    };
    telemetry::checked(&checked, || question?.name());
    checked
}

/// Extracts the caller in a parameter after the guard. Responds with 500 if no guard has looked up the
/// caller.
impl<T: Tier> FromRequest for Caller<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let question = request.extensions().get::<Arc<Question<T>>>().cloned();
        Box::pin(async move {
            let caller = match question {
                Some(question) => question.caller_when_told().await,
                None => None,
            };
            caller.ok_or_else(|| ErrorInternalServerError("nobody was asked who is calling"))
        })
    }
}

fn head(request: &HttpRequest) -> Option<Parts> {
    let headers = request.headers().iter();
    shared::head(
        request.method().as_str(),
        &request.uri().to_string(),
        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
    )
}
