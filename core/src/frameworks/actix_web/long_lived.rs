//! `WebSocket`s of actix-ws that are closed when the subscription no longer allows them.

use crate::access::refusal::Refusal;
use crate::access::watch::Watch;
use crate::access::watch::socket::{CloseMessage, WatchedSocket};
use crate::tier::Tier;
use actix_ws::{CloseCode, CloseReason, Closed, Message, Session};
use futures_util::{Sink, Stream};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Closes a `WebSocket` of actix-ws as soon as the caller may no longer use it.
///
/// Pass the `messages` that `actix_ws::handle` returns, with or without aggregated continuations. Read them
/// from the returned stream, and keep reading, because the connection is closed only while the stream is
/// polled. The stream then ends, and every clone of the session fails to send. The close frame has the code
/// that [`Refusal::close_code`] returns.
///
/// ```
/// use actix_web::{HttpRequest, HttpResponse, web::Payload};
/// use actix_ws::Message;
/// use futures_util::StreamExt;
/// use tiergate::requires_tier;
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus, get = "/live", guard = pass)]
/// async fn live(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
///     let (response, mut session, messages) = actix_ws::handle(&request, body)?;
///     let mut messages =
///         tiergate::actix_web::ws_while_allowed(pass.watch(), session.clone(), messages);
///     actix_web::rt::spawn(async move {
///         while let Some(Ok(message)) = messages.next().await {
///             if let Message::Text(text) = message && session.text(text).await.is_err() {
///                 break;
///             }
///         }
///     });
///     Ok(response)
/// }
/// ```
pub fn ws_while_allowed<T, S>(
    watch: Watch<T>,
    session: Session,
    messages: S,
) -> WatchedSocket<WebSocket<S>, Message>
where
    T: Tier,
    S: Stream,
{
    watch.socket(WebSocket { messages, session })
}

impl CloseMessage for Message {
    fn close(refusal: &Refusal) -> Self {
        Self::Close(Some(CloseReason {
            code: CloseCode::from(refusal.close_code()),
            description: Some(refusal.code().to_owned()),
        }))
    }
}

pin_project! {
    /// The messages and the session of a `WebSocket`, as a stream and a sink.
    pub struct WebSocket<S> {
        #[pin]
        messages: S,
        session: Session,
    }
}

impl<S: Stream> Stream for WebSocket<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().messages.poll_next(context)
    }
}

impl<S> Sink<Message> for WebSocket<S> {
    type Error = Closed;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        Pin::new(self.project().session).poll_ready(context)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Closed> {
        Pin::new(self.project().session).start_send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        Pin::new(self.project().session).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        Pin::new(self.project().session).poll_close(context)
    }
}

impl<S> fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}
