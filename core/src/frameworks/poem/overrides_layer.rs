//! `Overrides` as a poem middleware.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use poem::{Endpoint, Middleware, Request};
use std::fmt;

/// Applies the overrides to one route or to a group of routes.
///
/// If several middlewares have overrides, those of the innermost middleware apply.
///
/// ```
/// use poem::{Endpoint, EndpointExt, Request, Route, get, handler};
/// use tiergate::{Catalogue, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[handler]
/// fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let app = Route::new().at("/export", get(export)).with(overrides.clone());
///
/// overrides.replace(1, [Override::close("export")])?;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let request = Request::builder().uri_str("/export").finish();
/// assert_eq!(app.get_response(request).await.status(), 503);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<E: Endpoint, T: Tier> Middleware<E> for Overrides<T> {
    type Output = OverridesEndpoint<E, T>;

    fn transform(&self, inner: E) -> Self::Output {
        OverridesEndpoint {
            inner,
            overrides: self.clone(),
        }
    }
}

/// The endpoint that adds the overrides to each request. [`Overrides`] creates this endpoint as a
/// middleware.
pub struct OverridesEndpoint<E, T> {
    inner: E,
    overrides: Overrides<T>,
}

impl<E, T> fmt::Debug for OverridesEndpoint<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverridesEndpoint").finish_non_exhaustive()
    }
}

impl<E: Endpoint, T: Tier> Endpoint for OverridesEndpoint<E, T> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        request.extensions_mut().insert(self.overrides.clone());
        self.inner.call(request).await
    }
}
