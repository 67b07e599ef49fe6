//! The quotas of a real tonic service, called by tonic's client.

use std::net::SocketAddr;
use tiergate::quota::PeerAddress;
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, Quotas, endpoint};
use tiergate_tests_conformance::{Tier, caller_with};
use tonic::metadata::MetadataValue;
use tonic::service::InterceptorLayer;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

endpoint! {
    check(Free, post = "/grpc.health.v1.Health/Check", limit = "2/hour");
    watch(Plus, post = "/grpc.health.v1.Health/Watch");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "9/hour", handlers(check, watch))]
struct Api;

/// Inserts the caller, and passes on the address of the connection.
#[allow(clippy::unnecessary_wraps)]
fn authenticate(mut request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata();
    let text = |name: &str| Some(metadata.get(name)?.to_str().ok()?.to_owned());
    let (tier, id) = (text("x-tier"), text("x-id"));
    let mut caller = caller_with(tier.as_deref());
    if let Some(id) = id {
        caller = caller.with_id(id);
    }
    request.extensions_mut().insert(caller);
    if let Some(peer) = request.remote_addr() {
        request.extensions_mut().insert(PeerAddress(peer.ip()));
    }
    Ok(request)
}

/// Starts a server, and returns a client for it.
async fn client(quotas: Option<Quotas>) -> HealthClient<Channel> {
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = incoming.local_addr().unwrap();
    let (_reporter, health) = tonic_health::server::health_reporter();
    let server = Server::builder().layer(InterceptorLayer::new(authenticate));
    if let Some(quotas) = quotas {
        let mut server = server.layer(quotas).layer(EnforceLayer::<Api>::new());
        tokio::spawn(server.add_service(health).serve_with_incoming(incoming));
    } else {
        let mut server = server.layer(EnforceLayer::<Api>::new());
        tokio::spawn(server.add_service(health).serve_with_incoming(incoming));
    }
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

fn request(metadata: &[(&'static str, &str)]) -> Request<HealthCheckRequest> {
    let mut request = Request::new(HealthCheckRequest {
        service: String::new(),
    });
    for (name, value) in metadata {
        let value = MetadataValue::try_from(*value).unwrap();
        request.metadata_mut().insert(*name, value);
    }
    request
}

#[tokio::test]
async fn the_client_sees_its_limits_and_an_exhausted_resource() {
    let mut client = client(Some(Quotas::local::<Api>())).await;
    let customer = [("x-tier", "free"), ("x-id", "customer-7")];
    for state in [r#""check/hour";r=1;"#, r#""check/hour";r=0;"#] {
        let response = client.check(request(&customer)).await.unwrap();
        let header = response.metadata().get("ratelimit").unwrap();
        assert!(header.to_str().unwrap().starts_with(state), "{header:?}");
    }
    let refused = client.check(request(&customer)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("check/hour"), "{refused}");
    let metadata = refused.metadata();
    assert!(metadata.contains_key("ratelimit") && metadata.contains_key("ratelimit-policy"));
    assert!(metadata.contains_key("retry-after"), "{metadata:?}");
    assert_eq!(metadata.get("grpc-retry-pushback-ms").unwrap(), "-1");
    // Another customer, and a refusal for the tier, which takes nothing.
    let other = [("x-tier", "free"), ("x-id", "customer-8")];
    assert!(client.check(request(&other)).await.is_ok());
    let refused = client.watch(request(&other)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(!refused.metadata().contains_key("ratelimit"));
}

#[tokio::test]
async fn anonymous_callers_are_limited_by_the_address_of_the_connection() {
    let mut client = client(Some(Quotas::local::<Api>())).await;
    for _ in 0..2 {
        let anonymous = request(&[("x-tier", "anonymous")]);
        assert!(client.check(anonymous).await.is_ok());
    }
    let claiming = [("x-tier", "anonymous"), ("x-forwarded-for", "192.0.2.7")];
    let refused = client.check(request(&claiming)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_missing_layer_refuses_every_call() {
    let mut client = client(None).await;
    for _ in 0..2 {
        let customer = [("x-tier", "pro"), ("x-id", "customer-7")];
        let refused = client.watch(request(&customer)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Internal);
    }
}
