//! The cases of `WebSocket`s.
//!
//! A program has two such endpoints, which require Plus: `socket` at `/socket`, and `closing_socket` at
//! `/closing-socket`. Both send back each text.
// The names of the cases describe them.
#![allow(missing_docs)]

use super::{GRACE, SOON, Server};
use crate::Tier;
use crate::client::Connection;
use futures_util::{SinkExt, StreamExt};
use std::time::{Duration, SystemTime};
use tiergate::Caller;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// A client's `WebSocket`.
pub struct Socket<S>(pub WebSocketStream<S>);

impl Socket<TcpStream> {
    /// Opens a connection over HTTP/1.1.
    ///
    /// # Errors
    /// Returns the status of the response to a refused request.
    ///
    /// # Panics
    /// If the server doesn't answer.
    pub async fn open(server: &'static Server, path: &str, key: &str) -> Result<Self, u16> {
        let to = server.address();
        let connect = async {
            loop {
                match TcpStream::connect(to).await {
                    Ok(stream) => break stream,
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        let stream = timeout(Duration::from_secs(30), connect)
            .await
            .expect("a server starts");
        let url = format!("ws://{to}{path}");
        let mut request = url.into_client_request().expect("a request");
        let authorization = format!("Bearer {key}").parse().expect("a key");
        request.headers_mut().insert("authorization", authorization);
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Sends a text, and waits until the program sends it back.
    ///
    /// # Panics
    /// If the connection isn't open.
    pub async fn expect_open(&mut self) {
        let text = Message::text("are you there?");
        self.0
            .send(text.clone())
            .await
            .expect("the connection is open");
        let answer = timeout(Duration::from_secs(10), self.0.next()).await;
        assert_eq!(
            answer
                .expect("an answer")
                .expect("an answer")
                .expect("an answer"),
            text
        );
    }

    /// Waits for the end of the connection. Returns the code and the reason of the close frame.
    ///
    /// # Panics
    /// If the connection doesn't end within this time, or if something follows the close frame.
    pub async fn expect_close(&mut self, limit: Duration) -> (u16, String) {
        let frame = timeout(limit, async {
            loop {
                match self
                    .0
                    .next()
                    .await
                    .expect("a close frame")
                    .expect("a close frame")
                {
                    Message::Close(frame) => break frame,
                    Message::Text(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        });
        let CloseFrame { code, reason } = frame.await.expect("it ends in time").expect("a code");
        let after = timeout(Duration::from_secs(10), self.0.next()).await;
        let after = after.expect("the connection ends");
        // The client's library reports a message after the close frame as an error.
        assert!(
            !matches!(
                after,
                Some(Ok(_) | Err(Error::Protocol(ProtocolError::ReceivedAfterClosing)))
            ),
            "{after:?} follows the close frame"
        );
        (code.into(), reason.as_str().to_owned())
    }
}

fn close(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

cases! { sockets_tests for SERVER: &'static Server;
    async fn a_downgrade_closes_the_sockets_of_its_customer_only(server) {
        server.set("downgraded-socket", Caller::new(Tier::Plus));
        server.set("neighbour-socket", Caller::new(Tier::Plus));
        let mut one = Socket::open(server, "/socket", "downgraded-socket").await.expect("a socket");
        let mut two = Socket::open(server, "/socket", "downgraded-socket").await.expect("a socket");
        let mut neighbour = Socket::open(server, "/socket", "neighbour-socket").await.expect("a socket");
        one.expect_open().await;
        two.expect_open().await;
        server.set("downgraded-socket", Caller::new(Tier::Pro));
        one.expect_open().await;
        server.set("downgraded-socket", Caller::new(Tier::Free));
        assert_eq!(one.expect_close(SOON).await, close(4403, "tier_too_low"));
        assert_eq!(two.expect_close(SOON).await, close(4403, "tier_too_low"));
        neighbour.expect_open().await;
    }

    async fn a_revoked_key_closes_its_sockets(server) {
        server.set("revoked-socket", Caller::new(Tier::Plus));
        let mut socket = Socket::open(server, "/socket", "revoked-socket").await.expect("a socket");
        socket.expect_open().await;
        server.remove("revoked-socket");
        assert_eq!(socket.expect_close(SOON).await, close(4401, "unknown_caller"));
    }

    async fn a_closed_endpoint_closes_its_sockets_only(server) {
        server.set("talker", Caller::new(Tier::Pro));
        let mut closed = Socket::open(server, "/closing-socket", "talker").await.expect("a socket");
        let mut open = Socket::open(server, "/socket", "talker").await.expect("a socket");
        closed.expect_open().await;
        server.close("closing_socket");
        assert_eq!(closed.expect_close(SOON).await, close(1013, "endpoint_closed"));
        open.expect_open().await;
        assert_eq!(Socket::open(server, "/closing-socket", "talker").await.err(), Some(503));
    }

    async fn a_trial_closes_its_sockets_on_time(server) {
        // The program may still be starting, which must not shorten the trial.
        drop(Connection::open(server.address()).await);
        let end = SystemTime::now() + Duration::from_millis(1500);
        server.set("trial-socket", Caller::new(Tier::Plus).until(end));
        let mut socket = Socket::open(server, "/socket", "trial-socket").await.expect("a socket");
        socket.expect_open().await;
        let left = end.duration_since(SystemTime::now()).expect("the trial has just begun");
        assert_eq!(socket.expect_close(left + SOON).await, close(4403, "subscription_expired"));
        assert!(SystemTime::now() >= end);
    }

    async fn an_outage_closes_sockets_after_the_grace_period(server) {
        server.set("lost-socket", Caller::new(Tier::Plus));
        let mut socket = Socket::open(server, "/socket", "lost-socket").await.expect("a socket");
        socket.expect_open().await;
        server.lose("lost-socket");
        let frame = socket.expect_close(GRACE + SOON).await;
        assert_eq!(frame, close(1013, "tier_source_unavailable"));
    }

    async fn a_client_that_is_sending_receives_the_close_frame(server) {
        server.set("busy-socket", Caller::new(Tier::Plus));
        let socket = Socket::open(server, "/socket", "busy-socket").await.expect("a socket");
        let (mut sending, receiving) = socket.0.split();
        let text = Message::text("x".repeat(1000));
        let sender = tokio::spawn(async move {
            // Fails when the connection has ended.
            while sending.feed(text.clone()).await.is_ok() {
                tokio::task::yield_now().await;
            }
        });
        let last = tokio::spawn(receiving.fold(None, async |_, message| match message {
            Ok(Message::Close(frame)) => frame,
            _ => None,
        }));
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.set("busy-socket", Caller::new(Tier::Free));
        let last = timeout(Duration::from_secs(10), last).await.expect("it ends");
        let frame = last.expect("the task ends").expect("a close frame is the last message");
        assert_eq!(u16::from(frame.code), 4403);
        sender.abort();
    }

    async fn a_caller_without_the_tier_gets_no_upgrade(server) {
        server.set("free-socket", Caller::new(Tier::Free));
        assert_eq!(Socket::open(server, "/socket", "free-socket").await.err(), Some(403));
        assert_eq!(Socket::open(server, "/socket", "nobody").await.err(), Some(401));
    }
}
