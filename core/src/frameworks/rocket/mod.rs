//! rocket 0.5 (feature `rocket`): the guard as a request guard, the answer to a refusal.
//!
//! [`Guard`] is one of the handler's request guards, so it decides before the body is read (but for
//! its first 14 bytes, for which rocket waits before it looks at any request). It looks for what [`set_subscriber`] left in the request. That is best called by a fairing:
//!
//! ```
//! use rocket::fairing::AdHoc;
//! use rocket::{Build, Request, Rocket, get, routes};
//! use tiergate::rocket::{problems, set_subscriber};
//! use tiergate::{Catalogue, Subscriber, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! /// Exports everything.
//! #[requires_tier(Plus)]
//! #[get("/export")]
//! fn export() -> &'static str {
//!     "all of it"
//! }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier)]
//! struct Api;
//!
//! fn authenticate(request: &Request<'_>) -> Subscriber<Tier> {
//!     match request.headers().get_one("x-api-key") {
//!         Some("plus-key") => Subscriber::new(Tier::Plus),
//!         Some("free-key") => Subscriber::new(Tier::Free),
//!         _ => Subscriber::unknown(),
//!     }
//! }
//!
//! fn app() -> Rocket<Build> {
//!     rocket::build()
//!         .attach(AdHoc::on_request("authentication", |request, _| {
//!             Box::pin(async move { set_subscriber(request, authenticate(request)) })
//!         }))
//!         .attach(problems())
//!         .mount("/", routes![export])
//! }
//!
//! use rocket::http::Header;
//! use rocket::local::blocking::Client;
//! let client = Client::untracked(app()).unwrap();
//! for (key, status) in [("plus-key", 200), ("free-key", 403), ("other", 401)] {
//!     let request = client.get("/export").header(Header::new("x-api-key", key));
//!     assert_eq!(request.dispatch().status().code, status);
//! }
//! assert!(Api::find("GET", "/export").is_some());
//! ```
//!
//! rocket drops a header whose value is no UTF-8, before anything of ours sees the request: a key like
//! that counts as none, and its caller as `TierLayer::anonymous` says, where a program has
//! that. In the other frameworks such a key is a wrong one.
//!
//! A request guard of rocket gives a status, and its catchers write the answer to it. The fairing
//! [`problems`] writes the problem document instead, and [`on_refusal`] what the application says.
//! Without one of these the call is refused with the same status, and answered by the catchers.
//!
//! # Several routes for one path
//! A refusal is final: rocket does not try the routes of a higher rank that also match, such as those of
//! a `FileServer`. Otherwise a caller who is refused here could reach, by the same path, a handler that
//! nobody checks. If another route shall answer some of the requests, give it the lower rank, so that
//! rocket tries it first.
//!
//! # CORS
//! Attach the CORS fairing after [`problems`] or [`on_refusal`], so that refusals get its headers too. A
//! preflight request needs a route that answers it, `#[options("/<_..>")] fn preflight() {}`, without a
//! guard: a browser sends the request without credentials.
//!
//! # Order of attributes
//! `#[requires_tier(…)]` stands above `#[get("/export")]`, and takes method and path from it; below
//! it, the code that `#[get]` wrote would not see the guard, which is an error that says so:
//!
//! ```compile_fail
//! # use rocket::get;
//! # use tiergate::requires_tier;
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! #[get("/export")]
//! #[requires_tier(Plus)]
//! fn export() {}
//! ```
//!
//! If the routes are mounted at another base than `/`, write it as a prefix,
//! `#[requires_tier(Plus, prefix = "/v2")]`, or write the whole path,
//! `#[requires_tier(Plus, get = "/v2/export")]`.
//!
//! `#[get]` turns the function into a struct besides, so it cannot stand in `handlers(…)`: the
//! catalogue of such handlers is one without a list, and `routes![…]` mounts them.

#[cfg(feature = "source")]
pub(crate) mod tier_layer;

pub use crate::access::on_refusal::AlreadySet;

use crate::access::denied::Denied;
use crate::access::guard::Guard;
use crate::access::on_refusal::Program;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::{gate, telemetry};
use crate::endpoint::gated::Gated;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder, Response};
use rocket::{Request, async_trait};
use std::fmt;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

type Respond = dyn Fn(&Refusal, &Request<'_>) -> Response<'static> + Send + Sync;

/// How the whole program answers refusals, if not by the problem document.
static PROGRAM: Program<Respond> = Program::new();

/// Who is calling, in the request's cache, which keeps one value of each type for good. Inside of
/// it the last value counts, as in the other frameworks.
struct Caller<T>(Mutex<Option<Subscriber<T>>>);

impl<T: Tier> Caller<T> {
    fn of<'r>(request: &'r Request<'_>) -> &'r Mutex<Option<Subscriber<T>>> {
        &request.local_cache(|| Self(Mutex::new(None))).0
    }
}

/// Says who is calling, for the guards of this request. The last call counts.
///
/// It is the last step of an authentication: of a fairing, as in the [module](self)'s example, or of
/// a request guard that is mounted in front.
pub fn set_subscriber<T: Tier>(request: &Request<'_>, subscriber: Subscriber<T>) {
    // Nothing can panic while the lock is held.
    *Caller::of(request)
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(subscriber);
}

/// Lets a request through whose [`Subscriber`] has a tier that allows the handler's.
///
/// The error is the [`Refusal`]; the answer is that of the fairing [`problems`] or [`on_refusal`],
/// else that of the catchers.
#[async_trait]
impl<'r, E: Gated> FromRequest<'r> for Guard<E> {
    type Error = Refusal;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refusal> {
        let subscriber = *Caller::of(request)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let checked = gate::admit(subscriber);
        #[cfg(feature = "source")]
        let checked = crate::frameworks::rocket::tier_layer::look_up(request, checked).await;
        #[cfg(not(feature = "source"))]
        telemetry::checked(&checked, || None);
        match checked {
            Ok(guard) => Outcome::Success(guard),
            Err(refusal) => refuse(refusal, request),
        }
    }
}

#[cold]
fn refuse<E: Gated>(refusal: Refusal, request: &Request<'_>) -> Outcome<Guard<E>, Refusal> {
    gate::log(
        &refusal,
        "attach a fairing that calls `tiergate::rocket::set_subscriber`",
    );
    // The answer is written by a fairing, later.
    request.local_cache(|| Some(Refused::ByGuard(refusal)));
    Outcome::Error((Status::new(refusal.status()), refusal))
}

/// What is left in a request for the fairing that writes the answer.
enum Refused {
    /// A catcher has answered, or none has.
    ByGuard(Refusal),
    /// The handler has answered by the problem document, and may have made another answer of it.
    ByHandler(Refusal),
}

/// A fairing that answers refusals by what [`set_on_refusal`] set for the program, else by the
/// [`Problem`] document.
pub fn problems() -> Refusals {
    Refusals { respond: None }
}

/// A fairing that answers refusals: status, headers and body.
///
/// It replaces what [`set_on_refusal`] set for the program. The function gets the refusal and the
/// request, and cannot let the call through. It also answers a [`Denied`] that a handler returned, as
/// of `pass.require(Tier::Pro)?`, unless the handler made an answer of its own of it.
///
/// ```
/// use rocket::http::Status;
/// use rocket::response::Response;
/// use std::io::Cursor;
/// use tiergate::Problem;
///
/// let app = rocket::build()
///     // …
///     .attach(tiergate::rocket::on_refusal(|refusal, request| {
///         Problem::new(refusal)
///             .instance(request.uri().path().as_str())
///             .upgrade_url("https://example.com/plans")
///             .into()
///     }));
///
/// let plain = rocket::build()
///     // …
///     .attach(tiergate::rocket::on_refusal(|refusal, _request| {
///         let text = refusal.to_string();
///         Response::build()
///             .status(Status::PaymentRequired)
///             .sized_body(text.len(), Cursor::new(text))
///             .finalize()
///     }));
/// ```
pub fn on_refusal<F>(respond: F) -> Refusals
where
    F: Fn(&Refusal, &Request<'_>) -> Response<'static> + Send + Sync + 'static,
{
    Refusals {
        respond: Some(Arc::new(respond)),
    }
}

/// The fairing that [`problems`] and [`on_refusal`] make.
pub struct Refusals {
    respond: Option<Arc<Respond>>,
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals").finish_non_exhaustive()
    }
}

#[async_trait]
impl Fairing for Refusals {
    fn info(&self) -> Info {
        Info {
            name: "answers to refused tiers",
            // A second one takes the place of the first.
            kind: Kind::Response | Kind::Singleton,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let refusal = match request.local_cache(|| None::<Refused>) {
            Some(Refused::ByGuard(refusal)) => refusal,
            Some(Refused::ByHandler(refusal)) if is_document_of(refusal, response) => refusal,
            Some(Refused::ByHandler(_)) | None => return,
        };
        *response = match PROGRAM.behind(self.respond.as_ref()) {
            Some(respond) => respond(refusal, request),
            None => Problem::new(refusal)
                .instance(request.uri().path().as_str())
                .into(),
        };
    }
}

fn is_document_of(refusal: &Refusal, response: &Response<'_>) -> bool {
    response.status().code == refusal.status()
        && response.headers().get_one("Content-Type") == Some(Problem::MEDIA_TYPE)
}

/// Answers the refusals of the whole program: status, headers and body. Called once, at the start.
/// The fairing [`problems`] writes it.
///
/// # Errors
/// [`AlreadySet`], if it was called before; the first function stays.
///
/// ```
/// use rocket::response::Response;
/// use tiergate::Problem;
///
/// tiergate::rocket::set_on_refusal(|refusal, request| {
///     Problem::new(refusal)
///         .instance(request.uri().path().as_str())
///         .upgrade_url("https://example.com/plans")
///         .into()
/// })?;
/// assert!(tiergate::rocket::set_on_refusal(|_, _| Response::new()).is_err());
/// # Ok::<(), tiergate::rocket::AlreadySet>(())
/// ```
pub fn set_on_refusal<F>(respond: F) -> Result<(), AlreadySet>
where
    F: Fn(&Refusal, &Request<'_>) -> Response<'static> + Send + Sync + 'static,
{
    PROGRAM.set(Arc::new(respond))
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme; an
/// application with another scheme replaces the header.
impl From<Problem> for Response<'static> {
    fn from(problem: Problem) -> Self {
        let document = problem.to_json();
        let mut response = Self::build();
        response
            .status(Status::new(problem.status()))
            .header(Header::new("Content-Type", Problem::MEDIA_TYPE))
            .header(Header::new("Cache-Control", Problem::CACHE_CONTROL))
            .sized_body(document.len(), Cursor::new(document));
        if let Some(scheme) = problem.challenge() {
            response.header(Header::new("WWW-Authenticate", scheme));
        }
        if let Some(seconds) = problem.retry_after() {
            response.header(Header::new("Retry-After", seconds.to_string()));
        }
        response.finalize()
    }
}

/// Status and document.
impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(self.into())
    }
}

/// The problem document, so that `?` on a [`Denied`] works in a handler. The fairing [`problems`] or
/// [`on_refusal`] replaces it like the guard's own refusals.
impl<'r> Responder<'r, 'static> for Denied {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        telemetry::denied(self);
        let refusal = Refusal::from(self);
        request.local_cache(|| Some(Refused::ByHandler(refusal)));
        refusal.respond_to(request)
    }
}

/// The problem document.
impl<'r> Responder<'r, 'static> for Refusal {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(Problem::new(&self).into())
    }
}
