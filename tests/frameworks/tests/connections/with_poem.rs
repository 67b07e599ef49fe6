use futures_util::{SinkExt, StreamExt};
use poem::listener::TcpAcceptor;
use poem::web::sse::{Event, SSE};
use poem::web::websocket::{CloseCode, Message, WebSocket};
use poem::{EndpointExt, IntoResponse, Response, Route, get, handler};
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

fn events(watch: Watch<Tier>) -> SSE {
    let events = ticks().map(|tick| Event::message(tick.to_string()));
    SSE::new(watch.while_allowed_then(events, |refusal| {
        Event::message(Problem::new(&refusal).to_json()).event_type("revoked")
    }))
}

#[requires_tier(Plus, get = "/live", guard = pass)]
#[handler]
fn live() -> SSE {
    events(pass.watch())
}

#[requires_tier(Plus, get = "/announcements", guard = pass)]
#[handler]
fn announcements() -> SSE {
    events(pass.watch())
}

fn echo(watch: Watch<Tier>, upgrade: WebSocket) -> Response {
    let serve = async move |stream| {
        let mut stream = watch.socket_with(stream, |refusal| {
            let code = CloseCode::from(refusal.close_code());
            Message::Close(Some((code, refusal.code().to_owned())))
        });
        while let Some(Ok(message)) = stream.next().await {
            if matches!(message, Message::Text(_)) && stream.send(message).await.is_err() {
                break;
            }
        }
    };
    upgrade.on_upgrade(serve).into_response()
}

#[requires_tier(Plus, get = "/socket", guard = pass)]
#[handler]
fn socket(upgrade: WebSocket) -> Response {
    echo(pass.watch(), upgrade)
}

#[requires_tier(Plus, get = "/closing-socket", guard = pass)]
#[handler]
fn closing_socket(upgrade: WebSocket) -> Response {
    echo(pass.watch(), upgrade)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

#[tokio::main]
async fn serve(listener: TcpListener, server: &'static Server) {
    let app = Route::new()
        .at("/live", get(live))
        .at("/announcements", get(announcements))
        .at("/socket", get(socket))
        .at("/closing-socket", get(closing_socket))
        .with(server.tiers());
    listener.set_nonblocking(true).unwrap();
    let acceptor = TcpAcceptor::from_std(listener).unwrap();
    poem::Server::new_with_acceptor(acceptor)
        .run(app)
        .await
        .unwrap();
}
