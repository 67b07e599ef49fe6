//! The cost of a limit over a real socket: a server without quotas, one that counts in memory, and one
//! that counts in Redis.

use crate::overhead::test_of_cad;
use crate::slices::Servers;
use axum::extract::Extension;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::io::Read;
use std::process::Command;
use std::time::Duration;
use tiergate::{Caller, Catalogue, Quotas, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::client;
use tiergate_tests_sources::servers::Redis;
use tokio::net::TcpListener;

const NAMES: [&str; 3] = ["no quotas", "quotas in memory", "quotas in Redis"];

/// Does no other work.
#[requires_tier(Plus, get = "/version", limit = "100000000/minute")]
async fn version() -> Json<Value> {
    Json(json!({ "version": "1.4.2" }))
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(version))]
struct Limited;

mod unlimited {
    use super::{Json, Tier, Value, json};
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(Plus, get = "/version")]
    async fn version() -> Json<Value> {
        Json(json!({ "version": "1.4.2" }))
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, state = (), handlers(version))]
    pub(super) struct Unlimited;
}

/// Measures servers with an endpoint that does nothing.
pub(crate) async fn measure(seconds: u64) {
    let Some(redis) = Redis::start() else { return };
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.args(["serve-limits", &redis.url()]);
    let request = b"GET /version HTTP/1.1\r\nhost: limits\r\n\r\n".to_vec();
    let servers = Servers::start(&mut command, &NAMES, request).await;
    servers.compare(Duration::from_secs(seconds)).await;
}

/// Measures `cad`: an endpoint that does nothing, and one that reads the database.
pub(crate) async fn measure_cad(seconds: u64) {
    let Some(redis) = Redis::start() else { return };
    for (path, community) in [
        ("/general/get_version", "demo-free"),
        ("/general/get_servers", "demo-standard"),
    ] {
        println!("{path}");
        let mut command = test_of_cad("tests::load::serve_with_and_without_quotas");
        command.env("CAD_REDIS", redis.url());
        let request = client::request(path, community, &json!([]));
        let servers = Servers::start(&mut command, &NAMES, request).await;
        servers.compare(Duration::from_secs(seconds)).await;
    }
}

/// Serves until the input ends.
pub(crate) async fn serve(redis: &str) -> redis::RedisResult<()> {
    let in_redis = Quotas::redis::<Limited>(redis::Client::open(redis)?);
    let routers = [
        unlimited::Unlimited::router(),
        Limited::router().layer(Quotas::local::<Limited>()),
        Limited::router().layer(in_redis),
    ];
    for (name, router) in NAMES.into_iter().zip(routers) {
        let caller = Caller::new(Tier::Plus).with_id("customer-7");
        let router: Router = router.layer(Extension(caller));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!(
            "{name}: http://{}",
            listener.local_addr().expect("an address")
        );
        tokio::spawn(axum::serve(listener, router).into_future());
    }
    let input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
    Ok(())
}
