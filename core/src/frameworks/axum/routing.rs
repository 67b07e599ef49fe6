//! `get`, `post` and the other functions of [`axum::routing`], for an [`AuditedRouter`](super::AuditedRouter)
//! router.
//!
//! They have the same names and chain like axum's. Unlike axum's, they let an audited router see which
//! functions they mount. To switch, change one import:
//!
//! ```
//! use axum::extract::Path;
//! use tiergate::axum::AuditedRouter;
//! use tiergate::axum::routing::get; // instead of `axum::routing::get`
//! use tiergate::{Catalogue, requires_tier};
//!
//! #[derive(Clone, Copy, tiergate::Tier)]
//! enum Tier { Free, Plus }
//!
//! #[requires_tier(Free, get = "/calls/{id}")]
//! async fn call(Path(id): Path<u32>) -> String { format!("call {id}") }
//!
//! #[requires_tier(Plus, delete = "/calls/{id}")]
//! async fn close_call(Path(id): Path<u32>) -> String { format!("call {id} closed") }
//!
//! #[derive(Catalogue)]
//! #[catalogue(tier = Tier, state = (), handlers(call, close_call))]
//! struct Api;
//!
//! let app = AuditedRouter::<Api>::new().route("/calls/{id}", get(call).delete(close_call));
//! app.audit().assert_clean();
//! ```
//!
//! axum's own `MethodRouter` hides its handlers, and an audited router can't identify a handler without
//! running it. Wrap such a method router in [`unaudited`](super::unaudited) and give a reason.

use crate::frameworks::axum::audited::refused::refuse;
use crate::frameworks::axum::mount::filter;
use crate::frameworks::axum::on_refusal;
use crate::frameworks::axum::route_audit::MountedRoute;
use crate::route::method::Method;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{self, MethodFilter, Route};
use std::any::{TypeId, type_name};
use std::convert::Infallible;
use std::sync::Arc;
use std::{fmt, vec};
use tower_layer::Layer;
use tower_service::Service;

/// The audit result of each route, in mounting order.
pub(super) type Decided = vec::IntoIter<MountedRoute>;

/// The recorded method of a handler for every method.
const ANY: &str = "ANY";

const FILTERS: [(MethodFilter, &str); 9] = [
    (MethodFilter::GET, "GET"),
    (MethodFilter::POST, "POST"),
    (MethodFilter::PUT, "PUT"),
    (MethodFilter::PATCH, "PATCH"),
    (MethodFilter::DELETE, "DELETE"),
    (MethodFilter::HEAD, "HEAD"),
    (MethodFilter::OPTIONS, "OPTIONS"),
    (MethodFilter::TRACE, "TRACE"),
    (MethodFilter::CONNECT, "CONNECT"),
];

/// The handlers of one path, by method. Unlike axum's [`MethodRouter`](axum::routing::MethodRouter), it
/// gives [`AuditedRouter::route`](super::AuditedRouter::route) access to every handler.
///
/// It accepts functions, but no services and no fallback. To wrap a handler in a layer, call
/// [`layer`](Self::layer) on the method router. [`Handler::layer`](axum::handler::Handler::layer) hides
/// the function, so the audited router would refuse it.
#[must_use = "a method router has no effect until it is mounted"]
pub struct MethodRouter<S = ()> {
    handlers: Vec<Handling>,
    steps: Vec<Step<S>>,
}

/// A handler and its method.
#[derive(Clone, Copy)]
pub(super) struct Handling {
    pub(super) method: &'static str,
    /// The name of the function's type. Only for display.
    pub(super) handler: &'static str,
    /// Identifies the function, because each function has a unique type.
    pub(super) id: TypeId,
}

type Step<S> = Arc<dyn Fn(&mut Making<S>, &mut Decided) + Send + Sync>;

/// A method router of axum under construction.
struct Making<S> {
    methods: Methods<S>,
    is_empty: bool,
}

type Methods<S> = routing::MethodRouter<S>;

impl<S> Making<S>
where
    S: Clone + 'static,
{
    fn change(&mut self, change: impl FnOnce(Methods<S>) -> Methods<S>) {
        let methods = std::mem::take(&mut self.methods);
        self.methods = change(methods);
    }
}

macro_rules! top_level {
    ($($name:ident $filter:ident)*) => {
        $(
            #[doc = concat!("Mounts a handler for `", stringify!($filter), "`, as axum's function of this name does.")]
            pub fn $name<H, T, S>(handler: H) -> MethodRouter<S>
            where
                H: Handler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                on(MethodFilter::$filter, handler)
            }
        )*
    };
}

top_level! {
    get GET
    post POST
    put PUT
    patch PATCH
    delete DELETE
    head HEAD
    options OPTIONS
    trace TRACE
    connect CONNECT
}

/// Mounts a handler for each method of the filter.
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(filter, handler)
}

/// Mounts a handler for every method that has no other handler.
pub fn any<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let mount = |to: Methods<S>, handler| to.merge(routing::any(handler));
    let refuse = |to: Methods<S>, route| to.merge(routing::any(refuse(route)));
    MethodRouter::new().handler(ANY, handler, mount, refuse)
}

/// Creates the method router for [`AuditedRouter::get`](super::AuditedRouter::get) and its siblings.
pub(super) fn by_method<H, T, S>(method: Method, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    match filter(method) {
        Some(filter) => MethodRouter::new().one(filter, method.as_str(), handler),
        None => any(handler),
    }
}

macro_rules! chained {
    ($($name:ident $filter:ident)*) => {
        $(
            #[doc = concat!("Adds a handler for `", stringify!($filter), "`.")]
            pub fn $name<H, T>(self, handler: H) -> Self
            where
                H: Handler<T, S>,
                T: 'static,
            {
                self.on(MethodFilter::$filter, handler)
            }
        )*
    };
}

impl<S> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Creates a method router without handlers.
    pub fn new() -> Self {
        Self {
            handlers: Vec::new(),
            steps: Vec::new(),
        }
    }

    chained! {
        get GET
        post POST
        put PUT
        patch PATCH
        delete DELETE
        head HEAD
        options OPTIONS
        trace TRACE
        connect CONNECT
    }

    /// Adds a handler for each method of the filter.
    // The signature matches axum's.
    #[allow(clippy::needless_pass_by_value)]
    pub fn on<H, T>(self, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let of_filter = FILTERS
            .into_iter()
            .filter(|(one, _)| filter.or(*one) == filter);
        of_filter.fold(self, |router, (one, method)| {
            router.one(one, method, handler.clone())
        })
    }

    fn one<H, T>(self, filter: MethodFilter, method: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let mount = move |to: Methods<S>, handler| to.on(filter, handler);
        let refuse = move |to: Methods<S>, route| to.on(filter, refuse(route));
        self.handler(method, handler, mount, refuse)
    }

    fn handler<H, T>(
        mut self,
        method: &'static str,
        handler: H,
        mount: impl Fn(Methods<S>, H) -> Methods<S> + Send + Sync + 'static,
        refuse: impl Fn(Methods<S>, MountedRoute) -> Methods<S> + Send + Sync + 'static,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.handlers.push(Handling {
            method,
            handler: type_name::<H>(),
            id: TypeId::of::<H>(),
        });
        self.step(move |making, decided| {
            let Some(route) = decided.next().filter(|route| !route.is_second) else {
                return;
            };
            making.is_empty = false;
            let add = |to| match route.endpoint {
                Some(_) => mount(to, handler.clone()),
                None => refuse(to, route),
            };
            making.change(|before| match on_refusal::of_program() {
                // As in a catalogue's router, the program's function may respond to a handler's
                // refusals. After a merge, the fallback of `before` remains, with its layers.
                Some(layer) => add(Methods::new()).layer(layer).merge(before),
                None => add(before),
            });
        })
    }

    fn step(mut self, step: impl Fn(&mut Making<S>, &mut Decided) + Send + Sync + 'static) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// Adds the handlers of another method router.
    pub fn merge(mut self, other: Self) -> Self {
        self.handlers.extend(other.handlers);
        self.steps.extend(other.steps);
        self
    }

    /// Wraps the handlers added so far in a layer: see [`axum::routing::MethodRouter::layer`].
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.step(move |making, _| making.change(|methods| methods.layer(layer.clone())))
    }

    /// Wraps the handlers added so far in a layer that runs only for their methods: see
    /// [`axum::routing::MethodRouter::route_layer`].
    ///
    /// # Panics
    /// Panics if no handler was added before, like axum's method.
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        assert!(
            !self.handlers.is_empty(),
            "a `route_layer` without handlers before it has no effect; add the handlers first"
        );
        self.step(move |making, _| {
            if !making.is_empty {
                making.change(|methods| methods.route_layer(layer.clone()));
            }
        })
    }

    /// Returns the handlers in the order in which [`make`] consumes their audit results.
    pub(super) fn handlers(&self) -> &[Handling] {
        &self.handlers
    }

    /// Builds axum's method router. Returns `None` if it would have no handler.
    pub(super) fn make(&self, decided: &mut Decided) -> Option<Methods<S>> {
        let mut making = Making {
            methods: Methods::new(),
            is_empty: true,
        };
        for step in &self.steps {
            step(&mut making, decided);
        }
        (!making.is_empty).then_some(making.methods)
    }
}

impl<S> Default for MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Clone for MethodRouter<S> {
    fn clone(&self) -> Self {
        Self {
            handlers: self.handlers.clone(),
            steps: self.steps.clone(),
        }
    }
}

impl<S> fmt::Debug for MethodRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handlers = self.handlers.iter();
        let handlers = handlers.map(|handling| (handling.method, handling.handler));
        f.debug_map().entries(handlers).finish()
    }
}
