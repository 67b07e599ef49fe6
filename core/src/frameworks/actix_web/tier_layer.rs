//! `TierLayer` as an actix-web middleware.

use crate::access::caller::Caller;
use crate::catalogue::{Catalogue, DerivedCatalogue};
use crate::endpoint::Endpoint;
use crate::endpoint::registry::registry;
use crate::frameworks::actix_web::caller::{is_closed, look_up};
use crate::frameworks::actix_web::request_head::LookedUpHead;
use crate::frameworks::shared_lookup::SharedLookup;
use crate::route::index::Routes;
use crate::source::tier_layer::TierLayer;
use crate::tier::Tier;
use actix_web::HttpMessage;
use actix_web::dev::{Service, ServiceRequest, Transform};
use futures_util::future::Either;
use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::OnceLock;
use std::task::{Context, Poll};

/// Adds a tier lookup to an app or a scope.
///
/// The function passed to [`Credential::function`](crate::source::Credential::function) sees the
/// request's HTTP method, URI and headers.
///
/// actix-web starts all of a handler's extractors at once. If the guard waited for the lookup, the
/// other extractors would run in the meantime. The layer therefore looks up the caller before it
/// forwards the request.
///
/// The layer performs the lookup if the request matches a gated endpoint. It also performs the lookup
/// if the request matches a resource that isn't in the registry (for example, because the handler's
/// attribute has no route). The layer skips the lookup for public endpoints and for requests that match
/// no resource. If a middleware behind the layer changes the request's HTTP method, URI or headers, the
/// guard looks up the caller again.
///
/// ```
/// use actix_web::App;
/// use tiergate::source::{ApiKey, Credential};
/// use tiergate::{Caller, Catalogue, TierLayer, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export(caller: Caller<Tier>) -> String {
///     format!("for {}", caller.id().unwrap_or("somebody"))
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// let everybody = |_: ApiKey| async { Ok(Some(Tier::Plus)) };
/// let tiers = TierLayer::new(everybody).credential(Credential::header("x-api-key"));
/// let app = App::new().wrap(tiers).configure(Api::configure);
///
/// # ::actix_web::rt::System::new().block_on(async {
/// use actix_web::test::{TestRequest, call_service, init_service};
/// let app = init_service(app).await;
/// let request = TestRequest::get().uri("/export").insert_header(("x-api-key", "a-key"));
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
/// let request = TestRequest::get().uri("/export");
/// assert_eq!(call_service(&app, request.to_request()).await.status(), 401);
/// # });
/// ```
impl<S, T> Transform<S, ServiceRequest> for TierLayer<T>
where
    S: Service<ServiceRequest> + 'static,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Transform = TierMiddleware<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TierMiddleware {
            inner: Rc::new(inner),
            layer: self.clone(),
        }))
    }
}

/// The service that [`TierLayer`] creates.
pub struct TierMiddleware<S, T> {
    inner: Rc<S>,
    layer: TierLayer<T>,
}

impl<S, T> fmt::Debug for TierMiddleware<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierMiddleware").finish_non_exhaustive()
    }
}

type ResponseFuture<S> = Pin<
    Box<
        dyn Future<
            Output = Result<
                <S as Service<ServiceRequest>>::Response,
                <S as Service<ServiceRequest>>::Error,
            >,
        >,
    >,
>;

impl<S, T> Service<ServiceRequest> for TierMiddleware<S, T>
where
    S: Service<ServiceRequest> + 'static,
    T: Tier,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, ResponseFuture<S>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let lookup = SharedLookup::new(self.layer.settings.clone());
        {
            let mut extensions = request.extensions_mut();
            extensions.remove::<Caller<T>>();
            extensions.remove::<LookedUpHead<T>>();
            extensions.insert(lookup.clone());
            if let Some(overrides) = &self.layer.settings.overrides {
                extensions.insert(overrides.clone());
            }
        }
        if !may_reach_a_guard::<T>(&request) {
            return Either::Left(self.inner.call(request));
        }
        let inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            look_up(request.request(), &lookup).await;
            inner.call(request).await
        }))
    }
}

/// Predicts before routing whether the request will reach a guard with this tier enum. If the
/// prediction is wrong, the guard performs the lookup itself.
fn may_reach_a_guard<T: Tier>(request: &ServiceRequest) -> bool {
    let registered = Registry::<T>::find(request.method().as_str(), request.uri().path());
    if registered.is_some_and(|endpoint| is_closed::<T>(request, *endpoint)) {
        return false;
    }
    if registered.is_some_and(Endpoint::is_of::<T>) {
        return true;
    }
    // No endpoint with this tier enum is registered for this path. However, the app may have mounted a
    // handler here whose attribute states a different path. In that case, the pattern of the matched
    // resource differs from the path of the registered endpoint.
    let Some(pattern) = request.match_pattern() else {
        return false;
    };
    let registered_path = registered.and_then(Endpoint::path);
    registered_path.is_none_or(|path| {
        !crate::frameworks::actix_web::route_pattern::route_patterns(path).contains(&pattern)
    })
}

/// A catalogue of every annotated handler in the program.
struct Registry<T>(PhantomData<T>);

impl<T> DerivedCatalogue for Registry<T> {}

impl<T: Tier> Catalogue for Registry<T> {
    type Tier = T;

    fn endpoints() -> &'static [Endpoint] {
        registry()
    }

    fn __routes() -> Routes {
        static ROUTES: OnceLock<Routes> = OnceLock::new();
        *ROUTES.get_or_init(|| Routes::of(registry()))
    }
}
