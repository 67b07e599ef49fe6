//! `TierLayer` as a salvo hoop.

use crate::access::caller::Caller;
use crate::frameworks::shared_lookup::SharedLookup;
use crate::source::tier_layer::TierLayer;
use crate::tier::Tier;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Adds a tier lookup to a router and to the routers below it.
///
/// Handlers extract the [`Caller`], or get it from the depot: `depot.get_typed::<Caller<Tier>>()`. The
/// function passed to [`Credential::function`](crate::source::Credential::function) sees the request's
/// extensions.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::{Router, Writer, handler};
/// use tiergate::source::{ApiKey, Credential};
/// use tiergate::{Caller, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// async fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
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
        let _ = depot.remove_typed::<Caller<T>>();
        depot.insert_typed(SharedLookup::new(self.settings.clone()));
        if let Some(overrides) = &self.settings.overrides {
            depot.insert_typed(overrides.clone());
        }
    }
}
