//! `WebSocket`s whose clients don't behave.

use crate::connections::{HOUR, SECOND, Store, connect};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tiergate::{Refusal, SocketError, TierLayer, Watch, WatchedSocket};
use tiergate_tests_sources::Tier;
use tokio::time::{Instant, sleep, timeout};

#[derive(Clone, Debug, PartialEq)]
enum Message {
    Text(u32),
    Close(u16),
}

/// The server's end of a connection, and what its client does.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<State>>);

// Each of them describes another behaviour.
#[allow(clippy::struct_excessive_bools)]
#[derive(Default)]
struct State {
    incoming: Vec<Message>,
    has_ended: bool,
    reader: Option<Waker>,
    sent: Vec<Message>,
    /// Whether the client reads nothing, so that nothing can be sent.
    is_blocked: bool,
    is_broken: bool,
    /// Whether the client sends messages without pause.
    is_flooding: bool,
    /// Whether the client answers a close frame, and closes the connection.
    answers: bool,
}

impl Socket {
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap();
        change(&mut state);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    fn sent(&self) -> Vec<Message> {
        self.0.lock().unwrap().sent.clone()
    }
}

impl Stream for Socket {
    type Item = io::Result<Message>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.lock().unwrap();
        if !state.incoming.is_empty() {
            return Poll::Ready(Some(Ok(state.incoming.remove(0))));
        }
        if state.has_ended {
            return Poll::Ready(None);
        }
        if state.is_flooding {
            return Poll::Ready(Some(Ok(Message::Text(0))));
        }
        state.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Sink<Message> for Socket {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.0.lock().unwrap();
        if state.is_broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.is_blocked {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> io::Result<()> {
        self.change(|state| {
            state.has_ended |= state.answers && matches!(message, Message::Close(_));
            state.sent.push(message);
        });
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(context)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn watched(watch: Watch<Tier>, socket: &Socket) -> WatchedSocket<Socket, Message> {
    watch.socket_with(socket.clone(), |refusal: &Refusal| {
        Message::Close(refusal.close_code())
    })
}

/// Returns a connection, its socket, and a function that ends the subscription.
async fn connected() -> (WatchedSocket<Socket, Message>, Socket, impl Fn()) {
    let store = Store::new();
    let layer = TierLayer::new(store.clone()).recheck_interval(HOUR);
    let socket = Socket::default();
    socket.change(|state| state.answers = true);
    let watched = watched(connect(&layer, "customer-7").await, &socket);
    (watched, socket, move || {
        store.set(|_| Ok(Tier::Free));
        store.announce();
    })
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_close_frame() {
    let (mut watched, socket, downgrade) = connected().await;
    watched.send(Message::Text(1)).await.unwrap();
    socket.change(|state| state.incoming.push(Message::Text(2)));
    assert_eq!(watched.next().await.unwrap().unwrap(), Message::Text(2));
    assert!(watched.reason().is_none());
    downgrade();
    // Messages that arrive while the connection is closed are discarded.
    socket.change(|state| state.incoming.push(Message::Text(3)));
    assert!(timeout(SECOND, watched.next()).await.unwrap().is_none());
    let failed = watched.send(Message::Text(4)).await;
    assert!(matches!(failed, Err(SocketError::Revoked(refusal)) if refusal.close_code() == 4403));
    assert_eq!(socket.sent(), [Message::Text(1), Message::Close(4403)]);
    assert_eq!(watched.reason().unwrap().code(), "tier_too_low");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_sends_notices_the_end_too() {
    let (mut watched, socket, downgrade) = connected().await;
    downgrade();
    let failed = watched.send(Message::Text(1)).await;
    assert!(matches!(failed, Err(SocketError::Revoked(_))));
    assert_eq!(socket.sent(), [Message::Close(4403)]);
}

#[tokio::test(start_paused = true)]
async fn the_halves_of_a_socket_can_belong_to_two_tasks() {
    let (watched, socket, downgrade) = connected().await;
    let (mut sending, mut receiving) = watched.split();
    let reader = tokio::spawn(async move { receiving.next().await.is_none() });
    sleep(SECOND).await;
    // The last task that polls the socket is not the one that waits for it.
    let writer = tokio::spawn(async move {
        sending.send(Message::Text(1)).await.unwrap();
        sleep(60 * SECOND).await;
        sending.send(Message::Text(2)).await.is_err()
    });
    sleep(SECOND).await;
    downgrade();
    assert!(
        timeout(SECOND, reader)
            .await
            .expect("the reader is woken")
            .unwrap()
    );
    assert_eq!(socket.sent(), [Message::Text(1), Message::Close(4403)]);
    assert!(writer.await.unwrap());
    assert_eq!(socket.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_given_up() {
    let (mut watched, socket, downgrade) = connected().await;
    socket.change(|state| state.is_blocked = true);
    downgrade();
    let start = Instant::now();
    assert!(watched.next().await.is_none());
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(socket.sent(), []);
    // The socket accepts messages again, but nothing may be sent.
    socket.change(|state| state.is_blocked = false);
    assert!(watched.send(Message::Text(1)).await.is_err());
    assert_eq!(socket.sent(), []);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_for_the_client_is_given_up() {
    let (mut watched, socket, downgrade) = connected().await;
    socket.change(|state| state.is_blocked = true);
    let sending = tokio::spawn(async move { watched.send(Message::Text(1)).await });
    sleep(SECOND).await;
    downgrade();
    let failed = timeout(6 * SECOND, sending)
        .await
        .expect("it ends")
        .unwrap();
    assert!(matches!(failed, Err(SocketError::Revoked(_))));
    assert_eq!(socket.sent(), []);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ignores_the_close_frame_is_given_up() {
    let (mut watched, socket, downgrade) = connected().await;
    socket.change(|state| state.answers = false);
    downgrade();
    let talking = tokio::spawn({
        let socket = socket.clone();
        async move {
            loop {
                socket.change(|state| state.incoming.push(Message::Text(1)));
                sleep(Duration::from_millis(100)).await;
            }
        }
    });
    let start = Instant::now();
    assert!(watched.next().await.is_none());
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(socket.sent(), [Message::Close(4403)]);
    talking.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_without_pause_is_given_up() {
    let (mut watched, socket, downgrade) = connected().await;
    socket.change(|state| (state.answers, state.is_flooding) = (false, true));
    assert!(watched.next().await.is_some());
    downgrade();
    // The clock doesn't advance by itself while a task is busy.
    let clock = tokio::spawn(async {
        loop {
            tokio::time::advance(SECOND / 10).await;
            tokio::task::yield_now().await;
        }
    });
    let start = Instant::now();
    assert!(watched.next().await.is_none());
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(socket.sent(), [Message::Close(4403)]);
    clock.abort();
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_ends_at_once() {
    let (mut watched, socket, downgrade) = connected().await;
    socket.change(|state| state.is_broken = true);
    downgrade();
    assert!(timeout(SECOND, watched.next()).await.unwrap().is_none());
    assert_eq!(socket.sent(), []);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_client_closes_is_no_longer_watched() {
    let store = Store::new();
    let layer = TierLayer::new(store.clone());
    let socket = Socket::default();
    let mut watched = watched(connect(&layer, "customer-7").await, &socket);
    socket.change(|state| state.has_ended = true);
    assert!(watched.next().await.is_none());
    assert_eq!((watched.reason(), store.registrations()), (None, 0));
    // The client's close frame may still have to be answered.
    watched.send(Message::Close(1000)).await.unwrap();
    assert_eq!(socket.sent(), [Message::Close(1000)]);
}
