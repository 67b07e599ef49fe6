//! The same over HTTP/2, where a `WebSocket` is opened with `CONNECT`.

use super::SERVER;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2;
use hyper::ext::Protocol;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tiergate::Caller;
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::client::Connection;
use tiergate_tests_conformance::connections::SOON;
use tiergate_tests_conformance::connections::sockets::Socket;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

type Client = http2::SendRequest<Empty<Bytes>>;

async fn client() -> Client {
    // Waits until the server has started.
    drop(Connection::open(SERVER.address()).await);
    let stream = TcpStream::connect(SERVER.address()).await.unwrap();
    let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn send(client: &mut Client, method: Method, path: &str, key: &str) -> Response<Incoming> {
    let uri = format!("http://{}{path}", SERVER.address());
    let mut request = Request::builder()
        .uri(uri)
        .header("authorization", format!("Bearer {key}"));
    if method == Method::CONNECT {
        request = request.header("sec-websocket-version", "13");
        request = request.extension(Protocol::from_static("websocket"));
    }
    let request = request.method(method).body(Empty::new()).unwrap();
    client.send_request(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_closes_a_socket() {
    SERVER.set("http2-socket", Caller::new(Tier::Plus));
    SERVER.set("http2-neighbour", Caller::new(Tier::Plus));
    let mut client = client().await;
    let mut sockets = Vec::new();
    // Both sockets share a connection.
    for key in ["http2-socket", "http2-neighbour"] {
        let response = send(&mut client, Method::CONNECT, "/socket", key).await;
        assert_eq!(response.status(), 200);
        let stream = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        sockets.push(Socket(socket));
    }
    for socket in &mut sockets {
        socket.expect_open().await;
    }
    SERVER.set("http2-socket", Caller::new(Tier::Free));
    let (code, reason) = sockets[0].expect_close(SOON).await;
    assert_eq!((code, reason.as_str()), (4403, "tier_too_low"));
    sockets[1].expect_open().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_without_the_tier_gets_no_upgrade() {
    SERVER.set("http2-free", Caller::new(Tier::Free));
    let mut client = client().await;
    for (key, status) in [("http2-free", 403), ("nobody", 401)] {
        let response = send(&mut client, Method::CONNECT, "/socket", key).await;
        assert_eq!(response.status(), status);
        let problem = response.into_body().collect().await.unwrap().to_bytes();
        assert!(problem.starts_with(b"{"), "{problem:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_ends_a_stream_of_events() {
    SERVER.set("http2-stream", Caller::new(Tier::Plus));
    let mut client = client().await;
    let response = send(&mut client, Method::GET, "/live", "http2-stream").await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "data: 0\n\n");
    SERVER.set("http2-stream", Caller::new(Tier::Free));
    let rest = timeout(SOON + Duration::from_millis(100), body.collect()).await;
    let rest = rest.expect("the stream ends in time").unwrap().to_bytes();
    let rest = String::from_utf8(rest.to_vec()).unwrap();
    let (ticks, last) = rest.split_once("event: revoked\n").expect("a last event");
    assert!(
        ticks
            .lines()
            .all(|line| line.is_empty() || line.starts_with("data: "))
    );
    assert!(
        last.contains("tier_too_low") && last.trim_end().lines().count() == 1,
        "{last}"
    );
}
