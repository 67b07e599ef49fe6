//! A `WebSocket` that is closed when the caller may no longer use it.

use crate::access::refusal::Refusal;
use crate::access::watch::Watch;
use crate::tier::Tier;
use futures_util::task::AtomicWaker;
use futures_util::{Sink, Stream};
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A message type of `WebSocket`s that includes close frames.
///
/// The features `axum-ws` and `actix-ws` implement this trait for the messages of these libraries. For the
/// messages of another library, use [`Watch::socket_with`].
///
/// ```
/// use tiergate::{CloseMessage, Refusal};
///
/// /// A message of your own library.
/// enum Message {
///     Text(String),
///     Close(u16),
/// }
///
/// impl CloseMessage for Message {
///     fn close(refusal: &Refusal) -> Self {
///         Self::Close(refusal.close_code())
///     }
/// }
/// ```
pub trait CloseMessage {
    /// Creates the message that closes the connection for this reason.
    fn close(refusal: &Refusal) -> Self;
}

/// How long closing may take. After this time, the connection counts as closed, even if the client hasn't
/// received the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many messages are discarded before other tasks of the thread run.
const MOST_DISCARDED: u32 = 100;

pin_project! {
    /// The socket that [`Watch::socket`] returns.
    ///
    /// It is a stream and a sink, like the inner socket. As soon as the caller may no longer use the
    /// connection, it sends a close frame and waits up to five seconds for the client's close frame. Messages
    /// that arrive in the meantime are discarded. The stream then ends, and sending fails with
    /// [`SocketError::Revoked`].
    ///
    /// The close frame is sent while the socket is polled. A task that sends only occasionally should
    /// therefore also read, for example with `select!`. You can also split the socket and read in another
    /// task.
    pub struct WatchedSocket<S, M> {
        #[pin]
        socket: S,
        state: State<M>,
        // Different tasks may read and send.
        wakers: Arc<Wakers>,
    }
}

enum State<M> {
    Open {
        revoked: Pin<Box<dyn Future<Output = Refusal> + Send>>,
        close: Box<dyn FnOnce(&Refusal) -> M + Send>,
    },
    Closing {
        refusal: Refusal,
        /// The close frame, until the socket accepts it.
        frame: Option<M>,
        is_flushed: bool,
        timeout: Pin<Box<Sleep>>,
    },
    Closed(Refusal),
    /// The client has closed the connection, or it has failed.
    Ended,
}

/// The tasks that read from a socket and send over it.
#[derive(Default)]
struct Wakers {
    reading: AtomicWaker,
    sending: AtomicWaker,
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reading.wake();
        self.sending.wake();
    }
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
    pub(super) fn new<T: Tier>(
        socket: S,
        mut watch: Watch<T>,
        close: impl FnOnce(&Refusal) -> M + Send + 'static,
    ) -> Self {
        Self {
            socket,
            state: State::Open {
                revoked: Box::pin(async move { watch.revoked().await }),
                close: Box::new(close),
            },
            wakers: Arc::default(),
        }
    }

    /// Returns why the connection was closed. Returns `None` if it is open, or if the client has closed it.
    pub fn reason(&self) -> Option<Refusal> {
        match self.state {
            State::Open { .. } | State::Ended => None,
            State::Closing { refusal, .. } | State::Closed(refusal) => Some(refusal),
        }
    }
}

impl<S, M> WatchedSocket<S, M>
where
    S: Stream + Sink<M>,
{
    /// Checks the caller, and closes the connection if necessary. Returns the reason once the connection is
    /// closed, and `None` while it is open.
    fn poll_closed(mut self: Pin<&mut Self>) -> Poll<Option<Refusal>> {
        let mut this = self.as_mut().project();
        // A change also affects the task that isn't polling now.
        let waker = Waker::from(this.wakers.clone());
        let context = &mut Context::from_waker(&waker);
        if let State::Open { revoked, .. } = this.state {
            let Poll::Ready(refusal) = revoked.as_mut().poll(context) else {
                return Poll::Ready(None);
            };
            let state = std::mem::replace(this.state, State::Ended);
            if let State::Open { close, .. } = state {
                *this.state = State::Closing {
                    refusal,
                    frame: Some(close(&refusal)),
                    is_flushed: false,
                    timeout: Box::pin(sleep(CLOSE_TIMEOUT)),
                };
            }
        }
        let (refusal, frame, is_flushed, timeout) = match this.state {
            State::Open { .. } | State::Ended => return Poll::Ready(None),
            State::Closed(refusal) => return Poll::Ready(Some(*refusal)),
            State::Closing {
                refusal,
                frame,
                is_flushed,
                timeout,
            } => (*refusal, frame, is_flushed, timeout),
        };
        let is_late = timeout.as_mut().poll(context).is_ready();
        // An error means that the connection is already closed.
        let is_closed = poll_close_frame(this.socket.as_mut(), frame, is_flushed, context)
            .map(|sent| sent.is_err());
        let is_closed = match is_closed {
            Poll::Ready(true) => true,
            Poll::Ready(false) => poll_discard(this.socket.as_mut(), context).is_ready(),
            Poll::Pending => false,
        };
        if !is_closed && !is_late {
            return Poll::Pending;
        }
        *this.state = State::Closed(refusal);
        // Other tasks may still send over this connection, for example with a clone of an actix-ws session. Only
        // an accepted close frame stops them, and a client that reads nothing can prevent that.
        let _ = this.socket.as_mut().poll_close(context);
        this.wakers.wake_by_ref();
        Poll::Ready(Some(refusal))
    }
}

impl<S, M> WatchedSocket<S, M>
where
    S: Stream + Sink<M>,
{
    /// Fails once the connection has been closed, because nothing more can be sent.
    fn poll_open(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), SocketError<S::Error>>> {
        self.wakers.sending.register(context.waker());
        self.poll_closed()
            .map(|reason| reason.map_or(Ok(()), |refusal| Err(SocketError::Revoked(refusal))))
    }
}

/// Sends the close frame. Leaves `frame` empty once the socket has accepted the frame.
fn poll_close_frame<S: Sink<M>, M>(
    mut socket: Pin<&mut S>,
    frame: &mut Option<M>,
    is_flushed: &mut bool,
    context: &mut Context<'_>,
) -> Poll<Result<(), S::Error>> {
    if frame.is_some() {
        ready!(socket.as_mut().poll_ready(context))?;
        if let Some(frame) = frame.take() {
            socket.as_mut().start_send(frame)?;
        }
    }
    if !*is_flushed {
        ready!(socket.poll_flush(context))?;
        *is_flushed = true;
    }
    Poll::Ready(Ok(()))
}

/// Discards messages until the client has closed the connection. If the connection ended with unread
/// messages, the operating system could discard the close frame.
fn poll_discard<S: Stream>(mut socket: Pin<&mut S>, context: &mut Context<'_>) -> Poll<()> {
    for _ in 0..MOST_DISCARDED {
        if ready!(socket.as_mut().poll_next(context)).is_none() {
            return Poll::Ready(());
        }
    }
    // A client that sends without pause must not keep the thread busy.
    context.waker().wake_by_ref();
    Poll::Pending
}

impl<S, M> Stream for WatchedSocket<S, M>
where
    S: Stream + Sink<M>,
{
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.wakers.reading.register(context.waker());
        if ready!(self.as_mut().poll_closed()).is_some() || matches!(self.state, State::Ended) {
            return Poll::Ready(None);
        }
        let this = self.project();
        let item = ready!(this.socket.poll_next(context));
        if item.is_none() {
            // Dropping the watch removes its registrations.
            *this.state = State::Ended;
        }
        Poll::Ready(item)
    }
}

impl<S, M> Sink<M> for WatchedSocket<S, M>
where
    S: Stream + Sink<M>,
{
    type Error = SocketError<S::Error>;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        ready!(self.as_mut().poll_open(context))?;
        let socket = self.project().socket;
        socket.poll_ready(context).map_err(SocketError::Socket)
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
        ready!(self.as_mut().poll_open(context))?;
        let socket = self.project().socket;
        socket.poll_flush(context).map_err(SocketError::Socket)
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
