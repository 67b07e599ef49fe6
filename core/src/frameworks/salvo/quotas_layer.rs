//! `Quotas` as a salvo hoop.

use crate::frameworks::quota_headers::insert_headers;
use crate::quota::in_request::RequestQuotas;
use crate::quota::quotas::Quotas;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

/// Applies the quotas to a router and to the routers below it, and adds `RateLimit-Policy` and `RateLimit`
/// to the responses of limited endpoints.
///
/// Callers who have neither an id nor an API key are limited by the address of their connection. Behind a
/// proxy, use [`Quotas::trusted_proxies`]. If several `Quotas` are nested, the innermost applies.
///
/// ```
/// # use salvo_core as salvo;
/// use salvo::{Depot, Router, Writer, handler};
/// use tiergate::{Caller, Catalogue, Quotas, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export", limit = "2/minute")]
/// #[handler]
/// async fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// # #[handler]
/// # async fn authenticate(depot: &mut Depot) {
/// #     depot.insert_typed(Caller::new(Tier::Plus).with_id("customer-7"));
/// # }
/// let quotas = Quotas::local::<Api>();
/// let router = Router::new()
///     .hoop(quotas.clone())
///     .hoop(authenticate)
///     .push(Router::with_path("export").get(export));
/// # let _ = router;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # use salvo::{FlowCtrl, Handler, Request, Response};
/// # use std::sync::Arc;
/// # for status in [200, 200, 429] {
/// #     let (mut request, mut depot) = (Request::new(), Depot::new());
/// #     let mut response = Response::new();
/// #     let handlers: Vec<Arc<dyn Handler>> =
/// #         vec![Arc::new(quotas.clone()), Arc::new(authenticate), Arc::new(export)];
/// #     FlowCtrl::new(handlers).call_next(&mut request, &mut depot, &mut response).await;
/// #     assert_eq!(response.status_code.map_or(200, |status| status.as_u16()), status);
/// #     assert!(response.headers().contains_key("ratelimit"));
/// # }
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
impl Handler for Quotas {
    async fn handle(
        &self,
        request: &mut Request,
        depot: &mut Depot,
        response: &mut Response,
        flow: &mut FlowCtrl,
    ) {
        let quotas = RequestQuotas::new(self);
        depot.insert_typed(quotas.clone());
        flow.call_next(request, depot, response).await;
        if let Some(state) = quotas.take_state() {
            insert_headers(&state, response.headers_mut());
        }
    }
}
