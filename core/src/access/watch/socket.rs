//! A `WebSocket` that is closed when the caller may no longer use it.

use crate::access::refusal::Refusal;
use crate::access::watch::Watch;
use crate::tier::Tier;
use futures_util::{Sink, Stream};
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A message type of `WebSocket`s that includes close frames.
///
/// The feature `axum-ws` implements it for the messages of axum. Implement it for the messages of another
/// library, with [`Refusal::close_code`] as the code.
pub trait CloseMessage {
    /// Creates the message that closes the connection for this reason.
    fn close(refusal: &Refusal) -> Self;
}

pin_project! {
    /// The socket that [`Watch::socket`] returns.
    ///
    /// It is a stream and a sink like the socket in it. As soon as the caller may no longer use the connection,
    /// it sends a close frame. The stream then ends, and sending fails with [`SocketError::Revoked`]. The close
    /// frame is sent while the socket is polled, so a task that only sends now and then should also read, for
    /// example with `select!`.
    pub struct WatchedSocket<S, M> {
        #[pin]
        socket: S,
        revoked: Pin<Box<dyn Future<Output = Refusal> + Send>>,
        state: State<M>,
    }
}

enum State<M> {
    Open,
    /// The close frame hasn't been accepted by the socket yet.
    Closing(Refusal, Option<M>),
    Closed(Refusal),
}

/// The reason why a message wasn't sent over a [`WatchedSocket`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SocketError<E> {
    /// The caller may no longer use the connection.
    Revoked(Refusal),
    /// The socket failed.
    Socket(E),
}

impl<E: fmt::Display> fmt::Display for SocketError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoked(refusal) => write!(f, "the connection was closed: {refusal}"),
            Self::Socket(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for SocketError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Revoked(refusal) => Some(refusal),
            Self::Socket(error) => error.source(),
        }
    }
}

impl<S, M> WatchedSocket<S, M> {
    pub(super) fn new<T: Tier>(socket: S, mut watch: Watch<T>) -> Self {
        Self {
            socket,
            revoked: Box::pin(async move { watch.revoked().await }),
            state: State::Open,
        }
    }

    /// Returns why the connection was closed, or `None` if it is open.
    pub fn reason(&self) -> Option<Refusal> {
        match self.state {
            State::Open => None,
            State::Closing(refusal, _) | State::Closed(refusal) => Some(refusal),
        }
    }
}

impl<S, M> WatchedSocket<S, M>
where
    S: Sink<M>,
    M: CloseMessage,
{
    /// Checks the caller, and sends the close frame if necessary. Returns the reason if the connection is
    /// closed.
    fn poll_closed(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Refusal>, S::Error>> {
        let mut this = self.project();
        if let State::Open = this.state
            && let Poll::Ready(refusal) = this.revoked.as_mut().poll(context)
        {
            *this.state = State::Closing(refusal, Some(M::close(&refusal)));
        }
        let refusal = match this.state {
            State::Open => return Poll::Ready(Ok(None)),
            State::Closed(refusal) => return Poll::Ready(Ok(Some(*refusal))),
            State::Closing(refusal, message) => {
                let refusal = *refusal;
                if message.is_some() {
                    ready!(this.socket.as_mut().poll_ready(context))?;
                    if let Some(message) = message.take() {
                        this.socket.as_mut().start_send(message)?;
                    }
                }
                refusal
            }
        };
        ready!(this.socket.poll_flush(context))?;
        *this.state = State::Closed(refusal);
        Poll::Ready(Ok(Some(refusal)))
    }
}

impl<S, M, I> Stream for WatchedSocket<S, M>
where
    S: Stream<Item = Result<I, S::Error>> + Sink<M>,
    M: CloseMessage,
{
    type Item = Result<I, S::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match ready!(self.as_mut().poll_closed(context)) {
            Ok(None) => self.project().socket.poll_next(context),
            Ok(Some(_)) => Poll::Ready(None),
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl<S, M> Sink<M> for WatchedSocket<S, M>
where
    S: Sink<M>,
    M: CloseMessage,
{
    type Error = SocketError<S::Error>;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        match ready!(self.as_mut().poll_closed(context)).map_err(SocketError::Socket)? {
            Some(refusal) => Poll::Ready(Err(SocketError::Revoked(refusal))),
            None => self
                .project()
                .socket
                .poll_ready(context)
                .map_err(SocketError::Socket),
        }
    }

    fn start_send(self: Pin<&mut Self>, message: M) -> Result<(), Self::Error> {
        if let Some(refusal) = self.reason() {
            return Err(SocketError::Revoked(refusal));
        }
        let sent = self.project().socket.start_send(message);
        sent.map_err(SocketError::Socket)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        match ready!(self.as_mut().poll_closed(context)).map_err(SocketError::Socket)? {
            Some(refusal) => Poll::Ready(Err(SocketError::Revoked(refusal))),
            None => self
                .project()
                .socket
                .poll_flush(context)
                .map_err(SocketError::Socket),
        }
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        let closed = self.project().socket.poll_close(context);
        closed.map_err(SocketError::Socket)
    }
}

impl<S, M> fmt::Debug for WatchedSocket<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedSocket")
            .field("reason", &self.reason())
            .finish_non_exhaustive()
    }
}
