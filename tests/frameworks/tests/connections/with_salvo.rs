use futures_util::{SinkExt, StreamExt};
use salvo::conn::tcp::TcpAcceptor;
use salvo::prelude::*;
use salvo::sse::{self, SseEvent};
use salvo::websocket::{Message, WebSocket, WebSocketUpgrade};
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::LazyLock;
use tiergate::{Catalogue, Problem, Watch, requires_tier};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::connections::{Server, ticks};

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::new::<Api>(module_path!(), serve));

mod streams {
    tiergate_tests_conformance::streams_tests!(tiergate_tests_conformance::connections::streams);
}

mod sockets {
    tiergate_tests_conformance::sockets_tests!(tiergate_tests_conformance::connections::sockets);
}

fn send_events(watch: Watch<Tier>, response: &mut Response) {
    let events = ticks().map(|tick| SseEvent::default().text(tick.to_string()));
    let events = watch.while_allowed_then(events, |refusal| {
        let document = Problem::new(&refusal).to_json();
        SseEvent::default().name("revoked").text(document)
    });
    sse::stream(response, events.map(Ok::<_, Infallible>));
}

#[requires_tier(Plus, get = "/live", guard = pass)]
#[handler]
async fn live(response: &mut Response) {
    send_events(pass.watch(), response);
}

#[requires_tier(Plus, get = "/announcements", guard = pass)]
#[handler]
async fn announcements(response: &mut Response) {
    send_events(pass.watch(), response);
}

async fn echo(
    watch: Watch<Tier>,
    request: &mut Request,
    response: &mut Response,
) -> Result<(), StatusError> {
    let serve = async move |stream: WebSocket| {
        let mut stream = watch.socket_with(stream, |refusal| {
            Message::close_with(refusal.close_code(), refusal.code())
        });
        while let Some(Ok(message)) = stream.next().await {
            if message.is_text() && stream.send(message).await.is_err() {
                break;
            }
        }
    };
    WebSocketUpgrade::new()
        .upgrade(request, response, serve)
        .await
}

#[requires_tier(Plus, get = "/socket", guard = pass)]
#[handler]
async fn socket(request: &mut Request, response: &mut Response) -> Result<(), StatusError> {
    echo(pass.watch(), request, response).await
}

#[requires_tier(Plus, get = "/closing-socket", guard = pass)]
#[handler]
async fn closing_socket(request: &mut Request, response: &mut Response) -> Result<(), StatusError> {
    echo(pass.watch(), request, response).await
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

#[tokio::main]
async fn serve(listener: TcpListener, server: &'static Server) {
    let at = Router::with_path;
    let router = Router::new()
        .hoop(server.tiers())
        .push(at("live").get(live))
        .push(at("announcements").get(announcements))
        .push(at("socket").get(socket))
        .push(at("closing-socket").get(closing_socket));
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    salvo::Server::new(acceptor).serve(router).await;
}
