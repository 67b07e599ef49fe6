//! A layer that enforces a catalogue (feature `tower`): for services whose handlers cannot take a
//! guard, such as those of gRPC, a proxy, or a folder of files.
//!
//! [`EnforceLayer`] looks up each request in the catalogue, by its method and path. It lets through
//! what the tier of its [`Subscriber`], or of the caller whom a `TierLayer` (feature `source`) finds,
//! allows and what is open to everybody, and refuses all the rest: a route that is in no list is
//! closed.
//!
//! Endpoints that have no function of their own are declared by [`endpoint!`](macro@crate::endpoint):
//!
//! ```
//! use http::{Request, Response};
//! use tiergate::tower::EnforceLayer;
//! use tiergate::{Catalogue, Subscriber, endpoint};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! endpoint! {
//!     /// Creates a dispatch call.
//!     new_call(Plus, post = "/dispatch.Dispatch/NewCall");
//!     /// Files that anybody may download.
//!     downloads(public = "the downloads are free", get = "/downloads/{*path}");
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, handlers(new_call, downloads))]
//! struct Api;
//!
//! /// Who is calling? An authentication layer, further out than the enforcement.
//! fn authenticate<B>(mut request: Request<B>) -> Request<B> {
//!     let subscriber = match request.headers().get("x-api-key") {
//!         Some(key) if key == "plus-key" => Subscriber::new(Tier::Plus),
//!         Some(key) if key == "free-key" => Subscriber::new(Tier::Free),
//!         _ => Subscriber::unknown(),
//!     };
//!     request.extensions_mut().insert(subscriber);
//!     request
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .map_request(authenticate)
//!     .layer(EnforceLayer::<Api>::new())
//!     .service(service_fn(|_: Request<String>| async {
//!         Ok::<_, std::convert::Infallible>(Response::new("done".to_owned()))
//!     }));
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! for (key, method, path, status) in [
//!     ("plus-key", "POST", "/dispatch.Dispatch/NewCall", 200),
//!     ("free-key", "POST", "/dispatch.Dispatch/NewCall", 403),
//!     ("other", "POST", "/dispatch.Dispatch/NewCall", 401),
//!     ("other", "GET", "/downloads/app.zip", 200),
//!     ("plus-key", "GET", "/in/no/list", 403),
//!     ("plus-key", "GET", "/downloads/../secrets", 403),
//! ] {
//!     let request = Request::builder().method(method).uri(path).header("x-api-key", key);
//!     let response = service.clone().oneshot(request.body(String::new())?).await?;
//!     assert_eq!(response.status(), status, "{path}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok(()) }
//! ```
//!
//! # Paths
//! A service may read a path otherwise than the catalogue does, as one that decodes `%2e%2e` or
//! resolves `..` before it opens a file. So a path is looked up twice, as it stands and with all of
//! this resolved, and where the two are not the same endpoint, the request is refused.
//!
//! # gRPC
//! A request whose content type is gRPC's is refused in gRPC's way: with a status in its headers,
//! `PERMISSION_DENIED`, `UNAUTHENTICATED`, where the source of tiers is down `UNAVAILABLE`, or, where
//! no layer said who is calling, `INTERNAL`.

mod path;

use crate::{Catalogue, Denied, Endpoint, Problem, Refusal, Subscriber, Tier, gate, observe};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&Refused, &Parts) -> Response<String> + Send + Sync;

/// Why a request did not reach the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The endpoint is in the catalogue, and the caller may not call it.
    Endpoint(Refusal),
    /// No endpoint of the catalogue has this method and path: 403.
    Unlisted,
}

impl Refused {
    /// The HTTP status: 403, 401, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Endpoint(refusal) => refusal.status(),
            Self::Unlisted => 403,
        }
    }

    /// A stable word for machines: that of [`Refusal::code`], or `unlisted_route`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(refusal) => refusal.code(),
            Self::Unlisted => "unlisted_route",
        }
    }

    /// The problem document.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Endpoint(refusal) => Problem::new(refusal),
            Self::Unlisted => Problem::unlisted(self.code(), self.to_string()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(refusal) => refusal.fmt(f),
            Self::Unlisted => f.write_str("no endpoint with this method and path is open"),
        }
    }
}

impl Error for Refused {}

/// A layer that enforces the catalogue `C`. See the [module](self).
pub struct EnforceLayer<C> {
    respond: Option<Arc<Respond>>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Refusals are answered by the problem document, or in gRPC's way.
    pub fn new() -> Self {
        Self {
            respond: None,
            catalogue: PhantomData,
        }
    }

    /// Answers refusals by this function: status, headers and body. It gets the reason and the
    /// request's head, and cannot let the call through.
    ///
    /// ```
    /// # use tiergate::{Catalogue, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { export(Plus, get = "/export"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(export))]
    /// # struct Api;
    /// use http::Response;
    /// use tiergate::tower::EnforceLayer;
    ///
    /// let layer = EnforceLayer::<Api>::new().on_refusal(|refused, request| {
    ///     let text = format!("{}: {refused}", request.uri.path());
    ///     let mut response = Response::new(text);
    ///     *response.status_mut() = http::StatusCode::PAYMENT_REQUIRED;
    ///     response
    /// });
    /// ```
    #[must_use]
    pub fn on_refusal<F>(mut self, respond: F) -> Self
    where
        F: Fn(&Refused, &Parts) -> Response<String> + Send + Sync + 'static,
    {
        self.respond = Some(Arc::new(respond));
        self
    }
}

impl<C: Catalogue> Default for EnforceLayer<C> {
    fn default() -> Self {
        Self::new()
    }
}

// Derived, these would ask for the same of the catalogue.
impl<C> Clone for EnforceLayer<C> {
    fn clone(&self) -> Self {
        Self {
            respond: self.respond.clone(),
            catalogue: PhantomData,
        }
    }
}

impl<C> fmt::Debug for EnforceLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnforceLayer").finish_non_exhaustive()
    }
}

impl<S, C> Layer<S> for EnforceLayer<C> {
    type Service = Enforce<S, C>;

    fn layer(&self, inner: S) -> Enforce<S, C> {
        Enforce {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`EnforceLayer`] makes.
#[derive(Debug)]
pub struct Enforce<S, C> {
    inner: S,
    layer: EnforceLayer<C>,
}

impl<S: Clone, C> Clone for Enforce<S, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<S, C, B, R> Service<Request<B>> for Enforce<S, C>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    C: Catalogue + 'static,
    B: Send + 'static,
{
    type Response = Response<Either<Full<Bytes>, R>>;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(endpoint) = path::find::<C>(request.method().as_str(), request.uri().path())
        else {
            return Answer::refused(self.layer.respond(&Refused::Unlisted, request));
        };
        let checked = admit::<C::Tier>(*endpoint, request.extensions().get().copied());
        #[cfg(feature = "source")]
        if matches!(checked, Err(Refusal::MissingLayer(_)))
            && crate::source::can_ask::<C::Tier>(request.extensions())
        {
            // The service that is ready is the one to call.
            let next = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, next);
            return Answer::asked(ask(inner, self.layer.clone(), *endpoint, request));
        }
        tell(*endpoint, &checked, || None);
        match checked {
            Ok(_) => Answer::allowed(self.inner.call(request)),
            Err(refusal) => {
                Answer::refused(self.layer.respond(&Refused::Endpoint(refusal), request))
            }
        }
    }
}

/// Asks the source of a [`TierLayer`](crate::TierLayer) who is calling, and then as ever.
#[cfg(feature = "source")]
async fn ask<S, C, B>(
    mut inner: S,
    layer: EnforceLayer<C>,
    endpoint: Endpoint,
    request: Request<B>,
) -> Result<S::Future, Response<Full<Bytes>>>
where
    S: Service<Request<B>>,
    C: Catalogue,
{
    let (mut head, body) = request.into_parts();
    let tier = crate::source::tier_of_caller::<C::Tier>(&mut head, endpoint).await;
    let checked = tier.and_then(|tier| admit(endpoint, Some(Subscriber::new(tier))));
    tell(endpoint, &checked, || {
        crate::source::name_of_caller::<C::Tier>(&head.extensions)
    });
    let request = Request::from_parts(head, body);
    match checked {
        Ok(_) => Ok(inner.call(request)),
        Err(refusal) => Err(layer.respond(&Refused::Endpoint(refusal), request)),
    }
}

/// As a guard decides, but of an endpoint that is known by its record alone. The answer is the
/// caller's tier, if it was asked for.
fn admit<T: Tier>(
    endpoint: Endpoint,
    subscriber: Option<Subscriber<T>>,
) -> Result<Option<T>, Refusal> {
    if endpoint.public_reason().is_some() {
        return Ok(None);
    }
    let Some(subscriber) = subscriber else {
        return Err(Refusal::MissingLayer(endpoint));
    };
    match subscriber.tier() {
        Some(tier) if endpoint.is_of::<T>() && endpoint.allows_rank(tier.rank()) => Ok(Some(tier)),
        Some(tier) => Err(Refusal::Denied(Denied::by(endpoint, tier))),
        None => Err(Refusal::UnknownCaller(endpoint)),
    }
}

/// What is open to everybody is no check to tell of.
fn tell<T: Tier>(
    endpoint: Endpoint,
    checked: &Result<Option<T>, Refusal>,
    caller: impl FnOnce() -> Option<String>,
) {
    if let Some(required) = endpoint.required() {
        let tier = checked.as_ref().map(|tier| tier.map_or("", Tier::name));
        observe::tell(endpoint, required, tier, caller);
    }
}

impl<C> EnforceLayer<C> {
    #[cold]
    fn respond<B>(&self, refused: &Refused, request: Request<B>) -> Response<Full<Bytes>> {
        let (head, _) = request.into_parts();
        if let Refused::Endpoint(refusal) = refused {
            gate::log(
                refusal,
                "add your authentication layer outside of the `EnforceLayer`",
            );
        }
        let response = match &self.respond {
            Some(respond) => respond(refused, &head),
            None if is_grpc(&head) => grpc_status(refused),
            None => document(refused, &head),
        };
        response.map(Full::from)
    }
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme.
fn document(refused: &Refused, head: &Parts) -> Response<String> {
    let problem = refused.problem().instance(head.uri.path());
    let mut response = Response::new(problem.to_json());
    *response.status_mut() =
        StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
    if let Some(scheme) = problem.challenge() {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    if let Some(seconds) = problem.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// `application/grpc`, `application/grpc+proto`, `application/grpc;…`, but not `grpc-web`.
fn is_grpc(head: &Parts) -> bool {
    let content_type = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    content_type
        .and_then(|value| value.strip_prefix(b"application/grpc"))
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

/// An answer of gRPC that consists of headers alone.
fn grpc_status(refused: &Refused) -> Response<String> {
    const STATUS: HeaderName = HeaderName::from_static("grpc-status");
    const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
    let code = match refused.status() {
        401 => "16",
        403 => "7",
        503 => "14",
        _ => "13",
    };
    let mut response = Response::new(String::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(STATUS, HeaderValue::from_static(code));
    // Percent-encoded, it is ASCII without control characters.
    if let Ok(message) = HeaderValue::try_from(path::encode(&refused.to_string())) {
        headers.insert(MESSAGE, message);
    }
    response
}

pin_project! {
    /// The answer of the service, or the refusal.
    pub struct Answer<F> {
        // Until it is known who is calling.
        asked: Option<Asked<F>>,
        #[pin]
        allowed: Option<F>,
        // Taken when it is given.
        refused: Option<Response<Full<Bytes>>>,
    }
}

type Asked<F> = Pin<Box<dyn Future<Output = Result<F, Response<Full<Bytes>>>> + Send>>;

impl<F> Answer<F> {
    fn allowed(inner: F) -> Self {
        Self {
            asked: None,
            allowed: Some(inner),
            refused: None,
        }
    }

    fn refused(response: Response<Full<Bytes>>) -> Self {
        Self {
            asked: None,
            allowed: None,
            refused: Some(response),
        }
    }

    #[cfg(feature = "source")]
    fn asked(
        answer: impl Future<Output = Result<F, Response<Full<Bytes>>>> + Send + 'static,
    ) -> Self {
        Self {
            asked: Some(Box::pin(answer)),
            allowed: None,
            refused: None,
        }
    }
}

impl<F> fmt::Debug for Answer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for Answer<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Either<Full<Bytes>, R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(asked) = this.asked {
            match ready!(asked.as_mut().poll(context)) {
                Ok(inner) => this.allowed.set(Some(inner)),
                Err(response) => *this.refused = Some(response),
            }
            *this.asked = None;
        }
        if let Some(response) = this.refused.take() {
            return Poll::Ready(Ok(response.map(Either::Left)));
        }
        match this.allowed.as_pin_mut() {
            Some(inner) => inner
                .poll(context)
                .map_ok(|response| response.map(Either::Right)),
            // Polled again after it was ready, which the contract of futures forbids.
            None => Poll::Pending,
        }
    }
}
