//! A router that knows what is mounted on it.

use super::gated_parameters::GatedParameters;
use super::mount::{Mounted, filter};
use super::on_refusal;
use super::route_audit::{MountedRoute, RouteAudit, UNGATED};
use crate::route::{Method, nameless};
use crate::{Catalogue, Endpoint};
use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::handler::Handler;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{Route, on};
use serde_json::json;
use std::any::type_name;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
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
    router: Router<S>,
    /// In front of the paths that are mounted, while a nested router is built.
    prefix: String,
    /// The endpoints of the catalogue, by what `key` says of them.
    listed: Arc<HashMap<Key, Vec<&'static Endpoint>>>,
    mounted: Vec<MountedRoute>,
    /// The keys of what is mounted.
    taken: HashSet<Key>,
    catalogue: PhantomData<fn() -> C>,
}

/// A method, and a path without the names of its parameters.
type Key = (Method, String);

fn key(method: Method, path: &str) -> Key {
    (method, nameless(path))
}

macro_rules! methods {
    ($($name:ident $method:ident $word:literal)*) => {
        $(
            #[doc = concat!("Mounts a gated handler for ", $word, " and this path.")]
            ///
            /// # Panics
            /// As axum's router does: if the path is malformed or conflicts with another one.
            pub fn $name<H, T>(self, path: &str, handler: H) -> Self
            where
                H: Handler<T, S>,
                T: GatedParameters + 'static,
            {
                self.mount(Method::$method, path, handler, |endpoint| *endpoint == T::ENDPOINT)
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
        let mut listed: HashMap<Key, Vec<&'static Endpoint>> = HashMap::new();
        for endpoint in C::endpoints() {
            if let Some((method, path)) = endpoint.route() {
                listed.entry(key(method, path)).or_default().push(endpoint);
            }
        }
        Self::below(String::new(), Arc::new(listed))
    }

    fn below(prefix: String, listed: Arc<HashMap<Key, Vec<&'static Endpoint>>>) -> Self {
        Self {
            router: Router::new(),
            prefix,
            listed,
            mounted: Vec::new(),
            taken: HashSet::new(),
            catalogue: PhantomData,
        }
    }

    /// Mounts every handler of the catalogue where its attribute says.
    ///
    /// # Panics
    /// As axum's router does, if one of them was mounted before.
    pub fn catalogue(mut self) -> Self
    where
        C: Mounted<S>,
    {
        if self.prefix.is_empty() {
            for endpoint in C::endpoints() {
                if let Some((method, path)) = endpoint.route() {
                    self.record(method, path, endpoint.name(), |other| other == endpoint);
                }
            }
            self.router = self.router.merge(<C as Mounted<S>>::router());
            return self;
        }
        // Below a prefix, no endpoint is where its attribute says.
        for endpoint in C::endpoints() {
            if let Some((method, path)) = endpoint.route() {
                let route = self.record(method, path, endpoint.name(), |other| other == endpoint);
                self.router = self.router.route(path, on(filter(method), refuse(route)));
            }
        }
        self
    }

    methods! {
        get Get "GET"
        post Post "POST"
        put Put "PUT"
        patch Patch "PATCH"
        delete Delete "DELETE"
        head Head "HEAD"
        options Options "OPTIONS"
    }

    /// Mounts a handler without a guard, where the catalogue has an open endpoint.
    ///
    /// # Panics
    /// As axum's router does: if the path is malformed or conflicts with another one. And if the
    /// method is none that the attribute takes, as no catalogue can have it.
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
        let is_open = |endpoint: &Endpoint| endpoint.public_reason().is_some();
        self.mount(method, path, handler, is_open)
    }

    /// Mounts a handler, if the catalogue has an endpoint there that is `expected`.
    fn mount<H, T>(
        mut self,
        method: Method,
        path: &str,
        handler: H,
        expected: impl Fn(&Endpoint) -> bool,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let route = self.record(method, path, type_name::<H>(), expected);
        if route.is_second {
            tracing::error!(
                handler = route.handler,
                "{route} is mounted already; the second handler was left out"
            );
            return self;
        }
        let methods = match route.endpoint {
            Some(_) => on(filter(method), handler),
            None => on(filter(method), refuse(route)),
        };
        // As in the router of a catalogue, the program may answer what a handler refuses.
        let methods = match on_refusal::of_program() {
            Some(layer) => methods.layer(layer),
            None => methods,
        };
        self.router = self.router.route(path, methods);
        self
    }

    fn record(
        &mut self,
        method: Method,
        path: &str,
        handler: &'static str,
        expected: impl Fn(&Endpoint) -> bool,
    ) -> MountedRoute {
        let path = format!("{}{path}", self.prefix);
        let key = key(method, &path);
        let there = self.listed.get(&key).map(Vec::as_slice);
        let endpoint = there
            .unwrap_or_default()
            .iter()
            .find(|endpoint| expected(endpoint))
            .map(|endpoint| **endpoint);
        let is_second = !self.taken.insert(key);
        let route = MountedRoute {
            method,
            path,
            handler,
            endpoint,
            is_second,
        };
        if endpoint.is_none() {
            tracing::error!(handler, "{route} {UNGATED}");
        }
        self.mounted.push(route.clone());
        route
    }

    /// Mounts routes below a prefix.
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
    /// let app = Audited::<Api>::new().nest("/v1", |v1| v1.get("/export", export));
    /// assert!(app.audit().is_clean());
    /// ```
    ///
    /// # Panics
    /// As axum's router does: if the prefix is malformed or conflicts with another path.
    pub fn nest(mut self, prefix: &str, build: impl FnOnce(Self) -> Self) -> Self {
        let whole = format!("{}{prefix}", self.prefix);
        let inner = build(Self::below(whole, self.listed.clone()));
        self.router = self.router.nest(prefix, inner.router);
        self.mounted.extend(inner.mounted);
        self.taken.extend(inner.taken);
        self
    }

    /// Adds the routes of another router of the same catalogue.
    ///
    /// # Panics
    /// As axum's router does, if both have a route or a fallback in common.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.mounted.extend(other.mounted);
        self.taken.extend(other.taken);
        self
    }

    /// A layer around every route and the fallback: see [`axum::Router::layer`].
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// A layer around every route: see [`axum::Router::route_layer`].
    ///
    /// # Panics
    /// As axum's router does, if there are no routes.
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.route_layer(layer);
        self
    }

    /// Answers what no route matches.
    ///
    /// A fallback is not an endpoint, so that its answer cannot be a success (2xx): that one is
    /// refused as an ungated route is.
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.fallback(NoSuccess(handler));
        self
    }

    /// Answers a method that a path does not have; no success either.
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.method_not_allowed_fallback(NoSuccess(handler));
        self
    }

    /// Gives the handlers their state: see [`axum::Router::with_state`].
    pub fn with_state<S2>(self, state: S) -> Audited<C, S2> {
        Audited {
            router: self.router.with_state(state),
            prefix: self.prefix,
            listed: self.listed,
            mounted: self.mounted,
            taken: self.taken,
            catalogue: PhantomData,
        }
    }

    /// Every route that was mounted, in its order.
    pub fn routes(&self) -> &[MountedRoute] {
        &self.mounted
    }

    /// What is wrong with what is mounted, and with the catalogue.
    pub fn audit(&self) -> RouteAudit {
        let routes = self.mounted.iter();
        let is_missing = |endpoint: &&Endpoint| {
            let route = endpoint.route();
            route.is_some_and(|(method, path)| !self.taken.contains(&key(method, path)))
        };
        let not_mounted = C::endpoints().iter().filter(is_missing);
        RouteAudit {
            catalogue: C::audit(),
            ungated: routes
                .clone()
                .filter(|route| route.endpoint.is_none())
                .cloned()
                .collect(),
            twice: routes.filter(|route| route.is_second).cloned().collect(),
            not_mounted: not_mounted.copied().collect(),
        }
    }

    /// The router, to be served. What is added to it from here on is not audited.
    pub fn into_router(self) -> Router<S> {
        self.router
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
            router: self.router.clone(),
            prefix: self.prefix.clone(),
            listed: self.listed.clone(),
            mounted: self.mounted.clone(),
            taken: self.taken.clone(),
            catalogue: PhantomData,
        }
    }
}

impl<C, S> fmt::Debug for Audited<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited")
            .field("mounted", &self.mounted)
            .finish_non_exhaustive()
    }
}

/// What is mounted in the place of a handler that no catalogue knows.
fn refuse(route: MountedRoute) -> impl FnOnce(Request) -> Ready + Clone + Send + Sync + 'static {
    move |request| {
        tracing::error!(handler = route.handler, "{route} was called; it {UNGATED}");
        std::future::ready(refusal(&original_uri(&request)))
    }
}

type Ready = std::future::Ready<Response>;

/// A nested router sees less of the path than the caller wrote.
fn original_uri(request: &Request) -> Uri {
    match request.extensions().get::<OriginalUri>() {
        Some(OriginalUri(original)) => original.clone(),
        None => request.uri().clone(),
    }
}

fn refusal(uri: &Uri) -> Response {
    let document = json!({
        "title": "The route is not in the catalogue",
        "status": 500,
        "detail": "nothing says who may call this route, so nobody may",
        "instance": uri.path(),
        "code": "ungated_route",
    });
    let mut response = (StatusCode::INTERNAL_SERVER_ERROR, document.to_string()).into_response();
    let problem = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, problem);
    response
}

/// A fallback, whose answer must not be a success.
#[derive(Clone)]
struct NoSuccess<H>(H);

impl<H, T, S> Handler<T, S> for NoSuccess<H>
where
    H: Handler<T, S>,
    S: Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let uri = original_uri(&request);
        let answer = self.0.call(request, state);
        Box::pin(async move {
            let response = answer.await;
            if response.status().is_success() {
                tracing::error!(
                    handler = type_name::<H>(),
                    "the fallback answered {uri} with a success; a fallback is no endpoint: annotate the handler, and mount it at `/{{*path}}`. The answer was refused"
                );
                return refusal(&uri);
            }
            response
        })
    }
}
