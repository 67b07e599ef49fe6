use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use futures_util::{SinkExt, Stream, StreamExt};
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::LazyLock;
use tiergate::axum::sse_while_allowed;
use tiergate::{Catalogue, Watch, requires_tier};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::connections::{Server, ticks};

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::new::<Api>(module_path!(), serve));

mod streams {
    tiergate_tests_conformance::streams_tests!(tiergate_tests_conformance::connections::streams);
}

mod sockets {
    tiergate_tests_conformance::sockets_tests!(tiergate_tests_conformance::connections::sockets);
}

#[path = "axum_http2.rs"]
mod http2;

fn events(watch: Watch<Tier>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = ticks().map(|tick| Ok(Event::default().data(tick.to_string())));
    Sse::new(sse_while_allowed(watch, events))
}

#[requires_tier(Plus, get = "/live", guard = pass)]
async fn live() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    events(pass.watch())
}

#[requires_tier(Plus, get = "/announcements", guard = pass)]
async fn announcements() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    events(pass.watch())
}

async fn echo(watch: Watch<Tier>, socket: WebSocket) {
    let mut socket = watch.socket::<_, Message>(socket);
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
            break;
        }
    }
}

#[requires_tier(Plus, any = "/socket", guard = pass)]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    let watch = pass.watch();
    upgrade.on_upgrade(async move |socket| echo(watch, socket).await)
}

#[requires_tier(Plus, any = "/closing-socket", guard = pass)]
async fn closing_socket(upgrade: WebSocketUpgrade) -> Response {
    let watch = pass.watch();
    upgrade.on_upgrade(async move |socket| echo(watch, socket).await)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(live, announcements, socket, closing_socket))]
struct Api;

#[tokio::main]
async fn serve(listener: TcpListener, server: &'static Server) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let app = Api::router().layer(server.tiers());
    axum::serve(listener, app).await.unwrap();
}
