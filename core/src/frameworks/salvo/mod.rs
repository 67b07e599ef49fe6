//! salvo 1 (feature `salvo`): the guard as an extractor, the answer to a refusal.
//!
//! [`Guard`] is the handler's first parameter, so it decides before the body is read. It looks for
//! a [`Subscriber`] in the depot, where a hoop put it:
//!
//! ```
//! # use salvo_core as salvo;
//! use salvo::{Depot, Request, Router, Writer, handler};
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
//! #[handler]
//! async fn authenticate(request: &mut Request, depot: &mut Depot) {
//!     let key = request.headers().get("x-api-key").map(|key| key.as_bytes());
//!     depot.insert_typed(match key {
//!         Some(b"plus-key") => Subscriber::new(Tier::Plus),
//!         Some(b"free-key") => Subscriber::new(Tier::Free),
//!         _ => Subscriber::unknown(),
//!     });
//! }
//!
//! let router = Router::new().hoop(authenticate).push(Router::with_path("export").get(export));
//!
//! # let _ = router;
//! assert!(Api::find("GET", "/export").is_some());
//! ```
//!
//! # CORS
//! Add the CORS hoop to the service, `Service::new(router).hoop(cors)`, and the authentication hoop to
//! the router. A hoop of a router runs only for requests that match one of its routes, and a preflight
//! request (`OPTIONS`) matches none.
//!
//! A browser sends a preflight request without credentials, so it must be answered before anything asks
//! who is calling. The order also gives a refusal its CORS headers.
//!
//! # Order of attributes
//! `#[requires_tier(…)]` stands above `#[handler]`: below it, the code that `#[handler]` wrote would not
//! see the guard, which is an error that says so:
//!
//! ```compile_fail
//! # use salvo_core::{Writer, handler};
//! # use tiergate::requires_tier;
//! # #[derive(Clone, Copy, tiergate::Tier)]
//! # enum Tier { Free, Plus }
//! #[handler]
//! #[requires_tier(Plus)]
//! fn export() {}
//! ```
//!
//! `#[handler]` turns the function into a struct, so it cannot stand in `handlers(…)`: the catalogue
//! of such handlers is one without a list, and salvo's `Router` mounts them.

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
use crate::frameworks::problem::head::announce_close;
use salvo_core::extract::{Extractible, Metadata};
use salvo_core::http::Body as _;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, Scribe, Writer, async_trait};
use std::fmt;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &Request, &mut Response) + Send + Sync;

/// How the whole program answers refusals, if not by the problem document.
static PROGRAM: Program<Respond> = Program::new();

/// Lets a request through whose [`Subscriber`] has a tier that allows the handler's.
///
/// The error writes the answer: that of the router, else that of the program, else the [`Problem`]
/// document.
impl<'ex, E: Gated> Extractible<'ex> for Guard<E> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("");
        &METADATA
    }

    #[allow(refining_impl_trait)]
    #[cfg_attr(not(feature = "source"), allow(unused_variables))]
    async fn extract(request: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Refused> {
        let subscriber = depot.get_typed::<Subscriber<E::Tier>>().ok();
        let checked = gate::admit(subscriber.copied());
        #[cfg(feature = "source")]
        let checked = crate::frameworks::salvo::tier_layer::look_up(request, depot, checked).await;
        #[cfg(not(feature = "source"))]
        telemetry::checked(&checked, || None);
        checked.map_err(Refused)
    }
}

/// The error of the guard as an extractor. What it writes is the answer to the refusal.
#[derive(Clone, Copy, Debug)]
pub struct Refused(Refusal);

#[async_trait]
impl Writer for Refused {
    async fn write(self, request: &mut Request, depot: &mut Depot, response: &mut Response) {
        let refusal = &self.0;
        gate::log(
            refusal,
            "add your authentication hoop to the router of this route",
        );
        let router = depot.get_typed::<OnRefusal>().ok();
        match PROGRAM.behind(router.map(|router| &router.0)) {
            Some(respond) => respond(refusal, request, response),
            None => Problem::new(refusal)
                .instance(request.uri().path())
                .render(response),
        }
        if !request.body().is_end_stream() {
            announce_close(request.version(), response.headers_mut());
        }
    }
}

/// A hoop that answers the refusals of one router: status, headers and body.
///
/// It replaces what [`set_on_refusal`] set for the program. The function gets the refusal, the
/// request and the response to write to, and cannot let the call through. It also answers a
/// [`Denied`] that a handler returned, as of `pass.require(Tier::Pro)?`. The status must be an
/// error's: salvo makes 400 of any other that an extractor gives.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::http::StatusCode;
/// use salvo::{Router, Scribe};
/// use tiergate::Problem;
///
/// let router = Router::new()
///     // …
///     .hoop(tiergate::salvo::on_refusal(|refusal, request, response| {
///         Problem::new(refusal)
///             .instance(request.uri().path())
///             .upgrade_url("https://example.com/plans")
///             .render(response);
///     }));
///
/// let plain = Router::new()
///     // …
///     .hoop(tiergate::salvo::on_refusal(|refusal, _request, response| {
///         response.status_code(StatusCode::PAYMENT_REQUIRED);
///         refusal.to_string().render(response);
///     }));
/// ```
pub fn on_refusal<F>(respond: F) -> OnRefusal
where
    F: Fn(&Refusal, &Request, &mut Response) + Send + Sync + 'static,
{
    OnRefusal(Arc::new(respond))
}

/// The hoop that [`on_refusal`] makes.
#[derive(Clone)]
pub struct OnRefusal(Arc<Respond>);

impl fmt::Debug for OnRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRefusal").finish_non_exhaustive()
    }
}

#[async_trait]
impl Handler for OnRefusal {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        depot.insert_typed(self.clone());
    }
}

/// Answers the refusals of the whole program: status, headers and body. Called once, at the start.
///
/// # Errors
/// [`AlreadySet`], if it was called before; the first function stays.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::Scribe;
/// use tiergate::Problem;
///
/// tiergate::salvo::set_on_refusal(|refusal, request, response| {
///     Problem::new(refusal)
///         .instance(request.uri().path())
///         .upgrade_url("https://example.com/plans")
///         .render(response);
/// })?;
/// assert!(tiergate::salvo::set_on_refusal(|_, _, _| ()).is_err());
/// # Ok::<(), tiergate::salvo::AlreadySet>(())
/// ```
pub fn set_on_refusal<F>(respond: F) -> Result<(), AlreadySet>
where
    F: Fn(&Refusal, &Request, &mut Response) + Send + Sync + 'static,
{
    PROGRAM.set(Arc::new(respond))
}

/// Status and document. A 401 carries `WWW-Authenticate: Bearer`, as one must name a scheme; an
/// application with another scheme replaces the header.
impl Scribe for Problem {
    fn render(self, response: &mut Response) {
        let status = self.write_head(response.headers_mut());
        response.status_code(status);
        response.replace_body(self.to_json().into());
    }
}

/// The same answer as the guard's, so that `?` works in a handler: that of the router, else that of the
/// program, else the [`Problem`] document. Where a handler writes to its response itself, a
/// [`Refusal`] can be rendered.
#[async_trait]
impl Writer for Denied {
    async fn write(self, request: &mut Request, depot: &mut Depot, response: &mut Response) {
        telemetry::denied(self);
        let refused = Refused(Refusal::from(self));
        refused.write(request, depot, response).await;
    }
}

/// The problem document.
impl Scribe for Refusal {
    fn render(self, response: &mut Response) {
        Problem::new(&self).render(response);
    }
}
