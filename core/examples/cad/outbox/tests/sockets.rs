//! Tests of events that are sent over `WebSocket`s.

use super::client::{Client, Received, open};
use super::{World, ended, eventually};
use futures_util::StreamExt;
use std::future::IntoFuture;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves the endpoints on a port, and sends events. Returns the address.
async fn serve(world: &World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(axum::serve(listener, world.app.clone()).into_future());
    tokio::spawn(world.outbox.clone().run());
    address.to_string()
}

/// Waits until the client has confirmed all events.
async fn confirmed(world: &World) {
    eventually("the events are confirmed", async || {
        world.rows().await.is_empty()
    })
    .await;
}

async fn is_connected(world: &World, expected: bool) {
    eventually("a socket is opened or closed", async || {
        (world.outbox.0.sockets.count("demo-pro") > 0) == expected
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_community_gets_no_requests() {
    let world = World::new("socket").await;
    let receiver = world.add_receiver("demo-pro").await;
    let other = world.add_receiver("demo-one").await;
    let base = serve(&world).await;
    world.set_status("demo-pro", 1).await;
    eventually("the first event arrives", async || {
        receiver.statuses() == [1]
    })
    .await;

    let mut client = Client::connect(&base, "demo-pro").await;
    is_connected(&world, true).await;
    for status in 2..=10 {
        world.set_status("demo-pro", status).await;
        world.set_status("demo-one", status).await;
    }
    for status in 2..=10 {
        assert_eq!(client.status().await, status);
    }
    eventually("the other receiver gets its own", async || {
        other.statuses().len() == 9
    })
    .await;
    assert_eq!(receiver.requests().len(), 1);

    // The event contains no key.
    world.set_status("demo-pro", 11).await;
    let Some(Received::Event(event)) = client.next().await else {
        panic!("an event");
    };
    let fields: Vec<_> = event.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["data", "id", "type"]);

    confirmed(&world).await;
    drop(client);
    is_connected(&world, false).await;
    world.set_status("demo-pro", 12).await;
    eventually("requests follow", async || receiver.statuses() == [1, 12]).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downgrade_closes_the_socket() {
    let world = World::new("downgrade").await;
    let receiver = world.add_receiver("demo-pro").await;
    let base = serve(&world).await;
    let mut client = Client::connect(&base, "demo-pro").await;
    world.set_status("demo-pro", 1).await;
    assert_eq!(client.status().await, 1);
    // Plus still includes the event.
    world.set_tier("demo-pro", Some("Plus")).await;
    world.set_status("demo-pro", 2).await;
    assert_eq!(client.status().await, 2);
    confirmed(&world).await;
    world.set_tier("demo-pro", Some("Standard")).await;
    world.set_status("demo-pro", 3).await;
    assert_eq!(client.next().await, Some(Received::Closed(Some(4403))));
    assert_eq!(client.next().await, None);
    eventually("the event is refused", async || {
        world.rows().await == [ended("refused", "tier_too_low")]
    })
    .await;
    assert!(receiver.requests().is_empty());
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_client_does_not_confirm_is_sent_again() {
    let world = World::impatient("unconfirmed").await;
    let receiver = world.add_receiver("demo-pro").await;
    let base = serve(&world).await;
    // This client reads nothing, so it doesn't answer pings.
    let socket = open(&base, "demo-pro").await;
    is_connected(&world, true).await;
    for status in 1..=3 {
        world.set_status("demo-pro", status).await;
    }
    // The pause after the failure.
    eventually("the attempt failed", async || world.rows().await[0].2 == 1).await;
    world.ahead.fetch_add(5, Ordering::SeqCst);
    eventually("requests follow", async || receiver.statuses() == [1, 2, 3]).await;
    drop(socket);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_is_not_a_rejection() {
    let world = World::impatient("timeout").await;
    world.add_unit("demo-pro").await;
    let queue = world.server.cad.queue("demo-pro");
    assert!(queue.open().await.expect("a receiver"));
    world.set_status("demo-pro", 1).await;
    let base = serve(&world).await;
    // More attempts than an event may be rejected.
    for attempt in 1..=6 {
        let socket = open(&base, "demo-pro").await;
        eventually("the attempt is counted", async || {
            world.rows().await[0].2 == attempt
        })
        .await;
        drop(socket);
    }
    let mut client = Client::connect(&base, "demo-pro").await;
    assert_eq!(client.status().await, 1);
    confirmed(&world).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_client_survives_does_not_hold_up_the_next_one() {
    let world = World::new("crashes").await;
    world.add_unit("demo-pro").await;
    let queue = world.server.cad.queue("demo-pro");
    assert!(queue.open().await.expect("a receiver"));
    for status in 1..=2 {
        world.set_status("demo-pro", status).await;
    }
    let base = serve(&world).await;
    for attempt in 1..=5 {
        let mut socket = open(&base, "demo-pro").await;
        let event = socket.next().await.expect("an event").expect("an event");
        assert!(event.to_text().expect("a text").contains(r#""status":1"#));
        drop(socket);
        eventually("the attempt is counted", async || {
            world.rows().await[0].2 == attempt
        })
        .await;
    }
    let mut client = Client::connect(&base, "demo-pro").await;
    assert_eq!(client.status().await, 2);
    eventually("only the dead letter is left", async || {
        world.rows().await.len() == 1
    })
    .await;
    let (outcome, reason, _) = world.rows().await.remove(0);
    assert_eq!(outcome.as_deref(), Some("dead"));
    let reason = reason.expect("a reason");
    assert_eq!(reason, "the client did not confirm the event");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_return_after_the_server_was_down_for_days() {
    let world = World::new("returns").await;
    world.add_unit("demo-pro").await;
    let queue = world.server.cad.queue("demo-pro");
    assert!(queue.open().await.expect("a receiver"));
    world.set_status("demo-pro", 1).await;
    world.ahead.fetch_add(48 * 60 * 60, Ordering::SeqCst);
    let base = serve(&world).await;
    let mut client = Client::connect(&base, "demo-pro").await;
    assert_eq!(client.status().await, 1);
    confirmed(&world).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_socket_takes_over() {
    let world = World::new("second").await;
    world.add_unit("demo-pro").await;
    let base = serve(&world).await;
    let mut first = Client::connect(&base, "demo-pro").await;
    is_connected(&world, true).await;
    // The community has no address, so its events wait for a socket.
    eventually("the socket is a receiver", async || {
        world.set_status("demo-pro", 1).await;
        !world.rows().await.is_empty()
    })
    .await;
    assert_eq!(first.status().await, 1);
    let mut second = Client::connect(&base, "demo-pro").await;
    drop(first);
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.set_status("demo-pro", 2).await;
    while second.status().await != 2 {}
    confirmed(&world).await;
    drop(second);
    is_connected(&world, false).await;

    world.set_status("demo-pro", 3).await;
    let mut third = Client::connect(&base, "demo-pro").await;
    assert_eq!(third.status().await, 3);
    world.close().await;
    assert_eq!(third.next().await, Some(Received::Closed(Some(1001))));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_leaves_the_events_to_the_socket() {
    let world = World::new("servers").await;
    let receiver = world.add_receiver("demo-pro").await;
    let other = World::on(world.server.another().await);
    let base = serve(&world).await;
    serve(&other).await;
    let mut client = Client::connect(&base, "demo-pro").await;
    world.set_status("demo-pro", 1).await;
    assert_eq!(client.status().await, 1);
    for status in 2..=9 {
        other.set_status("demo-pro", status).await;
    }
    // The first server looks for events of others once per second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for status in 2..=9 {
        assert_eq!(client.status().await, status);
    }
    confirmed(&world).await;
    assert!(receiver.requests().is_empty());

    drop(client);
    is_connected(&world, false).await;
    other.set_status("demo-pro", 10).await;
    eventually("requests follow", async || receiver.statuses() == [10]).await;
    other.outbox.stop().await;
    other.server.cad.close().await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_has_few_sockets() {
    let world = World::new("many").await;
    let base = serve(&world).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::connect(&base, "demo-pro").await);
    }
    eventually("four sockets are open", async || {
        world.outbox.0.sockets.count("demo-pro") == 4
    })
    .await;
    let mut another = Client::connect(&base, "demo-pro").await;
    assert_eq!(another.next().await, Some(Received::Closed(Some(1013))));
    let mut other = Client::connect(&base, "demo-one").await;
    drop(clients);
    world.close().await;
    assert_eq!(other.next().await, Some(Received::Closed(Some(1001))));
}
