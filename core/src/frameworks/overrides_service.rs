//! `Overrides` as a tower layer, for axum and for other services.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use http::Request;
use std::fmt;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Applies the overrides to all requests to the inner service.
///
/// ```
/// use axum::Router;
/// use tiergate::{Catalogue, Overrides, requires_tier};
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, get = "/export")]
/// async fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let app: Router = Api::router().layer(overrides.clone());
/// ```
impl<T, S> Layer<S> for Overrides<T> {
    type Service = OverridesService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        OverridesService {
            inner,
            overrides: self.clone(),
        }
    }
}

/// The service that [`Overrides`] creates as a tower layer. It adds the overrides to each request.
pub struct OverridesService<S, T> {
    inner: S,
    overrides: Overrides<T>,
}

impl<S: Clone, T> Clone for OverridesService<S, T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            overrides: self.overrides.clone(),
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for OverridesService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverridesService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, T, B> Service<Request<B>> for OverridesService<S, T>
where
    S: Service<Request<B>>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.overrides.add_to(request.extensions_mut());
        self.inner.call(request)
    }
}
