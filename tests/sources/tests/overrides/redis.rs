//! A value in Redis, on a real server.

use crate::{
    Api, Content, Editor, RECOVERY, SECOND, TIMEOUT, a_hundred_changes, accepts_an_old_backup,
    assert_limits, faults, installs, ms, quota, stays,
};
use std::time::{Duration, Instant};
use tiergate::Overrides;
use tiergate::overrides::RedisOverrides;
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::proxy::{Mode, Proxy};
use tiergate_tests_sources::servers::{Redis, RedisCluster};
use tokio::time::sleep;

/// A key and a channel of the same name.
struct Value<'a> {
    server: &'a Redis,
    key: &'a str,
}

impl Value<'_> {
    async fn set(&self, value: impl redis::ToRedisArgs) {
        let mut set = redis::cmd("SET");
        self.server.run::<()>(set.arg(self.key).arg(value)).await;
        let mut publish = redis::cmd("PUBLISH");
        self.server.run::<()>(publish.arg(self.key).arg("")).await;
    }

    fn store(&self, port: u16) -> RedisOverrides {
        RedisOverrides::new(client(port), self.key).timeout(TIMEOUT)
    }

    async fn error(&self) -> String {
        let overrides = Overrides::<Tier>::of::<Api>();
        let loaded = self.store(self.server.port).load(&overrides).await;
        loaded.expect_err("an error").to_string()
    }
}

impl Editor for Value<'_> {
    async fn write(&self, version: u64, content: Content) {
        self.set(document(version, content)).await;
    }
}

fn document(version: u64, content: Content) -> String {
    let entry = match content {
        Content::Nothing => "",
        Content::Close => r#"{"kind": "close", "endpoint": "export"}"#,
        Content::RequireFree => {
            r#"{"kind": "require", "endpoint": "export", "tier": "Free", "until": "9999-01-01T00:00:00Z"}"#
        }
    };
    format!(r#"{{"version": {version}, "overrides": [{entry}]}}"#)
}

fn client(port: u16) -> redis::Client {
    redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_refuses_and_stalls() {
    let Some(server) = Redis::shared() else {
        return;
    };
    for (fault, key) in [
        (Mode::Refuse, "overrides-refused"),
        (Mode::Stall, "overrides-stalled"),
        (Mode::CutAnswers(5), "overrides-cut"),
    ] {
        let proxy = Proxy::to(server.port).await;
        proxy.set(fault);
        let server = &*server;
        let value = Value { server, key };
        let store = value.store(proxy.port).listen(client(proxy.port), key);
        let overrides = Overrides::of::<Api>();
        tokio::spawn(store.watch(&overrides));
        let set = |mode| {
            proxy.set(mode);
            std::future::ready(())
        };
        faults(&overrides, &value, || set(fault), || set(Mode::Pass)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_and_restored_without_data() {
    let Some(mut server) = Redis::start() else {
        return;
    };
    let key = "overrides";
    let overrides = Overrides::of::<Api>();
    let store = RedisOverrides::new(client(server.port), key).timeout(TIMEOUT);
    let store = store.listen(client(server.port), key);
    tokio::spawn(store.watch(&overrides));
    let value = Value {
        server: &server,
        key,
    };
    value.write(7, Content::Close).await;
    installs(&overrides, 7, RECOVERY, "the first version").await;
    server.kill();
    stays(&overrides, Some(7), Content::Close, "killed").await;
    server.resume();
    stays(&overrides, Some(7), Content::Close, "resumed without data").await;
    let value = Value {
        server: &server,
        key,
    };
    value.write(6, Content::RequireFree).await;
    stays(&overrides, Some(7), Content::Close, "an old backup").await;
    value.write(8, Content::RequireFree).await;
    installs(&overrides, 8, RECOVERY, "a change after the kill").await;
}

#[tokio::test]
async fn garbage_is_rejected() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let key = "overrides-garbage";
    let value = Value {
        server: &server,
        key,
    };
    let missing = value.error().await;
    let expected = "the Redis key \"overrides-garbage\": there is no value; to have no overrides, write {\"version\": 1, \"overrides\": []}";
    assert_eq!(missing, expected);

    let overrides = Overrides::of::<Api>();
    tokio::spawn(value.store(server.port).watch(&overrides));
    value.write(7, Content::Close).await;
    installs(&overrides, 7, RECOVERY, "the first version").await;
    let half = document(8, Content::RequireFree);
    for (garbage, expected) in [
        (&b"\xff\x1b[2J"[..], "the Redis key \"overrides-garbage\": expected value at line 1 column 1"),
        (
            &half.as_bytes()[..60],
            "the Redis key \"overrides-garbage\": EOF while parsing a value at line 1 column 60",
        ),
        (
            br#"{"version": 8, "overrides": [{"kind": "close", "endpoint": "export", "endpoint": "export"}]}"#,
            "override 1 (close \"export\"): `endpoint` appears twice; remove one of them",
        ),
        (
            br#"{"version": 8, "overrides": [{"kind": "close", "endpoint": "export"}, {"kind": "observe", "endpoint": "export", "tier": 3}]}"#,
            "override 2 (observe \"export\"): `tier` is a number; it must be text",
        ),
        (
            br#"{"version": 8, "overrides": [{"kind": "close", "endpoint": "exprot"}]}"#,
            "override 1 (close \"exprot\"): no endpoint of the catalogue has this name or route; write `export` or `POST /export`",
        ),
    ] {
        value.set(garbage).await;
        stays(&overrides, Some(7), Content::Close, expected).await;
        assert_eq!(value.error().await, expected);
    }
    server.run::<()>(redis::cmd("DEL").arg(key)).await;
    server
        .run::<()>(redis::cmd("RPUSH").arg(key).arg("a"))
        .await;
    stays(&overrides, Some(7), Content::Close, "a list").await;
    assert_eq!(value.error().await, "Redis returned the code WRONGTYPE");
    value.write(8, Content::Nothing).await;
    installs(&overrides, 8, RECOVERY, "a change after garbage").await;
}

#[tokio::test]
async fn an_older_version_is_accepted_on_request() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let key = "overrides-older";
    let value = Value {
        server: &server,
        key,
    };
    let overrides = Overrides::of::<Api>();
    let store = value.store(server.port).accept_older_versions(true);
    tokio::spawn(store.watch(&overrides));
    accepts_an_old_backup(&overrides, &value).await;
}

#[tokio::test]
async fn a_message_makes_a_change_visible_at_once() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let key = "overrides-message";
    let value = Value {
        server: &server,
        key,
    };
    value.write(1, Content::Nothing).await;
    let overrides = Overrides::of::<Api>();
    let store = value.store(server.port).interval(Duration::from_secs(3600));
    tokio::spawn(store.listen(client(server.port), key).watch(&overrides));
    installs(&overrides, 1, RECOVERY, "the first version").await;
    // The listener connects within a moment.
    sleep(ms(1000)).await;
    let begun = Instant::now();
    value.write(7, Content::Close).await;
    installs(&overrides, 7, SECOND, "a message").await;
    println!("the message took {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_value_contains_limits() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let key = "overrides-limits";
    let value = Value {
        server: &server,
        key,
    };
    value
        .set(
            r#"{"version": 7, "overrides": [
                {"kind": "quota", "customer": "customer-7", "limits": "9000/day",
                 "until": "9999-01-01T00:00:00Z", "endpoint": null},
                {"kind": "limit", "customer": "customer-7", "endpoint": "GET /limited",
                 "limits": "600/minute; 7/second", "until": "2030-01-01T00:00:00.5Z",
                 "by": "support", "because": "ticket 4711"}]}"#,
        )
        .await;
    let overrides = Overrides::of::<quota::Api>();
    let loaded = value.store(server.port).load(&overrides).await;
    loaded.expect("a valid value");
    assert_limits(&overrides).await;
}

#[tokio::test]
async fn a_cluster_is_read() {
    let Some(cluster) = RedisCluster::start().await else {
        return;
    };
    let mut connection = cluster
        .client()
        .get_async_connection()
        .await
        .expect("a connection");
    let mut set = redis::cmd("SET");
    set.arg("overrides").arg(document(7, Content::Close));
    let () = set.query_async(&mut connection).await.expect("a value");
    let overrides = Overrides::<Tier>::of::<Api>();
    let store = RedisOverrides::new(cluster.client(), "overrides");
    store.load(&overrides).await.expect("a valid value");
    assert_eq!(overrides.version(), Some(7));
}

#[tokio::test]
async fn each_of_a_hundred_changes_is_visible_within_a_second() {
    let Some(server) = Redis::shared() else {
        return;
    };
    for (listens, key) in [(false, "overrides-polled"), (true, "overrides-published")] {
        let value = Value {
            server: &server,
            key,
        };
        let machines = [Overrides::of::<Api>(), Overrides::of::<Api>()];
        for machine in &machines {
            let mut store = value.store(server.port);
            if listens {
                store = store.listen(client(server.port), key);
            }
            tokio::spawn(store.watch(machine));
        }
        let [one, other] = &machines;
        a_hundred_changes([one, other], &value, ms(100)).await;
    }
}
