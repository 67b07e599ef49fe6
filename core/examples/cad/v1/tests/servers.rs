//! Servers and their numbers.

use super::Client;
use serde_json::json;

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
