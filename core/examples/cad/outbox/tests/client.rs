//! A client that is connected by a `WebSocket`.

use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What a client receives.
#[derive(Debug, PartialEq)]
pub(super) enum Received {
    Event(Value),
    Closed(Option<u16>),
    /// A message after the close frame.
    AfterClose,
}

/// A client that reads on its own, so it answers pings. Dropping it ends the connection.
pub(super) struct Client {
    received: UnboundedReceiver<Received>,
    task: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens a socket as a demo community.
pub(super) async fn open(
    base: &str,
    community: &str,
) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let request = format!("ws://{base}/events").into_client_request();
    let mut request = request.expect("a request");
    let key = HeaderValue::from_str(&format!("Bearer {community}-key"));
    let headers = request.headers_mut();
    headers.insert("authorization", key.expect("a header"));
    connect_async(request).await.expect("a connection").0
}

impl Client {
    pub(super) async fn connect(base: &str, community: &str) -> Self {
        let mut socket = open(base, community).await;
        let (sender, received) = unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(message) = socket.next().await {
                let received = match message {
                    Ok(Message::Text(text)) => {
                        Received::Event(serde_json::from_str(&text).expect("JSON"))
                    }
                    Ok(Message::Close(frame)) => {
                        Received::Closed(frame.map(|frame| frame.code.into()))
                    }
                    Ok(_) => continue,
                    Err(Error::Protocol(ProtocolError::ReceivedAfterClosing)) => {
                        Received::AfterClose
                    }
                    Err(_) => break,
                };
                if sender.send(received).is_err() {
                    break;
                }
            }
        });
        Self { received, task }
    }

    /// Returns what arrives next, or `None` if the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Received> {
        let received = timeout(Duration::from_secs(10), self.received.recv()).await;
        received.expect("a message within 10 seconds")
    }

    /// Returns the status in the next event.
    pub(super) async fn status(&mut self) -> i64 {
        match self.next().await {
            Some(Received::Event(event)) => event["data"]["status"].as_i64().expect("a status"),
            other => panic!("{other:?}"),
        }
    }
}
