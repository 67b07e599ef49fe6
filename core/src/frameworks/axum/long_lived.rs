//! Long-lived connections in axum: server-sent events and `WebSocket`s.

#[cfg(feature = "axum-ws")]
use crate::access::refusal::Refusal;
#[cfg(feature = "axum-ws")]
use crate::access::watch::socket::CloseMessage;
use crate::access::watch::{Watch, while_allowed::WhileAllowed};
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
#[cfg(feature = "axum-ws")]
use axum::extract::ws::{CloseFrame, Message};
use axum::response::sse::Event;
use futures_util::Stream;

/// Ends a stream of server-sent events when the caller's subscription no longer allows it.
///
/// The last event is called `revoked`, and its data is the [`Problem`] document. Without it, a browser would
/// reconnect at once and be refused.
///
/// ```
/// use axum::response::sse::{Event, Sse};
/// use futures_util::Stream;
/// use std::convert::Infallible;
/// use tiergate::requires_tier;
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # fn updates() -> impl Stream<Item = Result<Event, Infallible>> { futures_util::stream::empty() }
/// #[requires_tier(Plus, get = "/updates", guard = pass)]
/// async fn live_updates() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
///     Sse::new(tiergate::axum::sse_while_allowed(pass.watch(), updates()))
/// }
/// ```
pub fn sse_while_allowed<T, S, E>(watch: Watch<T>, events: S) -> WhileAllowed<S>
where
    T: Tier,
    S: Stream<Item = Result<Event, E>>,
{
    watch.while_allowed_then(events, |refusal| {
        let document = Problem::new(&refusal).to_json();
        Ok(Event::default().event("revoked").data(document))
    })
}

#[cfg(feature = "axum-ws")]
impl CloseMessage for Message {
    fn close(refusal: &Refusal) -> Self {
        Self::Close(Some(CloseFrame {
            code: refusal.close_code(),
            reason: refusal.code().into(),
        }))
    }
}
