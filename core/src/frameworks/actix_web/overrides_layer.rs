//! `Overrides` as an actix-web middleware.

use crate::access::overrides::Overrides;
use crate::tier::Tier;
use actix_web::HttpMessage;
use actix_web::dev::{Service, ServiceRequest, Transform};
use std::fmt;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

/// Applies the overrides to an app, a scope or a resource.
///
/// If several middlewares have overrides, those of the innermost middleware apply.
///
/// ```
/// use actix_web::App;
/// use tiergate::{Catalogue, Override, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export() -> &'static str {
///     "all of it"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let overrides = Overrides::of::<Api>();
/// let app = App::new().wrap(overrides.clone()).configure(Api::configure);
///
/// overrides.replace(1, [Override::close("export")])?;
/// # ::actix_web::rt::System::new().block_on(async {
/// use actix_web::test::{TestRequest, call_service, init_service};
/// let app = init_service(app).await;
/// let request = TestRequest::get().uri("/export").to_request();
/// assert_eq!(call_service(&app, request).await.status(), 503);
/// # });
/// # Ok::<(), tiergate::InvalidOverrides>(())
/// ```
impl<S, T> Transform<S, ServiceRequest> for Overrides<T>
where
    S: Service<ServiceRequest>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Transform = OverridesMiddleware<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(OverridesMiddleware {
            inner,
            overrides: self.clone(),
        }))
    }
}

/// The service that adds the overrides to each request. [`Overrides`] creates this service as a
/// middleware.
pub struct OverridesMiddleware<S, T> {
    inner: S,
    overrides: Overrides<T>,
}

impl<S, T> fmt::Debug for OverridesMiddleware<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverridesMiddleware")
            .finish_non_exhaustive()
    }
}

impl<S, T> Service<ServiceRequest> for OverridesMiddleware<S, T>
where
    S: Service<ServiceRequest>,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        request.extensions_mut().insert(self.overrides.clone());
        self.inner.call(request)
    }
}
