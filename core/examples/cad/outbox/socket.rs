//! Sends events over `WebSocket`s. A community that is connected gets no requests.
//!
//! Each event is followed by a ping with the event's id. `WebSocket` clients answer pings on their own and in
//! order, so the pong confirms the event. If a community opens several sockets, the events go to one of them
//! until it is closed.

use super::{Outbox, Paused, Sent, Transport, new_holder};
use crate::events::ClearedEvent;
use crate::store::{Queue, Waiting};
use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// The time between attempts to claim.
const CLAIM_AGAIN: Duration = Duration::from_secs(1);

/// The number of sockets that a community may open on one server.
const SOCKETS: usize = 4;

/// A client that sent nothing for this long gets a ping. After twice as long, it is gone.
const SILENCE: Duration = Duration::from_secs(30);

/// The close codes of a server that stops, and of too many sockets.
const GOING_AWAY: u16 = 1001;
const TRY_AGAIN_LATER: u16 = 1013;

/// The communities that are connected to this server.
#[derive(Default)]
pub(super) struct Sockets(Mutex<HashMap<String, Weak<watch::Sender<()>>>>);

impl Sockets {
    /// Registers a socket until the sender is dropped. The sender reports due events. Returns `None` if the
    /// community already has too many sockets.
    fn register(&self, community: &str) -> Option<Arc<watch::Sender<()>>> {
        let mut sockets = self.lock();
        sockets.retain(|_, sender| sender.strong_count() > 0);
        let sender = sockets.get(community).and_then(Weak::upgrade);
        let sender = sender.unwrap_or_default();
        sockets.insert(community.to_owned(), Arc::downgrade(&sender));
        (Arc::strong_count(&sender) <= SOCKETS).then_some(sender)
    }

    /// Returns the number of a community's sockets.
    pub(super) fn count(&self, community: &str) -> usize {
        self.lock().get(community).map_or(0, Weak::strong_count)
    }

    /// Wakes the sockets of a community. Returns whether it has any.
    pub(super) fn wake(&self, community: &str) -> bool {
        let sender = self.lock().get(community).and_then(Weak::upgrade);
        sender.map(|sender| sender.send_replace(())).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<watch::Sender<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// Sends the events of a community over a socket, until it is closed.
    pub(super) async fn serve_socket<S, E>(&self, queue: &Queue, socket: S)
    where
        S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    {
        let stopping = self.0.stopping.subscribe();
        let holder = new_holder();
        let mut connection = Connection {
            socket,
            heard_at: Instant::now(),
            patience: self.0.patience,
        };
        self.use_socket(queue, &holder, &mut connection, stopping.clone())
            .await;
        if let Err(error) = queue.release(&holder).await {
            report(queue, &error);
        }
        // Requests follow, if the community has an address.
        self.0.cad.wake_outbox();
        drop(stopping);
    }

    async fn use_socket<S, E>(
        &self,
        queue: &Queue,
        holder: &str,
        connection: &mut Connection<S>,
        mut stopping: watch::Receiver<bool>,
    ) where
        S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    {
        let Some(sender) = self.0.sockets.register(queue.community()) else {
            connection.close(TRY_AGAIN_LATER, "too many sockets").await;
            return;
        };
        let mut due = sender.subscribe();
        let mut has_claim = false;
        loop {
            let sent = self.send_over(queue, holder, connection, has_claim).await;
            let wait = match &sent {
                Ok(Paused::Gone) => return,
                Ok(Paused::Claimed) => CLAIM_AGAIN,
                // Extends the claim before it ends.
                Ok(Paused::Waits) | Err(_) => self.0.patience,
            };
            has_claim = matches!(sent, Ok(Paused::Waits));
            if let Err(error) = sent {
                // The client stays connected while the database is down.
                report(queue, &error);
            }
            if *stopping.borrow_and_update() {
                connection.close(GOING_AWAY, "the server stops").await;
                return;
            }
            tokio::select! {
                () = connection.listen() => return,
                _ = due.changed(), if has_claim => {}
                _ = stopping.changed() => {}
                () = sleep(wait) => {
                    if !connection.is_alive().await {
                        return;
                    }
                }
            }
        }
    }

    /// Sends the waiting events over a socket. `had_claim` is whether it could do so before.
    async fn send_over<S, E>(
        &self,
        queue: &Queue,
        holder: &str,
        connection: &mut Connection<S>,
        had_claim: bool,
    ) -> Result<Paused, sqlx::Error>
    where
        S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    {
        let mut paused = self.send_all(queue, holder, connection).await?;
        // The first socket of a community without an address makes it a receiver.
        if paused == Paused::Claimed && queue.open().await? {
            paused = self.send_all(queue, holder, connection).await?;
        }
        if !had_claim && paused == Paused::Waits {
            // The main task only looks for events that are due.
            queue.forget_failures().await?;
        }
        Ok(paused)
    }
}

fn report(queue: &Queue, error: &sqlx::Error) {
    let community = queue.community();
    eprintln!("error: cannot send the events of {community} over its socket: {error}");
}

/// A socket, and when the client last sent something.
struct Connection<S> {
    socket: S,
    heard_at: Instant,
    /// How long the client may take to confirm an event.
    patience: Duration,
}

impl<S, E> Connection<S>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    /// Returns the next message, or `None` once the socket is closed.
    async fn next(&mut self) -> Option<Message> {
        match self.socket.next().await {
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            Some(Ok(message)) => {
                self.heard_at = Instant::now();
                Some(message)
            }
        }
    }

    /// Reads messages until the socket is closed. Clients have nothing to say.
    async fn listen(&mut self) {
        while self.next().await.is_some() {}
    }

    /// Whether the client still answers. Sends it a ping after a silence.
    async fn is_alive(&mut self) -> bool {
        let silence = self.heard_at.elapsed();
        if silence < SILENCE {
            return true;
        }
        let ping = self.socket.send(Message::Ping("".into()));
        silence < 2 * SILENCE && matches!(timeout(self.patience, ping).await, Ok(Ok(())))
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let frame = Message::Close(Some(frame));
        let _ = timeout(self.patience, self.socket.send(frame)).await;
    }

    /// Sends an event, and waits for the pong that confirms it. Returns `None` if the socket is closed.
    async fn deliver(&mut self, id: &str, event: String) -> Option<()> {
        self.socket.send(Message::Text(event.into())).await.ok()?;
        let id = id.to_owned().into_bytes();
        self.socket
            .send(Message::Ping(id.clone().into()))
            .await
            .ok()?;
        while self.next().await? != Message::Pong(id.clone().into()) {}
        Some(())
    }
}

impl<S, E> Transport for Connection<S>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    async fn send(&mut self, waiting: &Waiting, event: ClearedEvent) -> Sent {
        let Ok(event) = event.with("id", &waiting.message_id) else {
            return Sent::Failed("the event can't be serialised".to_owned());
        };
        let patience = self.patience;
        let delivered = timeout(patience, self.deliver(&waiting.message_id, event)).await;
        match delivered {
            Ok(Some(())) => Sent::Confirmed,
            Ok(None) => Sent::Lost,
            Err(_) => Sent::TimedOut,
        }
    }
}
