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
//! Services disagree about unusual paths, so the layer accepts only those in canonical form and answers
//! every other one with 400, `ambiguous_path`. Each segment of a canonical path, percent-decoded once,
//! is text that is not empty, has no white space at its ends and no dot at its end, and contains no `/`,
//! `\`, `%`, `;`, `?`, `#` or control character. A single `/` may end the path only where the most
//! specific template that matches ends with `/` too.
//!
//! The layer lets a caller through who may call every endpoint that a service might pick for the
//! request, with these differences:
//!
//! - A service may compare literals as they were sent or in decoded form. If both are listed, the
//!   stricter endpoint counts. If the path as it was sent is in no list, the request is refused.
//! - A service may remove a `/` at the end, add one, or answer for a folder with its `index.html`:
//!   `/docs`, `/docs/` and `/docs/index.html` are as gated as the strictest of them. If the service uses
//!   another name for the index, list that path with the tier of the folder. If it adds a `/` and then
//!   matches `/docs/` with `/{*path}`, put the layer behind what adds it.
//! - A service may take `/@` for `/@{user}`.
//! - A service may pick a route by the path first, as [`find`](Catalogue::find) does, or by the method.
//!   A `HEAD` request must be allowed as a `GET` request too.
//!
//! Letters differ by case, and Unicode characters by their code points. The layer doesn't protect a
//! service for which they are the same: a file system that ignores case, decomposes `ö` or has other
//! names for a file (`q1.csv::$DATA`) serves a gated `/q1.csv` for `/Q1.CSV` if an open `/{*path}` is
//! listed too.
//!
//! # Nested services
//! Templates are of whole paths. In a nested router of axum 0.8, the layer sees a part of the path. It
//! then takes the whole path from axum's extensions, requires it to be listed, and checks the caller for
//! the stricter of the endpoints with the whole path and with the part. It answers 400 if a service in
//! between has rewritten the path. Below any other service that removes a prefix, put the layer further
//! out or configure the prefix: [`EnforceLayer::nested_at`].
//!
//! The feature `tower` depends on axum for these two extensions. What a layer decides must not change
//! if another crate of the program enables the feature `axum`.
//!
//! # Methods
//! A service that takes the method from elsewhere, such as `X-HTTP-Method-Override`, doesn't do what
//! was checked: change the method before this layer sees the request.
//!
//! # CORS
//! A preflight request has no credentials, so the layer refuses it. Put the layer that answers
//! preflights, such as the `CorsLayer` of tower-http, outside the `EnforceLayer`. It answers them
//! itself, and adds its headers to refusals as well.
//!
//! # What is logged and counted
//! With the feature `tracing` a request that was refused without an endpoint to check is an event too,
//! with `method`, `path` and `code`. With `metrics` it counts as `tiergate_refused_total`, with the
//! `code` and without an endpoint.
//!
//! # gRPC
//! A `POST` request with a content type of gRPC is refused with a gRPC status: `PERMISSION_DENIED`,
//! `UNAUTHENTICATED`, `INVALID_ARGUMENT` for an ambiguous path, `UNIMPLEMENTED` for an
//! [unlisted one](EnforceLayer::unlisted_as_not_found), `UNAVAILABLE` if the source of tiers is down, or
//! `INTERNAL` if no layer set the caller. gRPC-Web clients get the status in the body, as binary or as
//! text, so the layer works on either side of a layer that translates gRPC-Web.

pub(crate) mod body;
pub(crate) mod future;
pub(crate) mod grpc;
pub(crate) mod path;
pub(crate) mod refused;
pub(crate) mod respond;
pub(crate) mod whole_path;

pub use self::body::ResponseBody;
pub use self::future::Answer;
pub use self::refused::Refused;

use self::whole_path::{WholePath, whole_uri};
use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::{gate, telemetry};
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&Refused, &Parts) -> Response<String> + Send + Sync;

/// A layer that enforces the catalogue `C`. See the [module](self).
pub struct EnforceLayer<C> {
    respond: Option<Arc<Respond>>,
    /// What another service has removed from the start of paths.
    prefix: Option<Arc<str>>,
    is_unlisted_not_found: bool,
    catalogue: PhantomData<fn() -> C>,
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Refusals are answered by the problem document, or in gRPC's way.
    pub fn new() -> Self {
        Self {
            respond: None,
            prefix: None,
            is_unlisted_not_found: false,
            catalogue: PhantomData,
        }
    }

    /// Adds a prefix to the path that the layer sees, because a service further out has removed it. The
    /// whole path must be listed. Where the path that the layer sees is listed too, the stricter
    /// endpoint counts.
    ///
    /// The layer then ignores axum's extensions. `nested_at("/")` stands for no prefix, for a service
    /// that rewrites paths in front of the layer and below a nested router of axum.
    ///
    /// ```
    /// # use tiergate::{Catalogue, Subscriber, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { export(Plus, get = "/v1/export"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(export))]
    /// # struct Api;
    /// # fn layer() -> tiergate::tower::EnforceLayer<Api> {
    /// use tiergate::tower::EnforceLayer;
    ///
    /// // A proxy has turned `/v1/export` into `/export`.
    /// EnforceLayer::<Api>::new().nested_at("/v1")
    /// # }
    /// # layer();
    /// ```
    #[must_use]
    pub fn nested_at(mut self, prefix: &str) -> Self {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        self.prefix = Some(prefix.into());
        self
    }

    /// Answers 404 instead of 403 to a request that no endpoint of the catalogue has, as
    /// [`Refused::NotFound`]. The service isn't called in either case.
    #[must_use]
    pub fn unlisted_as_not_found(mut self) -> Self {
        self.is_unlisted_not_found = true;
        self
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
            prefix: self.prefix.clone(),
            is_unlisted_not_found: self.is_unlisted_not_found,
            catalogue: PhantomData,
        }
    }
}

impl<C> fmt::Debug for EnforceLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnforceLayer")
            .field("prefix", &self.prefix)
            .field("is_unlisted_not_found", &self.is_unlisted_not_found)
            .finish_non_exhaustive()
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
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoint = match self.layer.endpoint(&request) {
            Ok(endpoint) => endpoint,
            Err(refused) => return self.refuse(&refused, request),
        };
        let checked = admit::<C::Tier>(endpoint, request.extensions().get().copied());
        #[cfg(feature = "source")]
        if matches!(checked, Err(Refusal::MissingLayer(_)))
            && crate::source::lookup::can_ask::<C::Tier>(request.extensions())
        {
            // The service that is ready is the one to call.
            let next = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, next);
            return Answer::asked(ask(inner, self.layer.clone(), endpoint, request));
        }
        tell(endpoint, &checked, || None);
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

/// Asks the source of a [`TierLayer`](crate::TierLayer) who is calling, and then as ever.
#[cfg(feature = "source")]
async fn ask<S, C, B>(
    mut inner: S,
    layer: EnforceLayer<C>,
    endpoint: Endpoint,
    request: Request<B>,
) -> Result<S::Future, Response<Bytes>>
where
    S: Service<Request<B>>,
    C: Catalogue,
{
    let (mut head, body) = request.into_parts();
    let tier = crate::source::lookup::tier_of_caller::<C::Tier>(&mut head, endpoint).await;
    let checked = tier.and_then(|tier| admit(endpoint, Some(Subscriber::new(tier))));
    tell(endpoint, &checked, || {
        crate::source::lookup::name_of_caller::<C::Tier>(&head.extensions)
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
        telemetry::tell(endpoint, required, tier, caller);
    }
}

impl<C: Catalogue> EnforceLayer<C> {
    /// The endpoint to check the caller for.
    fn endpoint<B>(&self, request: &Request<B>) -> Result<Endpoint, Refused> {
        let (prefix, method) = (self.prefix.as_deref(), request.method().as_str());
        let whole = WholePath::of(prefix, request.extensions(), request.uri());
        let found = match &whole {
            Some(whole) => whole.find::<C>(method),
            None => Err(Refused::AmbiguousPath),
        };
        found.map_err(|refused| {
            let refused = match refused {
                Refused::Unlisted if self.is_unlisted_not_found => Refused::NotFound,
                refused => refused,
            };
            telemetry::closed(refused.code(), method);
            refused
        })
    }
}

impl<C> EnforceLayer<C> {
    #[cold]
    fn respond<B>(&self, refused: &Refused, request: Request<B>) -> Response<Bytes> {
        let (mut head, _) = request.into_parts();
        if let Some(whole) = whole_uri(self.prefix.as_deref(), &head.extensions, &head.uri) {
            head.uri = whole;
        }
        if let Refused::Endpoint(refusal) = refused {
            gate::log(
                refusal,
                "add your authentication layer outside of the `EnforceLayer`",
            );
        }
        let response = match &self.respond {
            Some(respond) => respond(refused, &head).map(Bytes::from),
            None => respond::response(refused, &head),
        };
        match head.method {
            Method::HEAD => respond::without_body(response),
            _ => response,
        }
    }
}
