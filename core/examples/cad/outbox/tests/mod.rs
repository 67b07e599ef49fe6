//! Tests that every event arrives at least once and in order, or ends up in the dead letters, and that no
//! event is sent that the tier forbids.

mod client;
mod posts;
mod receiver;
mod sockets;
mod triggers;

use self::receiver::Receiver;
use super::{Outbox, PATIENCE};
use crate::tests::{Server, call_as, change_plan};
use axum::Router;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::time::{sleep, timeout};

/// How long an attempt may take in tests of receivers that don't answer.
const IMPATIENCE: Duration = Duration::from_millis(500);

/// How long a test waits for anything.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server with a simulated clock, and its outbox.
struct World {
    server: Server,
    app: Router,
    outbox: Outbox,
    /// The seconds by which the clock of the outbox is ahead.
    ahead: Arc<AtomicU64>,
}

impl World {
    async fn new(name: &str) -> Self {
        Self::on(server(name).await)
    }

    /// Creates a server that waits for less time.
    async fn impatient(name: &str) -> Self {
        Self::with(server(name).await, true, IMPATIENCE)
    }

    fn on(server: Server) -> Self {
        Self::with(server, true, PATIENCE)
    }

    fn with(server: Server, allow_private: bool, patience: Duration) -> Self {
        let ahead = Arc::new(AtomicU64::new(0));
        let seconds = ahead.clone();
        let clock = move || SystemTime::now() + Duration::from_secs(seconds.load(Ordering::SeqCst));
        let (cad, overrides) = (&server.cad, &server.overrides);
        let outbox = Outbox::with_times(cad, overrides, allow_private, patience, clock);
        let app = server.router_for(&outbox).into_router();
        Self {
            server,
            app,
            outbox,
            ahead,
        }
    }

    /// Calls an endpoint of version 1, which must succeed.
    async fn call(&self, community: &str, path: &str, data: Value) {
        let answer = call_as(&self.app, community, path, json!([data])).await;
        assert_eq!(answer.0, 200, "{path}: {answer:?}");
    }

    /// Creates a unit, before the community has a receiver for events.
    async fn add_unit(&self, community: &str) {
        let account = json!({ "username": "ada", "apiIds": ["ada"] });
        self.call(community, "/general/set_api_id", account).await;
        self.set_status(community, 0).await;
    }

    /// Triggers an event with a number.
    async fn set_status(&self, community: &str, status: i64) {
        let data = json!({ "apiId": "ada", "status": status });
        self.call(community, "/emergency/unit_status", data).await;
    }

    /// Sends the events of a community to this host and port.
    async fn send_to(&self, community: &str, host: &str, port: u16) {
        let server = json!({
            "id": 1, "name": "Main", "mapIp": host, "listenerPort": port.to_string(),
        });
        self.call(community, "/general/set_servers", server).await;
    }

    /// Creates a unit, and then a receiver for events.
    async fn add_receiver(&self, community: &str) -> Receiver {
        let receiver = Receiver::start().await;
        self.add_unit(community).await;
        self.send_to(community, "127.0.0.1", receiver.port).await;
        receiver
    }

    async fn set_tier(&self, community: &str, tier: Option<&str>) {
        let plan = json!({ "community": community, "tier": tier });
        assert_eq!(change_plan(&self.app, plan).await, 204);
    }

    /// Sends everything that is due by HTTP.
    async fn settle(&self) {
        let is_due = async || {
            let due = self.server.cad.due(self.outbox.now()).await;
            !due.expect("a list").is_empty()
        };
        let settled = async {
            while is_due().await {
                let started = self.outbox.start_tasks().await;
                started.expect("tasks");
                while !self.outbox.sending().is_empty() {
                    sleep(Duration::from_millis(1)).await;
                }
            }
        };
        let settled = timeout(DEADLINE, settled).await;
        settled.expect("nothing is due");
    }

    /// Advances the clock of the outbox, and sends everything that is due by then.
    async fn wait(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
        self.settle().await;
    }

    /// Returns the outcome, the reason and the number of attempts of every event in the outbox.
    async fn rows(&self) -> Vec<(Option<String>, Option<String>, i64)> {
        let query = "SELECT outcome, reason, attempts FROM events ORDER BY community, id";
        let mut connection = self.connection().await;
        let rows = sqlx::query_as(query).fetch_all(&mut connection).await;
        rows.expect("rows")
    }

    async fn connection(&self) -> AnyConnection {
        let url = self.server.url();
        AnyConnection::connect(&url).await.expect("a connection")
    }

    /// Changes rows, and returns their number.
    async fn execute(&self, change: &'static str) -> u64 {
        let mut connection = self.connection().await;
        let done = sqlx::query(change).execute(&mut connection).await;
        done.expect("a change").rows_affected()
    }

    /// Adds copies of the only event.
    async fn copy_event(&self, copies: i64) {
        let mut connection = self.connection().await;
        let copy = "INSERT INTO events (community, id, message_id, body, created_at)
            WITH RECURSIVE numbers (number) AS
                (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1)
            SELECT community, id + number, message_id || number, body, created_at
            FROM events, numbers";
        let count = "UPDATE counters SET value = value + $1 WHERE name = 'event'";
        for change in [copy, count] {
            let done = sqlx::query(change).bind(copies).execute(&mut connection);
            done.await.expect("a change");
        }
    }

    async fn close(self) {
        self.outbox.stop().await;
        self.server.close().await;
    }
}

/// Waits until something is true.
async fn eventually<F: Future<Output = bool>>(what: &str, is: impl Fn() -> F) {
    let deadline = Instant::now() + DEADLINE;
    while !is().await {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn server(name: &str) -> Server {
    Server::without_quota(&format!("outbox-{name}")).await
}

/// Returns a row of an event that will never be sent.
fn ended(outcome: &str, reason: &str) -> (Option<String>, Option<String>, i64) {
    (Some(outcome.to_owned()), Some(reason.to_owned()), 0)
}
