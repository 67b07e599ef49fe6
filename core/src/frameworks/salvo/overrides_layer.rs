//! `Overrides` as a salvo hoop.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Applies the overrides to a router and to the routers below it.
///
/// If several hoops have overrides, those of the innermost hoop apply.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::{Router, Writer, handler};
/// use tiergate::{Catalogue, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// async fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let router = Router::new().hoop(overrides.clone()).push(Router::with_path("export").get(export));
///
/// overrides.replace(1, [Override::close("export")])?;
/// # let _ = router;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # use salvo::{Depot, FlowCtrl, Handler, Request, Response};
/// # use std::sync::Arc;
/// # let (mut request, mut depot) = (Request::new(), Depot::new());
/// # let mut response = Response::new();
/// # let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(overrides), Arc::new(export)];
/// # FlowCtrl::new(handlers).call_next(&mut request, &mut depot, &mut response).await;
/// // A request for `/export` now gets this response:
/// assert_eq!(response.status_code.map(|status| status.as_u16()), Some(503));
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
impl<T: Tier> Handler for Overrides<T> {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        depot.insert_typed(self.clone());
    }
}
