use actix_web::web::{Bytes, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use actix_ws::Message;
use futures_util::StreamExt;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::Duration;
use tiergate::actix_web::ws_while_allowed;
use tiergate::{Caller, Catalogue, Problem, Watch, requires_tier};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::connections::sockets::Socket;
use tiergate_tests_conformance::connections::{Server, ticks};
use tokio::time::{sleep, timeout};

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::new::<Api>(module_path!(), serve));

mod streams {
    tiergate_tests_conformance::streams_tests!(tiergate_tests_conformance::connections::streams);
}

mod sockets {
    tiergate_tests_conformance::sockets_tests!(tiergate_tests_conformance::connections::sockets);
}

fn events(watch: Watch<Tier>) -> HttpResponse {
    let events = ticks().map(|tick| format!("data: {tick}\n\n"));
    let events = watch.while_allowed_then(events, |refusal| {
        let document = Problem::new(&refusal).to_json();
        format!("event: revoked\ndata: {document}\n\n")
    });
    let events = events.map(|event| Ok::<_, Infallible>(Bytes::from(event)));
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(events)
}

#[requires_tier(Plus, get = "/live", guard = pass)]
async fn live() -> HttpResponse {
    events(pass.watch())
}

#[requires_tier(Plus, get = "/announcements", guard = pass)]
async fn announcements() -> HttpResponse {
    events(pass.watch())
}

fn echo(
    watch: Watch<Tier>,
    request: &HttpRequest,
    body: Payload,
) -> actix_web::Result<HttpResponse> {
    let (response, mut session, messages) = actix_ws::handle(request, body)?;
    let mut messages = ws_while_allowed(watch, session.clone(), messages);
    actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = messages.next().await {
            if let Message::Text(text) = message
                && session.text(text).await.is_err()
            {
                break;
            }
        }
    });
    Ok(response)
}

#[requires_tier(Plus, get = "/socket", guard = pass)]
async fn socket(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    echo(pass.watch(), &request, body)
}

#[requires_tier(Plus, get = "/closing-socket", guard = pass)]
async fn closing_socket(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    echo(pass.watch(), &request, body)
}

/// Sends without pause, with a clone of the session.
#[requires_tier(Plus, get = "/busy-socket", guard = pass)]
async fn busy_socket(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    let (response, mut session, messages) = actix_ws::handle(&request, body)?;
    let mut messages = ws_while_allowed(pass.watch(), session.clone(), messages);
    actix_web::rt::spawn(async move { while messages.next().await.is_some() {} });
    actix_web::rt::spawn(async move { while session.text("x".repeat(10_000)).await.is_ok() {} });
    Ok(response)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(live, announcements, socket, closing_socket, busy_socket))]
struct Api;

#[tokio::test]
async fn every_clone_of_a_session_fails_to_send_even_if_the_client_has_read_nothing() {
    SERVER.set("deaf", Caller::new(Tier::Plus));
    let socket = Socket::open(&SERVER, "/busy-socket", "deaf").await;
    let mut socket = socket.expect("a socket").0;
    // The buffers of the connection fill up.
    sleep(Duration::from_secs(1)).await;
    SERVER.set("deaf", Caller::new(Tier::Free));
    // The server waits for five seconds until it gives up sending the close frame.
    sleep(Duration::from_secs(7)).await;
    let rest = async { while let Some(Ok(_)) = socket.next().await {} };
    let ended = timeout(Duration::from_secs(10), rest).await;
    ended.expect("only what was in the buffers arrives");
}

#[actix_web::main]
async fn serve(listener: TcpListener, server: &'static Server) {
    HttpServer::new(|| App::new().wrap(server.tiers()).configure(Api::configure))
        .workers(2)
        .listen(listener)
        .unwrap()
        .run()
        .await
        .unwrap();
}
