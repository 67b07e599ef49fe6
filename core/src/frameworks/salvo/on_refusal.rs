//! Custom responses to refusals in salvo, for the whole program or for one router.

use crate::access::on_refusal::{AlreadySet, OnRefusal as SharedOnRefusal, ProgramOnRefusal};
use crate::access::refusal::Refusal;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use std::sync::Arc;

type Respond = dyn Fn(&Refusal, &Request, &mut Response) + Send + Sync;

/// The program-wide function that responds to refusals, if one is set.
static PROGRAM_ON_REFUSAL: ProgramOnRefusal<Respond> = ProgramOnRefusal::new();

/// Returns the function that responds to a refusal. The router's function takes precedence over the
/// program-wide function.
pub(super) fn effective_respond(depot: &Depot) -> Option<&Respond> {
    let router_on_refusal = depot.get_typed::<OnRefusal>().ok();
    PROGRAM_ON_REFUSAL.effective_respond(router_on_refusal.map(|layer| &layer.respond))
}

/// Creates a hoop that responds to one router's refusals with your own status, headers and body.
///
/// Your function gets the refusal, the request and the response to write to, but it can't let the call
/// through. It takes precedence over the function passed to [`set_on_refusal`]. It also responds to a
/// [`Denied`](crate::Denied) that a handler returns, for example with `pass.require(Tier::Pro)?`. The
/// function must set an error status. If an extractor's error has any other status, salvo replaces it
/// with 400.
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
    OnRefusal::of_router(Arc::new(respond))
}

/// The hoop that [`on_refusal`] creates.
pub type OnRefusal = SharedOnRefusal<Respond>;

#[async_trait]
impl Handler for OnRefusal {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        depot.insert_typed(self.clone());
    }
}

/// Sets the program-wide function that responds to refusals with your own status, headers and body.
/// Call it once, at the start.
///
/// # Errors
/// Returns [`AlreadySet`] if a function was set before. The first function stays in effect.
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
    PROGRAM_ON_REFUSAL.set(Arc::new(respond))
}
