//! Dispatch calls and emergency calls.

use super::Client;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn empty_meta_data_may_be_a_list() {
    let client = Client::new("meta-data").await;
    let call = json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire",
        "metaData": [] }]);
    client
        .expect("CALL_911", call, "EMERGENCY CALL ADDED ID: 1")
        .await;
    let call = json!([{ "serverId": 1, "title": "Fire", "metaData": [] }]);
    client
        .expect("NEW_DISPATCH", call, "NEW DISPATCH CREATED - ID: 1")
        .await;
    let calls = client.document("GET_CALLS", json!([])).await;
    assert_eq!(calls["emergencyCalls"][0]["metaData"], json!({}));
    assert_eq!(calls["activeCalls"][0]["metaData"], json!({}));
    // Only an empty list is an object.
    let call = json!([{ "serverId": 1, "title": "Fire", "metaData": [1] }]);
    let text = "data[0].metaData: expected an object";
    client.refuse("NEW_DISPATCH", call, 400, text).await;
    client.close().await;
}

#[tokio::test]
async fn notes_keep_all_their_fields() {
    let client = Client::new("notes").await;
    let notes = json!([
        { "time": "12:30:05", "label": "Bo", "type": "link", "content": "https://example.com" },
        "smoke",
    ]);
    let call = json!([{ "serverId": 1, "title": "Fire", "notes": notes }]);
    client
        .expect("NEW_DISPATCH", call, "NEW DISPATCH CREATED - ID: 1")
        .await;
    let calls = client.document("GET_CALLS", json!([])).await;
    let stored = &calls["activeCalls"][0]["notes"];
    assert_eq!(stored[0], notes[0]);
    assert_eq!(stored[1]["content"], "smoke");
    assert_eq!(
        (&stored[1]["label"], &stored[1]["type"]),
        (&json!(""), &json!("text"))
    );
    let time = stored[1]["time"].as_str().expect("a time");
    assert!(humantime::parse_rfc3339(time).is_ok(), "{time}");
    let note =
        json!([{ "callId": 1, "label": "Bo", "note": "https://example.com", "noteType": "link" }]);
    let text = "NOTE 'https://example.com' added to call #1";
    client.expect("ADD_CALL_NOTE", note, text).await;
    let calls = client.document("GET_CALLS", json!([])).await;
    let added = &calls["activeCalls"][0]["notes"][2];
    assert_eq!(
        (&added["label"], &added["type"]),
        (&json!("Bo"), &json!("link"))
    );
    let note = json!([{ "callId": 1, "note": "x", "noteType": "image" }]);
    let text = "data[0].noteType: unknown variant `image`, expected `text` or `link`";
    client.refuse("ADD_CALL_NOTE", note, 400, text).await;
    client.close().await;
}

#[tokio::test]
async fn a_new_call_has_its_units_and_its_end() {
    let client = Client::with_accounts("new-call", &["ada", "bo"]).await;
    let units = json!([{ "units": ["ada", "bo"], "status": 1 }]);
    client
        .expect("UNIT_STATUS", units, "UNIT STATUS UPDATED")
        .await;
    let call = json!([{ "serverId": 1, "origin": 0, "status": 1, "priority": 1, "block": "5",
        "address": "Main Street", "postal": "7", "title": "Fire", "code": "10-70", "primary": 1,
        "trackPrimary": false, "description": "Smoke", "notes": [], "metaData": {},
        "units": ["ada", "bo"], "deleteAfterMinutes": 0 }]);
    client
        .expect("NEW_DISPATCH", call, "NEW DISPATCH CREATED - ID: 1")
        .await;
    let brief = json!([{ "serverId": 1, "title": "Flood", "deleteAfterMinutes": 0.001 }]);
    client
        .expect("NEW_DISPATCH", brief, "NEW DISPATCH CREATED - ID: 2")
        .await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let calls = client.document("GET_CALLS", json!([])).await;
    let open = calls["activeCalls"].as_array().expect("a list");
    assert_eq!(open.len(), 1, "the second call has expired");
    assert_eq!(open[0]["idents"], json!([1, 2]));
    client.close().await;
}

#[tokio::test]
async fn calls_can_be_listed_by_type() {
    let client = Client::new("types").await;
    let call =
        json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire" }]);
    client
        .expect("CALL_911", call, "EMERGENCY CALL ADDED ID: 1")
        .await;
    for id in 1..=2 {
        let call = json!([{ "serverId": 1, "title": "Fire" }]);
        let text = format!("NEW DISPATCH CREATED - ID: {id}");
        client.expect("NEW_DISPATCH", call, &text).await;
    }
    client
        .expect("CLOSE_CALL", json!([{ "callId": 2 }]), "CALL CLOSED")
        .await;
    for (list, dispatch, emergency) in [
        (json!([{ "type": 0 }]), 1, 0),
        (json!([{ "type": 1 }]), 0, 1),
        (json!([{ "type": 100 }]), 1, 1),
        (json!([{}]), 1, 1),
    ] {
        let calls = client.document("GET_CALLS", list).await;
        for (name, expected) in [
            ("activeCalls", dispatch),
            ("closedCalls", dispatch),
            ("emergencyCalls", emergency),
        ] {
            assert_eq!(
                calls[name].as_array().map(Vec::len),
                Some(expected),
                "{name}"
            );
        }
    }
    let text = "data[0].type: 7 is unknown";
    client
        .refuse("GET_CALLS", json!([{ "type": 7 }]), 400, text)
        .await;
    client.close().await;
}

#[tokio::test]
async fn a_list_has_at_most_100_closed_calls() {
    let client = Client::new("closed").await;
    for id in 1..=101 {
        let call = json!([{ "serverId": 1, "title": "Fire" }]);
        let text = format!("NEW DISPATCH CREATED - ID: {id}");
        client.expect("NEW_DISPATCH", call, &text).await;
        client
            .expect("CLOSE_CALL", json!([{ "callId": id }]), "CALL CLOSED")
            .await;
    }
    for (list, expected) in [
        (json!([]), 10),
        (json!([{ "closedLimit": 20 }]), 20),
        (json!([{ "closedLimit": 500 }]), 100),
        (json!([{ "closedLimit": 10, "closedOffset": 100 }]), 1),
    ] {
        let shown = list.to_string();
        let calls = client.document("GET_CALLS", list).await;
        assert_eq!(
            calls["closedCalls"].as_array().map(Vec::len),
            Some(expected),
            "{shown}"
        );
    }
    client.close().await;
}
