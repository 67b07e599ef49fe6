//! Quotas of several servers over HTTP.

use axum::extract::Extension;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tiergate::quota::OnOutage;
use tiergate::{Caller, Catalogue, Quotas, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::client::Client;
use tiergate_tests_sources::servers::Redis;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The URL of Redis, for the processes that serve.
const SERVER: &str = "TIERGATE_TEST_SERVER";
const CONNECTIONS: usize = 100;

#[requires_tier(Plus, get = "/export", limit = "500/minute")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

async fn serve(redis: &str) {
    let client = redis::Client::open(redis).expect("a URL");
    let quotas = Quotas::redis::<Api>(client)
        .timeout(Duration::from_secs(10))
        .on_outage(OnOutage::Deny);
    let caller = Caller::new(Tier::Plus).with_id("customer-7");
    let app = Api::router().layer(quotas).layer(Extension(caller));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    println!("listening on http://{address}");
    tokio::spawn(axum::serve(listener, app).into_future());
    // The server ends with its input.
    let input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
}

/// Starts this test in a process of its own, as a server.
fn start(redis: &str) -> (Child, String) {
    let own = std::env::current_exe().expect("a test is a program");
    let mut process = Command::new(own)
        .args([
            "--exact",
            "two_servers_allow_exactly_the_limit",
            "--nocapture",
        ])
        .env(SERVER, redis)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    let mut lines = lines.map(|line| line.expect("text"));
    let base = lines
        .find_map(|line| {
            line.split_once("listening on ")
                .map(|(_, base)| base.to_owned())
        })
        .expect("the server says where");
    // The test ends with an error if nothing reads its output.
    std::thread::spawn(move || lines.for_each(drop));
    (process, base)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_allow_exactly_the_limit() {
    if let Ok(redis) = std::env::var(SERVER) {
        return serve(&redis).await;
    }
    let Some(redis) = Redis::start() else { return };
    let servers = [start(&redis.url()), start(&redis.url())];
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for (_, base) in &servers {
        for _ in 0..CONNECTIONS {
            let base = base.clone();
            calls.spawn(async move {
                let mut client = Client::connect(&base).await.expect("a connection");
                let mut statuses = Vec::new();
                while begun.elapsed() < Duration::from_secs(3) {
                    let request = b"GET /export HTTP/1.1\r\nhost: limits\r\n\r\n";
                    statuses.push(client.call(request).await.expect("an answer"));
                }
                statuses
            });
        }
    }
    let statuses = calls.join_all().await.concat();
    assert!(begun.elapsed() < Duration::from_secs(50), "within a minute");
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(200), count(429)), (500, statuses.len() - 500));
    for (mut process, _) in servers {
        drop(process.stdin.take());
        let _ = process.wait();
    }
}
