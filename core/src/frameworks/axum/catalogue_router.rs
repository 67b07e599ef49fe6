//! Builds a catalogue's axum router: `Api::router`.
// Public only for generated code.
#![allow(missing_docs)]

use crate::endpoint::Endpoint;
use crate::frameworks::axum::method_filter::on_method;
use crate::frameworks::axum::on_refusal::program_on_refusal;
#[cfg(feature = "quota")]
use crate::quota::{in_program::search_requests, in_request::QuotasExpected};
use crate::route::method::Method;
use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem;

/// A router that collects a catalogue's handlers.
///
/// `mount` takes `&mut self`. If `mount` took and returned the router by value, the compiler would have
/// to generate clean-up code for panics at each call.
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
        let handler_id = TypeId::of::<H>();
        self.route(
            endpoint,
            handler_id,
            on_method(endpoint_method(endpoint), handler),
        );
    }

    // This function isn't generic over the handler, so it isn't compiled again for each handler.
    fn route(&mut self, endpoint: Endpoint, handler_id: TypeId, handler: MethodRouter<S>) {
        if record_handler(endpoint, handler_id) {
            return;
        }
        if let Some((_, path)) = endpoint.route() {
            self.0 = mem::take(&mut self.0).route(path, handler);
        }
    }

    pub fn merge(&mut self, included_router: Router<S>) {
        self.0 = mem::take(&mut self.0).merge(included_router);
    }

    pub fn router(self) -> Router<S> {
        self.0
    }

    /// Makes the guards refuse calls that no `Quotas` count. Generated for catalogues with a quota.
    #[cfg(feature = "quota")]
    pub fn expect_quotas(&mut self) {
        self.0 = expecting_quotas(mem::take(&mut self.0));
    }

    /// Does nothing. A quota without the `quota` feature is already a compile error. Without this function,
    /// the compiler would report a second error.
    #[cfg(not(feature = "quota"))]
    pub const fn expect_quotas(&mut self) {}
}

/// Marks all requests to a router. Its guards then notice if no layer counts the calls.
#[cfg(feature = "quota")]
pub(super) fn expecting_quotas<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    search_requests();
    router.layer(axum::Extension(QuotasExpected))
}

/// The functions that a catalogue lists. Each function is identified by its unique type.
pub(super) type ListedHandlers = HashMap<TypeId, Endpoint>;

thread_local! {
    /// Collects the handlers that a catalogue mounts while [`listed_handlers`] runs.
    static RECORDED_HANDLERS: RefCell<Option<ListedHandlers>> = const { RefCell::new(None) };
}

/// Returns the functions that a catalogue lists.
///
/// Only the generated `router()` refers to these functions. `listed_handlers` therefore calls `router()`,
/// but records each handler instead of mounting it.
pub(super) fn listed_handlers<C, S>() -> ListedHandlers
where
    C: Mounted<S>,
{
    /// Ends the recording when dropped, even if `router()` panics.
    struct Recording;

    impl Drop for Recording {
        fn drop(&mut self) {
            RECORDED_HANDLERS.take();
        }
    }

    RECORDED_HANDLERS.set(Some(ListedHandlers::new()));
    let _recording = Recording;
    drop(C::router());
    RECORDED_HANDLERS.take().unwrap_or_default()
}

/// Records the handler if [`listed_handlers`] is collecting handlers. Returns whether it is.
fn record_handler(endpoint: Endpoint, handler_id: TypeId) -> bool {
    RECORDED_HANDLERS.with_borrow_mut(|recorded_handlers| match recorded_handlers {
        Some(handlers) => {
            handlers.insert(handler_id, endpoint);
            true
        }
        None => false,
    })
}

/// Finishes a router. If [`set_on_refusal`](super::set_on_refusal) was called, adds a layer that
/// responds with the program-wide function.
pub fn finish<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    match program_on_refusal() {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

fn endpoint_method(endpoint: Endpoint) -> Method {
    // Endpoints without a route are not mounted.
    let route = endpoint.route();
    route.map_or(Method::Get, |(method, _)| method)
}

/// A handler that may or may not implement axum's `Handler`, in a catalogue without a state.
///
/// A call to `mount` resolves to [`MountHandler`] if axum can mount the handler, and to [`MountOther`]
/// otherwise. This works because the compiler's method lookup prefers a method that takes `self` by
/// value to a method that takes `&self`.
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
            // This condition is always false. It depends on both types, because an optimising compiler
            // would evaluate a condition without generic types even in programs that never call
            // `router`.
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

/// Implemented for the state `()`. A bound with this trait keeps `router` generic, so the compiler
/// checks the body of `router` only if a program calls it.
#[diagnostic::on_unimplemented(
    message = "the router of this catalogue has no state, but `{S}` is expected here",
    label = "this router has no state",
    note = "add the state to the catalogue: `#[catalogue(state = {S})]`"
)]
pub trait IsState<S>: Sized {
    fn convert(router: Router<Self>) -> Router<S>;

    /// Finishes the router, like [`finish`](fn@finish).
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
/// This type gives the compiler a second candidate for the router's state, besides `()`. If `()` were
/// the only candidate, the compiler would infer it before it sees how the program uses the router. If
/// the program uses the router with a different state, the compiler would then report the error at that
/// use.
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
