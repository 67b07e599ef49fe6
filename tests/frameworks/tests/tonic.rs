//! A real tonic service behind the tower layer, called by tonic's client.

use std::net::SocketAddr;
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::{Tier, caller_with};
use tonic::metadata::MetadataValue;
use tonic::service::InterceptorLayer;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

endpoint! {
    check(Free, post = "/grpc.health.v1.Health/Check");
    watch(Plus, post = "/grpc.health.v1.Health/Watch");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(check, watch))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(check))]
struct CheckOnly;

#[allow(clippy::unnecessary_wraps)]
fn authenticate(mut request: Request<()>) -> Result<Request<()>, Status> {
    let caller = request.metadata().get("x-tier");
    let caller: Caller<Tier> = caller_with(caller.and_then(|caller| caller.to_str().ok()));
    request.extensions_mut().insert(caller);
    Ok(request)
}

/// Starts a server that enforces the catalogue, and returns a client for it.
async fn client<C: Catalogue + 'static>(is_layered: bool) -> HealthClient<Channel> {
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = incoming.local_addr().unwrap();
    let (_reporter, health) = tonic_health::server::health_reporter();
    let server = Server::builder();
    if is_layered {
        let server = server
            .layer(InterceptorLayer::new(authenticate))
            .layer(EnforceLayer::<C>::new())
            .add_service(health);
        tokio::spawn(server.serve_with_incoming(incoming));
    } else {
        let server = server.layer(EnforceLayer::<C>::new()).add_service(health);
        tokio::spawn(server.serve_with_incoming(incoming));
    }
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

fn request(caller: &str) -> Request<HealthCheckRequest> {
    let mut request = Request::new(HealthCheckRequest {
        service: String::new(),
    });
    let caller = MetadataValue::try_from(caller).unwrap();
    request.metadata_mut().insert("x-tier", caller);
    request
}

#[tokio::test]
async fn a_method_is_gated_by_its_declaration() {
    let mut client = client::<Api>(true).await;
    for caller in ["free", "plus", "pro"] {
        assert!(client.check(request(caller)).await.is_ok(), "{caller}");
    }
    let refused = client.check(request("nobody")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(client.watch(request("plus")).await.is_ok());
    let refused = client.watch(request("free")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(
        refused.message(),
        "`watch` (POST /grpc.health.v1.Health/Watch) requires the tier Plus; the caller has Free"
    );
}

#[tokio::test]
async fn an_unlisted_method_is_refused() {
    let mut client = client::<CheckOnly>(true).await;
    assert!(client.check(request("free")).await.is_ok());
    let refused = client.watch(request("pro")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_missing_layer_refuses_every_call() {
    let mut client = client::<Api>(false).await;
    let refused = client.check(request("pro")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
}
