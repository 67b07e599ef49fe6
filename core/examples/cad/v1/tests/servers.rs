//! Servers and their numbers.

use super::Client;
use crate::json::ITEMS;
use crate::store::demo_key;
use crate::tests::text_of;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};

#[tokio::test]
async fn the_number_of_a_server_may_be_a_text() {
    let client = Client::with_accounts("server-ids", &["ada"]).await;
    let status = json!([{ "apiId": "ada", "status": 1, "serverId": "1" }]);
    client
        .expect("UNIT_STATUS", status, "UNIT STATUS UPDATED")
        .await;
    let call = json!([{ "serverId": "1", "isEmergency": true, "caller": "Bo", "location": "Pier",
        "description": "Fire" }]);
    client
        .expect("CALL_911", call, "EMERGENCY CALL ADDED ID: 1")
        .await;
    let remove = json!([{ "serverId": "1", "callId": 1 }]);
    client
        .expect("REMOVE_911", remove, "EMERGENCY CALL REMOVED")
        .await;
    let call = json!([{ "serverId": "1", "title": "Fire" }]);
    client
        .expect("NEW_DISPATCH", call, "NEW DISPATCH CREATED - ID: 1")
        .await;
    let attach = json!([{ "serverId": "1", "callId": 1, "units": ["ada"] }]);
    client.expect("ATTACH_UNIT", attach, "UNITS ATTACHED").await;
    let detach = json!([{ "serverId": "1", "units": ["ada"] }]);
    client.expect("DETACH_UNIT", detach, "UNITS DETACHED").await;
    let note = json!([{ "serverId": "1", "callId": 1, "note": "hot" }]);
    client
        .expect("ADD_CALL_NOTE", note, "NOTE 'hot' added to call #1")
        .await;
    let postal = json!([{ "serverId": "1", "callId": 1, "postal": "7" }]);
    client
        .expect("SET_CALL_POSTAL", postal, "CALL 1 POSTAL SET TO 7")
        .await;
    for name in ["GET_ACTIVE_UNITS", "GET_CALLS", "GET_BLIPS"] {
        client.document(name, json!([{ "serverId": "1" }])).await;
    }
    let close = json!([{ "serverId": "1", "callId": 1 }]);
    client.expect("CLOSE_CALL", close, "CALL CLOSED").await;
    let signs = json!([{ "serverId": "1", "signConfig": [{ "id": 4, "text1": "a" }] }]);
    client
        .expect("SET_STREETSIGN_CONFIG", signs, "Street sign config updated")
        .await;
    let signs = json!([{ "serverId": "1", "signData": { "ids": [4], "text1": "b" } }]);
    client
        .expect("UPDATE_STREETSIGN", signs, "Street signs updated")
        .await;
    let blip = json!([{ "serverId": "1", "blip": { "coordinates": { "x": 1, "y": 2 } } }]);
    client.document("ADD_BLIP", blip).await;
    let callouts = json!([{ "serverId": "1", "callouts": [] }]);
    client
        .expect("SET_AVAILABLE_CALLOUTS", callouts, "Updated 0 callouts")
        .await;
    let stations = json!([{ "serverId": "1", "config": {} }]);
    client
        .expect("SET_STATIONS", stations, "Updated station config!")
        .await;
    client
        .expect("AUTH_STREETSIGNS", json!([{ "serverId": "1" }]), "Success")
        .await;
    client
        .expect("HEARTBEAT", json!([{ "serverId": "1" }]), "OK")
        .await;
    let kick = json!([{ "apiId": "ada", "reason": "idle", "serverId": "1" }]);
    client.expect("KICK_UNIT", kick, "UNIT KICKED").await;

    let other = json!([{ "serverId": "2" }]);
    client
        .refuse("HEARTBEAT", other, 404, "SERVER 2 NOT FOUND")
        .await;
    let status = json!([{ "apiId": "ada", "status": 1, "serverId": 2 }]);
    client
        .refuse("UNIT_STATUS", status, 404, "SERVER 2 NOT FOUND")
        .await;
    for wrong in ["one", "", "01", "1.0"] {
        let text = "data[0].serverId: expected a whole number";
        client
            .refuse("HEARTBEAT", json!([{ "serverId": wrong }]), 400, text)
            .await;
    }
    client.close().await;
}

#[tokio::test]
async fn servers_keep_what_clients_set() {
    let client = Client::new("servers").await;
    let servers = client.document("GET_SERVERS", json!([])).await;
    let first = &servers["servers"][0];
    for field in ["mapIp", "listenerPort"] {
        assert_eq!(first.get(field), Some(&json!(null)), "{field}");
    }
    let servers = json!({ "servers": [
        { "id": 1, "name": "Main", "mapIp": "192.0.2.1", "listenerPort": "3232" },
        { "id": 2, "name": "Test" },
    ], "deployMap": true });
    client
        .expect("SET_SERVERS", servers, "Server config updated")
        .await;
    let servers = client.document("GET_SERVERS", json!([])).await;
    let [first, second] = &servers["servers"].as_array().expect("a list")[..] else {
        panic!("{servers}");
    };
    assert_eq!(
        (&first["mapIp"], &first["listenerPort"]),
        (&json!("192.0.2.1"), &json!("3232"))
    );
    assert_eq!(
        (&first["deployMap"], &second["deployMap"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(second["mapIp"], json!(null));

    let text = "data[0].servers[1].name: missing field";
    let wrong = json!({ "servers": [{ "id": 1, "name": "a" }, { "id": 2 }] });
    client.refuse("SET_SERVERS", wrong, 400, text).await;
    for (host, port) in [
        ("a b", json!("30120")),
        ("1.1.1.1", json!("0")),
        ("1.1.1.1", json!(0)),
        ("1.1.1.1", json!("x")),
    ] {
        let text = "SERVER 1 NEEDS A HOST AS `mapIp` AND A PORT AS `listenerPort`, OR NEITHER";
        let wrong = json!([{ "id": 1, "name": "a", "mapIp": host, "listenerPort": port }]);
        client.refuse("SET_SERVERS", wrong, 400, text).await;
    }
    let text = "data[0]: expected a server or `servers`, found both";
    let both = json!({ "id": 1, "name": "a", "servers": [{ "id": 2, "name": "b" }] });
    client.refuse("SET_SERVERS", both, 400, text).await;
    // A mistake doesn't remove all servers.
    let text = "AT LEAST ONE SERVER IS REQUIRED";
    client
        .refuse("SET_SERVERS", json!({ "servers": [] }), 400, text)
        .await;
    client.close().await;
}

/// The vendor's game script corrects the port in the answer of `GET_SERVERS`, and sends all of it as a text.
#[tokio::test]
async fn an_answer_can_be_sent_back() {
    let client = Client::new("echo").await;
    let texts = |count: usize| (0..count).map(|number| number.to_string());
    let postals: Value = texts(ITEMS + 1)
        .map(|code| json!({ "code": code, "x": 1, "y": 2 }))
        .collect();
    client.expect("SET_POSTALS", postals, "Success").await;
    let codes: Value = texts(9)
        .map(|code| json!({ "code": code, "type": "FELONY", "title": "Theft" }))
        .collect();
    client
        .expect("SET_PENAL_CODES", codes, "PENAL CODES SET!")
        .await;
    let stations = json!({ "serverId": 1, "config": { "locations": ["x".repeat(30_000)] } });
    client
        .expect("SET_STATIONS", stations, "Updated station config!")
        .await;
    let callouts: Value = texts(3)
        .map(|id| json!({ "id": id, "data": { "text": "x".repeat(20_000) } }))
        .collect();
    let callouts = json!({ "serverId": 1, "callouts": callouts });
    client
        .expect("SET_AVAILABLE_CALLOUTS", callouts, "Updated 3 callouts")
        .await;
    let signs = json!([{ "serverId": 1, "signConfig": [{ "id": 4, "text1": "a" }] }]);
    client
        .expect("SET_STREETSIGN_CONFIG", signs, "Street sign config updated")
        .await;
    client.expect("HEARTBEAT", json!({}), "OK").await;

    let mut answer = client.document("GET_SERVERS", json!([])).await;
    answer["servers"][0]["listenerPort"] = "30120".into();
    let data = json!(answer.to_string());
    client
        .expect("SET_SERVERS", data, "Server config updated")
        .await;
    assert_eq!(client.document("GET_SERVERS", json!([])).await, answer);

    // The server keeps no copies of the configuration.
    let request = Request::get("/v2/general/servers")
        .header(AUTHORIZATION, format!("Bearer {}", demo_key("demo-one")))
        .body(Body::empty());
    let (_, list) = text_of(&client.app, request.expect("a request")).await;
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let server = list["servers"][0].as_object().expect("a server");
    let fields: Vec<_> = server.keys().collect();
    assert_eq!(fields, ["id", "listenerPort", "mapIp", "name"]);
    client.close().await;
}

#[tokio::test]
async fn the_number_of_servers_is_bounded() {
    let client = Client::new("many-servers").await;
    let servers: Value = (0..=ITEMS)
        .map(|id| json!({ "id": id, "name": "a" }))
        .collect();
    let text = "data: there are 1001 servers; the limit is 1000";
    for data in [servers.clone(), json!({ "servers": servers })] {
        client.refuse("SET_SERVERS", data, 400, text).await;
    }
    client.close().await;
}
