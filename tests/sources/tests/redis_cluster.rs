//! A source on a Redis Cluster of three servers.

use std::time::{Duration, Instant};
use tiergate::Cached;
use tiergate::source::{ApiKey, KeyHash, RedisSource, SourceError, TierSource, listen_redis};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::servers::RedisCluster;
use tokio::time::sleep;

/// Returns the source's answer, with the reason of an error.
async fn answer(source: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match source.find(&ApiKey::new(key)).await {
        Ok(caller) => {
            let tier = caller.tier().map_or("none", Tier::name);
            format!("{tier} {}", caller.id().unwrap_or("nobody"))
        }
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(SourceError::Unavailable(reason)) => format!("unavailable: {reason}"),
        Err(error) => format!("{error}"),
    }
}

/// Enough keys for every server to have some.
fn keys() -> impl Iterator<Item = String> {
    (0..30).map(|number| format!("key-{number}"))
}

async fn put(cluster: &RedisCluster, key: &str, tier: &str) {
    let mut connection = cluster
        .client()
        .get_async_connection()
        .await
        .expect("a connection");
    let hash = KeyHash::sha256(&ApiKey::new(key)).to_hex();
    let () = redis::cmd("HSET")
        .arg(format!("caller:{hash}"))
        .arg(&["tier", tier, "customer", key])
        .query_async(&mut connection)
        .await
        .expect("a hash");
}

#[tokio::test]
async fn a_cluster_client_finds_every_key() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    for key in keys() {
        put(&cluster, &key, "Plus").await;
    }
    let source = RedisSource::<Tier>::field(cluster.client(), "caller:{key}", "tier");
    let source = source.id("customer");
    for key in keys() {
        assert_eq!(answer(&source, &key).await, format!("Plus {key}"));
    }
    assert_eq!(answer(&source, "never-issued").await, "unknown");

    // One server publishes a change, and another delivers it.
    let cached = Cached::builder(source)
        .ttl(Duration::from_secs(3600))
        .build();
    let clients = cluster.clients();
    tokio::spawn(listen_redis(&cached, clients[0].clone(), "tiers"));
    let begun = Instant::now();
    while !cached.is_listening() {
        assert!(begun.elapsed() < Duration::from_secs(10), "not listening");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(answer(&cached, "key-7").await, "Plus key-7");
    put(&cluster, "key-7", "Free").await;
    assert_eq!(answer(&cached, "key-7").await, "Plus key-7");
    let mut connection = clients[2]
        .get_multiplexed_async_connection()
        .await
        .expect("a connection");
    let () = redis::cmd("PUBLISH")
        .arg("tiers")
        .arg("key-7")
        .query_async(&mut connection)
        .await
        .expect("a message");
    let begun = Instant::now();
    while answer(&cached, "key-7").await != "Free key-7" {
        assert!(begun.elapsed() < Duration::from_secs(10), "not heard");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_single_server_client_reports_the_cluster() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    for key in keys() {
        put(&cluster, &key, "Plus").await;
    }
    for client in cluster.clients() {
        let source = RedisSource::<Tier>::field(client, "caller:{key}", "tier");
        let (mut found, mut moved) = (0, 0);
        for key in keys() {
            match answer(&source, &key).await.as_str() {
                "Plus nobody" => found += 1,
                told => {
                    assert!(told.contains("ClusterClient"), "{told}");
                    moved += 1;
                }
            }
        }
        assert!(found > 0 && moved > 0, "{found} found, {moved} moved");
    }
}
