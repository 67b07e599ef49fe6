//! Several `cad` processes behind one database: all apply a plan change within a second.

use std::thread::sleep;
use std::time::{Duration, Instant};
use tiergate_tests_sources::cad::Cad;
use tiergate_tests_sources::servers::{Postgres, Redis};

const ALLOWED: u16 = 404;
const REFUSED: u16 = 400;

/// Changes a community's plan a hundred times on one server, and checks how long the other takes.
fn hundred_changes(what: &str, one: &Cad, other: &Cad) {
    assert_eq!(other.close_call("demo-plus"), ALLOWED);
    let mut times = Vec::new();
    for number in 0..100 {
        let (tier, expected) = match number % 2 {
            0 => ("Standard", REFUSED),
            _ => ("Plus", ALLOWED),
        };
        let begun = Instant::now();
        assert_eq!(one.change_plan("demo-plus", Some(tier)), 204);
        // The server that received the change applies it at once.
        assert_eq!(one.close_call("demo-plus"), expected);
        while other.close_call("demo-plus") != expected {
            assert!(
                begun.elapsed() < Duration::from_secs(1),
                "{what}: change {number}"
            );
            sleep(Duration::from_millis(1));
        }
        times.push(begun.elapsed());
    }
    times.sort();
    println!(
        "{what}: of 100 changes half were seen within {:?}, the last within {:?}",
        times[49], times[99]
    );
    assert_eq!(one.change_plan("demo-plus", None), 204);
    let begun = Instant::now();
    while other.close_call("demo-plus") != REFUSED {
        assert!(begun.elapsed() < Duration::from_secs(1), "{what}: the end");
    }
    // Other communities are unaffected.
    assert_eq!(other.close_call("demo-pro"), ALLOWED);
    assert_eq!(other.close_call("demo-free"), REFUSED);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_postgres() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let database = server.database().await;
    let settings = [("CAD_DATABASE", database.as_str())];
    let (one, other) = (Cad::start(false, &settings), Cad::start(false, &settings));
    // The channel connects shortly after the start.
    sleep(Duration::from_secs(1));
    hundred_changes("PostgreSQL", &one, &other);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_file_notify_each_other_through_redis() {
    let Some(redis) = Redis::shared() else {
        return;
    };
    let file =
        std::env::temp_dir().join(format!("tiergate-cluster-{}.sqlite3", std::process::id()));
    let database = format!("sqlite:{}", file.display());
    let url = redis.url();
    let settings = [("CAD_DATABASE", database.as_str()), ("CAD_REDIS", &url)];
    let (one, other) = (Cad::start(false, &settings), Cad::start(false, &settings));
    sleep(Duration::from_secs(1));
    hundred_changes("SQLite and Redis", &one, &other);
    drop((one, other));
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

/// Calls as a community that has not called yet until the server counts a call in Redis.
fn counts_in_redis(server: &Cad, community: &str, redis: &Redis) {
    let mut connection = redis.client().get_connection().expect("a connection");
    let mut keys = || -> usize {
        let keys = redis::cmd("DBSIZE").query(&mut connection);
        keys.expect("the number of keys")
    };
    let (before, begun) = (keys(), Instant::now());
    while keys() == before {
        assert!(begun.elapsed() < Duration::from_secs(30), "{community}");
        server.list_units(community);
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_servers_share_limits_through_redis() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let file = std::env::temp_dir().join(format!("tiergate-limits-{}.sqlite3", std::process::id()));
    let database = format!("sqlite:{}", file.display());
    let url = redis.url();
    let settings = [
        ("CAD_DATABASE", database.as_str()),
        ("CAD_REDIS", &url),
        ("CAD_SERVERS", "2"),
    ];
    let servers = [(); 2].map(|()| Cad::start_limited(false, &settings));
    for (server, community) in servers.iter().zip(["demo-one", "demo-trial"]) {
        counts_in_redis(server, community, &redis);
    }

    // Version 2: three calls per minute.
    let listed: Vec<u16> = servers
        .iter()
        .cycle()
        .take(6)
        .map(|server| server.list_units("demo-plus"))
        .collect();
    assert_eq!(listed, [200, 200, 200, 429, 429, 429]);
    assert_eq!(servers[1].list_units("demo-pro"), 200);

    // Version 1: 60 calls per minute.
    let called = servers
        .iter()
        .cycle()
        .take(70)
        .map(|server| server.close_call("demo-pro"));
    let allowed = called.filter(|status| *status == ALLOWED).count();
    assert_eq!(allowed, 60);
    assert_eq!(servers[0].close_call("demo-pro"), 429);

    // Without Redis, each server counts in its own memory and allows half of three calls, rounded up.
    redis.kill();
    for server in &servers {
        let listed = [(); 3].map(|()| server.list_units("demo-plus"));
        assert_eq!(listed, [200, 200, 429]);
    }
    drop(servers);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[test]
fn changing_a_plan_requires_the_token() {
    let file =
        std::env::temp_dir().join(format!("tiergate-billing-{}.sqlite3", std::process::id()));
    let database = format!("sqlite:{}", file.display());
    let cad = Cad::start(false, &[("CAD_DATABASE", database.as_str())]);
    let url = format!("{}/billing/subscription", cad.base);
    let body = r#"{"community": "demo-free", "tier": "One"}"#;
    for token in ["", "Bearer ", "Bearer x", "Basic x"] {
        let told = ureq::post(&url)
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", token)
            .header("content-type", "application/json")
            .send(body);
        assert_eq!(told.expect("an answer").status().as_u16(), 401, "{token:?}");
    }
    assert_eq!(cad.close_call("demo-free"), REFUSED);
    assert_eq!(cad.change_plan("demo-nobody", Some("One")), 404);
    assert_eq!(cad.change_plan("demo-free", Some("One")), 204);
    assert_eq!(cad.close_call("demo-free"), ALLOWED);
    drop(cad);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}
