//! poem 3 (feature `poem`): the guard as an extractor, the answer to a refusal.
//!
//! [`Guard`] is the handler's first parameter, so it decides before the body is read. It looks for
//! a [`Subscriber`] among the request's extensions, where a middleware put it:
//!
//! ```
//! use poem::{Endpoint, EndpointExt, Request, Result, Route, get, handler};
//! use tiergate::{Catalogue, Subscriber, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus, get = "/export")]
//! #[handler]
//! async fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier)]
//! struct Api;
//!
//! async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> Result<E::Output> {
//!     let subscriber = match request.header("x-api-key") {
//!         Some("plus-key") => Subscriber::new(Tier::Plus),
//!         Some("free-key") => Subscriber::new(Tier::Free),
//!         _ => Subscriber::unknown(),
//!     };
//!     request.extensions_mut().insert(subscriber);
//!     next.call(request).await
//! }
//!
//! let app = Route::new().at("/export", get(export)).around(authenticate);
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = Request::builder().uri_str("/export").header("x-api-key", key).finish();
//!     assert_eq!(app.get_response(request).await.status(), status);
//! }
//! # });
//! assert!(Api::find("GET", "/export").is_some());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # CORS
//! Add the CORS middleware after the authentication middleware, because the last one is the outermost:
//! `route.around(authenticate).with(Cors::new())`.
//!
//! A browser sends a preflight request without credentials, so it must be answered before anything asks
//! who is calling. The order also gives a refusal its CORS headers.
//!
//! # Order of attributes
//! `#[requires_tier(…)]` stands above `#[handler]`: below it, the code that `#[handler]` wrote would not
//! see the guard, which is an error that says so:
//!
//! ```compile_fail
//! # use poem::handler;
//! # use tiergate::requires_tier;
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! #[handler]
//! #[requires_tier(Plus)]
//! fn export() {}
//! ```
//!
//! `#[handler]` turns the function into a struct, so it cannot stand in `handlers(…)`: the catalogue
//! of such handlers is one without a list, and poem's `Route` mounts them. An `impl` block under
//! `#[OpenApi]`, of poem-openapi, is gated by [`#[tiergate::gated]`](macro@crate::gated) above it.
//!
//! # Paths of poem-openapi
//! Method and path are taken from `#[oai(path = "/dispatch/:id", method = "get")]`, behind the block's
//! `#[OpenApi(prefix_path = "/v1")]`, which has to be a string. If you nest the service, as in
//! `Route::new().nest("/api", service)`, write that prefix on each function:
//! `#[requires_tier(Plus, prefix = "/api")]`.

#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub(crate) mod on_refusal;
pub(crate) mod uri;

pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
#[cfg(feature = "source")]
pub use self::tier_layer::TierEndpoint;
pub use crate::access::on_refusal::AlreadySet;

use self::uri::whole_uri;
use crate::access::denied::Denied;
use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::{gate, telemetry};
use crate::endpoint::gated::Gated;
use crate::frameworks::problem::Problem;
use poem::error::ResponseError;
use poem::http::StatusCode;
use poem::{Error, FromRequest, IntoResponse, Request, RequestBody, Response};

/// Lets a request through whose [`Subscriber`] has a tier that allows the handler's.
///
/// The error holds the finished answer: that of the route, else that of the program, else the
/// [`Problem`] document.
impl<'a, E: Gated> FromRequest<'a> for Guard<E> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let subscriber = request.extensions().get::<Subscriber<E::Tier>>();
        let checked = gate::admit(subscriber.copied());
        #[cfg(feature = "source")]
        let checked = crate::frameworks::poem::tier_layer::look_up(request, checked).await;
        #[cfg(not(feature = "source"))]
        telemetry::checked(&checked, || None);
        checked.map_err(|refusal| respond(&refusal, request))
    }
}

#[cold]
fn respond(refusal: &Refusal, request: &Request) -> Error {
    gate::log(
        refusal,
        "put your authentication middleware around the route",
    );
    let response = on_refusal::replaced(refusal, request).unwrap_or_else(|| {
        Problem::new(refusal)
            .instance(whole_uri(request).path())
            .into_response()
    });
    Error::from_response(response)
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme; an
/// application with another scheme replaces the header.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.to_json().into_response();
        let status = self.write_head(response.headers_mut());
        response.set_status(status);
        response
    }
}

/// The problem document, so that `?` on a [`Denied`] works in a handler. [`on_refusal`](fn@on_refusal)
/// replaces it like the guard's own refusals, also if the handler's own error type returns it from its
/// `as_response`.
impl ResponseError for Denied {
    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn as_response(&self) -> Response {
        telemetry::denied(*self);
        on_refusal::mark(*self, Refusal::from(*self).as_response())
    }
}

/// The problem document.
impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        status(Refusal::status(self))
    }

    fn as_response(&self) -> Response {
        Problem::new(self).into_response()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
