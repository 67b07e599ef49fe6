//! A client for server-sent events.

use crate::client::{Answer, Connection, send};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

/// A stream of events that a server sends.
pub struct Events {
    connection: Connection,
    text: String,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The name, which is empty by default.
    pub name: String,
    /// The data.
    pub data: String,
}

impl Event {
    /// Returns the code of a problem document.
    pub fn code(&self) -> String {
        let document: Value = serde_json::from_str(&self.data).expect("a problem document");
        document["code"].as_str().expect("a code").to_owned()
    }
}

impl Events {
    /// Opens a stream.
    ///
    /// # Errors
    /// Returns the response to a refused request.
    ///
    /// # Panics
    /// If the server doesn't answer.
    pub async fn open(to: SocketAddr, path: &str, key: &str) -> Result<Self, Answer> {
        let authorization = format!("Bearer {key}");
        let headers = [("authorization", authorization.as_str())];
        let mut connection = Connection::open(to).await;
        connection.write("GET", path, &headers, "").await;
        let (status, headers) = connection.read_head().await.expect("an answer");
        if status != 200 {
            // The body is read from another response to the same request.
            return Err(send(to, "GET", path, &[("authorization", &authorization)]).await);
        }
        assert!(headers["content-type"].starts_with("text/event-stream"));
        Ok(Self {
            connection,
            text: String::new(),
        })
    }

    /// Waits for the next event. Returns `None` at the end of the stream.
    ///
    /// # Panics
    /// If the connection breaks, or if nothing arrives for ten seconds.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let lines: Vec<_> = block
                    .lines()
                    .filter(|line| !line.starts_with(':'))
                    .collect();
                let field = |name: &str| {
                    let value = lines.iter().find_map(|line| line.strip_prefix(name));
                    value.map_or(String::new(), |value| value.trim().to_owned())
                };
                let event = Event {
                    name: field("event:"),
                    data: field("data:"),
                };
                if event != Event::default() {
                    return Some(event);
                }
                continue;
            }
            let chunk = timeout(Duration::from_secs(10), self.connection.read_chunk());
            let chunk = chunk.await.expect("something arrives");
            let chunk = chunk.expect("the end of the body is announced");
            if chunk.is_empty() {
                return None;
            }
            let chunk = String::from_utf8(chunk).expect("events of text");
            self.text.push_str(&chunk.replace("\r\n", "\n"));
        }
    }

    /// Reads two events, which the program sends while the connection is open.
    ///
    /// # Panics
    /// If the connection has ended.
    pub async fn expect_open(&mut self) {
        for _ in 0..2 {
            let event = self.next().await.expect("the connection is open");
            assert_ne!(event.name, "revoked", "{event:?}");
        }
    }

    /// Reads the remaining events. Returns the code of the last event, which tells why the stream has ended.
    ///
    /// # Panics
    /// If the stream doesn't end within this time, or if something follows the last event.
    pub async fn expect_end(&mut self, limit: Duration) -> String {
        let code = async {
            loop {
                let event = self.next().await.expect("a last event");
                if event.name == "revoked" {
                    assert_eq!(self.next().await, None);
                    return event.code();
                }
            }
        };
        timeout(limit, code).await.expect("the stream ends in time")
    }
}
