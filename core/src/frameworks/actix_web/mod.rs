//! actix-web 4 (feature `actix-web`): the guard as an extractor, `configure()`, the answer to a
//! refusal.
//!
//! [`Guard`] is the handler's first parameter, so it decides before the body is read. It looks for
//! a [`Subscriber`] among the request's extensions, where a middleware put it:
//!
//! ```
//! use actix_web::body::MessageBody;
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::middleware::{Next, from_fn};
//! use actix_web::{App, Error, HttpMessage};
//! use tiergate::{Catalogue, Subscriber, requires_tier};
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
//!     let subscriber = match key {
//!         Some(b"plus-key") => Subscriber::new(Tier::Plus),
//!         Some(b"free-key") => Subscriber::new(Tier::Free),
//!         _ => Subscriber::unknown(),
//!     };
//!     request.extensions_mut().insert(subscriber);
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
//! gated handler so that its guard decides first: a refused call runs none of the other extractors.
//! [`guard_first`] does the same for a handler that you mount yourself:
//! `web::get().to(guard_first(export))`.
//!
//! A handler that is mounted without it, by `.service(export)` or `.to(export)`, never runs for a
//! refused caller, and its other extractors can't read the body before the guard has decided. But
//! actix-web has called their `from_request` by then. It does not poll the futures that they returned,
//! because the guard decides at once: by a [`Subscriber`], or by a `TierLayer` (feature `source`), which
//! looks up the caller before it passes the request on. There are two exceptions, in which the
//! extractors go on while the source is asked: a `default_service`, and a middleware behind the layer
//! that changes the method, the URI or the headers of the request. An extractor with side effects needs
//! [`guard_first`] or `Api::configure`.
//!
//! # CORS
//! Wrap the app in the CORS middleware after the authentication middleware, because the last `.wrap(…)`
//! is the outermost: `App::new().wrap(from_fn(authenticate)).wrap(Cors::default())`.
//!
//! A browser sends a preflight request without credentials, so it must be answered before anything asks
//! who is calling. The order also gives a refusal its CORS headers.
//!
//! # Route macros
//! Write `#[requires_tier(Plus)]` above `#[get("/export")]`. It takes method and path from the macro
//! below. In the other order, the handler has its guard but its route is missing from the catalogue.
//!
//! The macro turns the handler into a struct, which is mounted by `.service(export)` and cannot be
//! listed in `handlers(…)`. Use a catalogue without a list for such handlers.
//!
//! # Scopes
//! The catalogue does not know in which `web::scope` a handler is mounted. Write the prefix of the scope
//! into the attribute: `#[requires_tier(Plus, prefix = "/v2")]` above `#[get("/export")]`, or the whole
//! path, `#[requires_tier(Plus, get = "/v2/export")]`. An explicit path takes precedence over the route
//! macro. `Api::configure` mounts each handler at the path of its attribute, so call it on the `App`, and
//! not on a scope with a prefix.
//!
//! [`audit_mounts`] calls a running app and reports each endpoint that the app does not serve where the
//! catalogue says. Use it in a test beside `Api::audit()`.
//!
//! # Escapes
//! actix-web compares routes with the decoded path. `Api::configure` decodes the paths of the attributes,
//! so `get = "/gr%C3%B6%C3%9Fe"` is mounted as `/größe`. In a route that you mount yourself, write the
//! decoded form. actix-web leaves `%25`, `%2F` and `%2B` encoded.

#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub(crate) mod audit_mounts;
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
#[cfg(feature = "source")]
pub use self::tier_layer::TierMiddleware;
pub use crate::access::on_refusal::AlreadySet;

use crate::access::denied::Denied;
use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::{gate, telemetry};
use crate::endpoint::gated::Gated;
use crate::frameworks::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError,
};

/// Lets a request through whose [`Subscriber`] has a tier that allows the handler's.
///
/// The error holds the finished answer: that of the app or scope, else that of the program, else
/// the [`Problem`] document.
impl<E: Gated> FromRequest for Guard<E> {
    type Error = Error;
    type Future = Checking<E>;

    #[cfg_attr(not(feature = "source"), allow(unused_variables))]
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if let Some(answer) = audit_mounts::reached(request, E::ENDPOINT) {
            return Checking::done(Err(answer));
        }
        let subscriber = request.extensions().get::<Subscriber<E::Tier>>().copied();
        let checked = gate::admit(subscriber);
        #[cfg(feature = "source")]
        let checked = match checked {
            Err(Refusal::MissingLayer(_)) => {
                match crate::frameworks::actix_web::tier_layer::known(request) {
                    Some(checked) => checked,
                    None => return look_up(request, payload),
                }
            }
            checked => {
                telemetry::checked(&checked, || None);
                checked
            }
        };
        #[cfg(not(feature = "source"))]
        telemetry::checked(&checked, || None);
        Checking::done(checked.map_err(|refusal| respond(refusal, request)))
    }
}

/// Asks the source who is calling, and keeps the body from the other extractors until it answers.
#[cfg(feature = "source")]
fn look_up<E: Gated>(request: &HttpRequest, payload: &mut Payload) -> Checking<E> {
    let request = request.clone();
    let body = held_body::hold(payload);
    Checking::asking(async move {
        let checked = crate::frameworks::actix_web::tier_layer::look_up(&request).await;
        if checked.is_ok() {
            body.permit();
        }
        checked.map_err(|refusal| respond(refusal, &request))
    })
}

#[cold]
fn respond(refusal: Refusal, request: &HttpRequest) -> Error {
    gate::log(
        &refusal,
        "wrap the app or the scope of this route in your authentication middleware",
    );
    let response = on_refusal::replaced(&refusal, request)
        .unwrap_or_else(|| Problem::new(&refusal).instance(request.path()).into());
    InternalError::from_response(refusal, response).into()
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme; an
/// application with another scheme replaces the header.
impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status());
        let mut response = Self::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        response.insert_header((CONTENT_TYPE, Problem::MEDIA_TYPE));
        response.insert_header((CACHE_CONTROL, Problem::CACHE_CONTROL));
        if let Some(scheme) = problem.challenge() {
            response.insert_header((WWW_AUTHENTICATE, scheme));
        }
        if let Some(seconds) = problem.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
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

/// The problem document, so that `?` on a [`Denied`] works in a handler. [`on_refusal`](fn@on_refusal)
/// replaces it like the guard's own refusals, also if the handler's own error type returns it from its
/// `error_response`.
impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        telemetry::denied(*self);
        let mut response = Refusal::from(*self).error_response();
        response
            .extensions_mut()
            .insert(on_refusal::FromHandler(*self));
        response
    }
}

/// The problem document.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        Problem::new(self).into()
    }
}
