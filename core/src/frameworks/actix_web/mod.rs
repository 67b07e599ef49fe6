//! actix-web 4 (feature `actix-web`): the guard as an extractor, `configure()`, and the response to a
//! refusal.
//!
//! [`Guard`] is the handler's first parameter, so it decides before the body is read. It looks for a
//! [`Caller`](crate::Caller) in the request's extensions, where a middleware inserts it:
//!
//! ```
//! use actix_web::body::MessageBody;
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::middleware::{Next, from_fn};
//! use actix_web::{App, Error, HttpMessage};
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
//! #[catalogue(tier = Tier, handlers(export))]
//! struct Api;
//!
//! async fn authenticate(
//!     request: ServiceRequest,
//!     next: Next<impl MessageBody>,
//! ) -> Result<ServiceResponse<impl MessageBody>, Error> {
//!     let key = request.headers().get("x-api-key").map(|key| key.as_bytes());
//!     let caller = match key {
//!         Some(b"plus-key") => Caller::new(Tier::Plus),
//!         Some(b"free-key") => Caller::new(Tier::Free),
//!         _ => Caller::unknown(),
//!     };
//!     request.extensions_mut().insert(caller);
//!     next.call(request).await
//! }
//!
//! # ::actix_web::rt::System::new().block_on(async {
//! use actix_web::test::{TestRequest, call_service, init_service};
//! let app = App::new().wrap(from_fn(authenticate)).configure(Api::configure);
//! let app = init_service(app).await;
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = TestRequest::get().uri("/export").insert_header(("x-api-key", key));
//!     assert_eq!(call_service(&app, request.to_request()).await.status(), status);
//! }
//! # });
//! ```
//!
//! # Order of parameters
//! actix-web starts the extractors of all parameters at once. `Api::configure` therefore mounts each
//! gated handler in a way that lets its guard decide first: a refused call runs none of the other
//! extractors. [`guard_first`] does the same for a handler that you mount yourself:
//! `web::get().to(guard_first(export))`.
//!
//! You can also mount a handler without it, with `.service(export)` or `.to(export)`. A refused call
//! still never runs the handler, and its other extractors can't read the body before the guard has
//! decided. But actix-web has already called their `from_request`.
//!
//! actix-web usually doesn't poll the futures of these extractors, because the guard decides
//! immediately. It finds a [`Caller`](crate::Caller), or the result of a `TierLayer` (feature `source`), which
//! looks up the caller before it passes the request on. In two cases, the other extractors run during
//! the lookup:
//!
//! - The handler is a `default_service`.
//! - A middleware behind the layer changes the method, the URI or the headers of the request.
//!
//! Use [`guard_first`] or `Api::configure` for every handler that has an extractor with side effects.
//!
//! # CORS
//! Wrap the app in the CORS middleware after the authentication middleware:
//! `App::new().wrap(from_fn(authenticate)).wrap(Cors::default())`. In actix-web, the last `.wrap(…)` is
//! the outermost.
//!
//! A browser sends a preflight request without credentials, so the CORS middleware must answer it
//! before the authentication middleware runs. This order also adds the CORS headers to refusals.
//!
//! # Route macros
//! Write `#[requires_tier(Plus)]` above `#[get("/export")]`. It takes the method and the path from that
//! macro. In the other order, the handler has a guard, but its route is missing from the catalogue.
//!
//! The route macro turns the handler into a struct, which you mount with `.service(export)`.
//! `handlers(…)` can't list the struct, so use a catalogue without a list for such handlers.
//!
//! # Scopes
//! The catalogue doesn't know the `web::scope` in which you mount a handler. Write the prefix of the
//! scope in the attribute, `#[requires_tier(Plus, prefix = "/v2")]` above `#[get("/export")]`, or write
//! the whole path, `#[requires_tier(Plus, get = "/v2/export")]`. An explicit path takes precedence over
//! the route macro. `Api::configure` mounts each handler at the path in its attribute, so call it on
//! the `App` and not on a scope with a prefix.
//!
//! [`audit_mounts`] calls the endpoints of an app in a test, and reports each endpoint that the app
//! doesn't serve at its route in the catalogue. Use it together with `Api::audit()`.
//!
//! # Escapes
//! actix-web compares routes with the decoded path of a request. `Api::configure` decodes the paths in
//! the attributes, so it mounts `get = "/gr%C3%B6%C3%9Fe"` as `/größe`. In a route that you mount
//! yourself, write the decoded form. actix-web leaves `%25`, `%2F` and `%2B` encoded.

#[cfg(feature = "source")]
pub(crate) mod checked_head;
#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub(crate) mod audit_mounts;
pub(crate) mod caller;
pub(crate) mod checking;
pub(crate) mod guard_first;
#[cfg(feature = "source")]
pub(crate) mod held_body;
pub(crate) mod mount;
pub(crate) mod on_refusal;
pub(crate) mod pattern;

pub use self::audit_mounts::{MountAudit, MountFinding, audit_mounts};
pub use self::checking::Checking;
pub use self::guard_first::{GuardFirst, guard_first};
pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
#[cfg(feature = "source")]
pub use self::tier_layer::TierMiddleware;
pub use crate::access::on_refusal::AlreadySet;

use self::caller::{known, name_in_logs};
use crate::access::check::{Resolution, check};
use crate::access::denied::Denied;
use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::endpoint::gated::Gated;
use crate::frameworks::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, Responder, ResponseError};

/// Lets a request through if the tier of its [`Caller`](crate::Caller) allows the handler's tier.
///
/// The error contains the finished response. It comes from the [`on_refusal`](fn@on_refusal) of the app
/// or scope, or else from [`set_on_refusal`]. Without either, it is the [`Problem`] document.
impl<E: Gated> FromRequest for Guard<E> {
    type Error = Error;
    type Future = Checking<E>;

    #[cfg_attr(not(feature = "source"), allow(unused_variables))]
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if let Some(answer) = audit_mounts::reached(request, E::ENDPOINT) {
            return Checking::done(Err(answer));
        }
        match known(request) {
            Some(resolution) => Checking::done(check_guard(request, &resolution)),
            #[cfg(feature = "source")]
            None => look_up(request, payload),
            #[cfg(not(feature = "source"))]
            None => Checking::done(check_guard(request, &Resolution::MissingLayer)),
        }
    }
}

/// Looks up the caller, and keeps the other extractors from reading the body until the lookup has
/// finished.
#[cfg(feature = "source")]
fn look_up<E: Gated>(request: &HttpRequest, payload: &mut Payload) -> Checking<E> {
    let request = request.clone();
    let body = held_body::hold(payload);
    Checking::waiting(async move {
        let resolution = caller::resolve(&request).await;
        let checked = check_guard(&request, &resolution);
        if checked.is_ok() {
            body.permit();
        }
        checked
    })
}

fn check_guard<E: Gated>(
    request: &HttpRequest,
    resolution: &Resolution<E::Tier>,
) -> Result<Guard<E>, Error> {
    let name = |id: Option<&str>| name_in_logs::<E::Tier>(request, id);
    let advice = "wrap the app or the scope of this route in your authentication middleware";
    check(E::ENDPOINT, Some(E::REQUIRED), resolution, name, advice)
        .map(Guard::after_check)
        .map_err(|refusal| respond(refusal, request))
}

#[cold]
fn respond(refusal: Refusal, request: &HttpRequest) -> Error {
    let response = on_refusal::replaced(&refusal, request)
        .unwrap_or_else(|| Problem::new(&refusal).instance(request.path()).into());
    InternalError::from_response(refusal, response).into()
}

/// Creates a response with the status and the document.
///
/// A 401 contains `WWW-Authenticate: Bearer`, because it must name a scheme. An application that uses
/// another scheme replaces the header.
impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        let mut response = Self::build(status(problem.status()));
        response.insert_header((CONTENT_TYPE, Problem::MEDIA_TYPE));
        response.insert_header((CACHE_CONTROL, Problem::CACHE_CONTROL));
        if let Some(scheme) = problem.challenge() {
            response.insert_header((WWW_AUTHENTICATE, scheme));
        }
        if let Some(wait) = problem.retry_after() {
            response.insert_header((RETRY_AFTER, wait.as_secs()));
        }
        response.body(problem.to_json())
    }
}

/// Responds with the status and the document.
impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

/// Responds with the problem document, so `?` on a [`Denied`] works in a handler.
///
/// [`on_refusal`](fn@on_refusal) replaces this response as it replaces the guard's own refusals, even
/// if the `error_response` of your error type returns it.
impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        telemetry::report_denied(*self);
        let mut response = Refusal::from(*self).error_response();
        response
            .extensions_mut()
            .insert(on_refusal::FromHandler(*self));
        response
    }
}

/// Responds with the problem document.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        Problem::new(self).into()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
