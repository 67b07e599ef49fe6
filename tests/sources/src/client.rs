//! A connection that stays open, and calls over it. The client does little work compared with the
//! server.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to a server.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to `http://HOST:PORT`.
    pub async fn connect(base: &str) -> std::io::Result<Self> {
        let address = base.strip_prefix("http://").unwrap_or(base);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Sends a request, and returns the status of the response.
    pub async fn call(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let Some(head) = find(&self.buffer, b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            if self.buffer.len() >= head + 4 + length {
                let status = text
                    .split(' ')
                    .nth(1)
                    .and_then(|status| status.parse().ok());
                return status.ok_or_else(|| std::io::ErrorKind::InvalidData.into());
            }
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Builds a request of `cad`'s protocol for a demo community.
pub fn request(path: &str, community: &str, data: &Value) -> Vec<u8> {
    let kind = path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let body = json!({
        "id": community, "key": format!("{community}-key"), "type": kind, "data": data,
    });
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: cad\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
