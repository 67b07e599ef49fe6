//! Servers for measurements under load.

use super::Server;
use crate::store::Cad;
use crate::v1::V1;
use crate::{Tier, tiers_of_version_1};
use axum::Extension;
use std::future::IntoFuture;
use std::io::{self, Read};
use tiergate::{Caller, Catalogue, Quotas};
use tokio::net::TcpListener;

/// Serves the same routes with and without lookups, to measure the cost of a lookup. The server without
/// lookups lets everybody in, so it exists only in the tests and listens only on the loopback device.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- overhead`, until its input ends"]
async fn serve_with_and_without_lookups() {
    let server = Server::without_quota("load").await;
    let fixed = Extension(Caller::new(Tier::Free).with_id("demo-free"));
    let overrides = server.overrides.clone();
    let cached = tiers_of_version_1(&server.subscriptions, &server.overrides);
    let fixed = server.router_with(|routes| routes.route_layer(fixed).route_layer(overrides));
    let cached = server.router_with(|routes| routes.route_layer(cached));
    for (name, app) in [("fixed", fixed), ("cached", cached)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, app.into_router()).into_future());
    }
    let input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
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
    let routes = || {
        let tiers = tiers_of_version_1(&server.subscriptions, &server.overrides);
        let routes = crate::v1::routes(&server.cad, |routes| routes.route_layer(tiers));
        routes.with_state(server.cad.clone())
    };
    let servers = [
        ("no quotas", routes()),
        (
            "quotas in memory",
            routes().layer(Quotas::local::<RarelyLimited>()),
        ),
        (
            "quotas in Redis",
            routes().layer(Quotas::redis::<RarelyLimited>(redis)),
        ),
    ];
    for (name, routes) in servers {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, routes.into_router()).into_future());
    }
    let input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
    server.close().await;
}
