//! A router that knows what is mounted on it.

mod refused;
#[cfg(test)]
mod tests;

use self::refused::{NoEndpoint, refuse};
use super::gated_parameters::GatedParameters;
use super::mount::{Mounted, on_method};
use super::on_refusal;
use super::route_audit::{MountedRoute, RouteAudit, UNGATED};
use crate::route::{Method, nameless};
use crate::{Catalogue, Endpoint};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::Route;
use std::any::type_name;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::vec;
use tower_layer::Layer;
use tower_service::Service;

/// A router on which nothing is ungated by accident.
///
/// It takes handlers with their method and path, so that it knows every route. What the catalogue `C`
/// has there, a gated handler or an open one with its reason, is mounted. In the place of any other
/// handler a refusal is mounted: 500, with the code `ungated_route`, and an error logged that names
/// it. [`audit`](Self::audit) tells in a test what is mounted and not listed, listed and not mounted,
/// or mounted twice.
///
/// `get`, `post` and their like take gated handlers only, which the compiler checks. A handler
/// without a guard is mounted by [`open`](Self::open), and refused where the catalogue has no open
/// endpoint.
///
/// What is no handler, such as a folder of files, a page of metrics or another router, is called by
/// an open handler, and so stands in the catalogue with its reason as well:
///
/// ```
/// use axum::extract::Request;
/// use axum::http::Method;
/// use axum::response::Response;
/// use tiergate::axum::Audited;
/// use tiergate::{Catalogue, requires_tier};
/// use tower::ServiceExt;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// async fn export() {}
///
/// #[requires_tier(public = "the site's own pictures", get = "/pictures/{*path}")]
/// async fn pictures(request: Request) -> Response {
/// #   fn pictures_service() -> axum::Router { axum::Router::new() }
///     match pictures_service().oneshot(request).await {
///         Ok(response) => response,
///         Err(never) => match never {},
///     }
/// }
///
/// async fn debug() -> &'static str {
///     "everything"
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, state = (), handlers(export, pictures))]
/// struct Api;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = Audited::<Api>::new().catalogue().open(Method::GET, "/debug", debug);
/// assert!(app.audit().to_string().starts_with("GET /debug is mounted, and no such endpoint"));
///
/// let request = Request::get("/debug").body(axum::body::Body::empty())?;
/// assert_eq!(app.into_router().oneshot(request).await?.status(), 500);
/// # Ok(())
/// # }
/// ```
#[must_use = "a router is nothing until it is served"]
pub struct Audited<C, S = ()> {
    mounts: Vec<Mount>,
    /// The keys of what is mounted.
    taken: HashSet<Key>,
    /// How the router is made. It is not made before `into_router`, as only then the whole path of
    /// each route is known.
    steps: Vec<Step<S>>,
    catalogue: PhantomData<fn() -> C>,
}

type Step<S> = Arc<dyn Fn(Router<S>, &mut Decided) -> Router<S> + Send + Sync>;

/// What was decided of each route, in the order in which the steps mount them.
type Decided = vec::IntoIter<MountedRoute>;

fn make<S>(steps: &[Step<S>], decided: &mut Decided) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let add = |router, step: &Step<S>| step(router, decided);
    steps.iter().fold(Router::new(), add)
}

/// What is to be mounted.
#[derive(Clone, Debug)]
struct Mount {
    method: Method,
    /// As far as it is known.
    path: String,
    handler: &'static str,
    expected: Expected,
    is_second: bool,
}

/// Which endpoint the catalogue must have where a handler is mounted.
#[derive(Clone, Copy, Debug)]
enum Expected {
    This(Endpoint),
    /// An open one. Nothing tells which function it is of.
    Open,
}

impl Expected {
    fn is(self, endpoint: Endpoint) -> bool {
        match self {
            Self::This(expected) => endpoint == expected,
            Self::Open => endpoint.public_reason().is_some(),
        }
    }
}

/// A method, and a path without the names of its parameters.
type Key = (Method, String);

fn key(method: Method, path: &str) -> Key {
    (method, nameless(path))
}

/// Where a path is below a prefix, as axum has it.
fn below(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

macro_rules! methods {
    ($($name:ident $method:ident $word:literal)*) => {
        $(
            #[doc = concat!("Mounts a gated handler for ", $word, " and this path.")]
            pub fn $name<H, T>(self, path: &str, handler: H) -> Self
            where
                H: Handler<T, S>,
                T: GatedParameters + 'static,
            {
                self.mount(Method::$method, path, handler, Expected::This(T::ENDPOINT))
            }
        )*
    };
}

impl<C, S> Audited<C, S>
where
    C: Catalogue,
    S: Clone + Send + Sync + 'static,
{
    /// A router without routes.
    pub fn new() -> Self {
        Self {
            mounts: Vec::new(),
            taken: HashSet::new(),
            steps: Vec::new(),
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
            self.record(method, path, endpoint.name(), expected);
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

    /// Mounts a handler without a guard, where the catalogue has an open endpoint.
    ///
    /// Any function passes there. A gated handler has a guard, which tells the function that it is
    /// of; an open one has none, so that it is known by its method and path alone.
    ///
    /// # Panics
    /// If the method is none that the attribute takes, as no catalogue can have it.
    // A method is a constant nearly always, and `&Method::GET` would be a word more.
    #[allow(clippy::needless_pass_by_value)]
    pub fn open<H, T>(self, method: axum::http::Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let Some(method) = Method::of(method.as_str()) else {
            panic!("no endpoint has the method {method}, so `{path}` cannot be mounted for it");
        };
        self.mount(method, path, handler, Expected::Open)
    }

    /// Mounts a handler, if the catalogue turns out to have an endpoint there that is `expected`.
    fn mount<H, T>(mut self, method: Method, path: &str, handler: H, expected: Expected) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.record(method, path, type_name::<H>(), expected);
        let path = path.to_owned();
        self.step(move |router, decided| {
            let Some(route) = decided.next().filter(|route| !route.is_second) else {
                return router;
            };
            let methods = match route.endpoint {
                Some(_) => on_method(method, handler.clone()),
                None => on_method(method, refuse(route)),
            };
            // As in the router of a catalogue, the program may answer what a handler refuses.
            let methods = match on_refusal::of_program() {
                Some(layer) => methods.layer(layer),
                None => methods,
            };
            router.route(&path, methods)
        })
    }

    fn record(&mut self, method: Method, path: &str, handler: &'static str, expected: Expected) {
        self.mounts.push(Mount {
            method,
            path: path.to_owned(),
            handler,
            expected,
            is_second: !self.taken.insert(key(method, path)),
        });
    }

    /// Mounts the routes of another router below a prefix. What counts for the catalogue is the
    /// whole path, wherever the other router was made.
    ///
    /// ```
    /// # use tiergate::{Catalogue, axum::Audited, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[requires_tier(Plus, get = "/v1/export")]
    /// async fn export() {}
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, state = (), handlers(export))]
    /// # struct Api;
    ///
    /// fn v1() -> Audited<Api> {
    ///     Audited::new().get("/export", export)
    /// }
    ///
    /// assert!(Audited::<Api>::new().nest("/v1", v1()).audit().is_clean());
    /// assert!(!Audited::<Api>::new().nest("/v2", v1()).audit().is_clean());
    /// ```
    pub fn nest(mut self, prefix: &str, router: Self) -> Self {
        for mount in router.mounts {
            let path = below(prefix, &mount.path);
            self.taken.insert(key(mount.method, &path));
            self.mounts.push(Mount { path, ..mount });
        }
        let prefix = prefix.to_owned();
        self.step(move |outer, decided| outer.nest(&prefix, make(&router.steps, decided)))
    }

    /// Adds the routes of another router of the same catalogue.
    pub fn merge(mut self, other: Self) -> Self {
        self.mounts.extend(other.mounts);
        self.taken.extend(other.taken);
        self.step(move |router, decided| router.merge(make(&other.steps, decided)))
    }

    /// A layer around every route and the fallback: see [`axum::Router::layer`].
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

    /// A layer around every route, of which there must be one: see [`axum::Router::route_layer`].
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
    /// A fallback is not an endpoint, so that it can only redirect or tell what is wrong (3xx, 4xx,
    /// 5xx). Any other answer, a success or a protocol that is switched to, is refused as an ungated
    /// route is. The handler has run by then: what it did is done, and only its answer is held back.
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
            mounts: self.mounts,
            taken: self.taken,
            steps: vec![Arc::new(with_state)],
            catalogue: PhantomData,
        }
    }

    /// Every route that was mounted, in its order, as it is if this router is the one to be served.
    pub fn routes(&self) -> Vec<MountedRoute> {
        let mut listed: HashMap<Key, Vec<Endpoint>> = HashMap::new();
        for endpoint in C::endpoints() {
            if let Some((method, path)) = endpoint.route() {
                let there = listed.entry(key(method, path)).or_default();
                there.push(*endpoint);
            }
        }
        let decide = |mount: &Mount| {
            let there = listed.get(&key(mount.method, &mount.path));
            let mut there = there.into_iter().flatten().copied();
            MountedRoute {
                method: mount.method,
                path: mount.path.clone(),
                handler: mount.handler,
                endpoint: there.find(|endpoint| mount.expected.is(*endpoint)),
                is_second: mount.is_second,
            }
        };
        self.mounts.iter().map(decide).collect()
    }

    /// What is wrong with what is mounted, and with the catalogue.
    ///
    /// # Panics
    /// As [`into_router`](Self::into_router) does.
    pub fn audit(&self) -> RouteAudit {
        let routes = self.routes();
        // A router that cannot be made is told here too, in a test.
        drop(make(&self.steps, &mut routes.clone().into_iter()));
        let is_missing = |endpoint: &&Endpoint| {
            let route = endpoint.route();
            route.is_some_and(|(method, path)| !self.taken.contains(&key(method, path)))
        };
        let not_mounted = C::endpoints().iter().filter(is_missing);
        let of = |is: fn(&MountedRoute) -> bool| {
            let routes = routes.iter().filter(|route| is(route));
            routes.cloned().collect()
        };
        RouteAudit {
            catalogue: C::audit().without_overlaps(),
            ungated: of(|route| route.endpoint.is_none()),
            twice: of(|route| route.is_second),
            not_mounted: not_mounted.copied().collect(),
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
            mounts: self.mounts.clone(),
            taken: self.taken.clone(),
            steps: self.steps.clone(),
            catalogue: PhantomData,
        }
    }
}

impl<C, S> fmt::Debug for Audited<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited")
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}
