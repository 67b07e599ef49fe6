//! A layer that enforces a catalogue (feature `tower`). Use it for services whose handlers can't take a
//! guard, such as gRPC services, a proxy, or a folder of files.
//!
//! [`EnforceLayer`] looks up each request in the catalogue by its method and path. It passes a request
//! on if the endpoint is public or the caller's tier allows it. The tier comes from a [`Caller`](crate::Caller) in
//! the request, or from the lookup of a `TierLayer` (feature `source`). The layer refuses every other
//! request, including requests to unlisted routes.
//!
//! Declare endpoints without a function with [`endpoint!`](macro@crate::endpoint):
//!
//! ```
//! use http::{Request, Response};
//! use tiergate::tower::EnforceLayer;
//! use tiergate::{Caller, Catalogue, endpoint};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! endpoint! {
//!     /// Creates a dispatch call.
//!     new_call(Plus, post = "/dispatch.Dispatch/NewCall");
//!     /// Serves the free downloads.
//!     downloads(public = "the downloads are free", get = "/downloads/{*path}");
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, handlers(new_call, downloads))]
//! struct Api;
//!
//! /// Identifies the caller. This layer runs before the `EnforceLayer`.
//! fn authenticate<B>(mut request: Request<B>) -> Request<B> {
//!     let caller = match request.headers().get("x-api-key") {
//!         Some(key) if key == "plus-key" => Caller::new(Tier::Plus),
//!         Some(key) if key == "free-key" => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
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
//! Services interpret unusual paths differently, so the layer accepts only paths in canonical form. It
//! answers every other path with 400, `ambiguous_path`. Each segment of a canonical path,
//! percent-decoded once, is non-empty text. It has no white space at either end and no dot at its end.
//! It contains no `/`, `\`, `%`, `;`, `?`, `#` or control character. A path may end with a single `/`
//! only if the most specific template that matches also ends with `/`.
//!
//! A service may pick another endpoint for a request than the catalogue does. The layer therefore
//! requires that the caller may call every endpoint that a service might pick, within these limits:
//!
//! - A service may compare literals as sent or in decoded form. If both forms are listed, the stricter
//!   endpoint counts. If the path as sent is not listed, the layer refuses the request.
//! - A service may remove a final `/`, add one, or serve the `index.html` of a folder. `/docs`,
//!   `/docs/` and `/docs/index.html` are therefore as gated as the strictest of them. If the service
//!   uses another name for the index, list that path with the tier of the folder. If the service adds a
//!   `/` and then matches `/docs/` with `/{*path}`, put the layer behind the code that adds the `/`.
//! - A service may accept `/@` for `/@{user}`.
//! - A service may route by the path first, as [`find`](Catalogue::find) does, or by the method first.
//!   A caller of `HEAD` must also be allowed to call `GET`.
//!
//! The layer compares letters with their case, and Unicode characters by their code points. It doesn't
//! protect a service that compares differently. For example, a file system may ignore case, decompose
//! `ö`, or accept other names for a file (`q1.csv::$DATA`). Such a service serves a gated `/q1.csv` for
//! `/Q1.CSV` if a public `/{*path}` is listed too. Files next to a gated file are other files: if a folder
//! contains the precompressed `q1.csv.gz`, list `/q1.csv.gz` too.
//!
//! A path that ends with `/` is only accepted if a listed template ends with `/` too. For the folders of
//! a public site, list `/{a}/`, `/{a}/{b}/` and so on, as deep as the folders are.
//!
//! # Nested services
//! Templates describe whole paths. In a nested router of axum 0.8, the layer sees only a part of the
//! path. It then takes the whole path from axum's extensions and requires this path to be listed. If
//! the catalogue also lists the part, the caller must be allowed to call the stricter of the two
//! endpoints. The layer answers 400 if a service in between has rewritten the path, except for the value
//! of a parameter in the router's own path. If another service
//! removes a prefix, put the layer outside that service or configure the prefix:
//! [`EnforceLayer::nested_at`].
//!
//! The feature `tower` depends on axum to read these extensions. If it read them only with the feature
//! `axum`, another crate in the program could change the layer's decisions by enabling that feature.
//!
//! # Methods
//! If a service takes the method or the path from elsewhere, such as the headers
//! `X-HTTP-Method-Override`, `X-Original-URL` and `X-Rewrite-URL`, the layer checks something else than
//! the service uses. Change the request before the layer sees it, or remove these headers.
//!
//! # CORS
//! A preflight request has no credentials, so the layer refuses it. Put the layer that answers
//! preflights, such as the `CorsLayer` of tower-http, outside the `EnforceLayer`. It also adds its
//! headers to refusals.
//!
//! # What is logged and counted
//! Some requests are refused without an endpoint to check. With the feature `tracing`, each of them is
//! an event with `method` and `code`. With the feature `metrics`, it counts in
//! `tiergate_refused_total`, with the `code` and without an endpoint.
//!
//! # gRPC
//! A refused gRPC call, which is a `POST` request with a gRPC content type, gets a gRPC status:
//! `PERMISSION_DENIED`, `UNAUTHENTICATED`, `INVALID_ARGUMENT` for an ambiguous path, `UNIMPLEMENTED`
//! for an unlisted path that is reported [as not found](EnforceLayer::unlisted_as_not_found),
//! `UNAVAILABLE` if the tier source is down, or `INTERNAL` if no layer set the caller or the stored
//! tier is unreadable. gRPC-Web clients get the status in the body, as binary data or as text. The
//! layer therefore works on either side of a layer that translates gRPC-Web.

pub(crate) mod body;
pub(crate) mod future;
pub(crate) mod grpc;
pub(crate) mod path;
pub(crate) mod refusal;
pub(crate) mod respond;
pub(crate) mod whole_path;

pub use self::body::ResponseBody;
pub use self::future::ResponseFuture;
pub use self::refusal::EnforceRefusal;

use self::whole_path::{WholePath, whole_uri};
use crate::access::check::Resolution;
use crate::access::permit::Permit;
use crate::access::refusal::Refusal;
use crate::access::{self, telemetry};
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Method, Request, Response};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

type Respond = dyn Fn(&EnforceRefusal, &Parts) -> Response<String> + Send + Sync;

/// A layer that enforces the catalogue `C`: see the [module](self).
pub struct EnforceLayer<C> {
    respond: Option<Arc<Respond>>,
    /// The prefix that another service has removed from paths.
    prefix: Option<Arc<str>>,
    is_unlisted_not_found: bool,
    catalogue: PhantomData<fn() -> C>,
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Creates a layer that responds to refusals with the problem document, or with a gRPC status.
    pub fn new() -> Self {
        Self {
            respond: None,
            prefix: None,
            is_unlisted_not_found: false,
            catalogue: PhantomData,
        }
    }

    /// Adds the prefix that a service further out has removed to the path that the layer sees.
    ///
    /// The catalogue must list the whole path. If it also lists the path that the layer sees, the
    /// stricter endpoint counts.
    ///
    /// The layer then ignores axum's extensions. `nested_at("/")` means no prefix. Use it if a service
    /// rewrites paths between a nested axum router and the layer.
    ///
    /// ```
    /// # use tiergate::{Caller, Catalogue, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { export(Plus, get = "/v1/export"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(export))]
    /// # struct Api;
    /// # fn layer() -> tiergate::tower::EnforceLayer<Api> {
    /// use tiergate::tower::EnforceLayer;
    ///
    /// // A proxy turns `/v1/export` into `/export`.
    /// EnforceLayer::<Api>::new().nested_at("/v1")
    /// # }
    /// # layer();
    /// ```
    ///
    /// # Panics
    /// If the prefix contains a parameter, such as `/tenants/{tenant}`. In an axum router that is nested
    /// there, the layer finds the prefix itself.
    #[must_use]
    #[track_caller]
    pub fn nested_at(mut self, prefix: &str) -> Self {
        assert!(
            !prefix.contains(['{', '}']),
            "the prefix `{prefix}` of an `EnforceLayer` contains a parameter; write the text that was removed"
        );
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        self.prefix = Some(prefix.into());
        self
    }

    /// Answers 404 instead of 403 to a request that matches no endpoint of the catalogue, as
    /// [`EnforceRefusal::NotFound`]. The service isn't called in either case.
    #[must_use]
    pub fn unlisted_as_not_found(mut self) -> Self {
        self.is_unlisted_not_found = true;
        self
    }

    /// Sets the function that responds to refusals with a status, headers and a body. It gets the
    /// reason and the request's head, and it can't let the call through.
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
        F: Fn(&EnforceRefusal, &Parts) -> Response<String> + Send + Sync + 'static,
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

// Derived implementations would require the same traits of the catalogue.
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

/// The service that [`EnforceLayer`] creates.
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
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoint = match self.layer.endpoint(&request) {
            Ok(endpoint) => endpoint,
            Err(refused) => return self.refuse(&refused, request),
        };
        if endpoint.public_reason().is_some() {
            return ResponseFuture::allowed(self.inner.call(request));
        }
        #[cfg(feature = "source")]
        if crate::source::caller_lookup::is_needed::<C::Tier>(request.extensions()) {
            // Calls the service that is ready, and keeps the clone for the next request.
            let next = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, next);
            let layer = self.layer.clone();
            return ResponseFuture::waiting(look_up_and_call(inner, layer, endpoint, request));
        }
        let resolution = Resolution::from(request.extensions().get().cloned());
        match check::<C::Tier>(endpoint, &resolution, request.extensions()) {
            Ok(_) => ResponseFuture::allowed(self.inner.call(request)),
            Err(refusal) => self.refuse(&EnforceRefusal::Endpoint(refusal), request),
        }
    }
}

impl<S: Clone, C> Enforce<S, C> {
    #[cold]
    fn refuse<B, F>(&mut self, refused: &EnforceRefusal, request: Request<B>) -> ResponseFuture<F> {
        // A ready service may reserve a resource until it is called, such as a slot in a concurrency
        // limit. Replacing the service releases the resource.
        self.inner = self.inner.clone();
        ResponseFuture::refused(self.layer.respond(refused, request))
    }
}

/// Looks up the caller with a [`TierLayer`](crate::TierLayer), then checks the tier and calls the
/// service.
#[cfg(feature = "source")]
async fn look_up_and_call<S, C, B>(
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
    let resolution = crate::source::caller_lookup::resolve(&mut head).await;
    let checked = check::<C::Tier>(endpoint, &resolution, &head.extensions);
    let request = Request::from_parts(head, body);
    match checked {
        Ok(_) => Ok(inner.call(request)),
        Err(refusal) => Err(layer.respond(&EnforceRefusal::Endpoint(refusal), request)),
    }
}

/// Checks the caller of an endpoint that is known only by its record.
#[cfg_attr(not(feature = "source"), allow(unused_variables))]
fn check<T: Tier>(
    endpoint: Endpoint,
    resolution: &Resolution<T>,
    extensions: &Extensions,
) -> Result<Permit<T>, Refusal> {
    let name = |id: Option<&str>| {
        #[cfg(feature = "source")]
        return crate::source::caller_lookup::name_in_logs::<T>(extensions, id);
        #[cfg(not(feature = "source"))]
        None
    };
    let advice = "add your authentication layer outside of the `EnforceLayer`";
    access::check::check(endpoint, endpoint.tier(), resolution, name, advice)
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Returns the endpoint for which to check the caller.
    fn endpoint<B>(&self, request: &Request<B>) -> Result<Endpoint, EnforceRefusal> {
        let (prefix, method) = (self.prefix.as_deref(), request.method().as_str());
        let whole = WholePath::of(prefix, request.extensions(), request.uri());
        let found = match &whole {
            Some(whole) => whole.find::<C>(method),
            None => Err(EnforceRefusal::AmbiguousPath),
        };
        found.map_err(|refused| {
            let refused = match refused {
                EnforceRefusal::Unlisted if self.is_unlisted_not_found => EnforceRefusal::NotFound,
                refused => refused,
            };
            telemetry::report_without_endpoint(refused.code(), method);
            refused
        })
    }
}

impl<C> EnforceLayer<C> {
    #[cold]
    fn respond<B>(&self, refused: &EnforceRefusal, request: Request<B>) -> Response<Bytes> {
        let (mut head, _) = request.into_parts();
        if let Some(whole) = whole_uri(self.prefix.as_deref(), &head.extensions, &head.uri) {
            head.uri = whole;
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
