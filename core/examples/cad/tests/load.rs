//! Servers for measurements under load.

use super::Server;
use crate::Tier;
use crate::store::Cad;
use crate::v1::{self, V1, protocol};
use axum::{Extension, middleware};
use std::future::IntoFuture;
use std::io::{self, Read};
use tiergate::axum::{AuditedRouter, on_refusal};
use tiergate::{Caller, Catalogue, Quotas};
use tokio::net::TcpListener;

/// Builds the routes of version 1.
fn routes(server: &Server) -> AuditedRouter<V1> {
    v1::routes(&server.cad, &server.subscriptions, &server.overrides).with_state(server.cad.clone())
}

/// Builds the same routes and layers, except that every caller is the same community.
fn routes_without_lookups(server: &Server) -> AuditedRouter<V1> {
    AuditedRouter::new()
        .catalogue()
        .route_layer(Extension(Caller::new(Tier::Free).with_id("demo-free")))
        .route_layer(server.overrides.clone())
        .route_layer(middleware::from_fn_with_state(
            server.cad.clone(),
            protocol::open,
        ))
        .layer(on_refusal(|refusal, _request| protocol::refused(refusal)))
        .with_state(server.cad.clone())
}

/// Serves routes on several ports and prints the addresses, until the input of the program ends.
async fn serve<const COUNT: usize>(servers: [(&str, AuditedRouter<V1>); COUNT]) {
    for (name, routes) in servers {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, routes.into_router()).into_future());
    }
    let input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
}

/// Serves version 1 with and without lookups, to measure the cost of a lookup. The server without
/// lookups lets everybody in, so it exists only in the tests and listens only on the loopback device.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- overhead`, until its input ends"]
async fn serve_with_and_without_lookups() {
    let server = Server::new("load").await;
    serve([
        ("fixed", routes_without_lookups(&server)),
        ("cached", routes(&server)),
    ])
    .await;
    server.close().await;
}

/// Version 1 with a quota that the load doesn't use up.
#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, include(V1), quota = "100000000/minute")]
struct RarelyLimited;

/// Serves version 1 without a quota, with one in memory and with one in Redis, to measure what a quota
/// costs.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- limits cad`, until its input ends"]
async fn serve_with_and_without_quotas() {
    let server = Server::new("quotas").await;
    let redis = std::env::var("CAD_REDIS").expect("the URL of a server");
    let redis = redis::Client::open(redis).expect("a URL");
    let in_memory = Quotas::local::<RarelyLimited>();
    let in_redis = Quotas::redis::<RarelyLimited>(redis);
    serve([
        ("no quotas", routes(&server)),
        ("quotas in memory", routes(&server).layer(in_memory)),
        ("quotas in Redis", routes(&server).layer(in_redis)),
    ])
    .await;
    server.close().await;
}
