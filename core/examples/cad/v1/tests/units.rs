//! Units.

use super::Client;
use serde_json::json;

#[tokio::test]
async fn several_units_may_press_their_panic_buttons() {
    let client = Client::with_accounts("panics", &["ada", "bo", "cy"]).await;
    let panics = json!([
        { "apiId": "ada", "isPanic": true },
        { "apiId": "bo", "isPanic": false },
    ]);
    client
        .expect("UNIT_PANIC", panics, "UNIT PANIC UPDATED")
        .await;
    let panics = json!([{ "apiId": ["bo", "cy"], "isPanic": true }]);
    client
        .expect("UNIT_PANIC", panics, "UNIT PANIC UPDATED")
        .await;
    let units = client.document("GET_ACTIVE_UNITS", json!([])).await;
    for unit in units.as_array().expect("a list") {
        assert_eq!(unit["isPanic"], true, "{unit}");
    }
    // A call changes all units or none.
    let panics = json!([{ "apiId": "ada", "isPanic": false }, { "apiId": "eve", "isPanic": true }]);
    let text = "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY";
    client.refuse("UNIT_PANIC", panics, 404, text).await;
    let units = client.document("GET_ACTIVE_UNITS", json!([])).await;
    assert_eq!(units[0]["isPanic"], true);
    client.close().await;
}

#[tokio::test]
async fn several_units_may_be_kicked() {
    let client = Client::with_accounts("kicks", &["ada", "bo", "cy", "di", "ed"]).await;
    let units = json!([{ "units": ["ada", "bo", "cy", "di", "ed"], "status": 1 }]);
    client
        .expect("UNIT_STATUS", units, "UNIT STATUS UPDATED")
        .await;
    let kicks = json!([
        { "apiId": "ada", "reason": "idle", "serverId": 1 },
        { "apiId": "bo", "reason": "late", "serverId": "1" },
    ]);
    client.expect("KICK_UNIT", kicks, "UNIT KICKED").await;
    let kicks = json!([{ "apiId": ["cy", "di"], "reason": "lost", "serverId": 1 }]);
    client.expect("KICK_UNIT", kicks, "UNIT KICKED").await;
    let units = client.document("GET_ACTIVE_UNITS", json!([])).await;
    let names: Vec<_> = units
        .as_array()
        .expect("a list")
        .iter()
        .map(|unit| &unit["data"]["name"])
        .collect();
    assert_eq!(names, ["ed"]);
    for (unit, reason) in [("bo", "late"), ("cy", "lost"), ("di", "lost")] {
        let account = client
            .document("GET_ACCOUNT", json!([{ "apiId": unit }]))
            .await;
        assert_eq!(account["lastKickReason"], reason, "{unit}");
    }
    client.close().await;
}

#[tokio::test]
async fn an_empty_list_is_a_mistake() {
    let client = Client::with_accounts("empty-lists", &["ada"]).await;
    let text = "data[0].apiId: at least one id is required";
    for ids in [json!([]), json!(""), json!([""])] {
        let kick = json!([{ "apiId": ids, "reason": "idle" }]);
        client.refuse("KICK_UNIT", kick, 400, text).await;
    }
    let signs = json!([{ "serverId": 1, "signData": { "ids": [], "text1": "Slow" } }]);
    let text = "AT LEAST ONE STREET SIGN IS REQUIRED";
    client.refuse("UPDATE_STREETSIGN", signs, 400, text).await;
    let text = "AT LEAST ONE BLIP IS REQUIRED";
    let blips = json!([{ "ids": [] }]);
    client.refuse("REMOVE_BLIP", blips, 400, text).await;
    client.close().await;
}

#[tokio::test]
async fn units_have_their_documented_fields() {
    let client = Client::with_accounts("unit", &["ada"]).await;
    let location = json!([{ "apiId": "ada", "location": "Main Street" }]);
    client
        .expect("UNIT_LOCATION", location, "UNIT LOCATION UPDATED")
        .await;
    let units = client
        .document("GET_ACTIVE_UNITS", json!([{ "serverId": 1 }]))
        .await;
    let unit = &units[0];
    assert_eq!(unit["id"], 1);
    assert_eq!(unit["status"], 0);
    assert_eq!(unit["isPanic"], false);
    assert_eq!(unit["location"], "Main Street");
    let data = json!({ "apiIds": ["ada"], "unitNum": "1", "name": "ada" });
    assert_eq!(unit["data"], data);
    client.close().await;
}

#[tokio::test]
async fn dispatchers_are_not_listed_by_default() {
    let client = Client::with_accounts("dispatchers", &["ada", "bo"]).await;
    let dispatcher = json!([{ "apiId": "bo", "add": ["dispatch"] }]);
    let updated = "User account permissions updated.";
    client
        .expect("SET_ACCOUNT_PERMISSIONS", dispatcher, updated)
        .await;
    let units = json!([{ "units": ["ada", "bo"], "status": 1 }]);
    client
        .expect("UNIT_STATUS", units, "UNIT STATUS UPDATED")
        .await;
    for (list, expected) in [
        (json!([]), 1),
        (json!([{ "serverId": 1 }]), 1),
        (json!([{ "onlyUnits": true }]), 1),
        (json!([{ "onlyUnits": false }]), 2),
    ] {
        let shown = list.to_string();
        assert_eq!(
            client.count("GET_ACTIVE_UNITS", list).await,
            expected,
            "{shown}"
        );
    }
    client.close().await;
}

#[tokio::test]
async fn an_unknown_api_id_has_the_vendors_text() {
    let client = Client::with_accounts("unknown", &["ada"]).await;
    let text = "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY";
    for (name, data) in [
        ("CHECK_APIID", json!([{ "apiId": "eve" }])),
        ("UNIT_STATUS", json!([{ "apiId": "eve", "status": 1 }])),
        (
            "UNIT_LOCATION",
            json!([{ "apiId": "eve", "location": "Pier" }]),
        ),
        ("KICK_UNIT", json!([{ "apiId": "eve", "reason": "idle" }])),
        ("GET_ACCOUNT", json!([{ "apiId": "eve" }])),
        ("GET_CHARACTERS", json!([{ "apiId": "eve" }])),
        (
            "NEW_CHARACTER",
            json!([{ "user": "eve", "record": null, "replaceValues": {} }]),
        ),
    ] {
        client.refuse(name, data, 404, text).await;
    }
    client.close().await;
}
