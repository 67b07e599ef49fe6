//! Sends events by HTTP, as the vendor documents it: `POST http://HOST:PORT/sonorancad/event` with the fields
//! `key`, `type` and `data`.

use super::destination::resolve;
use super::signature::signature;
use super::{Outbox, Sent, Transport, new_holder};
use crate::events::ClearedEvent;
use crate::store::{Queue, Receiver, Waiting};
use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The path of the game server's resource.
const PATH: &str = "/sonorancad/event";

impl Outbox {
    /// Sends the waiting events of a community by HTTP, unless it has a `WebSocket`.
    pub(super) async fn post_all(&self, queue: &Queue) -> Result<(), sqlx::Error> {
        let holder = new_holder();
        let mut post = Post {
            outbox: self,
            queue,
        };
        loop {
            // Slow receivers must not hold up other communities, so each attempt waits for a slot. The
            // semaphore is never closed.
            let _slot = self.0.slots.acquire().await;
            let paused = self.send_next(queue, &holder, &mut post).await?;
            if paused.is_some() {
                return queue.release(&holder).await;
            }
        }
    }
}

struct Post<'a> {
    outbox: &'a Outbox,
    queue: &'a Queue,
}

impl Transport for Post<'_> {
    async fn send(&mut self, waiting: &Waiting, event: ClearedEvent) -> Sent {
        if self.outbox.0.sockets.count(self.queue.community()) > 0 {
            return Sent::Gone;
        }
        let Some(receiver) = self.queue.receiver(waiting) else {
            return Sent::Gone;
        };
        let patience = self.outbox.0.patience;
        let answer = timeout(patience, self.post(&receiver, waiting, event)).await;
        match answer {
            Ok(Ok(status)) => status.into(),
            Ok(Err(reason)) => Sent::Failed(reason),
            Err(_) => Sent::Failed("the receiver did not answer in time".to_owned()),
        }
    }
}

impl From<StatusCode> for Sent {
    fn from(status: StatusCode) -> Self {
        let reason = format!("the status is {}", status.as_u16());
        match status {
            _ if status.is_success() => Self::Confirmed,
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Self::Rejected(reason),
            // A redirect is a failure. Its target wasn't checked.
            _ => Self::Failed(reason),
        }
    }
}

impl Post<'_> {
    async fn post(
        &self,
        receiver: &Receiver,
        waiting: &Waiting,
        event: ClearedEvent,
    ) -> Result<StatusCode, String> {
        let key = receiver.key.as_deref();
        let key = key.ok_or("the key was encrypted with another secret; set the servers again")?;
        let body = event.with("key", key).map_err(|error| error.to_string())?;
        let request = self.request(receiver, waiting, body)?;
        let allow_private = self.outbox.0.allow_private;
        let addresses = resolve(&receiver.host, receiver.port, allow_private).await?;
        answer(connect(&addresses).await?, request).await
    }

    fn request(
        &self,
        receiver: &Receiver,
        waiting: &Waiting,
        body: String,
    ) -> Result<Request<Full<Bytes>>, String> {
        let secret = self.queue.webhook_secret();
        let timestamp = u64::try_from(self.outbox.now() / 1000).unwrap_or_default();
        let signature = signature(&secret, &waiting.message_id, timestamp, &body);
        let host = match receiver.host.parse() {
            Ok(IpAddr::V6(address)) => format!("[{address}]:{}", receiver.port),
            _ => format!("{}:{}", receiver.host, receiver.port),
        };
        Request::post(PATH)
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &waiting.message_id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Full::from(body))
            .map_err(|error| error.to_string())
    }
}

/// Connects to the first address that accepts.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    TcpStream::connect(addresses)
        .await
        .map_err(|error| format!("cannot connect: {error}"))
}

/// Sends a request, and returns the status of the answer.
async fn answer(stream: TcpStream, request: Request<Full<Bytes>>) -> Result<StatusCode, String> {
    let failed = |error: hyper::Error| format!("the request failed: {error}");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Dropping the set closes the connection, even if the receiver hangs.
    let mut running = JoinSet::new();
    running.spawn(connection);
    let answer = sender.send_request(request).await.map_err(failed)?;
    Ok(answer.status())
}
