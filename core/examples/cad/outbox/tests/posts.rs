//! Tests of events that are sent by HTTP.

use super::receiver::{Mode, Receiver};
use super::{PATIENCE, World, ended, eventually, server};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tiergate::Override;

const HOUR: u64 = 60 * 60;

#[tokio::test]
async fn a_receiver_that_is_down_for_an_hour_gets_everything_in_order() {
    let world = World::new("down").await;
    let mut receiver = world.add_receiver("demo-pro").await;
    receiver.go_down().await;
    for status in 1..=5 {
        world.set_status("demo-pro", status).await;
    }
    world.settle().await;
    for _ in 0..120 {
        world.wait(HOUR / 120).await;
    }
    let rows = world.rows().await;
    assert_eq!(rows.len(), 5);
    let (outcome, reason, attempts) = &rows[0];
    assert_eq!(*outcome, None);
    let reason = reason.as_deref().expect("a reason");
    assert!(reason.starts_with("cannot connect"), "{reason}");
    // The pauses grow. The later events wait for the first one.
    assert!((8..=16).contains(attempts), "{attempts}");
    assert!(
        rows[1..].iter().all(|row| *row == (None, None, 0)),
        "{rows:?}"
    );

    receiver.come_up().await;
    world.set_status("demo-pro", 6).await;
    world.wait(HOUR / 6).await;
    assert_eq!(receiver.statuses(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(receiver.requests().len(), 6);
    assert!(world.rows().await.is_empty());
    world.close().await;
}

#[tokio::test]
async fn a_server_that_was_down_for_two_days_still_sends_its_events() {
    let world = World::new("weekend").await;
    let mut receiver = world.add_receiver("demo-pro").await;
    receiver.go_down().await;
    for status in 1..=3 {
        world.set_status("demo-pro", status).await;
    }
    // One attempt fails before the server goes down, and a few fail until the receiver is up again.
    world.settle().await;
    world.wait(48 * HOUR).await;
    for _ in 0..3 {
        world.wait(60).await;
    }
    receiver.come_up().await;
    world.wait(HOUR).await;
    assert_eq!(receiver.statuses(), [1, 2, 3]);
    assert!(world.rows().await.is_empty());
    world.close().await;
}

#[tokio::test]
async fn a_receiver_that_is_down_for_more_than_a_day_leaves_dead_letters() {
    let world = World::new("dead").await;
    let mut receiver = world.add_receiver("demo-pro").await;
    receiver.go_down().await;
    for status in 1..=3 {
        world.set_status("demo-pro", status).await;
    }
    for _ in 0..23 * 6 {
        world.wait(HOUR / 6).await;
    }
    assert!(world.rows().await.iter().all(|row| row.0.is_none()));
    for _ in 0..3 * 6 {
        world.wait(HOUR / 6).await;
    }
    let rows = world.rows().await;
    let is_dead = |(outcome, ..): &(Option<String>, _, _)| outcome.as_deref() == Some("dead");
    assert!(rows.len() == 3 && rows.iter().all(is_dead), "{rows:?}");
    // An operator sends the first one again, and a new event follows.
    let again = "UPDATE events SET outcome = NULL WHERE id = (SELECT min(id) FROM events)";
    assert_eq!(world.execute(again).await, 1);
    receiver.come_up().await;
    world.set_status("demo-pro", 4).await;
    world.wait(HOUR).await;
    assert_eq!(receiver.statuses(), [1, 4]);
    assert_eq!(world.rows().await.len(), 2);
    world.close().await;
}

#[tokio::test]
async fn an_event_is_repeated_with_the_same_id_until_it_arrives() {
    let world = World::impatient("fails").await;
    let receiver = world.add_receiver("demo-pro").await;
    receiver.set(Mode::Fails);
    for status in 1..=3 {
        world.set_status("demo-pro", status).await;
    }
    world.settle().await;
    world.wait(6).await;
    receiver.set(Mode::Hangs);
    world.wait(11).await;
    receiver.set(Mode::Works);
    world.wait(21).await;
    assert_eq!(receiver.statuses(), [1, 2, 3]);
    let requests = receiver.requests();
    let ids: Vec<&str> = requests
        .iter()
        .map(|sent| sent.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), 6);
    assert!(ids[..4].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(BTreeSet::from_iter(&ids).len(), 3);
    world.close().await;
}

#[tokio::test]
async fn an_event_that_the_receiver_rejects_does_not_hold_up_the_next_one() {
    let world = World::new("rejects").await;
    let receiver = world.add_receiver("demo-pro").await;
    receiver.set(Mode::Fails);
    for status in 1..=3 {
        world.set_status("demo-pro", status).await;
    }
    for _ in 0..6 {
        world.wait(HOUR / 6).await;
    }
    // Those failures were not about the event.
    receiver.set(Mode::Rejects(1));
    for _ in 0..4 {
        world.wait(HOUR / 6).await;
    }
    assert!(receiver.statuses().is_empty());
    world.wait(HOUR / 6).await;
    assert_eq!(receiver.statuses(), [2, 3]);
    let (dead, reason) = ("dead".to_owned(), "the status is 422".to_owned());
    assert_eq!(world.rows().await, [(Some(dead), Some(reason), 6 + 5)]);
    world.close().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_no_other_community() {
    let world = World::impatient("hangs").await;
    let hanging = world.add_receiver("demo-pro").await;
    let working = world.add_receiver("demo-one").await;
    hanging.set(Mode::Hangs);
    for status in 1..=5 {
        world.set_status("demo-pro", status).await;
        world.set_status("demo-one", status).await;
    }
    world.settle().await;
    assert_eq!(working.statuses(), [1, 2, 3, 4, 5]);
    assert_eq!(hanging.requests().len(), 1);
    hanging.set(Mode::Works);
    world.wait(60).await;
    assert_eq!(hanging.statuses(), [1, 2, 3, 4, 5]);
    world.close().await;
}

#[tokio::test]
async fn slow_receivers_take_turns_with_others() {
    let world = World::new("slow").await;
    let slow = world.add_receiver("demo-one").await;
    let fast = world.add_receiver("demo-pro").await;
    slow.set(Mode::Slow(Duration::from_millis(100)));
    for status in 1..=5 {
        world.set_status("demo-one", status).await;
    }
    world.set_status("demo-pro", 1).await;
    // Leaves one slot.
    let others = world.outbox.0.slots.acquire_many(31).await;
    let started = world.outbox.start_tasks().await;
    started.expect("tasks");
    eventually("the fast receiver gets its event", async || {
        !fast.requests().is_empty()
    })
    .await;
    assert!(slow.requests().len() < 5, "{}", slow.requests().len());
    drop(others);
    world.settle().await;
    assert_eq!(slow.statuses(), [1, 2, 3, 4, 5]);
    world.close().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::new("redirect").await;
    let receiver = world.add_receiver("demo-pro").await;
    let internal = Receiver::start().await;
    let target = format!("http://127.0.0.1:{}/sonorancad/event", internal.port);
    receiver.set(Mode::Redirects(target));
    world.set_status("demo-pro", 1).await;
    world.settle().await;
    assert_eq!(
        (receiver.requests().len(), internal.requests().len()),
        (1, 0)
    );
    let reason = Some("the status is 307".to_owned());
    assert_eq!(world.rows().await, [(None, reason, 1)]);
    world.close().await;
}

#[tokio::test]
async fn private_addresses_get_nothing() {
    let world = World::with(server("private").await, false, PATIENCE);
    let receiver = world.add_receiver("demo-pro").await;
    world.set_status("demo-pro", 1).await;
    world.settle().await;
    for host in [
        "localhost",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
    ] {
        world.send_to("demo-pro", host, receiver.port).await;
        world.settle().await;
        let reason = world.rows().await[0].1.clone().expect("a reason");
        let is_refused = reason == "the address isn't public";
        assert!(
            is_refused || reason.contains("can't be resolved"),
            "{host}: {reason}"
        );
    }
    assert!(receiver.requests().is_empty());
    world.close().await;
}

#[tokio::test]
async fn an_event_survives_a_restart_between_commit_and_send() {
    let world = World::new("restart").await;
    let receiver = world.add_receiver("demo-pro").await;
    world.set_status("demo-pro", 1).await;
    // Nothing has been sent when the server is killed.
    let restarted = World::on(world.server.another().await);
    restarted.set_status("demo-pro", 2).await;
    restarted.settle().await;
    assert_eq!(receiver.statuses(), [1, 2]);
    assert!(restarted.rows().await.is_empty());
    restarted.close().await;
}

#[tokio::test]
async fn events_wait_for_the_end_of_another_claim() {
    let world = World::new("claimed").await;
    let receiver = world.add_receiver("demo-pro").await;
    world.set_status("demo-pro", 1).await;
    let queue = world.server.cad.queue("demo-pro");
    let lifetime = Duration::from_secs(60);
    assert!(
        queue
            .claim("killed", lifetime)
            .await
            .expect("a claim")
            .is_some()
    );
    let started = world.outbox.start_tasks().await;
    started.expect("tasks");
    assert!(world.outbox.sending().is_empty());
    // Even a task that has already started sends nothing, and leaves the claim as it is.
    let posted = world.outbox.post_all(&queue).await;
    posted.expect("a pause");
    assert!(
        queue
            .claim("another", lifetime)
            .await
            .expect("a claim")
            .is_none()
    );
    assert!(receiver.requests().is_empty());

    // The minute is over.
    let change = "UPDATE event_receivers SET held_until = held_until - 60000";
    assert_eq!(world.execute(change).await, 1);
    world.settle().await;
    assert_eq!(receiver.statuses(), [1]);
    assert!(world.rows().await.is_empty());
    world.close().await;
}

#[tokio::test]
async fn a_claim_lasts_until_the_end_of_the_attempt() {
    let patience = Duration::from_secs(1);
    let world = World::with(server("slow-claim").await, true, patience);
    let receiver = world.add_receiver("demo-pro").await;
    receiver.set(Mode::Hangs);
    world.set_status("demo-pro", 1).await;
    // The claim has to wait for this transaction.
    let mut other = world.connection().await;
    let begun = sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await;
    begun.expect("a transaction");
    let started = world.outbox.start_tasks().await;
    started.expect("tasks");
    tokio::time::sleep(patience * 3 / 2).await;
    let ended = sqlx::query("COMMIT").execute(&mut other).await;
    ended.expect("a commit");
    eventually("the event arrives", async || receiver.requests().len() == 1).await;
    let held_until: i64 = sqlx::query_scalar("SELECT held_until FROM event_receivers")
        .fetch_one(&mut other)
        .await
        .expect("a row");
    let left = held_until - world.outbox.now();
    assert!(left >= 1000, "{left} ms are left");
    world.close().await;
}

#[tokio::test]
async fn a_former_customer_gets_nothing() {
    let world = World::new("former").await;
    let pro = world.add_receiver("demo-pro").await;
    let plus = world.add_receiver("demo-plus").await;
    let user = json!({ "user": "ada", "first": "Ada" });
    world.set_status("demo-plus", 1).await;
    world.set_status("demo-pro", 1).await;
    world
        .call("demo-pro", "/civilian/new_character", user)
        .await;
    // Both change their plans between the commit and the first attempt.
    world.set_tier("demo-plus", None).await;
    world.set_tier("demo-pro", Some("Plus")).await;
    world.settle().await;
    assert!(plus.requests().is_empty());
    assert_eq!(pro.statuses(), [1]);
    let rows = [
        ended("refused", "no_subscription"),
        ended("refused", "tier_too_low"),
    ];
    assert_eq!(world.rows().await, rows);

    // The plan ends between two attempts.
    pro.set(Mode::Fails);
    world.set_status("demo-pro", 2).await;
    world.settle().await;
    assert_eq!(pro.requests().len(), 2);
    world.set_tier("demo-pro", Some("Standard")).await;
    pro.set(Mode::Works);
    world.wait(HOUR).await;
    assert_eq!(pro.requests().len(), 2);
    let (outcome, reason, attempts) = world.rows().await.pop().expect("a row");
    assert_eq!((outcome.as_deref(), attempts), (Some("refused"), 1));
    assert_eq!(reason.as_deref(), Some("tier_too_low"));
    world.close().await;
}

#[tokio::test]
async fn an_override_closes_an_event() {
    let world = World::new("closed").await;
    let receiver = world.add_receiver("demo-pro").await;
    let close = Override::close("EVENT_UNIT_STATUS").by("ops");
    world
        .server
        .overrides
        .replace(2, [close])
        .expect("valid overrides");
    world.set_status("demo-pro", 1).await;
    world.settle().await;
    assert!(receiver.requests().is_empty());
    assert_eq!(world.rows().await, [ended("refused", "endpoint_closed")]);
    world.close().await;
}

#[tokio::test]
async fn a_queue_is_bounded() {
    let world = World::new("full").await;
    let mut receiver = world.add_receiver("demo-pro").await;
    receiver.go_down().await;
    world.set_status("demo-pro", 1).await;
    world.copy_event(999).await;
    for status in 2..=3 {
        world.set_status("demo-pro", status).await;
    }
    let rows = world.rows().await;
    assert_eq!(rows.len(), 1002);
    let full = ended("dead", "the queue is full");
    assert_eq!(rows[1000..], [full.clone(), full]);
    receiver.come_up().await;
    world.wait(HOUR).await;
    assert_eq!(receiver.statuses(), [1; 1000]);
    world.close().await;
}

#[tokio::test]
async fn the_dead_letters_of_a_community_without_a_receiver_are_bounded() {
    let world = World::new("bounded").await;
    world.add_unit("demo-pro").await;
    let queue = world.server.cad.queue("demo-pro");
    assert!(queue.open().await.expect("a receiver"));
    world.set_status("demo-pro", 1).await;
    world.copy_event(1499).await;
    let given_up = world.server.cad.give_up(world.outbox.now() + 1).await;
    given_up.expect("a change");
    let rows = world.rows().await;
    assert_eq!(rows.len(), 1000);
    let dead = ended("dead", "there is no receiver");
    assert!(rows.iter().all(|row| *row == dead), "{:?}", rows[0]);
    world.close().await;
}

#[tokio::test]
async fn a_community_that_cannot_be_tidied_does_not_hold_up_others() {
    let world = World::new("untidy").await;
    for community in ["demo-plus", "demo-pro"] {
        world.add_unit(community).await;
        let queue = world.server.cad.queue(community);
        assert!(queue.open().await.expect("a receiver"));
        world.set_status(community, 1).await;
    }
    let receiver = world.add_receiver("demo-one").await;
    world.set_status("demo-one", 1).await;
    world
        .execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON events WHEN NEW.community = 'demo-plus'
             BEGIN SELECT RAISE(ABORT, 'broken'); END",
        )
        .await;
    world.ahead.fetch_add(25 * HOUR, Ordering::SeqCst);
    let checked = world.outbox.check_queues(&mut 0).await;
    checked.expect("the queues");
    let dead = ended("dead", "there is no receiver");
    assert!(world.rows().await.contains(&dead));
    world.settle().await;
    assert_eq!(receiver.statuses(), [1]);
    world.close().await;
}

#[tokio::test]
async fn without_a_receiver_nothing_is_stored() {
    let world = World::new("none").await;
    world.add_unit("demo-pro").await;
    for (host, port) in [("", "30120"), ("1.1.1.1", ""), ("", "")] {
        let server = json!({ "id": 1, "name": "Main", "mapIp": host, "listenerPort": port });
        world.call("demo-pro", "/general/set_servers", server).await;
        world.set_status("demo-pro", 1).await;
    }
    assert!(world.rows().await.is_empty());
    world.close().await;
}
