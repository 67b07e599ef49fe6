//! A thousand connections to two servers that share Redis: each connection that loses its access is closed
//! within a second, and no other is.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tiergate::overrides::RedisOverrides;
use tiergate::source::{ApiKey, KeyHash, RedisSource, listen_redis};
use tiergate::{Cached, Catalogue, Overrides, TierLayer, Watch, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::servers::Redis;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message as ClientMessage;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

const SECOND: Duration = Duration::from_secs(1);

#[requires_tier(Plus, any = "/live", guard = pass)]
async fn live(upgrade: WebSocketUpgrade) -> Response {
    let watch = pass.watch();
    upgrade.on_upgrade(async move |socket| serve_socket(watch, socket).await)
}

#[requires_tier(Plus, any = "/announcements", guard = pass)]
async fn announcements(upgrade: WebSocketUpgrade) -> Response {
    let watch = pass.watch();
    upgrade.on_upgrade(async move |socket| serve_socket(watch, socket).await)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(live, announcements))]
struct Api;

/// Sends a message four times a second.
async fn serve_socket(watch: Watch<Tier>, socket: WebSocket) {
    let mut socket = watch.socket::<_, Message>(socket);
    loop {
        tokio::select! {
            message = socket.next() => {
                if !matches!(message, Some(Ok(_))) {
                    break;
                }
            }
            () = sleep(SECOND / 4) => {
                if socket.send(Message::text("tick")).await.is_err() {
                    break;
                }
            }
        }
    }
}

/// Starts a server. It shares nothing with the other server but Redis.
fn start_machine(redis: redis::Client) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    std::thread::spawn(move || serve(listener, redis));
    address
}

#[tokio::main(flavor = "current_thread")]
async fn serve(listener: TcpListener, redis: redis::Client) {
    let source = RedisSource::<Tier>::hash(redis.clone(), "caller:{key}");
    let cached = Cached::builder(source).ttl(3600 * SECOND).build();
    tokio::spawn(listen_redis(&cached, redis.clone(), "callers"));
    let overrides = Overrides::of::<Api>();
    let value = RedisOverrides::new(redis.clone(), "overrides").listen(redis, "overrides");
    tokio::spawn(value.watch(&overrides));
    let app = Api::router().layer(TierLayer::new(cached).overrides(&overrides));
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    axum::serve(listener, app).await.unwrap();
}

/// What a client has received so far.
#[derive(Default)]
struct Received {
    messages: AtomicUsize,
    after_close: AtomicUsize,
}

/// A client's connection. The task ends with the connection, and returns the close code.
struct Connection {
    received: Arc<Received>,
    ends: JoinHandle<(Option<u16>, Instant)>,
}

async fn connect(machine: SocketAddr, path: &str, customer: &str) -> Connection {
    let url = format!("ws://{machine}{path}");
    let mut request = url.into_client_request().expect("a request");
    let key = format!("Bearer {customer}").parse().expect("a key");
    request.headers_mut().insert("authorization", key);
    let stream = TcpStream::connect(machine).await.expect("a connection");
    let (mut socket, _) = client_async(request, stream).await.expect("a WebSocket");
    let received = Arc::new(Received::default());
    let counts = received.clone();
    let ends = tokio::spawn(async move {
        let mut closed = None;
        while let Some(message) = socket.next().await {
            match message {
                Ok(ClientMessage::Close(frame)) if closed.is_none() => {
                    let code = frame.map(|frame| frame.code.into());
                    closed = Some((code, Instant::now()));
                }
                // The client's library reports a message after the close frame as an error.
                Ok(_) | Err(Error::Protocol(ProtocolError::ReceivedAfterClosing))
                    if closed.is_some() =>
                {
                    counts.after_close.fetch_add(1, Ordering::Relaxed);
                }
                Ok(_) => drop(counts.messages.fetch_add(1, Ordering::Relaxed)),
                Err(_) => break,
            }
        }
        closed.unwrap_or_else(|| (None, Instant::now()))
    });
    Connection { received, ends }
}

/// The connections that the same change concerns, or none.
struct Group {
    name: &'static str,
    customers: Vec<String>,
    connections: Vec<Connection>,
}

impl Group {
    /// Opens a connection of each customer to each machine.
    async fn open(
        name: &'static str,
        path: &str,
        customers: usize,
        machines: [SocketAddr; 2],
    ) -> Self {
        let customers: Vec<_> = (0..customers)
            .map(|number| format!("{name}-{number}"))
            .collect();
        let mut connections = Vec::new();
        for customer in &customers {
            for machine in machines {
                connections.push(connect(machine, path, customer).await);
            }
        }
        Self {
            name,
            customers,
            connections,
        }
    }

    /// Checks that every connection is closed with this code, and within a second.
    async fn expect_closed(self, since: Instant, code: u16) {
        let mut last = Duration::ZERO;
        for connection in self.connections {
            let ends = tokio::time::timeout(10 * SECOND, connection.ends).await;
            let (closed, at) = ends.expect("the connection ends").expect("the task ends");
            assert_eq!(closed, Some(code), "{}", self.name);
            assert_eq!(connection.received.after_close.load(Ordering::Relaxed), 0);
            // Times before the change would be an early close.
            last = last.max(
                at.checked_duration_since(since)
                    .expect("not closed too early"),
            );
        }
        println!(
            "{}: the last connection was closed after {last:?}",
            self.name
        );
        assert!(last < SECOND, "{}: {last:?}", self.name);
    }

    /// Checks that every connection is open and receives messages.
    async fn expect_open(&self) {
        let counts = || {
            self.connections
                .iter()
                .map(|connection| &connection.received.messages)
        };
        let before: Vec<_> = counts()
            .map(|count| count.load(Ordering::Relaxed))
            .collect();
        sleep(SECOND).await;
        for (connection, before) in self.connections.iter().zip(before) {
            assert!(!connection.ends.is_finished(), "{}", self.name);
            let messages = connection.received.messages.load(Ordering::Relaxed);
            assert!(messages > before, "{}: no message", self.name);
        }
    }
}

/// Writes customers into Redis, and announces the change.
async fn set(redis: &Redis, customers: &[String], tier: &str, until: Option<SystemTime>) {
    let mut commands = redis::pipe();
    for customer in customers {
        let name = format!(
            "caller:{}",
            KeyHash::sha256(&ApiKey::new(customer.as_str())).to_hex()
        );
        commands.hset_multiple(&name, &[("tier", tier), ("id", customer)]);
        if let Some(until) = until {
            let seconds = until.duration_since(UNIX_EPOCH).unwrap().as_secs();
            commands.hset(&name, "until", seconds);
        }
    }
    // The change is announced after it has been made.
    for customer in customers {
        commands.publish("callers", customer);
    }
    let connection = redis.client().get_multiplexed_async_connection().await;
    let () = commands
        .query_async(&mut connection.unwrap())
        .await
        .unwrap();
}

async fn set_overrides(redis: &Redis, version: u64, overrides: &str) {
    let value = format!(r#"{{"version": {version}, "overrides": [{overrides}]}}"#);
    let connection = redis.client().get_multiplexed_async_connection().await;
    let () = redis::pipe()
        .set("overrides", value)
        .publish("overrides", "")
        .query_async(&mut connection.unwrap())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_connections_those_that_lose_their_access_close_within_a_second() {
    let Some(redis) = Redis::start() else {
        return;
    };
    rlimit::increase_nofile_limit(8192).expect("enough sockets");
    set_overrides(&redis, 1, "").await;
    let machines = [redis.client(), redis.client()].map(start_machine);
    // The channels connect shortly after the start.
    sleep(SECOND).await;
    let name = |group: &str, count: usize| -> Vec<_> {
        (0..count)
            .map(|number| format!("{group}-{number}"))
            .collect()
    };
    for (group, count) in [
        ("downgraded", 100),
        ("closed", 100),
        ("trial", 100),
        ("others", 200),
    ] {
        set(&redis, &name(group, count), "Plus", None).await;
    }
    let opened = Instant::now();
    let downgraded = Group::open("downgraded", "/live", 100, machines).await;
    let closed = Group::open("closed", "/announcements", 100, machines).await;
    let trial = Group::open("trial", "/live", 100, machines).await;
    let others = Group::open("others", "/live", 200, machines).await;
    println!("1000 connections opened within {:?}", opened.elapsed());
    for group in [&downgraded, &closed, &trial, &others] {
        group.expect_open().await;
    }

    let change = Instant::now();
    set(&redis, &downgraded.customers, "Free", None).await;
    downgraded.expect_closed(change, 4403).await;
    closed.expect_open().await;

    let change = Instant::now();
    set_overrides(
        &redis,
        2,
        r#"{"kind": "close", "endpoint": "announcements"}"#,
    )
    .await;
    closed.expect_closed(change, 1013).await;

    // In whole seconds, as Redis contains them.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let end = UNIX_EPOCH + Duration::from_secs(now + 4);
    set(&redis, &trial.customers, "Plus", Some(end)).await;
    trial.expect_open().await;

    let left = end
        .duration_since(SystemTime::now())
        .expect("the trial hasn't ended yet");
    trial.expect_closed(Instant::now() + left, 4403).await;
    others.expect_open().await;
}
