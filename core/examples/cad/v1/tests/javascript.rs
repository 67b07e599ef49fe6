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
