//! Requests of the vendor's JavaScript client, exactly as it sends them.

use super::Client;
use serde_json::{Value, json};

impl Client {
    /// Sends a request of this `type` to the client's path for it.
    async fn javascript(&self, path: &str, name: &str, data: Value) -> (u16, String) {
        let shown = data.to_string();
        let request = json!({ "type": name, "data": data, "product": 0 });
        let (status, text) = self.send(path, request).await;
        assert!(!text.is_empty(), "{path} {shown}");
        (status.as_u16(), text)
    }

    /// Sends a request that succeeds with this text.
    async fn succeed(&self, path: &str, name: &str, data: Value, text: &str) {
        let shown = data.to_string();
        let answer = self.javascript(path, name, data).await;
        assert_eq!(answer, (200, text.to_owned()), "{path} {shown}");
    }

    /// Sends a request that succeeds with JSON.
    async fn json(&self, path: &str, name: &str, data: Value) -> Value {
        let shown = data.to_string();
        let (status, text) = self.javascript(path, name, data).await;
        assert_eq!(status, 200, "{path} {shown}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

#[tokio::test]
async fn a_list_may_be_in_a_list() {
    let client = Client::with_accounts("lists-in-lists", &["ada"]).await;
    let codes = json!([[
        { "code": "1", "type": "FELONY", "title": "Theft", "bondType": "", "jailTime": "", "bondAmount": 5 },
        { "code": "2", "type": "FELONY", "title": "Arson", "bondType": "", "jailTime": "", "bondAmount": 9 },
    ]]);
    let path = "/general/set_penal_codes";
    client
        .succeed(path, "SET_PENAL_CODES", codes, "PENAL CODES SET!")
        .await;
    let postals = json!([[{ "code": "1", "x": 1, "y": 2 }, { "code": "2", "x": 3, "y": 4 }]]);
    let path = "/general/set_postals";
    client
        .succeed(path, "SET_POSTALS", postals, "Success")
        .await;
    let servers = client
        .json("/general/get_servers", "GET_SERVERS", json!([]))
        .await;
    assert_eq!(servers["penalCodes"][1]["title"], "Arson");
    assert_eq!(servers["postals"][1]["code"], "2");

    let moves = json!([[{ "apiId": "ada", "location": "Pier" }]]);
    let path = "/emergency/unit_location";
    client
        .succeed(path, "UNIT_LOCATION", moves, "UNIT LOCATION UPDATED")
        .await;
    let units = "/emergency/get_active_units";
    let units = client.json(units, "GET_ACTIVE_UNITS", json!([{}])).await;
    assert_eq!(units[0]["location"], "Pier");

    let blip = json!({ "id": -1, "coordinates": { "x": 1, "y": 2 }, "icon": "i", "color": "#fff",
        "tooltip": "old" });
    let blips = json!([[{ "serverId": 1, "blip": blip }, { "serverId": 1, "blip": blip }]]);
    let added = client.json("/emergency/add_blip", "ADD_BLIP", blips).await;
    assert_eq!((&added[0]["id"], &added[1]["id"]), (&json!(1), &json!(2)));
    let changes = json!([[{ "id": 1, "tooltip": "new" }, { "id": 2, "tooltip": "new" }]]);
    let path = "/emergency/modify_blip";
    client
        .succeed(path, "MODIFY_BLIP", changes, "Blip 1, 2 modified!")
        .await;

    // Only the outer list may be left out.
    for (data, text) in [
        (json!([[[]]]), "data[0]: expected an object"),
        (json!([[{}], [{}]]), "data[0]: expected an object"),
        (json!([[]]), "data: an object is required"),
        (
            json!([[{ "code": "1", "x": 1, "y": 2 }, { "code": "2" }]]),
            "data[1].x: missing field",
        ),
    ] {
        client.refuse("SET_POSTALS", data, 400, text).await;
    }
    client.close().await;
}

#[tokio::test]
async fn options_may_be_null() {
    let client = Client::new("null-options").await;
    for (path, name) in [
        ("/emergency/get_calls", "GET_CALLS"),
        ("/emergency/get_active_units", "GET_ACTIVE_UNITS"),
    ] {
        client.json(path, name, json!([null])).await;
    }
    let text = "data[0]: expected an object";
    client
        .refuse("NEW_DISPATCH", json!([null]), 400, text)
        .await;
    client.close().await;
}

#[tokio::test]
async fn endpoints_have_the_paths_of_the_client() {
    let client = Client::with_accounts("client-paths", &["ada"]).await;
    let character = json!([{ "user": "ada", "useDictionary": true, "recordTypeId": 7,
        "replaceValues": { "first": "Ada" } }]);
    let (path, text) = ("/civilian/new_character", "NEW CHARACTER ADDED TO ada");
    client.succeed(path, "NEW_CHARACTER", character, text).await;
    let character = json!([{ "user": "ada", "useDictionary": true, "recordTypeId": 7,
        "replaceValues": { "first": "Augusta" }, "recordId": 1 }]);
    let (path, text) = ("/civilian/edit_characters", "CHARACTER 1 EDITED FOR ada");
    client
        .succeed(path, "EDIT_CHARACTER", character, text)
        .await;

    // Another path doesn't avoid the check.
    for (path, name) in [
        ("/civilian/edit_characters", "EDIT_CHARACTER"),
        ("/emergency/911_call", "911_CALL"),
    ] {
        let request = json!({ "type": name, "data": [] });
        let (status, text) = client.send_as("demo-starter", path, request).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("requires the tier Standard"), "{text}");
    }
    client.close().await;
}

#[tokio::test]
async fn arguments_of_records_and_accounts_may_have_positions() {
    let client = Client::with_accounts("positions-general", &["ada"]).await;
    let character = json!([{ "user": "ada", "record": { "first": "Ada" } }]);
    let text = "NEW CHARACTER ADDED TO ada";
    client.expect("NEW_CHARACTER", character, text).await;
    let record = json!([{ "user": "ada", "recordTypeId": 5, "record": { "plate": "ABC" } }]);
    client.document("NEW_RECORD", record).await;

    for (path, name, data, text) in [
        ("check_apiid", "CHECK_APIID", json!([{ "0": "ada" }]), "ada"),
        (
            "apply_permission_key",
            "APPLY_PERMISSION_KEY",
            json!([{ "0": "ada", "1": "staff" }]),
            "Permission key staff applied!",
        ),
        (
            "send_photo",
            "SEND_PHOTO",
            json!([{ "0": "ada", "1": "https://example.com/a.png" }]),
            "Photo sent!",
        ),
        (
            "remove_record",
            "REMOVE_RECORD",
            json!([{ "0": 2 }]),
            "REMOVED RECORD 2",
        ),
        (
            "set_servers",
            "SET_SERVERS",
            json!({ "0": [{ "id": 1, "name": "Main" }, { "id": 2, "name": "Test" }], "1": true }),
            "Server config updated",
        ),
        (
            "auth_streetsigns",
            "AUTH_STREETSIGNS",
            json!({ "0": 2 }),
            "Success",
        ),
    ] {
        let path = format!("/general/{path}");
        client.succeed(&path, name, data, text).await;
    }
    let servers = client.document("GET_SERVERS", json!([])).await;
    assert_eq!(servers["servers"][1]["deployMap"], true);
    let text = "SERVER 9 NOT FOUND";
    client
        .refuse("AUTH_STREETSIGNS", json!({ "0": 9 }), 404, text)
        .await;

    let path = "/general/get_account";
    for data in [
        json!([{ "0": "ada" }]),
        json!([{ "1": "ada" }]),
        json!([{ "0": "ada", "1": "other" }]),
    ] {
        let account = client.json(path, "GET_ACCOUNT", data).await;
        assert_eq!(account["username"], "ada");
    }
    let template = "/general/get_templates";
    let template = client
        .json(template, "GET_TEMPLATES", json!([{ "0": 7 }]))
        .await;
    assert_eq!(template, json!([{ "id": 7, "name": "Character" }]));
    let of = json!([{ "0": "ada" }]);
    let characters = "/civilian/get_characters";
    let characters = client.json(characters, "GET_CHARACTERS", of.clone()).await;
    assert_eq!(characters[0]["id"], 1);
    let (path, text) = ("/civilian/remove_character", "CHARACTER 1 REMOVED FOR ada");
    client
        .succeed(path, "REMOVE_CHARACTER", json!([{ "0": 1 }]), text)
        .await;
    let identifiers = "/emergency/get_identifiers";
    let identifiers = client.json(identifiers, "GET_IDENTIFIERS", of).await;
    assert_eq!(identifiers["identifiers"][0]["name"], "ada");
    client.close().await;
}

#[tokio::test]
async fn arguments_of_calls_and_units_may_have_positions() {
    let client = Client::with_accounts("positions-emergency", &["ada"]).await;
    let servers = json!([{ "id": 1, "name": "Main" }, { "id": 2, "name": "Test" }]);
    client
        .expect("SET_SERVERS", servers, "Server config updated")
        .await;
    let status = json!([{ "apiId": "ada", "status": 1, "serverId": 2 }]);
    client
        .expect("UNIT_STATUS", status, "UNIT STATUS UPDATED")
        .await;
    let call = json!([{ "serverId": 2, "title": "Fire" }]);
    let text = "NEW DISPATCH CREATED - ID: 1";
    client.expect("NEW_DISPATCH", call, text).await;
    let blip = json!([{ "serverId": 2, "blip": { "coordinates": { "x": 1, "y": 2 } } }]);
    client.document("ADD_BLIP", blip).await;

    let blips = "/emergency/get_blips";
    for (server, count) in [(1, 0), (2, 1)] {
        let data = json!([{ "0": server }]);
        let found = client.json(blips, "GET_BLIPS", data).await;
        assert_eq!(found.as_array().map(Vec::len), Some(count), "{server}");
    }
    let sign = json!({ "id": 4, "label": "a", "text1": "b", "text2": "c", "text3": "d" });
    for (path, name, data, text) in [
        (
            "911_call",
            "911_CALL",
            json!([{ "0": 2, "1": true, "2": "Bo", "3": "Pier", "4": "Fire", "5": {} }]),
            "EMERGENCY CALL ADDED ID: 1",
        ),
        (
            "set_call_postal",
            "SET_CALL_POSTAL",
            json!([{ "0": 2, "1": 1, "2": "7" }]),
            "CALL 1 POSTAL SET TO 7",
        ),
        (
            "set_streetsign_config",
            "SET_STREETSIGN_CONFIG",
            json!([{ "0": 2, "1": [sign] }]),
            "Street sign config updated",
        ),
        (
            "update_streetsign",
            "UPDATE_STREETSIGN",
            json!([{ "0": 2, "1": { "ids": [4], "text1": "x", "text2": "y", "text3": "z" } }]),
            "Street signs updated",
        ),
        (
            "remove_blip",
            "REMOVE_BLIP",
            json!([{ "0": 1 }]),
            "Blip 1 removed!",
        ),
        (
            "kick_unit",
            "KICK_UNIT",
            json!([{ "0": "ada", "1": "idle", "2": 2 }]),
            "UNIT KICKED",
        ),
    ] {
        let path = format!("/emergency/{path}");
        client.succeed(&path, name, data, text).await;
    }
    let calls = client
        .document("GET_CALLS", json!([{ "serverId": 2 }]))
        .await;
    assert_eq!(calls["activeCalls"][0]["postal"], "7");
    assert_eq!(calls["emergencyCalls"][0]["caller"], "Bo");
    assert_eq!(calls["emergencyCalls"][0]["isEmergency"], true);
    let servers = client.document("GET_SERVERS", json!([])).await;
    assert_eq!(servers["servers"][1]["streetSigns"][0]["text1"], "x");
    client.close().await;
}

#[tokio::test]
async fn a_position_without_an_argument_is_refused() {
    let client = Client::with_accounts("positions-unknown", &["ada"]).await;
    let unknown = |position: &str| {
        format!("data[0].{position}: no argument has this position; send the argument by name")
    };
    for (name, data, text) in [
        (
            "CHECK_APIID",
            json!([{ "0": "ada", "1": "bo" }]),
            unknown("1"),
        ),
        ("CHECK_APIID", json!([{ "00": "ada" }]), unknown("00")),
        ("UNIT_STATUS", json!([{ "0": "ada", "1": 1 }]), unknown("0")),
        ("HEARTBEAT", json!({ "0": 1 }), unknown("0")),
        (
            "CHECK_APIID",
            json!([{ "0": "ada", "apiId": "bo" }]),
            "data[0].apiId: given both by name and by position; send it once".to_owned(),
        ),
        (
            "KICK_UNIT",
            json!([{ "1": "idle", "2": 1 }]),
            "data[0].apiId: missing field".to_owned(),
        ),
        (
            "GET_ACCOUNT",
            json!([{}]),
            "data[0]: a field that identifies the account is required".to_owned(),
        ),
    ] {
        client.refuse(name, data, 400, &text).await;
    }
    client.close().await;
}

#[tokio::test]
async fn a_new_call_may_name_the_accounts_of_its_units() {
    let client = Client::with_accounts("call-accounts", &["ada", "bo"]).await;
    let units = json!([{ "units": ["ada", "bo"], "status": 1 }]);
    client
        .expect("UNIT_STATUS", units, "UNIT STATUS UPDATED")
        .await;
    let account = json!([{ "apiId": "bo" }]);
    let account = client.document("GET_ACCOUNT", account).await;
    let call = json!([{ "serverId": 1, "origin": 0, "status": 1, "priority": 1, "block": "",
        "address": "", "postal": "", "title": "Fire", "code": "", "primary": 1, "trackPrimary": false,
        "description": "", "notes": [], "metaData": {}, "accounts": [account["uuid"]] }]);
    let text = "NEW DISPATCH CREATED - ID: 1";
    let path = "/emergency/new_dispatch";
    client.succeed(path, "NEW_DISPATCH", call, text).await;
    let calls = client.document("GET_CALLS", json!([])).await;
    assert_eq!(calls["activeCalls"][0]["idents"], json!([2]));
    let call = json!([{ "serverId": 1, "title": "Fire", "accounts": ["unknown"] }]);
    let text = "ACCOUNT unknown NOT FOUND";
    client.refuse("NEW_DISPATCH", call, 404, text).await;
    client.close().await;
}

#[tokio::test]
async fn a_whole_record_has_its_own_number_and_template() {
    let client = Client::with_accounts("whole-records", &["ada"]).await;
    let sections = |uid: &str, value: &str| json!([{ "category": 0, "label": "", "fields": [{ "uid": uid, "value": value }] }]);
    let whole = |kind: i64, id: i64, sections: Value| {
        let record = json!({ "recordTypeId": kind, "id": id, "syncId": "", "name": "", "type": kind,
            "sections": sections });
        json!([{ "user": "ada", "record": record }])
    };
    let (path, name) = ("/general/new_record", "NEW_RECORD");
    let new = whole(5, 0, sections("plate", "A1"));
    let record = client.json(path, name, new).await;
    assert_eq!((&record["id"], &record["type"]), (&json!(1), &json!(5)));
    let (path, name) = ("/general/edit_record", "EDIT_RECORD");
    let edit = whole(5, 1, sections("plate", "B2"));
    let record = client.json(path, name, edit).await;
    assert_eq!(record["sections"][0]["fields"][0]["value"], "B2");

    let (path, text) = ("/civilian/new_character", "NEW CHARACTER ADDED TO ada");
    let new = whole(7, 0, sections("first", "Ada"));
    client.succeed(path, "NEW_CHARACTER", new, text).await;
    let (path, text) = ("/civilian/edit_characters", "CHARACTER 2 EDITED FOR ada");
    let edit = whole(7, 2, sections("first", "Augusta"));
    client.succeed(path, "EDIT_CHARACTER", edit, text).await;

    let other = "RECORD 1 HAS TEMPLATE 5: SEND THAT TEMPLATE OR OMIT IT";
    for (name, data, text) in [
        ("EDIT_RECORD", whole(9, 1, sections("plate", "C3")), other),
        (
            "EDIT_RECORD",
            json!([{ "user": "ada", "useDictionary": true, "recordTypeId": 9, "recordId": 1,
                "replaceValues": {} }]),
            other,
        ),
        (
            "EDIT_RECORD",
            json!([{ "user": "ada", "record": { "id": 1, "plate": "C3" } }]),
            "data[0].recordId: missing field",
        ),
        (
            "NEW_RECORD",
            json!([{ "user": "ada", "record": { "plate": "C3" } }]),
            "data[0].recordTypeId: missing field",
        ),
        (
            "NEW_CHARACTER",
            whole(5, 0, sections("first", "Bo")),
            "data[0].recordTypeId: expected the template of characters",
        ),
    ] {
        client.refuse(name, data, 400, text).await;
    }
    client.close().await;
}
