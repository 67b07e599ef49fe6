//! `TierLayer` as a poem middleware.

use crate::access::caller::Caller;
use crate::frameworks::shared_lookup::SharedLookup;
use crate::source::tier_layer::TierLayer;
use crate::tier::Tier;
use poem::{Endpoint, Middleware, Request};
use std::fmt;

/// Adds a tier lookup to one route or to a group of routes.
///
/// The function passed to [`Credential::function`](crate::source::Credential::function) sees the
/// request's extensions.
///
/// ```
/// use poem::{EndpointExt, Route, get, handler};
/// use tiergate::source::{ApiKey, Credential};
/// use tiergate::{Caller, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = Route::new().at("/export", get(export)).with(tiers);
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # use poem::{Endpoint, Request};
/// let request = Request::builder().uri_str("/export").header("x-api-key", "a-key").finish();
/// assert_eq!(app.get_response(request).await.status(), 200);
/// let request = Request::builder().uri_str("/export").finish();
/// assert_eq!(app.get_response(request).await.status(), 401);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
impl<E: Endpoint, T: Tier> Middleware<E> for TierLayer<T> {
    type Output = TierEndpoint<E, T>;

    fn transform(&self, inner: E) -> Self::Output {
        TierEndpoint {
            inner,
            layer: self.clone(),
        }
    }
}

/// The endpoint that [`TierLayer`] creates.
pub struct TierEndpoint<E, T> {
    inner: E,
    layer: TierLayer<T>,
}

impl<E, T> fmt::Debug for TierEndpoint<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierEndpoint").finish_non_exhaustive()
    }
}

impl<E: Endpoint, T: Tier> Endpoint for TierEndpoint<E, T> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let lookup = SharedLookup::new(self.layer.settings.clone());
        request.extensions_mut().remove::<Caller<T>>();
        request.extensions_mut().insert(lookup);
        if let Some(overrides) = &self.layer.settings.overrides {
            request.extensions_mut().insert(overrides.clone());
        }
        self.inner.call(request).await
    }
}
