//! A router that knows what is mounted on it.

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

/// A router on which nothing is ungated by accident.
///
/// It is used like [`axum::Router`], with [`get`](super::routing::get), `post` and the like from
/// [`tiergate::axum::routing`](super::routing). A handler is mounted if the catalogue `C` lists this
/// very function for this method and path, as a gated or as a public one. Any other handler never
/// runs: in its place the router mounts a refusal, 500 with the code `ungated_route`, and logs an
/// error that names the function. In a test, [`audit`](Self::audit) reports which routes are mounted
/// and not listed, listed and not mounted, or mounted twice.
///
/// ```
/// use tiergate::axum::Audited;
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
/// let app = Audited::<Api>::new()
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
/// [`merge`](Self::merge) and [`nest`](Self::nest) take the audited routers of other catalogues. All
/// their endpoints must be in `C` too, which [`include`s](crate::Catalogue) those catalogues.
///
/// Services, such as a folder of files, have no functions that a catalogue could list. There are two
/// ways to mount them: call the service from a public handler, which is then in the catalogue, or wrap
/// it in [`unaudited`] with a reason, which is then in the [audit](RouteAudit::unaudited).
///
/// # What is not audited
/// Middleware: a layer sees every request and may answer it, so it is your code that decides there.
/// Anything that is added to the router after [`into_router`](Self::into_router).
#[must_use = "a router does nothing until it is served"]
pub struct Audited<C, S = ()> {
    routes: Routes,
    /// How to make the router. That waits for `into_router`, when the whole path of each route is
    /// known.
    steps: Vec<Step<S>>,
    /// The functions that the catalogue lists, once a route has needed them.
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

impl<C, S> Audited<C, S>
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
    /// The catalogue needs a list (`handlers(…)`), because only its functions are recognised: for
    /// public handlers too, this very function must be listed. A closure is in no list, and neither is
    /// a function that was wrapped by [`Handler::layer`].
    ///
    /// One of axum's own method routers is taken in [`unaudited`].
    pub fn route<M>(self, path: &str, methods: M) -> Self
    where
        M: Methods<C, S>,
    {
        methods.mount(path, self)
    }

    /// Mounts every handler of the catalogue where its attribute says.
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
            // Below a prefix, no endpoint is where its attribute says.
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

    /// Mounts a handler without a guard, where the catalogue has a public endpoint.
    ///
    /// Any function passes there: a public handler is known by its method and path alone.
    /// [`route`](Self::route) also checks that it is the function that the catalogue lists.
    ///
    /// # Panics
    /// If no endpoint can have this method.
    // Nearly always the method is a constant, and `&Method::GET` would be longer.
    #[allow(clippy::needless_pass_by_value)]
    pub fn open<H, T>(self, method: axum::http::Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let Some(method) = Method::of(method.as_str()) else {
            panic!("no endpoint has the method {method}, so `{path}` cannot be mounted for it");
        };
        self.methods(path, by_method(method, handler), |_| Expected::Open)
    }

    /// Mounts each handler, if the catalogue turns out to have the endpoint that is `expected`.
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

    /// Mounts the routes of another router below a prefix: another `Audited`, or a router in
    /// [`unaudited`].
    ///
    /// Each route is judged by its whole path and by this router's catalogue, wherever the other
    /// router was made.
    ///
    /// ```
    /// # use tiergate::{Catalogue, axum::Audited, axum::routing::get, requires_tier};
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
    /// fn exports() -> Audited<Exports> {
    ///     Audited::new().route("/export", get(export))
    /// }
    ///
    /// assert!(Audited::<Api>::new().nest("/v1", exports()).audit().is_clean());
    /// assert!(!Audited::<Api>::new().nest("/v2", exports()).audit().is_clean());
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

    /// Adds the routes of another router: another `Audited`, or a router in [`unaudited`].
    ///
    /// The routes are judged by this router's catalogue.
    pub fn merge<P>(mut self, other: P) -> Self
    where
        P: Part<S>,
    {
        let Made { routes, make } = other.into_made();
        self.routes.merge(routes);
        self.step(move |router, decided| router.merge(make(decided)))
    }

    /// Mounts a service at a path, with a reason: see [`axum::Router::route_service`].
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

    /// Mounts a service below a prefix, with a reason: see [`axum::Router::nest_service`].
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

    /// Answers what no route matches by a service, with a reason: see
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

    /// The functions that the catalogue lists.
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

    /// Wraps the routes added so far, of which there must be one, in a layer: see
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

    /// Answers what no route matches.
    ///
    /// A fallback is not an endpoint, so it can only redirect or report an error (3xx, 4xx, 5xx). Any
    /// other answer, a success or a switch of protocols, is replaced by the refusal of an ungated
    /// route. The handler has run by then: its effects remain, only its answer is withheld.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.step(move |router, _| router.fallback(NoEndpoint(handler.clone())))
    }

    /// Answers a method that a path does not have, as a [`fallback`](Self::fallback) may.
    pub fn method_not_allowed_fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.step(move |router, _| router.method_not_allowed_fallback(NoEndpoint(handler.clone())))
    }

    /// Gives the handlers their state: see [`axum::Router::with_state`].
    pub fn with_state<S2>(self, state: S) -> Audited<C, S2>
    where
        S2: Clone + Send + Sync + 'static,
    {
        let steps = self.steps;
        let with_state = move |_: Router<S2>, decided: &mut Decided| {
            make(&steps, decided).with_state(state.clone())
        };
        Audited {
            routes: self.routes,
            steps: vec![Arc::new(with_state)],
            listed: None,
            catalogue: PhantomData,
        }
    }

    /// Every route, in the order of mounting, as it will be if this router is the one that is served.
    /// What was mounted [`unaudited`] is not among them.
    pub fn routes(&self) -> Vec<MountedRoute> {
        self.routes.decide::<C>()
    }

    /// What is wrong with the routes and with the catalogue.
    ///
    /// # Panics
    /// As [`into_router`](Self::into_router) does.
    pub fn audit(&self) -> RouteAudit {
        let routes = self.routes();
        // Makes a test fail on a router that axum rejects.
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

    /// The router, to be served. What is added to it from here on is not audited.
    ///
    /// # Panics
    /// As axum's router does: if a path is malformed or conflicts with another one, if two routers
    /// that were merged have a route or a fallback in common, or if there was no route for a
    /// [`route_layer`](Self::route_layer).
    pub fn into_router(self) -> Router<S> {
        let routes = self.routes();
        for route in &routes {
            let handler = route.handler;
            if route.is_second {
                tracing::error!(
                    handler,
                    "{route} is mounted already; the second handler was left out"
                );
            } else if route.endpoint.is_none() {
                tracing::error!(handler, "{route} {UNGATED}");
            }
        }
        make(&self.steps, &mut routes.into_iter())
    }
}

impl<C, S> Default for Audited<C, S>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<C, S> Clone for Audited<C, S> {
    fn clone(&self) -> Self {
        Self {
            routes: self.routes.clone(),
            steps: self.steps.clone(),
            listed: self.listed.clone(),
            catalogue: PhantomData,
        }
    }
}

impl<C, S> fmt::Debug for Audited<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited")
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
