//! `get`, `post` and the other functions of [`axum::routing`], for an
//! [`AuditedRouter`](super::AuditedRouter).
//!
//! These functions have the same names as axum's functions and chain in the same way. Unlike axum's
//! functions, they let an audited router see which handlers they mount. To switch, change one import:
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

use crate::frameworks::axum::audited::ungated_route::refuse_ungated;
use crate::frameworks::axum::method_filter::{METHOD_FILTERS, method_filter};
use crate::frameworks::axum::on_refusal::program_on_refusal;
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

/// Each route's audit result, in mounting order.
pub(super) type AuditResults = vec::IntoIter<MountedRoute>;

/// The recorded method name of a handler that accepts every HTTP method.
const ANY: &str = "ANY";

/// The handlers of one path, by HTTP method. Unlike axum's
/// [`MethodRouter`](axum::routing::MethodRouter), this type gives
/// [`AuditedRouter::route`](super::AuditedRouter::route) access to every handler.
///
/// This type accepts functions, but it doesn't accept services or a fallback. To wrap a handler in a
/// layer, call [`layer`](Self::layer) on the method router.
/// [`Handler::layer`](axum::handler::Handler::layer) would hide the function, so the audited router
/// would refuse its calls.
#[must_use = "a method router has no effect until it is mounted"]
pub struct MethodRouter<S = ()> {
    handlers: Vec<RecordedHandler>,
    steps: Vec<BuildStep<S>>,
}

/// A handler and its HTTP method.
#[derive(Clone, Copy)]
pub(super) struct RecordedHandler {
    pub(super) method: &'static str,
    /// The name of the function's type. Only for display.
    pub(super) handler: &'static str,
    /// Identifies the function, because each function has a unique type.
    pub(super) id: TypeId,
}

type BuildStep<S> = Arc<dyn Fn(&mut MethodRouterBuilder<S>, &mut AuditResults) + Send + Sync>;

/// One of axum's method routers while it is being built.
struct MethodRouterBuilder<S> {
    axum_router: AxumMethodRouter<S>,
    is_empty: bool,
}

type AxumMethodRouter<S> = routing::MethodRouter<S>;

impl<S> MethodRouterBuilder<S>
where
    S: Clone + 'static,
{
    fn change(&mut self, change: impl FnOnce(AxumMethodRouter<S>) -> AxumMethodRouter<S>) {
        let axum_router = std::mem::take(&mut self.axum_router);
        self.axum_router = change(axum_router);
    }
}

macro_rules! top_level {
    ($($name:ident $filter:ident)*) => {
        $(
            #[doc = concat!("Mounts a handler for `", stringify!($filter), "`, like axum's function with the same name.")]
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

/// Mounts a handler for each of the filter's HTTP methods.
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(filter, handler)
}

/// Mounts a handler for all HTTP methods that have no other handler.
pub fn any<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let mount =
        |axum_router: AxumMethodRouter<S>, handler| axum_router.merge(routing::any(handler));
    let refuse = |axum_router: AxumMethodRouter<S>, route| {
        axum_router.merge(routing::any(refuse_ungated(route)))
    };
    MethodRouter::new().add_handler(ANY, handler, mount, refuse)
}

/// Creates the method router for [`AuditedRouter::get`](super::AuditedRouter::get) and its siblings.
pub(super) fn method_router_for<H, T, S>(method: Method, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    match method_filter(method) {
        Some(filter) => MethodRouter::new().on_single_method(filter, method.as_str(), handler),
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

    /// Adds a handler for each of the filter's HTTP methods.
    // The signature matches axum's `on` method.
    #[allow(clippy::needless_pass_by_value)]
    pub fn on<H, T>(self, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let method_filters = METHOD_FILTERS
            .into_iter()
            .filter(|(single, _)| filter.or(*single) == filter);
        method_filters.fold(self, |router, (single, method)| {
            router.on_single_method(single, method, handler.clone())
        })
    }

    fn on_single_method<H, T>(self, filter: MethodFilter, method: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let mount =
            move |axum_router: AxumMethodRouter<S>, handler| axum_router.on(filter, handler);
        let refuse = move |axum_router: AxumMethodRouter<S>, route| {
            axum_router.on(filter, refuse_ungated(route))
        };
        self.add_handler(method, handler, mount, refuse)
    }

    fn add_handler<H, T>(
        mut self,
        method: &'static str,
        handler: H,
        mount: impl Fn(AxumMethodRouter<S>, H) -> AxumMethodRouter<S> + Send + Sync + 'static,
        refuse: impl Fn(AxumMethodRouter<S>, MountedRoute) -> AxumMethodRouter<S>
        + Send
        + Sync
        + 'static,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.handlers.push(RecordedHandler {
            method,
            handler: type_name::<H>(),
            id: TypeId::of::<H>(),
        });
        self.add_step(move |builder, audit_results| {
            let Some(route) = audit_results.next().filter(|route| !route.is_second) else {
                return;
            };
            builder.is_empty = false;
            let add_handler = |axum_router| match route.endpoint {
                Some(_) => mount(axum_router, handler.clone()),
                None => refuse(axum_router, route),
            };
            builder.change(|mounted_before| match program_on_refusal() {
                // As in a catalogue's router, this layer makes the program-wide function respond to a
                // `Denied` that the handler returns. The layer wraps only the new handler. Merging
                // `mounted_before` afterwards keeps its fallback and the fallback's layers.
                Some(layer) => add_handler(AxumMethodRouter::new())
                    .layer(layer)
                    .merge(mounted_before),
                None => add_handler(mounted_before),
            });
        })
    }

    fn add_step(
        mut self,
        step: impl Fn(&mut MethodRouterBuilder<S>, &mut AuditResults) + Send + Sync + 'static,
    ) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// Adds the handlers of another method router.
    pub fn merge(mut self, other: Self) -> Self {
        self.handlers.extend(other.handlers);
        self.steps.extend(other.steps);
        self
    }

    /// Wraps the handlers added so far in a layer, like [`axum::routing::MethodRouter::layer`].
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.add_step(move |builder, _| {
            builder.change(|axum_router| axum_router.layer(layer.clone()));
        })
    }

    /// Wraps the handlers added so far in a layer that runs only for their HTTP methods, like
    /// [`axum::routing::MethodRouter::route_layer`].
    ///
    /// # Panics
    /// Like axum's `route_layer`, panics if no handler was added before.
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
        self.add_step(move |builder, _| {
            if !builder.is_empty {
                builder.change(|axum_router| axum_router.route_layer(layer.clone()));
            }
        })
    }

    /// Returns the handlers in mounting order. [`build`](Self::build) expects their audit results in
    /// this order.
    pub(super) fn handlers(&self) -> &[RecordedHandler] {
        &self.handlers
    }

    /// Builds axum's method router. Returns `None` if the method router would have no handler.
    pub(super) fn build(&self, audit_results: &mut AuditResults) -> Option<AxumMethodRouter<S>> {
        let mut builder = MethodRouterBuilder {
            axum_router: AxumMethodRouter::new(),
            is_empty: true,
        };
        for step in &self.steps {
            step(&mut builder, audit_results);
        }
        (!builder.is_empty).then_some(builder.axum_router)
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
        let handlers = handlers.map(|recorded| (recorded.method, recorded.handler));
        f.debug_map().entries(handlers).finish()
    }
}
