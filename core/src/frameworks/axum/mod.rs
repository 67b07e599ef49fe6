//! axum 0.8 (feature `axum`): the guard as an extractor, the router, and the response to a refusal.
//!
//! [`Guard`] is the handler's first parameter, so it decides before the body is read. It looks for a
//! [`Caller`](crate::Caller) in the request's extensions, where an authentication layer inserts it:
//!
//! ```
//! use axum::extract::Request;
//! use axum::middleware::{self, Next};
//! use axum::response::Response;
//! use tiergate::{Caller, Catalogue, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus, get = "/export")]
//! async fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, state = (), handlers(export))]
//! struct Api;
//!
//! async fn authenticate(mut request: Request, next: Next) -> Response {
//!     let key = request.headers().get("x-api-key").map(|key| key.as_bytes());
//!     let caller = match key {
//!         Some(b"plus-key") => Caller::new(Tier::Plus),
//!         Some(b"free-key") => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
//!     next.run(request).await
//! }
//!
//! let app = Api::router().layer(middleware::from_fn(authenticate));
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use axum::body::Body;
//! use tower::ServiceExt;
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = Request::get("/export").header("x-api-key", key).body(Body::empty())?;
//!     assert_eq!(app.clone().oneshot(request).await?.status(), status);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # CORS
//! Add the CORS layer outside the authentication layer, and both outside the routes. In axum, the layer
//! that is added last is the outermost:
//!
//! ```
//! # use axum::Router;
//! # use tower_layer::Identity as CorsLayer;
//! # fn app(app: Router, authentication: CorsLayer, cors: CorsLayer) -> Router {
//! app.layer(authentication).layer(cors)
//! # }
//! ```
//!
//! A browser sends a preflight request without credentials, so the CORS layer must answer it before the
//! authentication layer runs. This order also adds the CORS headers to refusals. Without them, a script
//! on another site can't read the refusal.
//!
//! # Other routers
//! - The `ApiRouter` of [aide](https://docs.rs/aide) takes gated handlers with the feature `aide`.
//! - `typed_get` and its siblings in [axum-extra](https://docs.rs/axum-extra) expect a `TypedPath` as
//!   the handler's first parameter, but the first parameter of a gated handler is its guard. Mount the
//!   handler by the path's template instead. [`AuditedRouter`] then also checks that the template matches the
//!   attribute:
//!
//!   ```ignore
//!   #[derive(Deserialize, TypedPath)]
//!   #[typed_path("/users/{id}")]
//!   struct UserPath { id: u32 }
//!
//!   #[requires_tier(Plus, get = "/users/{id}")]
//!   async fn user(UserPath { id }: UserPath) -> String { format!("user {id}") }
//!
//!   let app = AuditedRouter::<Api>::new().route(UserPath::PATH, get(user));
//!   ```
//!
//! # Other attributes
//! Write `#[axum::debug_handler]` below `#[requires_tier]`. Above it, `debug_handler` doesn't see the
//! guard and generates a call without one.

#[cfg(feature = "aide")]
pub(crate) mod aide;
pub(crate) mod audited;
pub(crate) mod caller;
pub(crate) mod gated_parameters;
pub(crate) mod mount;
pub(crate) mod on_refusal;
pub(crate) mod route_audit;
pub mod routing;
pub(crate) mod uri;

pub use self::audited::AuditedRouter;
pub use self::audited::parts::{Unaudited, unaudited};
pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
pub use self::route_audit::{MountedRoute, RouteAudit, UnauditedRoute};
pub use crate::access::on_refusal::AlreadySet;

use self::caller::{name_in_logs, resolve};
use self::on_refusal::FromHandler;
use self::uri::whole_uri;
use crate::access::denied::Denied;
use crate::access::guard::Guard;
#[cfg(feature = "coverage")]
use crate::access::observer::Observer;
use crate::access::permit::Permit;
use crate::access::refusal::Refusal;
use crate::access::{self, telemetry};
use crate::endpoint::Endpoint;
use crate::endpoint::gated::Gated;
use crate::frameworks::problem::Problem;
use crate::frameworks::problem::head::announce_close;
use crate::tier::Tier;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets a request through if the tier of its [`Caller`](crate::Caller) allows the handler's tier.
///
/// The rejection is the finished response. It comes from the router's [`on_refusal`](fn@on_refusal), or
/// else from [`set_on_refusal`]. Without either, it is the [`Problem`] document.
impl<E, S> FromRequestParts<S> for Guard<E>
where
    E: Gated,
    S: Send + Sync,
{
    type Rejection = Response;

    fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> impl Future<Output = Result<Self, Response>> + Send {
        Checking {
            permit: check(parts, E::ENDPOINT, E::REQUIRED),
            guard: PhantomData,
        }
    }
}

/// The part of the extractor that is generic over the tier enum only. It is compiled once per enum and
/// not once per handler.
async fn check<T: Tier>(
    parts: &mut Parts,
    endpoint: Endpoint,
    required: T,
) -> Result<Permit<T>, Response> {
    let resolution = resolve(parts).await;
    let name = |id: Option<&str>| name_in_logs::<T>(&parts.extensions, id);
    let advice = "add your authentication layer to the router, outside of this route";
    let checked = access::check::check(endpoint, Some(required), &resolution, name, advice);
    #[cfg(feature = "coverage")]
    if let Some(observer) = parts.extensions.get::<Observer>() {
        observer.observe(endpoint, &checked);
    }
    checked.map_err(|refusal| respond(&refusal, parts))
}

pin_project! {
    /// The future of the extractor. It polls the tier check.
    struct Checking<E, F> {
        #[pin]
        permit: F,
        guard: PhantomData<fn() -> E>,
    }
}

impl<E, F> Future for Checking<E, F>
where
    E: Gated,
    F: Future<Output = Result<Permit<E::Tier>, Response>>,
{
    type Output = Result<Guard<E>, Response>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // This code is compiled for each handler. `map_ok` would add two more functions each time.
        match self.project().permit.poll(context) {
            Poll::Ready(Ok(permit)) => Poll::Ready(Ok(Guard::after_check(permit))),
            Poll::Ready(Err(refused)) => Poll::Ready(Err(refused)),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cold]
fn respond(refusal: &Refusal, parts: &Parts) -> Response {
    let mut refused = on_refusal::replaced(refusal, parts).unwrap_or_else(|| {
        let path = whole_uri(&parts.extensions, &parts.uri).path();
        Problem::new(refusal).instance(path).into_response()
    });
    announce_close(parts.version, &parts.headers, refused.headers_mut());
    refused
}

/// Responds with the status and the document.
///
/// A 401 contains `WWW-Authenticate: Bearer`, because it must name a scheme. An application that uses
/// another scheme replaces the header. A 503 contains `Retry-After`.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.write_head(response.headers_mut());
        response
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler.
/// [`on_refusal`](fn@on_refusal) replaces this response as it replaces the guard's own refusals.
impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        telemetry::report_denied(self);
        let mut response = Refusal::from(self).into_response();
        response.extensions_mut().insert(FromHandler(self));
        response
    }
}

/// Responds with the problem document.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Problem::new(&self).into_response()
    }
}
