//! A gRPC service behind the tower layer: a single health check is free, and watching requires Plus.
//! Try it:
//!
//! ```sh
//! cargo run -p tiergate-tests-conformance --features tower --example tonic
//! grpcurl -plaintext -H 'x-api-key: free-key' 127.0.0.1:50051 grpc.health.v1.Health/Watch
//! ```

use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tonic::service::InterceptorLayer;
use tonic::transport::Server;
use tonic::{Request, Status};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

endpoint! {
    /// Reports once whether the service is healthy.
    check(Free, post = "/grpc.health.v1.Health/Check");
    /// Reports each change of the service's health.
    watch(Plus, post = "/grpc.health.v1.Health/Watch");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(check, watch))]
struct Api;

/// Identifies the caller. A real server looks in its database.
#[allow(clippy::unnecessary_wraps)]
fn authenticate(mut request: Request<()>) -> Result<Request<()>, Status> {
    let key = request.metadata().get("x-api-key");
    let tier = key.and_then(|key| key.to_str().ok()?.strip_suffix("-key")?.parse().ok());
    let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
    request.extensions_mut().insert(caller);
    Ok(request)
}

#[tokio::main]
async fn main() -> Result<(), tonic::transport::Error> {
    println!("{}", Api::markdown());
    let (_reporter, health) = tonic_health::server::health_reporter();
    Server::builder()
        .layer(InterceptorLayer::new(authenticate))
        .layer(EnforceLayer::<Api>::new())
        .add_service(health)
        .serve("127.0.0.1:50051".parse().expect("an address"))
        .await
}
