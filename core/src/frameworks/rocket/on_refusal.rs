//! The fairings that respond to refusals in rocket, and the response for the whole program.

use crate::access::on_refusal::{AlreadySet, ProgramOnRefusal};
use crate::access::refusal::Refusal;
use crate::frameworks::problem::Problem;
#[cfg(feature = "quota")]
use crate::frameworks::rocket::quotas_layer;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::response::Response;
use rocket::{Request, async_trait};
use std::fmt;
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &Request<'_>) -> Response<'static> + Send + Sync;

/// The program-wide function that responds to refusals, if one is set.
static PROGRAM_ON_REFUSAL: ProgramOnRefusal<Respond> = ProgramOnRefusal::new();

/// A refusal in the request's local cache. The fairing that writes the response reads it from there.
pub(super) enum StoredRefusal {
    /// The guard refused the call. A catcher may have written a response, which the fairing replaces.
    ByGuard(Refusal),
    /// The handler returned a `Denied`. The fairing replaces the response only if it still looks like
    /// the problem document of this refusal.
    ByHandler(Refusal),
}

/// Creates a fairing that responds to refusals with the function in [`set_on_refusal`], or with the
/// [`Problem`] document if no function is set.
pub fn problems() -> Refusals {
    Refusals { respond: None }
}

/// Creates a fairing that responds to refusals with your own status, headers and body.
///
/// Your function gets the refusal and the request, but it can't let the call through. It takes
/// precedence over the function passed to [`set_on_refusal`]. It also responds to a
/// [`Denied`](crate::Denied) that a handler returns, for example with `pass.require(Tier::Pro)?`,
/// unless the handler converted the error into another response.
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

/// The fairing that [`problems`] and [`on_refusal`] create.
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
            name: "responses to refused tiers",
            // A second fairing of this type replaces the first.
            kind: Kind::Response | Kind::Singleton,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let refusal = match request.local_cache(|| None::<StoredRefusal>) {
            Some(StoredRefusal::ByGuard(refusal)) => refusal,
            Some(StoredRefusal::ByHandler(refusal))
                if is_problem_document_of(refusal, response) =>
            {
                refusal
            }
            Some(StoredRefusal::ByHandler(_)) | None => return,
        };
        *response = match PROGRAM_ON_REFUSAL.effective_respond(self.respond.as_ref()) {
            Some(respond) => respond(refusal, request),
            None => Problem::new(refusal)
                .instance(request.uri().path().as_str())
                .into(),
        };
        #[cfg(feature = "quota")]
        quotas_layer::add_headers(request, response);
    }
}

fn is_problem_document_of(refusal: &Refusal, response: &Response<'_>) -> bool {
    response.status().code == refusal.status()
        && response.headers().get_one("Content-Type") == Some(Problem::MEDIA_TYPE)
}

/// Sets the program-wide function that responds to refusals with your own status, headers and body.
/// Call it once, at the start. The fairing [`problems`] writes the response.
///
/// # Errors
/// Returns [`AlreadySet`] if a function was set before. The first function stays in effect.
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
    PROGRAM_ON_REFUSAL.set(Arc::new(respond))
}
