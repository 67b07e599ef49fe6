//! The audited router, which checks its routes against a catalogue.

pub(crate) mod mountable;
pub(crate) mod mounted_routes;
pub(crate) mod restricted_fallback;
#[cfg(test)]
mod tests;
pub(crate) mod unaudited;
pub(super) mod ungated_route;

use self::mountable::{MountableMethods, MountableRouter, UnbuiltRouter};
use self::mounted_routes::{ExpectedEndpoint, MountedRoutes};
use self::restricted_fallback::RestrictedFallback;
use self::unaudited::Unaudited;
use self::ungated_route::refuse_ungated;
use crate::catalogue::Catalogue;
#[cfg(feature = "quota")]
use crate::frameworks::axum::catalogue_router::expecting_quotas;
use crate::frameworks::axum::catalogue_router::{ListedHandlers, Mounted, listed_handlers};
use crate::frameworks::axum::gated_parameters::GatedParameters;
use crate::frameworks::axum::method_filter::on_method;
use crate::frameworks::axum::route_audit::{MountedRoute, RouteAudit, UNGATED};
use crate::frameworks::axum::routing::{
    AuditResults, MethodRouter, RecordedHandler, method_router_for,
};
use crate::route::method::Method;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::Route;
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use tower_layer::Layer;
use tower_service::Service;

/// A router that runs only the handlers in its catalogue.
///
/// Use it like [`axum::Router`], with [`get`](super::routing::get), `post` and their siblings from
/// [`tiergate::axum::routing`](super::routing). The router mounts a handler if the catalogue `C` lists
/// the handler's function, gated or public, for the route's HTTP method and path. Otherwise, the router
/// refuses every call to the route: it responds with 500 and the code `ungated_route`, and logs an
/// error that names the function. In a test, [`audit`](Self::audit) reports routes that are mounted but
/// not listed, listed but not mounted, or mounted twice.
///
/// ```
/// use tiergate::axum::AuditedRouter;
/// use tiergate::axum::routing::{delete, get};
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/calls/{id}")]
/// async fn call() {}
///
/// #[requires_tier(Plus, delete = "/calls/{id}")]
/// async fn close_call() {}
///
/// async fn debug() -> &'static str {
///     "everything"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, state = (), handlers(call, close_call))]
/// struct Api;
///
/// # use tower::ServiceExt;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = AuditedRouter::<Api>::new()
///     .route("/calls/{id}", get(call).delete(close_call))
///     .route("/debug", get(debug));
/// assert!(app.audit().to_string().starts_with("GET /debug is mounted but missing from the catalogue"));
///
/// let request = axum::extract::Request::get("/debug").body(axum::body::Body::empty())?;
/// assert_eq!(app.into_router().oneshot(request).await?.status(), 500);
/// # Ok(())
/// # }
/// ```
///
/// [`merge`](Self::merge) and [`nest`](Self::nest) accept the audited routers of other catalogues. `C`
/// must contain all their endpoints, so let `C` [`include`](crate::Catalogue) those catalogues.
///
/// A service, such as a file server, has no functions that a catalogue could list. To mount a service,
/// call it from a public handler that the catalogue lists. Alternatively, wrap the service in
/// [`unaudited`](fn@crate::axum::unaudited) and give a reason, which the [audit](RouteAudit::unaudited)
/// lists.
///
/// # What is not audited
/// - Middleware. A layer sees every request and may respond to it without calling a handler.
/// - Anything that you add to the router after [`into_router`](Self::into_router).
#[must_use = "a router has no effect until it is served"]
pub struct AuditedRouter<C, S = ()> {
    routes: MountedRoutes,
    /// The steps that build the router. They run in `into_router`, when each route's whole path is known.
    steps: Vec<RouterStep<S>>,
    /// The functions that the catalogue lists. They are collected the first time that a route has to be
    /// compared with them.
    listed: Option<Arc<ListedHandlers>>,
    catalogue: PhantomData<fn() -> C>,
}

type RouterStep<S> = Arc<dyn Fn(Router<S>, &mut AuditResults) -> Router<S> + Send + Sync>;

fn build_router<S>(steps: &[RouterStep<S>], audit_results: &mut AuditResults) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let run_step = |router, step: &RouterStep<S>| step(router, audit_results);
    steps.iter().fold(Router::new(), run_step)
}

macro_rules! methods {
    ($($name:ident $method:ident $word:literal)*) => {
        $(
            #[doc = concat!("Mounts a gated handler for ", $word, " at this path. A handler without a guard does not compile.")]
            pub fn $name<H, T>(self, path: &str, handler: H) -> Self
            where
                H: Handler<T, S>,
                T: GatedParameters + 'static,
            {
                let methods = method_router_for(Method::$method, handler);
                self.mount_methods(path, methods, |_| ExpectedEndpoint::Listed(T::ENDPOINT))
            }
        )*
    };
}

impl<C, S> AuditedRouter<C, S>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    /// Creates a router without routes.
    pub fn new() -> Self {
        Self {
            routes: MountedRoutes::default(),
            steps: Vec::new(),
            listed: None,
            catalogue: PhantomData,
        }
    }

    fn add_step(
        mut self,
        step: impl Fn(Router<S>, &mut AuditResults) -> Router<S> + Send + Sync + 'static,
    ) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// Mounts handlers at a path, like [`axum::Router::route`].
    ///
    /// The catalogue needs a `handlers(…)` list, and the list must contain each function that you
    /// mount, even public handlers. You can't mount closures, or functions wrapped by
    /// [`Handler::layer`], because the list can't contain them.
    ///
    /// To mount one of axum's own method routers, wrap it in [`unaudited`](fn@crate::axum::unaudited).
    pub fn route<M>(self, path: &str, methods: M) -> Self
    where
        M: MountableMethods<C, S>,
    {
        methods.mount(path, self)
    }

    /// Mounts each of the catalogue's handlers at the route in the handler's attribute.
    pub fn catalogue(mut self) -> Self
    where
        C: Mounted<S>,
    {
        let routes = || {
            let endpoints = C::endpoints().iter();
            endpoints.filter_map(|endpoint| Some((endpoint, endpoint.route()?)))
        };
        for (endpoint, (method, path)) in routes() {
            let expected = ExpectedEndpoint::Listed(*endpoint);
            self.routes
                .add(method.as_str(), path, endpoint.name(), expected);
        }
        self.add_step(move |router, audit_results| {
            let audit_results: Vec<_> = audit_results.take(routes().count()).collect();
            let listed_routes = audit_results
                .iter()
                .filter(|route| route.endpoint.is_some());
            if listed_routes.count() == routes().count() {
                return router.merge(<C as Mounted<S>>::router());
            }
            // This router is nested below a prefix, so none of its handlers would be served at the path
            // in the handler's attribute.
            let ungated_routes = routes().zip(audit_results);
            ungated_routes.fold(router, |router, ((_, (method, path)), route)| {
                router.route(path, on_method(method, refuse_ungated(route)))
            })
        })
    }

    methods! {
        get Get "GET"
        post Post "POST"
        put Put "PUT"
        patch Patch "PATCH"
        delete Delete "DELETE"
        head Head "HEAD"
        options Options "OPTIONS"
        connect Connect "CONNECT"
        any Any "every method without another handler"
    }

    /// Mounts a handler without a guard for one of the catalogue's public endpoints.
    ///
    /// `public` accepts any function, because it compares only the HTTP method and the path with the
    /// catalogue. [`route`](Self::route) also checks that the catalogue lists the function.
    ///
    /// # Panics
    /// Panics if an endpoint can't have this HTTP method.
    // `method` is taken by value, because it is usually a constant, and `Method::GET` is easier to
    // write than `&Method::GET`.
    #[allow(clippy::needless_pass_by_value)]
    pub fn public<H, T>(self, method: axum::http::Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let Some(method) = Method::of(method.as_str()) else {
            panic!("endpoints cannot have the method {method}; mount `{path}` with another method");
        };
        self.mount_methods(path, method_router_for(method, handler), |_| {
            ExpectedEndpoint::Public
        })
    }

    /// Mounts each handler whose `expected` endpoint is in the catalogue. Refuses calls to the other
    /// handlers.
    fn mount_methods(
        mut self,
        path: &str,
        methods: MethodRouter<S>,
        expected: impl Fn(&RecordedHandler) -> ExpectedEndpoint,
    ) -> Self {
        for recorded in methods.handlers() {
            let expected = expected(recorded);
            self.routes
                .add(recorded.method, path, recorded.handler, expected);
        }
        let path = path.to_owned();
        self.add_step(
            move |router, audit_results| match methods.build(audit_results) {
                Some(methods) => router.route(&path, methods),
                None => router,
            },
        )
    }

    /// Mounts another router's routes below a prefix. The other router is an `AuditedRouter`, or a
    /// router wrapped in [`unaudited`](fn@crate::axum::unaudited).
    ///
    /// This router looks up each nested route in its own catalogue `C`, by the route's whole path.
    ///
    /// ```
    /// # use tiergate::{Catalogue, axum::AuditedRouter, axum::routing::get, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[requires_tier(Plus, get = "/v1/export")]
    /// async fn export() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, state = (), handlers(export))]
    /// struct Exports;
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, state = (), include(Exports))]
    /// struct Api;
    ///
    /// fn exports() -> AuditedRouter<Exports> {
    ///     AuditedRouter::new().route("/export", get(export))
    /// }
    ///
    /// assert!(AuditedRouter::<Api>::new().nest("/v1", exports()).audit().is_clean());
    /// assert!(!AuditedRouter::<Api>::new().nest("/v2", exports()).audit().is_clean());
    /// ```
    pub fn nest<P>(mut self, prefix: &str, router: P) -> Self
    where
        P: MountableRouter<S>,
    {
        let UnbuiltRouter { routes, build } = router.into_unbuilt();
        self.routes.nest(prefix, routes);
        let prefix = prefix.to_owned();
        self.add_step(move |outer, audit_results| outer.nest(&prefix, build(audit_results)))
    }

    /// Adds another router's routes. The other router is an `AuditedRouter`, or a router wrapped in
    /// [`unaudited`](fn@crate::axum::unaudited).
    ///
    /// This router looks up each of the other router's routes in its own catalogue `C`.
    pub fn merge<P>(mut self, other: P) -> Self
    where
        P: MountableRouter<S>,
    {
        let UnbuiltRouter { routes, build } = other.into_unbuilt();
        self.routes.merge(routes);
        self.add_step(move |router, audit_results| router.merge(build(audit_results)))
    }

    /// Mounts an unaudited service at a path, like [`axum::Router::route_service`].
    pub fn route_service<T>(self, path: &str, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        let route = path.to_owned();
        self.mount_unaudited(reason, path, move |router| {
            router.route_service(&route, inner.clone())
        })
    }

    /// Mounts an unaudited service below a prefix, like [`axum::Router::nest_service`].
    pub fn nest_service<T>(self, prefix: &str, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        let route = prefix.to_owned();
        self.mount_unaudited(reason, prefix, move |router| {
            router.nest_service(&route, inner.clone())
        })
    }

    /// Sets an unaudited service for requests that no route matches, like
    /// [`axum::Router::fallback_service`].
    pub fn fallback_service<T>(self, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        self.mount_unaudited(reason, "/{*path}", move |router| {
            router.fallback_service(inner.clone())
        })
    }

    fn mount_unaudited(
        mut self,
        reason: Cow<'static, str>,
        path: &str,
        mount: impl Fn(Router<S>) -> Router<S> + Send + Sync + 'static,
    ) -> Self {
        self.routes.add_unaudited(reason, path);
        self.add_step(move |router, _| mount(router))
    }

    /// Returns the functions that the catalogue lists.
    fn listed_handlers(&mut self) -> Arc<ListedHandlers>
    where
        C: Mounted<S>,
    {
        let record_handlers = || Arc::new(listed_handlers::<C, S>());
        self.listed.get_or_insert_with(record_handlers).clone()
    }

    /// Wraps the routes and the fallback added so far in a layer, like [`axum::Router::layer`].
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.add_step(move |router, _| router.layer(layer.clone()))
    }

    /// Wraps the routes added so far in a layer, like [`axum::Router::route_layer`]. Add at least one
    /// route before the layer.
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.add_step(move |router, _| router.route_layer(layer.clone()))
    }

    /// Sets the handler for requests that no route matches.
    ///
    /// A fallback isn't an endpoint, so it may only redirect or report an error (3xx, 4xx, 5xx). The
    /// router replaces any other response, such as a success or a protocol switch, with the refusal of
    /// an ungated route. The fallback has already run by then, so its side effects remain, but the
    /// client doesn't get its response.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add_step(move |router, _| router.fallback(RestrictedFallback(handler.clone())))
    }

    /// Sets the handler for HTTP methods that a path doesn't support. Its responses are restricted in
    /// the same way as those of a [`fallback`](Self::fallback).
    pub fn method_not_allowed_fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add_step(move |router, _| {
            router.method_not_allowed_fallback(RestrictedFallback(handler.clone()))
        })
    }

    /// Sets the handlers' state, like [`axum::Router::with_state`].
    pub fn with_state<S2>(self, state: S) -> AuditedRouter<C, S2>
    where
        S2: Clone + Send + Sync + 'static,
    {
        let steps = self.steps;
        let with_state = move |_: Router<S2>, audit_results: &mut AuditResults| {
            build_router(&steps, audit_results).with_state(state.clone())
        };
        AuditedRouter {
            routes: self.routes,
            steps: vec![Arc::new(with_state)],
            listed: None,
            catalogue: PhantomData,
        }
    }

    /// Returns every route with its audit result, in mounting order. The audit assumes that this router
    /// isn't nested in another router. The list doesn't contain routes that you mounted with
    /// [`unaudited`](fn@crate::axum::unaudited).
    pub fn routes(&self) -> Vec<MountedRoute> {
        self.routes.audit_results::<C>()
    }

    /// Audits the mounted routes and the catalogue.
    ///
    /// # Panics
    /// Panics in the same cases as [`into_router`](Self::into_router).
    pub fn audit(&self) -> RouteAudit {
        let routes = self.routes();
        // Builds the router so that the audit panics if axum rejects a route.
        drop(build_router(&self.steps, &mut routes.clone().into_iter()));
        let routes_where = |is_finding: fn(&MountedRoute) -> bool| {
            let routes = routes.iter().filter(|route| is_finding(route));
            routes.cloned().collect()
        };
        RouteAudit {
            catalogue: C::audit().without_overlaps(),
            ungated: routes_where(|route| route.endpoint.is_none()),
            twice: routes_where(|route| route.is_second),
            not_mounted: self.routes.unmounted_endpoints::<C>(),
            unaudited: self.routes.unaudited().to_vec(),
        }
    }

    /// Builds the axum router. Anything that you add to the built router is not audited.
    ///
    /// # Panics
    /// Like axum's router, panics in these cases:
    ///
    /// - A path is malformed or conflicts with another path.
    /// - Two merged routers have the same route, or both have a fallback.
    /// - No route was added before a [`route_layer`](Self::route_layer).
    pub fn into_router(self) -> Router<S> {
        let routes = self.routes();
        for route in &routes {
            let handler = route.handler;
            if route.is_second {
                tracing::error!(
                    handler,
                    "{route} is mounted twice; the second handler is ignored"
                );
            } else if route.endpoint.is_none() {
                tracing::error!(handler, "{route} {UNGATED}");
            }
        }
        let router = build_router(&self.steps, &mut routes.into_iter());
        #[cfg(feature = "quota")]
        if C::quota().is_some() {
            return expecting_quotas(router);
        }
        router
    }
}

impl<C, S> Default for AuditedRouter<C, S>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<C, S> Clone for AuditedRouter<C, S> {
    fn clone(&self) -> Self {
        Self {
            routes: self.routes.clone(),
            steps: self.steps.clone(),
            listed: self.listed.clone(),
            catalogue: PhantomData,
        }
    }
}

impl<C, S> fmt::Debug for AuditedRouter<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditedRouter")
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
