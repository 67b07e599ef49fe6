//! A client that writes every byte itself, because some tested bodies never end.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// Longer than any response takes, and shorter than a person would wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that stays open between requests.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A response. `None` instead of a response means that the server closed the connection without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers. Their names are in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

/// Sends one request without a body.
pub async fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    answered(try_send(to, method, path, headers).await)
}

/// Sends one request without a body, if the server may close the connection instead.
pub async fn try_send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Option<Answer> {
    let mut connection = Connection::open(to).await;
    connection.write(method, path, headers, "").await;
    connection.read(method == "HEAD").await
}

/// Sends a request with a body.
pub async fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let length = body.len().to_string();
    let mut all = vec![("content-length", length.as_str())];
    all.extend(headers);
    let mut connection = Connection::open(to).await;
    connection.write("POST", path, &all, body).await;
    answered(connection.read(false).await)
}

/// The start of a body. rocket waits for 14 bytes of each body before it reads the request.
const START: &str = "sixteen bytes …";

/// Sends a request whose body never ends, and reads the response.
pub async fn post_endless(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("transfer-encoding", "chunked")];
    all.extend(headers);
    let mut connection = Connection::open(to).await;
    let chunk = format!("{:x}\r\n{START}\r\n", START.len());
    connection.write("POST", path, &all, &chunk).await;
    answered(connection.read(false).await)
}

/// Sends a request that announces a large body but sends only its start, and reads the response.
pub async fn post_withheld(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("content-length", "1000000000")];
    all.extend(headers);
    let mut connection = Connection::open(to).await;
    connection.write("POST", path, &all, START).await;
    answered(connection.read(false).await)
}

/// Sends a request whose body continues until the server stops reading or four megabytes are sent, and
/// reads the response.
pub async fn post_flood(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("transfer-encoding", "chunked")];
    all.extend(headers);
    let mut connection = Connection::open(to).await;
    let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
    connection.write("POST", path, &all, &chunk).await;
    for _ in 0..64 {
        let sent = connection.stream.write_all(chunk.as_bytes());
        if !matches!(timeout(Duration::from_millis(100), sent).await, Ok(Ok(()))) {
            break;
        }
    }
    answered(connection.read(false).await)
}

fn answered(answer: Option<Answer>) -> Answer {
    answer.expect("the server answers")
}

impl Connection {
    /// Connects. Waits if the server is still starting.
    pub async fn open(to: SocketAddr) -> Self {
        Self::open_from(Ipv4Addr::UNSPECIFIED, to).await
    }

    /// Connects from an address of this machine. On Linux, all addresses of `127.0.0.0/8` are.
    pub async fn open_from(from: Ipv4Addr, to: SocketAddr) -> Self {
        let connect_once = async || {
            let socket = TcpSocket::new_v4()?;
            socket.bind((from, 0).into())?;
            socket.connect(to).await
        };
        let connect = async {
            loop {
                match connect_once().await {
                    Ok(stream) => break stream,
                    Err(_) => sleep(Duration::from_millis(20)).await,
                }
            }
        };
        Self {
            stream: timeout(PATIENCE, connect).await.expect("a server starts"),
            received: Vec::new(),
        }
    }

    /// Sends a request, and reads its response.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.write(method, path, headers, "").await;
        answered(self.read(method == "HEAD").await)
    }

    /// Sends a request with a body, and reads its response.
    pub async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let length = body.len().to_string();
        let mut all = vec![("content-length", length.as_str())];
        all.extend(headers);
        self.write("POST", path, &all, body).await;
        answered(self.read(false).await)
    }

    pub(crate) async fn write(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(body);
        // A server that refuses early may already have closed the connection.
        let _ = self.stream.write_all(text.as_bytes()).await;
    }

    async fn read(&mut self, is_head: bool) -> Option<Answer> {
        timeout(PATIENCE, self.read_answer(is_head))
            .await
            .expect("an answer, or the end of the connection")
    }

    /// Reads the status and the headers of a response.
    pub(crate) async fn read_head(&mut self) -> Option<(u16, HashMap<String, String>)> {
        let head = self.read_through(b"\r\n\r\n").await?;
        let head = String::from_utf8(head).expect("a head of ASCII");
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Some((status, headers.collect()))
    }

    async fn read_answer(&mut self, is_head: bool) -> Option<Answer> {
        let (status, headers) = self.read_head().await?;
        let has_none = is_head || status == 204 || status == 304;
        let body = if has_none {
            Vec::new()
        } else if let Some(length) = headers.get("content-length") {
            let length = length.parse().expect("a length in digits");
            self.read_exactly(length).await?
        } else if headers.contains_key("transfer-encoding") {
            self.read_chunks().await?
        } else {
            while self.fill().await {}
            std::mem::take(&mut self.received)
        };
        Some(Answer {
            status,
            headers,
            body: String::from_utf8(body).expect("a body of text"),
        })
    }

    async fn read_chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.read_chunk().await?;
            if chunk.is_empty() {
                return Some(body);
            }
            body.extend(chunk);
        }
    }

    /// Reads a part of a body. The last part is empty.
    pub(crate) async fn read_chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.read_through(b"\r\n").await?;
        let length = std::str::from_utf8(&line)
            .expect("a length of ASCII")
            .trim();
        let length = usize::from_str_radix(length, 16).expect("a length in digits");
        let mut chunk = self.read_exactly(length + 2).await?;
        chunk.truncate(length);
        Some(chunk)
    }

    async fn read_through(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            let at = (self.received.windows(end.len())).position(|window| window == end);
            match at {
                Some(at) => return Some(self.received.drain(..at + end.len()).collect()),
                None if self.fill().await => {}
                None => return None,
            }
        }
    }

    async fn read_exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.received.len() < length {
            if !self.fill().await {
                return None;
            }
        }
        Some(self.received.drain(..length).collect())
    }

    /// Receives more bytes. Returns false at the end of the connection.
    async fn fill(&mut self) -> bool {
        let mut more = [0; 4096];
        match self.stream.read(&mut more).await {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.received.extend_from_slice(&more[..length]);
                true
            }
        }
    }
}
