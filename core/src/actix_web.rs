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
//! # Other parameters
//! actix-web asks all parameters of a handler at once. While a `TierLayer` (feature `source`) waits for
//! its source, the body is kept back from them; but what a parameter refuses without reading it, such as
//! a `Path` that cannot be parsed, or a `Json` of another content type or too great a `Content-Length`,
//! is answered before a 401 or 403 would be.
//!
//! # Route macros
//! `#[requires_tier(Plus)]` stands above `#[get("/export")]`, and takes method and path from it. Below
//! it, it would not see them, which is an error that says so.
//!
//! The macro turns the handler into a struct, which is mounted by `.service(export)` and cannot stand in
//! `handlers(…)`: the catalogue of such handlers is one without a list. In a `web::scope("/v2")` the
//! macro's path is not the whole one, so the whole one is written too,
//! `#[requires_tier(Plus, get = "/v2/export")]`, and is what the catalogue shows.

mod checking;
#[cfg(feature = "source")]
mod held_body;
pub(crate) mod mount;
mod on_refusal;

pub use self::checking::Checking;
pub use self::on_refusal::{OnRefusal, on_refusal, set_on_refusal};
pub use crate::gate::AlreadySet;

use crate::{Denied, Gated, Guard, Problem, Refusal, Subscriber, gate, observe};
use actix_web::ResponseError;
use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder};

/// Lets a request through whose [`Subscriber`] has a tier that allows the handler's.
///
/// The error holds the finished answer: that of the app or scope, else that of the program, else
/// the [`Problem`] document.
impl<E: Gated> FromRequest for Guard<E> {
    type Error = Error;
    type Future = Checking<E>;

    #[cfg_attr(not(feature = "source"), allow(unused_variables))]
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let subscriber = request.extensions().get::<Subscriber<E::Tier>>().copied();
        let checked = gate::admit(subscriber);
        #[cfg(feature = "source")]
        if matches!(checked, Err(Refusal::MissingLayer(_))) {
            let request = request.clone();
            let body = held_body::hold(payload);
            return Checking::asking(async move {
                let checked = crate::source::look_up_in_actix_web(&request).await;
                if checked.is_ok() {
                    body.permit();
                }
                checked.map_err(|refusal| respond(refusal, &request))
            });
        }
        observe::checked(&checked, || None);
        Checking::done(checked.map_err(|refusal| respond(refusal, request)))
    }
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

/// Status and document.
impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

/// The problem document, so that `?` on a [`Denied`] works in a handler. [`on_refusal`](fn@on_refusal)
/// replaces it like the guard's own refusals.
impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        observe::denied(*self);
        Refusal::from(*self).error_response()
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
