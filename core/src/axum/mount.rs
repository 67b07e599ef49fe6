//! What the router of a catalogue is made of.
// Public for generated code only.
#![allow(missing_docs)]

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

/// True of one type and itself. It makes `router` generic, so that its body waits for a caller,
/// and lets the compiler find the only type that fits.
#[diagnostic::on_unimplemented(
    message = "the router of this catalogue has the state `{Self}`, and here it should have `{S}`",
    label = "a router of another state",
    note = "name the state in the catalogue: `#[catalogue(state = {S})]`"
)]
pub trait IsState<S>: Sized {
    fn convert(router: Router<Self>) -> Router<S>;
}

impl<S> IsState<S> for S {
    fn convert(router: Router<Self>) -> Router<S> {
        router
    }
}
