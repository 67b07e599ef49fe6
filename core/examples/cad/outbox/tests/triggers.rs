//! Tests that calls trigger the events of the vendor's table.

use super::World;
use super::receiver::Receiver;
use crate::events::tests::table;
use crate::outbox::signature::signature;
use crate::tests::{call_as, text_of};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// The events that no endpoint triggers.
const NEVER: [&str; 8] = [
    "EVENT_CHAR_SELECTED",
    "EVENT_NEW_CALLOUT",
    "EVENT_STATION_ALERT",
    "EVENT_TONE",
    "EVENT_UNIT_GROUP_ADD",
    "EVENT_UNIT_GROUP_CHANGE_NAME",
    "EVENT_UNIT_GROUP_REMOVE",
    "TOGGLE_BODYCAM",
];

/// A call: its path, its data, and the events that it triggers.
type Call = (&'static str, Value, &'static [&'static str]);

/// Returns calls of every endpoint that triggers an event, in working order.
#[allow(clippy::too_many_lines)] // A table.
fn calls() -> Vec<Call> {
    let unit = |more: Value| {
        let mut unit = json!({ "apiId": "ada", "serverId": 1 });
        let fields = unit.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        unit
    };
    let signs = json!([{ "id": 4, "text1": "Slow" }]);
    vec![
        (
            "/general/set_api_id",
            json!({ "username": "ada", "apiIds": ["ada"] }),
            &[],
        ),
        (
            "/emergency/unit_status",
            unit(json!({ "status": 2 })),
            &["EVENT_UNIT_LOGIN", "EVENT_UNIT_STATUS"],
        ),
        (
            "/emergency/unit_panic",
            unit(json!({ "isPanic": true })),
            &["EVENT_UNIT_PANIC"],
        ),
        (
            "/emergency/new_dispatch",
            json!({ "serverId": 1, "title": "Fire", "primary": 1, "trackPrimary": true }),
            &["EVENT_DISPATCH_NEW"],
        ),
        (
            "/emergency/unit_location",
            unit(json!({ "location": "Main Street" })),
            &["EVENT_DISPATCH_EDIT"],
        ),
        (
            "/emergency/attach_unit",
            json!({ "callId": 1, "units": ["ada"] }),
            &["EVENT_DISPATCH_UNIT_ATTACH"],
        ),
        (
            "/emergency/add_call_note",
            json!({ "callId": 1, "note": "hot", "noteType": "link" }),
            &["EVENT_DISPATCH_NOTE"],
        ),
        (
            "/emergency/set_call_postal",
            json!({ "callId": 1, "postal": "7" }),
            &["EVENT_DISPATCH_EDIT"],
        ),
        (
            "/emergency/detach_unit",
            json!({ "units": ["ada"] }),
            &["EVENT_DISPATCH_UNIT_DETACH"],
        ),
        (
            "/emergency/close_call",
            json!({ "callId": 1 }),
            &["EVENT_DISPATCH_CLOSED"],
        ),
        (
            "/emergency/call_911",
            json!({ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Help" }),
            &["EVENT_911"],
        ),
        (
            "/emergency/remove_911",
            json!({ "callId": 1 }),
            &["EVENT_REMOVE_911"],
        ),
        (
            "/emergency/set_streetsign_config",
            json!({ "signConfig": signs }),
            &[],
        ),
        (
            "/emergency/update_streetsign",
            json!({ "signData": { "ids": [4], "text1": "Fast" } }),
            &["EVENT_STREETSIGN_UPDATED"],
        ),
        (
            "/civilian/new_character",
            json!({ "user": "ada", "first": "Ada" }),
            &["EVENT_RECORD_ADD"],
        ),
        (
            "/civilian/edit_character",
            json!({ "recordId": 1, "last": "Lovelace" }),
            &["EVENT_RECORD_EDIT"],
        ),
        (
            "/civilian/remove_character",
            json!({ "id": 1 }),
            &["EVENT_RECORD_REMOVE"],
        ),
        (
            "/emergency/kick_unit",
            unit(json!({ "reason": "idle" })),
            &["EVENT_UNIT_LOGOUT"],
        ),
        (
            "/emergency/unit_location",
            unit(json!({ "location": "Pier" })),
            &["EVENT_UNIT_LOGIN"],
        ),
        (
            "/general/ban_user",
            json!({ "apiId": "ada", "isBan": true }),
            &["EVENT_UNIT_LOGOUT"],
        ),
    ]
}

#[tokio::test]
async fn calls_trigger_the_published_events() {
    let world = World::new("all").await;
    let receiver = Receiver::start().await;
    let one = "demo-one";
    world.send_to(one, "127.0.0.1", receiver.port).await;
    for (path, data, expected) in calls() {
        let before = receiver.requests().len();
        world.call(one, path, data).await;
        world.settle().await;
        let requests = receiver.requests().split_off(before);
        let types: Vec<Value> = requests
            .iter()
            .map(|sent| sent.json()["type"].clone())
            .collect();
        assert_eq!(types, expected, "{path}");
    }

    let table = table();
    let secret = secret_of(&world, one).await;
    let mut unseen: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    for request in receiver.requests() {
        let event = request.json();
        let name = event["type"].as_str().expect("a name");
        table[name].assert_fits(name, &event["data"]);
        assert_eq!(event["key"], "demo-one-key");
        unseen.remove(name);
        let (id, time) = (
            request.header("webhook-id"),
            request.header("webhook-timestamp"),
        );
        let time = time.parse().expect("a number");
        let expected = signature(&secret, id, time, &request.body);
        assert_eq!(request.header("webhook-signature"), expected);
    }
    assert_eq!(unseen, BTreeSet::from(NEVER));
    let dispatch = receiver.requests()[7].json()["data"]["dispatch"].clone();
    assert_eq!(dispatch["postal"], "7");
    assert_eq!(dispatch["notes"][0]["content"], "hot");
    assert_eq!(dispatch["notes"][0]["type"], "link");
    let note = receiver.requests()[6].json()["data"]["note"].clone();
    assert_eq!(note, dispatch["notes"][0]);
    assert_eq!(dispatch["units"][0]["username"], "ada");
    world.close().await;
}

#[tokio::test]
async fn an_expired_call_does_not_follow_its_unit() {
    let world = World::new("expired").await;
    let one = "demo-one";
    let receiver = world.add_receiver(one).await;
    let call = json!({
        "serverId": 1, "title": "Fire", "primary": 1, "trackPrimary": true, "deleteAfterMinutes": 0.001,
    });
    world.call(one, "/emergency/new_dispatch", call).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let moved = json!({ "apiId": "ada", "location": "Pier" });
    world.call(one, "/emergency/unit_location", moved).await;
    world.settle().await;
    let requests = receiver.requests();
    let types: Vec<Value> = requests
        .iter()
        .map(|sent| sent.json()["type"].clone())
        .collect();
    assert_eq!(types, ["EVENT_DISPATCH_NEW"]);
    world.close().await;
}

#[tokio::test]
async fn a_request_edits_a_tracked_call_once_and_only_if_its_address_changes() {
    let world = World::new("tracked").await;
    let one = "demo-one";
    let receiver = world.add_receiver(one).await;
    let call = json!({ "serverId": 1, "title": "Fire", "primary": 1, "trackPrimary": true });
    world.call(one, "/emergency/new_dispatch", call).await;
    let to = |location| json!({ "apiId": "ada", "location": location });
    let moves = json!([to("Pier"), to("Dock"), to("Pier")]);
    for _ in 0..2 {
        let path = "/emergency/unit_location";
        let answer = call_as(&world.app, one, path, moves.clone()).await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    world.settle().await;
    let requests = receiver.requests();
    let events = requests.iter().map(|sent| {
        let event = sent.json();
        (
            event["type"].clone(),
            event["data"]["dispatch"]["address"].clone(),
        )
    });
    let events: Vec<_> = events.collect();
    let expected = [("EVENT_DISPATCH_NEW", ""), ("EVENT_DISPATCH_EDIT", "Pier")];
    assert_eq!(
        events,
        expected.map(|(name, address)| (json!(name), json!(address)))
    );
    world.close().await;
}

#[tokio::test]
async fn edits_of_calls_with_long_notes_arrive_without_the_notes() {
    let world = World::new("notes").await;
    let one = "demo-one";
    let receiver = world.add_receiver(one).await;
    let call = json!({ "serverId": 1, "title": "Fire" });
    world.call(one, "/emergency/new_dispatch", call).await;
    let note = json!({ "serverId": 1, "callId": 1, "note": "x".repeat(20_000) });
    let postal = json!({ "serverId": 1, "callId": 1, "postal": "7" });
    for _ in 0..7 {
        world
            .call(one, "/emergency/add_call_note", note.clone())
            .await;
    }
    world.call(one, "/emergency/set_call_postal", postal).await;
    world.settle().await;
    let edited = receiver.requests().pop().expect("an event").json();
    assert_eq!(edited["type"], "EVENT_DISPATCH_EDIT");
    assert_eq!(edited["data"]["dispatch"]["postal"], "7");
    assert_eq!(edited["data"]["dispatch"]["notes"], json!([]));
    assert_eq!(world.rows().await, []);
    world.close().await;
}

/// Requests the secret that signs the community's events.
async fn secret_of(world: &World, community: &str) -> Vec<u8> {
    let request = Request::get("/events/secret")
        .header(AUTHORIZATION, format!("Bearer {community}-key"))
        .body(Body::empty());
    let (_, text) = text_of(&world.app, request.expect("a request")).await;
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let secret = answer["secret"].as_str().expect("a text");
    let secret = secret.strip_prefix("whsec_").expect("the prefix");
    STANDARD.decode(secret).expect("Base64")
}
