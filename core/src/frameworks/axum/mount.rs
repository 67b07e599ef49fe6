//! What the router of a catalogue is made of.
// Public for generated code only.
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

/// A router to which one handler after the other is added. It is not handed on from each to the
/// next: the compiler would have to see to every one of them, in case the next panics.
pub struct Mounting<S>(Router<S>);

impl<S> Mounting<S>
where
    S: Clone + Send + Sync + 'static,
{
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Router::new())
    }

    /// Mounts a handler where its attribute says. One without a route was refused by the compiler.
    pub fn mount<H, T>(&mut self, endpoint: Endpoint, handler: H)
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let id = TypeId::of::<H>();
        self.route(endpoint, id, on_method(method_of(endpoint), handler));
    }

    // Not generic over the handler, so that it is compiled once.
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

/// The functions that a catalogue lists. Each function has a type of its own.
pub(super) type Handlers = HashMap<TypeId, Endpoint>;

thread_local! {
    /// Collects the handlers that a catalogue mounts, while [`handlers_of`] asks for them.
    static RECORD: RefCell<Option<Handlers>> = const { RefCell::new(None) };
}

/// Finds out which functions a catalogue lists, by letting it mount them without a router. The
/// generated code has the functions only there.
pub(super) fn handlers_of<C, S>() -> Handlers
where
    C: Mounted<S>,
{
    /// Ends the recording, after a panic too.
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

/// Records a handler, and returns whether it was.
fn record(endpoint: Endpoint, id: TypeId) -> bool {
    RECORD.with_borrow_mut(|record| match record {
        Some(handlers) => {
            handlers.insert(id, endpoint);
            true
        }
        None => false,
    })
}

/// What a finished router still needs: how the program answers refusals, if it says so.
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
    // An endpoint without a route is not mounted.
    let route = endpoint.route();
    route.map_or(Method::Get, |(method, _)| method)
}

/// A handler for this method.
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

/// `None` for every method that has no other handler.
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

/// A handler of a catalogue without a state, of which nobody said that axum can mount it. The
/// method `mount` is [`MountHandler`]'s where axum can, and else [`MountOther`]'s, because a
/// method by value is found before one by reference.
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
            // Always false. It depends on both types, as an optimising compiler else evaluates it
            // before it knows that `router` is called.
            assert!(
                size_of::<(H, S)>() == usize::MAX,
                "a handler of this catalogue cannot be mounted by `router()`: if it takes a `State`, name its type, `#[catalogue(state = AppState)]`; `#[axum::debug_handler]` on a handler says what else is wrong with it"
            );
        }
    }
}

/// A catalogue whose router has the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no router with the state `{S}`",
    label = "has another state, or no list of handlers",
    note = "catalogues that are mounted together have one state: give `{Self}` `#[catalogue(state = {S})]`"
)]
pub trait Mounted<S> {
    fn router() -> Router<S>;
}

/// True of the state `()`. It makes `router` generic, so that its body waits for a caller.
#[diagnostic::on_unimplemented(
    message = "the router of this catalogue has no state, and here it should have the state `{S}`",
    label = "a router without a state",
    note = "name the state in the catalogue: `#[catalogue(state = {S})]`"
)]
pub trait IsState<S>: Sized {
    fn convert(router: Router<Self>) -> Router<S>;

    /// See [`finish`](fn@finish).
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

/// A state that no router has. Without a second candidate the compiler would take `()` before it
/// has seen what the router is used for, and then complain there.
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
