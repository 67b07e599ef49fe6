//! Builds the router of a catalogue.
// Public only for generated code.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::frameworks::axum::on_refusal;
use crate::route::method::Method;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, any, on};
use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem;

/// A router that collects the handlers of a catalogue.
///
/// `mount` takes `&mut self` instead of returning the router. Passing the router by value would make
/// the compiler generate clean-up code for a panic in each call.
pub struct Mounting<S>(Router<S>);

impl<S> Mounting<S>
where
    S: Clone + Send + Sync + 'static,
{
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Router::new())
    }

    /// Mounts a handler at the route in its attribute. The compiler has already rejected handlers
    /// without a route.
    pub fn mount<H, T>(&mut self, endpoint: Endpoint, handler: H)
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let id = TypeId::of::<H>();
        self.route(endpoint, id, on_method(method_of(endpoint), handler));
    }

    // Not generic over the handler, to be compiled only once.
    fn route(&mut self, endpoint: Endpoint, id: TypeId, handler: MethodRouter<S>) {
        if record(endpoint, id) {
            return;
        }
        if let Some((_, path)) = endpoint.route() {
            self.0 = mem::take(&mut self.0).route(path, handler);
        }
    }

    pub fn merge(&mut self, other: Router<S>) {
        self.0 = mem::take(&mut self.0).merge(other);
    }

    pub fn router(self) -> Router<S> {
        self.0
    }
}

/// The functions that a catalogue lists. Each function has a unique type.
pub(super) type Handlers = HashMap<TypeId, Endpoint>;

thread_local! {
    /// Collects the handlers that a catalogue mounts during a call of [`handlers_of`].
    static RECORD: RefCell<Option<Handlers>> = const { RefCell::new(None) };
}

/// Returns the functions that a catalogue lists.
///
/// Only the generated `router()` names these functions, so this function calls `router()` and records
/// each handler instead of mounting it.
pub(super) fn handlers_of<C, S>() -> Handlers
where
    C: Mounted<S>,
{
    /// Ends the recording, even after a panic.
    struct Recording;

    impl Drop for Recording {
        fn drop(&mut self) {
            RECORD.take();
        }
    }

    RECORD.set(Some(Handlers::new()));
    let _recording = Recording;
    drop(C::router());
    RECORD.take().unwrap_or_default()
}

/// Records a handler if a recording is active, and returns whether it is.
fn record(endpoint: Endpoint, id: TypeId) -> bool {
    RECORD.with_borrow_mut(|record| match record {
        Some(handlers) => {
            handlers.insert(id, endpoint);
            true
        }
        None => false,
    })
}

/// Adds the response that [`set_on_refusal`](super::set_on_refusal) configured, if any, to a finished
/// router.
pub fn finish<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    match on_refusal::of_program() {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

fn method_of(endpoint: Endpoint) -> Method {
    // Endpoints without a route are not mounted.
    let route = endpoint.route();
    route.map_or(Method::Get, |(method, _)| method)
}

/// Creates a method router with a handler for this method.
pub(super) fn on_method<H, T, S>(method: Method, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    match filter(method) {
        Some(filter) => on(filter, handler),
        None => any(handler),
    }
}

/// Returns axum's filter for a method, or `None` for `Any`.
pub(super) fn filter(method: Method) -> Option<MethodFilter> {
    Some(match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
        Method::Head => MethodFilter::HEAD,
        Method::Options => MethodFilter::OPTIONS,
        Method::Connect => MethodFilter::CONNECT,
        Method::Any => return None,
    })
}

/// A handler whose type may not implement axum's `Handler`, in a catalogue without a state.
///
/// `mount` resolves to [`MountHandler`] if axum can mount the handler and to [`MountOther`] otherwise.
/// Method lookup finds a method that takes `self` by value before one that takes `&self`.
pub struct Mount<H, S> {
    handler: H,
    state: PhantomData<fn() -> S>,
}

impl<H, S> Mount<H, S> {
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            state: PhantomData,
        }
    }
}

pub trait MountHandler<T> {
    fn mount(self, router: &mut Mounting<()>, endpoint: Endpoint);
}

impl<H, S, T> MountHandler<T> for &Mount<H, S>
where
    H: Handler<T, ()>,
    T: 'static,
{
    fn mount(self, router: &mut Mounting<()>, endpoint: Endpoint) {
        router.mount(endpoint, self.handler.clone());
    }
}

pub trait MountOther {
    fn mount(&self, router: &mut Mounting<()>, endpoint: Endpoint);
}

impl<H, S> MountOther for &Mount<H, S> {
    fn mount(&self, _router: &mut Mounting<()>, _endpoint: Endpoint) {
        const {
            // Always false. The condition depends on both types because an optimising compiler
            // otherwise evaluates it even if nothing calls `router`.
            assert!(
                size_of::<(H, S)>() == usize::MAX,
                "`router()` cannot mount a handler of this catalogue; if the handler takes a `State`, name its type: `#[catalogue(state = AppState)]`; otherwise, `#[axum::debug_handler]` on the handler shows the mistake"
            );
        }
    }
}

/// A catalogue whose router has the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no router with the state `{S}`",
    label = "this catalogue has another state or no `handlers(…)`",
    note = "catalogues that are mounted together need the same state; add `#[catalogue(state = {S})]` to `{Self}`"
)]
pub trait Mounted<S> {
    fn router() -> Router<S>;
}

/// Implemented by the state `()`. This bound keeps `router` generic, so the compiler checks its body
/// only if it is called.
#[diagnostic::on_unimplemented(
    message = "the router of this catalogue has no state, but `{S}` is expected here",
    label = "this router has no state",
    note = "add the state to the catalogue: `#[catalogue(state = {S})]`"
)]
pub trait IsState<S>: Sized {
    fn convert(router: Router<Self>) -> Router<S>;

    /// Finishes the router: see [`finish`](fn@finish).
    fn finish(router: Router<S>) -> Router<S>;
}

impl IsState<()> for () {
    fn convert(router: Router) -> Router {
        router
    }

    fn finish(router: Router) -> Router {
        finish(router)
    }
}

/// A state that no router uses.
///
/// It adds a second candidate for the state. With a single candidate, the compiler would infer `()`
/// before it sees how the router is used, and would report the error at that use.
#[derive(Clone)]
pub enum OtherState {}

#[diagnostic::do_not_recommend]
impl IsState<OtherState> for () {
    fn convert(_router: Router) -> Router<OtherState> {
        Router::new()
    }

    fn finish(router: Router<OtherState>) -> Router<OtherState> {
        router
    }
}
