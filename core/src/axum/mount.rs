//! What the router of a catalogue is made of.
// Public for generated code only.
#![allow(missing_docs)]

use super::on_refusal;
use crate::Endpoint;
use crate::route::Method;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use std::marker::PhantomData;

/// Mounts a handler where its attribute says. One without a route was refused by the compiler.
pub fn mount<S, H, T>(router: Router<S>, endpoint: &Endpoint, handler: H) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    H: Handler<T, S>,
    T: 'static,
{
    match endpoint.route() {
        Some((method, path)) => router.route(path, on(filter(method), handler)),
        None => router,
    }
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

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
        Method::Head => MethodFilter::HEAD,
        Method::Options => MethodFilter::OPTIONS,
    }
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
    fn mount(self, router: Router<()>, endpoint: &Endpoint) -> Router<()>;
}

impl<H, S, T> MountHandler<T> for &Mount<H, S>
where
    H: Handler<T, ()>,
    T: 'static,
{
    fn mount(self, router: Router<()>, endpoint: &Endpoint) -> Router<()> {
        mount(router, endpoint, self.handler.clone())
    }
}

pub trait MountOther {
    fn mount(&self, router: Router<()>, endpoint: &Endpoint) -> Router<()>;
}

impl<H, S> MountOther for &Mount<H, S> {
    fn mount(&self, _router: Router<()>, _endpoint: &Endpoint) -> Router<()> {
        // Reached by the compiler only if `router` is called.
        const {
            // Without a use of the types, an optimising compiler evaluates this in any case.
            let _ = size_of::<Mount<H, S>>();
            panic!(
                "a handler of this catalogue cannot be mounted by `router()`: if it takes a `State`, name its type, `#[catalogue(state = AppState)]`; `#[axum::debug_handler]` on a handler says what else is wrong with it"
            )
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
