//! `TierLayer` as a hoop of salvo.

use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
use crate::access::subscriber::Subscriber;
use crate::access::telemetry;
use crate::endpoint::gated::Gated;
use crate::frameworks::shared::Question;
use crate::source::layer::TierLayer;
use crate::tier::Tier;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use std::sync::Arc;

/// Adds a tier lookup to a router and to the routers below it.
///
/// After the guard has let a call through, the depot contains the [`Caller`](crate::source::Caller):
/// `depot.get_typed::<Caller<Tier>>()`. A [`Credential::function`](crate::source::Credential::function) sees
/// the request's extensions.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::{Depot, Router, Writer, handler};
/// use tiergate::source::{ApiKey, Caller, Credential};
/// use tiergate::{TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// async fn export(depot: &mut Depot) -> String {
///     let caller = depot.get_typed::<Caller<Tier>>().ok();
///     format!("for {}", caller.and_then(Caller::id).unwrap_or("somebody"))
/// }
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let router = Router::new().hoop(tiers).push(Router::with_path("export").get(export));
/// # let _ = router;
/// ```
#[async_trait]
impl<T: Tier> Handler for TierLayer<T> {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        let _ = depot.remove_typed::<Subscriber<T>>();
        depot.insert_typed(Question::new(self.settings.clone()));
    }
}

/// Looks up the caller if the request passed a [`TierLayer`], and reports the check to telemetry.
pub(crate) async fn look_up<E: Gated>(
    request: &Request,
    depot: &mut Depot,
    admitted: Result<Guard<E>, Refusal>,
) -> Result<Guard<E>, Refusal> {
    let question = depot.get_typed::<Arc<Question<E::Tier>>>().ok().cloned();
    let checked = match (admitted, &question) {
        (Err(Refusal::MissingLayer(_)), Some(question)) => {
            question.check(|| Some(head(request))).await
        }
        (admitted, _) => admitted,
    };
    telemetry::checked(&checked, || question.as_ref()?.name());
    if let Some(caller) = question.and_then(|question| question.caller()) {
        depot.insert_typed(caller);
    }
    checked
}

fn head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}
