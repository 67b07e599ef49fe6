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
//!     ("plus-key", "GET", "/downloads/../secrets", 400),
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
//! A service may read a path otherwise than the catalogue does. So all that services are known to make
//! of one is looked up: the path as it stands and percent-decoded, without `;` and what is behind it in
//! a segment, with `//` taken for `/`, with and without a slash at its end, and with parameters that are
//! empty, as axum's may be. The caller is checked for the one of these endpoints that requires the highest
//! tier. Where one reading is in no list, the request is refused; but the other end may be, as `/units/`
//! is where `/units` is listed.
//!
//! What services differ about beyond that is refused as `ambiguous_path`, 400: a segment that is `.` or
//! `..`, a `\`, an escape of `/`, `\` or a control character, what is no text when it is decoded, and
//! what can be decoded a second time.
//!
//! Upper and lower case are different letters, and each other character is itself. A service that takes
//! them for the same, as one does that opens files where `Q1.CSV` and `q1.csv.` are `q1.csv`, is not
//! covered: beside a gated `/q1.csv` an open `/{*path}` would let these through.
//!
//! Templates are of whole paths, so the layer must see the whole path: with the feature `axum` it does in
//! a nested router of axum too, where the request has a part of it; below anything else that cuts a path,
//! put it further out.
//!
//! # Methods
//! A `HEAD` request is one to the `GET` endpoint, unless it has one of its own. A service that takes the
//! method from elsewhere, as from `X-HTTP-Method-Override`, does another thing than what was checked:
//! whatever reads such a header must change the method before this layer sees the request.
//!
//! # What is told
//! With the feature `tracing` a request that was refused before there was an endpoint to check is an
//! event too, with `method`, `path` and `code`; and with `metrics` it counts as `tiergate_refused_total`,
//! with the `code` and no endpoint.
//!
//! # gRPC
//! A `POST` request whose content type is gRPC's is refused in gRPC's way: with a status in its headers,
//! `PERMISSION_DENIED`, `UNAUTHENTICATED`, for an ambiguous path `INVALID_ARGUMENT`, where the source of
//! tiers is down `UNAVAILABLE`, or, where no layer said who is calling, `INTERNAL`.

mod path;
mod refused;
mod respond;

pub use self::refused::Refused;

#[cfg(feature = "axum")]
use crate::axum::uri_of_nested;
use crate::{Catalogue, Denied, Endpoint, Refusal, Subscriber, Tier, gate, observe};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&Refused, &Parts) -> Response<String> + Send + Sync;

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
        let whole = uri_of_nested(request.extensions());
        let path = whole.unwrap_or(request.uri()).path();
        let endpoint = match path::find::<C>(request.method().as_str(), path) {
            Ok(endpoint) => endpoint,
            Err(refused) => {
                observe::closed(refused.code(), request.method().as_str(), path);
                return self.refuse(&refused, request);
            }
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
            Err(refusal) => self.refuse(&Refused::Endpoint(refusal), request),
        }
    }
}

impl<S: Clone, C> Enforce<S, C> {
    #[cold]
    fn refuse<B, F>(&mut self, refused: &Refused, request: Request<B>) -> Answer<F> {
        // The one that is ready keeps what it is ready with, as a place in a limit, until it is called.
        self.inner = self.inner.clone();
        Answer::refused(self.layer.respond(refused, request))
    }
}

#[cfg(not(feature = "axum"))]
fn uri_of_nested(_: &http::Extensions) -> Option<&http::Uri> {
    None
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
        let (mut head, _) = request.into_parts();
        if let Some(whole) = uri_of_nested(&head.extensions) {
            head.uri = whole.clone();
        }
        if let Refused::Endpoint(refusal) = refused {
            gate::log(
                refusal,
                "add your authentication layer outside of the `EnforceLayer`",
            );
        }
        let response = match &self.respond {
            Some(respond) => respond(refused, &head),
            None if respond::is_grpc(&head) => respond::grpc_status(refused),
            None => respond::document(refused, &head),
        };
        let response = match head.method {
            Method::HEAD => respond::without_body(response),
            _ => response,
        };
        response.map(Full::from)
    }
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
