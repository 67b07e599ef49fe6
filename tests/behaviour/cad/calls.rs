//! The effects of each call.

use crate::server::Server;
use crate::text;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn dispatch_calls_can_be_opened_and_closed() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1"] }]),
        "API ID(s) set!",
    );
    server.expect(
        "/emergency/unit_status",
        &json!([{ "apiId": "a1", "status": 1 }]),
        "UNIT STATUS UPDATED",
    );
    let call = json!([{ "serverId": 1, "title": "Fire", "code": "10-70", "notes": ["smoke"], "metaData": { "k": 1 } }]);
    server.expect(
        "/emergency/new_dispatch",
        &call,
        "NEW DISPATCH CREATED - ID: 1",
    );
    server.expect(
        "/emergency/attach_unit",
        &json!([{ "serverId": 1, "callId": 1, "units": ["a1"] }]),
        "UNITS ATTACHED",
    );
    server.expect(
        "/emergency/add_call_note",
        &json!([{ "serverId": 1, "callId": 1, "note": "it's hot" }]),
        "NOTE 'it's hot' added to call #1",
    );
    server.expect(
        "/emergency/set_call_postal",
        &json!([{ "serverId": 1, "callId": 1, "postal": "456" }]),
        "CALL 1 POSTAL SET TO 456",
    );
    let calls = server.document("/emergency/get_calls", &json!([{ "serverId": 1 }]));
    let open = &calls["activeCalls"][0];
    assert_eq!(
        (&open["title"], &open["postal"]),
        (&json!("Fire"), &json!("456"))
    );
    assert_eq!(open["notes"][0]["content"], "smoke");
    assert_eq!(open["notes"][1]["content"], "it's hot");
    assert_eq!(open["units"][0]["username"], "ada");
    assert_eq!(open["metaData"]["k"], 1);
    server.expect(
        "/emergency/detach_unit",
        &json!([{ "units": ["a1"] }]),
        "UNITS DETACHED",
    );
    server.refuse(
        "/emergency/detach_unit",
        &json!([{ "units": ["a1"] }]),
        404,
        "UNIT ada IS NOT ON A CALL",
    );
    server.expect(
        "/emergency/close_call",
        &json!([{ "serverId": 1, "callId": 1 }]),
        "CALL CLOSED",
    );
    for path in [
        "/emergency/close_call",
        "/emergency/attach_unit",
        "/emergency/add_call_note",
    ] {
        let data = json!([{ "serverId": 1, "callId": 1, "units": ["a1"], "note": "x" }]);
        server.refuse(path, &data, 404, "CALL 1 NOT FOUND ON SERVER 1");
    }
    let calls = server.document("/emergency/get_calls", &json!([]));
    assert_eq!(calls["activeCalls"], json!([]));
    assert_eq!(calls["closedCalls"][0]["callId"], 1);
    let none = server.document("/emergency/get_calls", &json!([{ "closedLimit": 0 }]));
    assert_eq!(none["closedCalls"], json!([]));
}

#[test]
fn emergency_calls_can_be_opened_and_closed() {
    let server = Server::start();
    let call = |minutes: f64| {
        json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire",
                 "isEmergency": true, "metaData": { "x": 1.5 }, "deleteAfterMinutes": minutes }])
    };
    server.expect(
        "/emergency/call_911",
        &call(0.0),
        "EMERGENCY CALL ADDED ID: 1",
    );
    server.expect(
        "/emergency/call_911",
        &call(0.05),
        "EMERGENCY CALL ADDED ID: 2",
    );
    // The second one is open for three seconds.
    let calls = server.document("/emergency/get_calls", &json!([]));
    assert_eq!(calls["emergencyCalls"][1]["callId"], 2);
    std::thread::sleep(Duration::from_millis(3100));
    let calls = server.document("/emergency/get_calls", &json!([]));
    let open = calls["emergencyCalls"].as_array().expect("a list");
    assert_eq!(open.len(), 1, "the second one has expired");
    assert_eq!(
        (&open[0]["caller"], &open[0]["metaData"]["x"]),
        (&json!("Bo"), &json!(1.5))
    );
    server.expect(
        "/emergency/remove_911",
        &json!([{ "callId": 1 }]),
        "EMERGENCY CALL REMOVED",
    );
    server.refuse(
        "/emergency/remove_911",
        &json!([{ "callId": 1 }]),
        404,
        "EMERGENCY CALL 1 NOT FOUND ON SERVER 1",
    );
}

#[test]
fn units_report_their_positions() {
    let server = Server::start();
    for name in ["ada", "bo"] {
        let data = json!([{ "username": name, "apiIds": [name] }]);
        server.expect("/general/set_api_id", &data, "API ID(s) set!");
    }
    let moves = json!([
        { "apiId": "ada", "location": "Main Street", "coordinates": { "x": 1.5, "y": -2 } },
        { "apiId": "bo", "location": "Pier" },
    ]);
    server.expect("/emergency/unit_location", &moves, "UNIT LOCATION UPDATED");
    server.expect(
        "/emergency/unit_panic",
        &json!([{ "apiId": "ada", "isPanic": true }]),
        "UNIT PANIC UPDATED",
    );
    server.expect(
        "/emergency/unit_status",
        &json!([{ "apiId": "ada", "status": 3 }]),
        "UNIT STATUS UPDATED",
    );
    let units = server.document("/emergency/get_active_units", &json!([{ "serverId": 1 }]));
    assert_eq!(units.as_array().map(Vec::len), Some(2));
    assert_eq!(units[0]["username"], "ada");
    assert_eq!(units[0]["coordinates"], json!({ "x": 1.5, "y": -2.0 }));
    assert_eq!(
        (&units[0]["isPanic"], &units[0]["status"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(units[1]["location"], "Pier");
    let identifiers = server.document(
        "/emergency/get_account_identifiers",
        &json!([{ "apiId": "ada" }]),
    );
    assert_eq!(identifiers["identifiers"][0]["name"], "ada");
    server.expect(
        "/emergency/kick_unit",
        &json!([{ "apiId": "ada", "reason": "idle" }]),
        "UNIT KICKED",
    );
    let units = server.document("/emergency/get_active_units", &json!([{ "limit": 1 }]));
    assert_eq!(units[0]["username"], "bo");
    // The call changes either all units or none. The second unit doesn't exist.
    let moves = json!([{ "apiId": "bo", "location": "Lost" }, { "apiId": "eve", "location": "x" }]);
    server.refuse(
        "/emergency/unit_location",
        &moves,
        404,
        "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY",
    );
    let units = server.document("/emergency/get_active_units", &json!([]));
    assert_eq!(units[0]["location"], "Pier");
}

#[test]
fn the_map_keeps_its_markers() {
    let server = Server::start();
    let blip = json!([{ "serverId": 1, "blip": {
        "id": -1, "subType": "poi", "coordinates": { "x": 1, "y": 2 }, "radius": 3, "icon": "i",
        "color": "#fff", "tooltip": "t", "data": [{ "title": "a", "text": "b" }] } }]);
    let added = server.document("/emergency/add_blip", &blip);
    assert_eq!(
        (&added[0]["id"], &added[0]["tooltip"]),
        (&json!(1), &json!("t"))
    );
    server.expect(
        "/emergency/modify_blip",
        &json!([{ "id": 1, "tooltip": "u" }]),
        "Blip 1 modified!",
    );
    let blips = server.document("/emergency/get_blips", &json!([{ "serverId": 1 }]));
    assert_eq!(
        (&blips[0]["tooltip"], &blips[0]["color"]),
        (&json!("u"), &json!("#fff"))
    );
    server.expect(
        "/emergency/remove_blip",
        &json!([{ "ids": [1] }]),
        "Blip 1 removed!",
    );
    server.refuse(
        "/emergency/remove_blip",
        &json!([{ "ids": [1] }]),
        404,
        "BLIP 1 NOT FOUND",
    );
    let signs = json!([{ "signConfig": [{ "id": 4, "label": "l", "text1": "a", "text2": "b" }] }]);
    server.expect(
        "/emergency/set_streetsign_config",
        &signs,
        "Street sign config updated",
    );
    let show = json!([{ "signData": { "ids": [4], "text1": "SLOW" } }]);
    server.expect(
        "/emergency/update_streetsign",
        &show,
        "Street signs updated",
    );
    let callouts = json!([{ "callouts": [{ "id": "x", "data": { "k": 1 } }, { "id": "y" }] }]);
    server.expect(
        "/emergency/set_available_callouts",
        &callouts,
        "Updated 2 callouts",
    );
    let stations = json!([{ "config": { "locations": [{ "name": "HQ", "doors": ["d"] }] } }]);
    server.expect(
        "/emergency/set_stations",
        &stations,
        "Updated station config!",
    );
    server.expect(
        "/general/auth_streetsigns",
        &json!([{ "serverId": 1 }]),
        "Success",
    );
    let first = &server.document("/general/get_servers", &json!([]))["servers"][0];
    assert_eq!(first["streetSigns"][0]["text1"], "SLOW");
    assert_eq!(first["streetSigns"][0]["text2"], "b");
    assert_eq!(first["callouts"][0]["data"]["k"], 1);
    assert_eq!(first["stations"]["locations"][0]["name"], "HQ");
}

#[test]
fn characters_and_records_can_be_found() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1"] }]),
        "API ID(s) set!",
    );
    let character = json!([{ "user": "a1", "useDictionary": true, "replaceValues": { "mi": "Q" }, "first": "Ada", "last": "King" }]);
    server.expect(
        "/civilian/new_character",
        &character,
        "NEW CHARACTER ADDED TO ada",
    );
    let edit = json!([{ "user": "a1", "recordId": 1, "last": "Lovelace" }]);
    server.expect(
        "/civilian/edit_character",
        &edit,
        "CHARACTER 1 EDITED FOR ada",
    );
    let characters = server.document("/civilian/get_characters", &json!([{ "apiId": "a1" }]));
    assert_eq!(
        fields(&characters[0]),
        json!({ "first": "Ada", "last": "Lovelace", "mi": "Q" })
    );
    let record = json!([{ "user": "a1", "recordTypeId": 5, "record": { "plate": "ABC 123", "year": 1999 } }]);
    assert_eq!(server.document("/general/new_record", &record)["id"], 2);
    let edit = json!([{ "recordId": 2, "record": { "plate": "XYZ 9" } }]);
    assert_eq!(
        fields(&server.document("/general/edit_record", &edit))["plate"],
        "XYZ 9"
    );
    server.refuse(
        "/general/remove_record",
        &json!([{ "id": 1 }]),
        404,
        "RECORD 1 NOT FOUND",
    );
    server.refuse(
        "/civilian/remove_character",
        &json!([{ "id": 2 }]),
        404,
        "CHARACTER 2 NOT FOUND",
    );
    server.expect(
        "/general/remove_record",
        &json!([{ "id": 2 }]),
        "REMOVED RECORD 2",
    );
    server.expect(
        "/civilian/remove_character",
        &json!([{ "id": 1 }]),
        "CHARACTER 1 REMOVED FOR ada",
    );
    assert!(
        server
            .document("/general/get_templates", &json!([]))
            .as_array()
            .is_some_and(|all| all.len() > 1)
    );
}

/// Returns the fields of a record's first section.
fn fields(record: &Value) -> Value {
    let fields = record["sections"][0]["fields"].as_array();
    let fields = fields.expect("a list").iter();
    let field = |field: &Value| (text(&field["uid"]).to_owned(), field["value"].clone());
    fields.map(field).collect()
}

#[test]
fn records_can_be_searched_by_content() {
    let server = Server::start();
    let account = json!([{ "username": "ada", "apiIds": ["a1"] }]);
    server.expect("/general/set_api_id", &account, "API ID(s) set!");
    let character = json!([{ "user": "a1", "first": "Ada" }]);
    server.expect(
        "/civilian/new_character",
        &character,
        "NEW CHARACTER ADDED TO ada",
    );
    let record =
        json!([{ "user": "a1", "recordTypeId": 5, "record": { "plate": "XYZ 9", "year": 1999 } }]);
    server.document("/general/new_record", &record);
    let count = |path: &str, data: Value| server.document(path, &data).as_array().map(Vec::len);
    assert_eq!(
        count("/general/lookup", json!([{ "plate": "xyz 9" }])),
        Some(1)
    );
    assert_eq!(
        count("/general/lookup", json!([{ "plate": "xyz" }])),
        Some(1)
    );
    assert_eq!(
        count(
            "/general/lookup",
            json!([{ "plate": "xyz", "partial": false }])
        ),
        Some(0)
    );
    assert_eq!(
        count(
            "/general/lookup",
            json!([{ "plate": "%", "partial": true }])
        ),
        Some(0)
    );
    assert_eq!(
        count("/general/lookup", json!([{ "first": "ada", "types": [7] }])),
        Some(1)
    );
    server.refuse(
        "/general/lookup",
        &json!([{ "apiId": "a1", "types": [7] }]),
        400,
        "INVALID EMPTY SEARCH",
    );
    assert_eq!(
        count(
            "/general/lookup_int",
            json!([{ "searchType": "year", "value": 1999 }])
        ),
        Some(1)
    );
    assert_eq!(
        count(
            "/general/lookup_int",
            json!([{ "searchType": "year", "value": 199 }])
        ),
        Some(0)
    );
}

#[test]
fn accounts_keep_their_changes() {
    let server = Server::start();
    server.expect(
        "/general/set_api_id",
        &json!([{ "username": "ada", "apiIds": ["a1", "a2"] }]),
        "API ID(s) set!",
    );
    server.expect("/general/check_apiid", &json!([{ "apiId": "a2" }]), "ada");
    server.refuse(
        "/general/check_apiid",
        &json!([{ "apiId": "zz" }]),
        404,
        "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY",
    );
    let key = json!([{ "apiId": "a1", "permissionKey": "staff" }]);
    server.expect(
        "/general/apply_permission_key",
        &key,
        "Permission key staff applied!",
    );
    let permissions = json!([{ "apiId": "a1", "add": ["x", "y"], "remove": ["admin"] }]);
    server.expect(
        "/general/set_account_permissions",
        &permissions,
        "User account permissions updated.",
    );
    let account = server.document("/general/get_account", &json!([{ "username": "ada" }]));
    assert_eq!(account["permissions"], json!({ "x": true, "y": true }));
    assert_eq!(account["apiIds"], json!(["a1", "a2"]));
    let id = account["uuid"].as_str().expect("an id");
    let ban = json!([{ "apiId": "a1", "isBan": true }]);
    server.expect(
        "/general/ban_user",
        &ban,
        &format!("User Ban: {id} Status: true"),
    );
    let banned = server.document(
        "/general/get_accounts",
        &json!([{ "status": "banned", "limit": 5 }]),
    );
    assert_eq!(
        banned["pagination"],
        json!({ "limit": 5, "offset": 0, "total": 1 })
    );
    assert_eq!(banned["accounts"][0]["isBanned"], true);
    server.refuse(
        "/emergency/unit_status",
        &json!([{ "apiId": "a1", "status": 1 }]),
        400,
        "USER ada IS BANNED",
    );
    let photo = json!([{ "apiId": "a1", "url": "https://example.com/a.png" }]);
    server.expect("/general/send_photo", &photo, "Photo sent!");
    let account = server.document("/general/get_account", &json!([{ "account": id }]));
    assert_eq!(account["photos"][0]["url"], "https://example.com/a.png");
}

#[test]
fn servers_are_configured() {
    let server = Server::start();
    let servers = json!([{ "id": 1, "name": "Main" }, { "id": 2, "name": "Test", "ip": "x" }]);
    server.expect("/general/set_servers", &servers, "Server config updated");
    server.expect("/general/heartbeat", &json!([{ "serverId": 2 }]), "OK");
    let codes = json!([{ "code": "187", "type": "F", "title": "Murder", "bondType": "none", "jailTime": "life", "bondAmount": 5 }]);
    server.expect("/general/set_penal_codes", &codes, "PENAL CODES SET!");
    server.expect(
        "/general/set_postals",
        &json!([{ "code": "7", "x": 1, "y": 2 }]),
        "Success",
    );
    let document = server.document("/general/get_servers", &json!([]));
    assert_eq!(document["servers"][1]["ip"], "x");
    assert!(document["servers"][1]["lastHeartbeat"].is_i64());
    assert_eq!(document["penalCodes"][0]["title"], "Murder");
    assert_eq!(document["postals"][0]["code"], "7");
    for (tier, rank) in [("Free", "0"), ("Plus", "3"), ("Pro", "4"), ("One", "6")] {
        let answer = server.call(tier, "/general/get_version", &json!([]));
        assert_eq!(answer, (200, rank.to_owned()));
    }
}
