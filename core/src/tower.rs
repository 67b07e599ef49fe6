//! A layer that enforces a catalogue (feature `tower`): for services whose handlers cannot take a
//! guard, such as those of gRPC, a proxy, or a folder of files.
//!
//! [`EnforceLayer`] looks up each request in the catalogue, by its method and path. It lets through
//! what the tier of its [`Subscriber`] allows and what is open to everybody, and refuses all the
//! rest: a route that is in no list is closed.
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
//! `PERMISSION_DENIED`, `UNAUTHENTICATED` or, where no layer said who is calling, `INTERNAL`.

mod path;

use crate::{Catalogue, Denied, Endpoint, Problem, Refusal, Subscriber, Tier, gate, observe};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
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
    /// The HTTP status: 403, 401 or 500.
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
    S: Service<Request<B>, Response = Response<R>>,
    C: Catalogue,
{
    type Response = Response<Either<Full<Bytes>, R>>;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match check::<C, B>(&request) {
            Ok(()) => Answer {
                inner: Some(self.inner.call(request)),
                refusal: None,
            },
            Err(refused) => {
                let (head, _) = request.into_parts();
                let response = self.layer.respond(&refused, &head);
                Answer {
                    inner: None,
                    refusal: Some(response.map(Full::from)),
                }
            }
        }
    }
}

fn check<C: Catalogue, B>(request: &Request<B>) -> Result<(), Refused> {
    let endpoint = path::find::<C>(request.method().as_str(), request.uri().path())
        .ok_or(Refused::Unlisted)?;
    let subscriber = request.extensions().get::<Subscriber<C::Tier>>();
    let subscriber = subscriber.copied();
    let checked = admit(*endpoint, subscriber);
    if let Some(required) = endpoint.required() {
        let tier = subscriber.and_then(Subscriber::tier).map_or("", Tier::name);
        let outcome = checked.as_ref().map(|()| tier);
        observe::tell(*endpoint, required, outcome, || None);
    }
    checked.map_err(Refused::Endpoint)
}

/// As a guard decides, but of an endpoint that is known by its record alone.
fn admit<T: Tier>(endpoint: Endpoint, subscriber: Option<Subscriber<T>>) -> Result<(), Refusal> {
    if endpoint.public_reason().is_some() {
        return Ok(());
    }
    let Some(subscriber) = subscriber else {
        return Err(Refusal::MissingLayer(endpoint));
    };
    match subscriber.tier() {
        Some(tier) if endpoint.is_of::<T>() && endpoint.allows_rank(tier.rank()) => Ok(()),
        Some(tier) => Err(Refusal::Denied(Denied::by(endpoint, tier))),
        None => Err(Refusal::UnknownCaller(endpoint)),
    }
}

impl<C> EnforceLayer<C> {
    #[cold]
    fn respond(&self, refused: &Refused, head: &Parts) -> Response<String> {
        if let Refused::Endpoint(refusal) = refused {
            gate::log(
                refusal,
                "add your authentication layer outside of the `EnforceLayer`",
            );
        }
        match &self.respond {
            Some(respond) => respond(refused, head),
            None if is_grpc(head) => grpc_status(refused),
            None => document(refused, head),
        }
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
    #[derive(Debug)]
    pub struct Answer<F> {
        #[pin]
        inner: Option<F>,
        // Taken when it is given.
        refusal: Option<Response<Full<Bytes>>>,
    }
}

impl<F, R, E> Future for Answer<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Either<Full<Bytes>, R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(response) = this.refusal.take() {
            return Poll::Ready(Ok(response.map(Either::Left)));
        }
        match this.inner.as_pin_mut() {
            Some(inner) => inner
                .poll(context)
                .map_ok(|response| response.map(Either::Right)),
            // Polled again after it was ready, which the contract of futures forbids.
            None => Poll::Pending,
        }
    }
}
