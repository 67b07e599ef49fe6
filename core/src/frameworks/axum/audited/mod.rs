//! A router that checks its routes against a catalogue.

pub(crate) mod parts;
pub(super) mod refused;
pub(crate) mod routes;
#[cfg(test)]
mod tests;

use self::parts::Unaudited;

use self::parts::{Made, Methods, Part};
use self::refused::{NoEndpoint, refuse};
use self::routes::{Expected, Routes};
use crate::catalogue::Catalogue;
use crate::frameworks::axum::gated_parameters::GatedParameters;
use crate::frameworks::axum::mount::{Handlers, Mounted, handlers_of, on_method};
use crate::frameworks::axum::route_audit::{MountedRoute, RouteAudit, UNGATED};
use crate::frameworks::axum::routing::{Decided, Handling, MethodRouter, by_method};
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
/// this function, gated or public, for this method and path. It replaces every other handler with a
/// refusal: a 500 response with the code `ungated_route`, and a logged error that names the function.
/// In a test, [`audit`](Self::audit) reports routes that are mounted but not listed, listed but not
/// mounted, or mounted twice.
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
/// assert!(app.audit().to_string().starts_with("GET /debug is mounted, and no such endpoint"));
///
/// let request = axum::extract::Request::get("/debug").body(axum::body::Body::empty())?;
/// assert_eq!(app.into_router().oneshot(request).await?.status(), 500);
/// # Ok(())
/// # }
/// ```
///
/// [`merge`](Self::merge) and [`nest`](Self::nest) accept the audited routers of other catalogues. `C`
/// must contain all their endpoints, so let it [`include`](crate::Catalogue) those catalogues.
///
/// A service, such as a folder of files, has no functions that a catalogue could list. You can mount it
/// in two ways. Call the service from a public handler, which the catalogue lists. Or wrap it in
/// [`unaudited`](crate::axum::unaudited) with a reason, which the [audit](RouteAudit::unaudited) lists.
///
/// # What is not audited
/// - Middleware. A layer sees every request and may respond to it, so your code decides there.
/// - Anything that you add to the router after [`into_router`](Self::into_router).
#[must_use = "a router has no effect until it is served"]
pub struct AuditedRouter<C, S = ()> {
    routes: Routes,
    /// The steps that build the router. They run in `into_router`, when the whole path of each route is
    /// known.
    steps: Vec<Step<S>>,
    /// The functions that the catalogue lists. Collected when the first route needs them.
    listed: Option<Arc<Handlers>>,
    catalogue: PhantomData<fn() -> C>,
}

type Step<S> = Arc<dyn Fn(Router<S>, &mut Decided) -> Router<S> + Send + Sync>;

fn make<S>(steps: &[Step<S>], decided: &mut Decided) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let add = |router, step: &Step<S>| step(router, decided);
    steps.iter().fold(Router::new(), add)
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
                let methods = by_method(Method::$method, handler);
                self.methods(path, methods, |_| Expected::This(T::ENDPOINT))
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
            routes: Routes::default(),
            steps: Vec::new(),
            listed: None,
            catalogue: PhantomData,
        }
    }

    fn step(
        mut self,
        step: impl Fn(Router<S>, &mut Decided) -> Router<S> + Send + Sync + 'static,
    ) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// Mounts handlers at a path, like [`axum::Router::route`].
    ///
    /// The catalogue needs a `handlers(…)` list, and the list must contain each function that you
    /// mount, even a public handler. It can't contain closures or functions wrapped by
    /// [`Handler::layer`].
    ///
    /// Wrap one of axum's own method routers in [`unaudited`](crate::axum::unaudited).
    pub fn route<M>(self, path: &str, methods: M) -> Self
    where
        M: Methods<C, S>,
    {
        methods.mount(path, self)
    }

    /// Mounts every handler of the catalogue at the route in its attribute.
    pub fn catalogue(mut self) -> Self
    where
        C: Mounted<S>,
    {
        let routes = || {
            let endpoints = C::endpoints().iter();
            endpoints.filter_map(|endpoint| Some((endpoint, endpoint.route()?)))
        };
        for (endpoint, (method, path)) in routes() {
            let expected = Expected::This(*endpoint);
            self.routes
                .add(method.as_str(), path, endpoint.name(), expected);
        }
        self.step(move |router, decided| {
            let decided: Vec<_> = decided.take(routes().count()).collect();
            let known = decided.iter().filter(|route| route.endpoint.is_some());
            if known.count() == routes().count() {
                return router.merge(<C as Mounted<S>>::router());
            }
            // Below a prefix, no handler is at the route in its attribute.
            let refused = routes().zip(decided);
            refused.fold(router, |router, ((_, (method, path)), route)| {
                router.route(path, on_method(method, refuse(route)))
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

    /// Mounts a handler without a guard for a public endpoint of the catalogue.
    ///
    /// This method accepts any function, because it compares only the method and the path with the
    /// catalogue. [`route`](Self::route) also checks that the catalogue lists this function.
    ///
    /// # Panics
    /// Panics if no endpoint can have this method.
    // The argument is usually a constant, and `Method::GET` is shorter than `&Method::GET`.
    #[allow(clippy::needless_pass_by_value)]
    pub fn public<H, T>(self, method: axum::http::Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let Some(method) = Method::of(method.as_str()) else {
            panic!("endpoints cannot have the method {method}; mount `{path}` with another method");
        };
        self.methods(path, by_method(method, handler), |_| Expected::Public)
    }

    /// Mounts each handler if the catalogue contains the `expected` endpoint.
    fn methods(
        mut self,
        path: &str,
        methods: MethodRouter<S>,
        expected: impl Fn(&Handling) -> Expected,
    ) -> Self {
        for handling in methods.handlers() {
            let expected = expected(handling);
            self.routes
                .add(handling.method, path, handling.handler, expected);
        }
        let path = path.to_owned();
        self.step(move |router, decided| match methods.make(decided) {
            Some(methods) => router.route(&path, methods),
            None => router,
        })
    }

    /// Mounts the routes of another router below a prefix: another `AuditedRouter`, or a router in
    /// [`unaudited`](crate::axum::unaudited).
    ///
    /// The outer router looks up each nested route in its own catalogue by the whole path.
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
        P: Part<S>,
    {
        let Made { routes, make } = router.into_made();
        self.routes.nest(prefix, routes);
        let prefix = prefix.to_owned();
        self.step(move |outer, decided| outer.nest(&prefix, make(decided)))
    }

    /// Adds the routes of another router: another `AuditedRouter`, or a router in [`unaudited`](crate::axum::unaudited).
    ///
    /// This router looks up the added routes in its own catalogue.
    pub fn merge<P>(mut self, other: P) -> Self
    where
        P: Part<S>,
    {
        let Made { routes, make } = other.into_made();
        self.routes.merge(routes);
        self.step(move |router, decided| router.merge(make(decided)))
    }

    /// Mounts a service at a path with a reason: see [`axum::Router::route_service`].
    pub fn route_service<T>(self, path: &str, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        let route = path.to_owned();
        self.unaudited(reason, path, move |router| {
            router.route_service(&route, inner.clone())
        })
    }

    /// Mounts a service below a prefix with a reason: see [`axum::Router::nest_service`].
    pub fn nest_service<T>(self, prefix: &str, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        let route = prefix.to_owned();
        self.unaudited(reason, prefix, move |router| {
            router.nest_service(&route, inner.clone())
        })
    }

    /// Sets a service with a reason for requests that no route matches: see
    /// [`axum::Router::fallback_service`].
    pub fn fallback_service<T>(self, service: Unaudited<T>) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let Unaudited { reason, inner } = service;
        self.unaudited(reason, "/{*path}", move |router| {
            router.fallback_service(inner.clone())
        })
    }

    fn unaudited(
        mut self,
        reason: Cow<'static, str>,
        path: &str,
        mount: impl Fn(Router<S>) -> Router<S> + Send + Sync + 'static,
    ) -> Self {
        self.routes.add_unaudited(reason, path);
        self.step(move |router, _| mount(router))
    }

    /// Returns the functions that the catalogue lists.
    fn handlers(&mut self) -> Arc<Handlers>
    where
        C: Mounted<S>,
    {
        let make = || Arc::new(handlers_of::<C, S>());
        self.listed.get_or_insert_with(make).clone()
    }

    /// Wraps the routes and the fallback added so far in a layer: see [`axum::Router::layer`].
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.step(move |router, _| router.layer(layer.clone()))
    }

    /// Wraps the routes added so far in a layer. There must be at least one: see
    /// [`axum::Router::route_layer`].
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.step(move |router, _| router.route_layer(layer.clone()))
    }

    /// Sets the handler for requests that no route matches.
    ///
    /// A fallback isn't an endpoint, so it may only redirect or report an error (3xx, 4xx, 5xx). The
    /// router replaces any other response, such as a success or a protocol switch, with the refusal of
    /// an ungated route. By then the handler has run. Its side effects remain, and only its response is
    /// withheld.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.step(move |router, _| router.fallback(NoEndpoint(handler.clone())))
    }

    /// Sets the handler for methods that a path doesn't support. Its responses are limited like those
    /// of a [`fallback`](Self::fallback).
    pub fn method_not_allowed_fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.step(move |router, _| router.method_not_allowed_fallback(NoEndpoint(handler.clone())))
    }

    /// Sets the state of the handlers: see [`axum::Router::with_state`].
    pub fn with_state<S2>(self, state: S) -> AuditedRouter<C, S2>
    where
        S2: Clone + Send + Sync + 'static,
    {
        let steps = self.steps;
        let with_state = move |_: Router<S2>, decided: &mut Decided| {
            make(&steps, decided).with_state(state.clone())
        };
        AuditedRouter {
            routes: self.routes,
            steps: vec![Arc::new(with_state)],
            listed: None,
            catalogue: PhantomData,
        }
    }

    /// Returns every route in mounting order, with its audit result if you serve this router as it is.
    /// The list doesn't contain what you mounted with [`unaudited`](crate::axum::unaudited).
    pub fn routes(&self) -> Vec<MountedRoute> {
        self.routes.decide::<C>()
    }

    /// Checks the routes and the catalogue.
    ///
    /// # Panics
    /// Panics in the same cases as [`into_router`](Self::into_router).
    pub fn audit(&self) -> RouteAudit {
        let routes = self.routes();
        // Builds the router, so a test fails if axum rejects it.
        drop(make(&self.steps, &mut routes.clone().into_iter()));
        let of = |is: fn(&MountedRoute) -> bool| {
            let routes = routes.iter().filter(|route| is(route));
            routes.cloned().collect()
        };
        RouteAudit {
            catalogue: C::audit().without_overlaps(),
            ungated: of(|route| route.endpoint.is_none()),
            twice: of(|route| route.is_second),
            not_mounted: self.routes.missing::<C>(),
            unaudited: self.routes.unaudited().to_vec(),
        }
    }

    /// Builds the router. Anything that you add to the result is not audited.
    ///
    /// # Panics
    /// Panics in the same cases as axum's router: if a path is malformed or conflicts with another
    /// path, if two merged routers have a route or a fallback in common, or if a
    /// [`route_layer`](Self::route_layer) has no route before it.
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
        make(&self.steps, &mut routes.into_iter())
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
