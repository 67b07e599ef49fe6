//! Server streams of a tonic service behind the tower layer.

use futures_util::{Stream, StreamExt};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};
use tiergate::tonic::{grpc_while_allowed, watch};
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::client::Connection;
use tiergate_tests_conformance::connections::{GRACE, SOON, Server, ticks};
use tokio::time::timeout;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server as Transport};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    Server::new::<Api>(module_path!(), |listener, server| {
        serve(listener, server, EnforceLayer::new().watch_connections());
    })
});

/// A server whose layer lets nothing watch its connections.
static UNWATCHED: LazyLock<Server> = LazyLock::new(|| {
    Server::new::<Api>(module_path!(), |listener, server| {
        serve(listener, server, EnforceLayer::new());
    })
});

/// A server whose endpoint is closed by an override.
static CLOSED: LazyLock<Server> = LazyLock::new(|| {
    Server::new::<Api>(module_path!(), |listener, server| {
        serve(listener, server, EnforceLayer::new().watch_connections());
    })
});

endpoint! {
    check(Plus, post = "/grpc.health.v1.Health/Check");
    live(Plus, post = "/grpc.health.v1.Health/Watch");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(check, live))]
struct Api;

struct Service;

type Responses = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for Service {
    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse::default()))
    }

    type WatchStream = Responses;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Responses>, Status> {
        let watch = watch::<Tier>(request.extensions())?;
        let responses = ticks().map(|_| Ok(HealthCheckResponse::default()));
        Ok(Response::new(Box::pin(grpc_while_allowed(
            watch, responses,
        ))))
    }
}

#[tokio::main]
async fn serve(listener: TcpListener, server: &'static Server, layer: EnforceLayer<Api>) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    Transport::builder()
        .layer(server.tiers())
        .layer(layer)
        .add_service(HealthServer::new(Service))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
        .unwrap();
}

async fn open(
    server: &'static Server,
    key: &str,
) -> Result<Streaming<HealthCheckResponse>, Status> {
    // Waits until the server has started.
    drop(Connection::open(server.address()).await);
    let channel = Channel::from_shared(format!("http://{}", server.address())).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let mut request = Request::new(HealthCheckRequest::default());
    let authorization = format!("Bearer {key}").parse().unwrap();
    request
        .metadata_mut()
        .insert("authorization", authorization);
    client.watch(request).await.map(Response::into_inner)
}

async fn expect_open(stream: &mut Streaming<HealthCheckResponse>) {
    for _ in 0..2 {
        let response = timeout(2 * SOON, stream.message()).await;
        response.expect("a message").unwrap().expect("a message");
    }
}

async fn expect_end(stream: &mut Streaming<HealthCheckResponse>, limit: Duration) -> Status {
    let status = async {
        loop {
            match stream.message().await {
                Ok(message) => drop(message.expect("a status follows")),
                Err(status) => break status,
            }
        }
    };
    let status = timeout(limit, status)
        .await
        .expect("the stream ends in time");
    assert!(matches!(stream.message().await, Ok(None)));
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_ends_the_streams_of_its_customer_only() {
    SERVER.set("customer", Caller::new(Tier::Plus));
    SERVER.set("neighbour", Caller::new(Tier::Plus));
    let mut stream = open(&SERVER, "customer").await.unwrap();
    let mut neighbour = open(&SERVER, "neighbour").await.unwrap();
    expect_open(&mut stream).await;
    SERVER.set("customer", Caller::new(Tier::Pro));
    expect_open(&mut stream).await;
    SERVER.set("customer", Caller::new(Tier::Free));
    let status = expect_end(&mut stream, SOON).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(
        status.message(),
        "`live` (POST /grpc.health.v1.Health/Watch) requires the tier Plus; the caller has Free"
    );
    for _ in 0..20 {
        expect_open(&mut neighbour).await;
    }
    let refused = open(&SERVER, "customer").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (status.code(), status.message())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_ends_its_streams() {
    SERVER.set("revoked", Caller::new(Tier::Plus));
    let mut stream = open(&SERVER, "revoked").await.unwrap();
    expect_open(&mut stream).await;
    SERVER.remove("revoked");
    let status = expect_end(&mut stream, SOON).await;
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_endpoint_ends_its_streams() {
    CLOSED.set("customer", Caller::new(Tier::Pro));
    // There are no overrides yet.
    let mut stream = open(&CLOSED, "customer").await.unwrap();
    expect_open(&mut stream).await;
    CLOSED.close("check");
    expect_open(&mut stream).await;
    CLOSED.close("live");
    let status = expect_end(&mut stream, SOON).await;
    assert_eq!(status.code(), Code::Unavailable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_ends_its_streams_on_time() {
    // The program may still be starting, which must not shorten the trial.
    drop(Connection::open(SERVER.address()).await);
    let end = SystemTime::now() + Duration::from_millis(1500);
    SERVER.set("trial", Caller::new(Tier::Plus).until(end));
    let mut stream = open(&SERVER, "trial").await.unwrap();
    expect_open(&mut stream).await;
    let left = end.duration_since(SystemTime::now()).unwrap();
    let status = expect_end(&mut stream, left + SOON).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(SystemTime::now() >= end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_ends_streams_after_the_grace_period() {
    SERVER.set("lost", Caller::new(Tier::Plus));
    let mut stream = open(&SERVER, "lost").await.unwrap();
    expect_open(&mut stream).await;
    let start = Instant::now();
    SERVER.lose("lost");
    let status = expect_end(&mut stream, GRACE + SOON).await;
    assert!(start.elapsed() >= GRACE);
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.metadata().get("retry-after").unwrap(), "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_layer_that_does_not_watch_connections_opens_no_stream() {
    UNWATCHED.set("customer", Caller::new(Tier::Plus));
    let status = open(&UNWATCHED, "customer").await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.message(), "the server can't watch this connection");
}
