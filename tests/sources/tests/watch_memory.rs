//! Connections that have ended leave nothing behind.

use super::{ALLOCATOR, ALONE};
use futures_util::StreamExt;
use std::future::pending;
use std::time::Duration;
use tiergate::source::{ApiKey, SourceError, guard};
use tiergate::{Cached, Caller, Catalogue, Overrides, TierLayer, Watch, requires_tier};
use tiergate_tests_sources::Tier;
use tower::{Layer, ServiceExt, service_fn};

#[requires_tier(Plus, get = "/live", guard = pass)]
fn live() -> Watch<Tier> {
    pass.watch()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(live))]
struct Api;

fn bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

async fn connect(layer: &TierLayer<Tier>, number: usize) -> Watch<Tier> {
    let service = layer.layer(service_fn(async |request: http::Request<()>| {
        let (mut parts, ()) = request.into_parts();
        guard(&mut parts).await.map(live)
    }));
    // The cache keeps the results of keys, so all connections have the same few keys.
    let key = format!("Bearer customer-{}", number % 10);
    let request = http::Request::get("/live").header("authorization", key);
    let answer = service.oneshot(request.body(()).unwrap()).await;
    answer.expect("the caller may connect")
}

/// Opens connections that wait for a change, and returns the bytes that they take. They end afterwards.
async fn open_and_end(layer: &TierLayer<Tier>, connections: usize) -> usize {
    let before = bytes();
    let mut open = Vec::new();
    for number in 0..connections {
        let watch = connect(layer, number).await;
        open.push(tokio::spawn(async move {
            let mut stream =
                watch.while_allowed(Box::pin(futures_util::stream::once(pending::<()>())));
            stream.next().await
        }));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let taken = bytes() - before;
    for connection in open {
        connection.abort();
        assert!(connection.await.is_err_and(|error| error.is_cancelled()));
    }
    taken
}

#[tokio::test]
async fn ended_connections_take_no_memory() {
    let _alone = ALONE.lock().await;
    let cached = Cached::builder(async |key: ApiKey| {
        Ok::<_, SourceError>(Caller::new(Tier::Plus).with_id(key.expose()))
    });
    let overrides = Overrides::of::<Api>();
    let layer = TierLayer::new(cached.ttl(Duration::from_secs(3600)).build()).overrides(&overrides);
    open_and_end(&layer, 100).await;
    let before = bytes();
    let taken = open_and_end(&layer, 5000).await;
    let left = bytes().saturating_sub(before);
    println!("{} bytes a connection, {left} bytes left", taken / 5000);
    assert!(taken / 5000 < 4000, "{}", taken / 5000);
    // The runtime keeps some of what it has allocated.
    assert!(left < 100_000, "{left} bytes of {taken} are left");
}
