//! The vendor's table, and data for calls of its endpoints.

use serde_json::{Value, json};
use std::sync::OnceLock;

/// The tiers of communities, lowest first.
pub(super) const TIERS: [&str; 6] = ["Free", "Starter", "Standard", "Plus", "Pro", "One"];

/// A row of the vendor's table.
pub(super) struct Row {
    pub(super) path: String,
    pub(super) tier: String,
    pub(super) request_type: String,
}

pub(super) fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        include_str!("endpoints.csv")
            .lines()
            .skip(1)
            .map(|line| {
                let mut columns = line.split(',').map(str::to_owned);
                let mut next = || columns.next().expect("a column");
                Row {
                    path: next(),
                    tier: next(),
                    request_type: next(),
                }
            })
            .collect()
    })
}

pub(super) fn row(path: &str) -> &'static Row {
    let row = rows().iter().find(|row| row.path == path);
    row.unwrap_or_else(|| panic!("{path} is in the table"))
}

pub(super) fn rank(tier: &str) -> usize {
    let rank = TIERS.iter().position(|name| *name == tier);
    rank.expect("a tier")
}

/// Data with which a call of the endpoint succeeds after `set_up`.
pub(super) fn good_data(path: &str) -> Value {
    match path {
        "/emergency/unit_location" => json!([{ "apiId": "ada", "location": "Main Street" }]),
        "/emergency/unit_panic" => json!([{ "apiId": "ada", "isPanic": true }]),
        "/emergency/unit_status" => json!([{ "apiId": "ada", "status": 2 }]),
        "/emergency/kick_unit" => json!([{ "apiId": "ada", "reason": "idle" }]),
        "/emergency/call_911" => {
            json!([{ "serverId": 1, "caller": "Bo", "location": "Pier", "description": "Fire" }])
        }
        "/emergency/new_dispatch" => json!([{ "serverId": 1, "title": "Fire" }]),
        "/emergency/remove_911" | "/emergency/close_call" => json!([{ "callId": 1 }]),
        "/emergency/attach_unit" => json!([{ "callId": 1, "units": ["ada"] }]),
        "/emergency/detach_unit" => json!([{ "units": ["ada"] }]),
        "/emergency/add_call_note" => json!([{ "callId": 1, "note": "hot" }]),
        "/emergency/set_call_postal" => json!([{ "callId": 1, "postal": "7" }]),
        "/emergency/set_streetsign_config" => json!([{ "signConfig": [{ "id": 1 }] }]),
        "/emergency/update_streetsign" => json!([{ "signData": { "ids": [1], "text1": "x" } }]),
        "/emergency/add_blip" => json!([{ "blip": { "coordinates": { "x": 1, "y": 2 } } }]),
        "/emergency/modify_blip" => json!([{ "id": 1, "tooltip": "x" }]),
        "/emergency/remove_blip" => json!([{ "ids": [1] }]),
        "/emergency/set_available_callouts" => json!([{ "callouts": [{ "id": "a" }] }]),
        "/emergency/set_stations" => json!([{ "config": { "locations": [] } }]),
        "/civilian/new_character" => json!([{ "user": "ada", "first": "Ada" }]),
        "/civilian/edit_character" => json!([{ "recordId": 1, "last": "Lovelace" }]),
        "/civilian/remove_character" => json!([{ "id": 1 }]),
        "/general/apply_permission_key" => json!([{ "apiId": "ada", "permissionKey": "staff" }]),
        "/general/ban_user" => json!([{ "apiId": "ada", "isBan": false }]),
        "/general/set_penal_codes" => json!([{ "code": "1", "type": "F", "title": "Theft" }]),
        "/general/set_api_id" => json!([{ "username": "ada", "apiIds": ["ada"] }]),
        "/general/new_record" => {
            json!([{ "user": "ada", "recordTypeId": 5, "record": { "plate": "A1", "year": 1815 } }])
        }
        "/general/edit_record" => json!([{ "recordId": 2, "record": { "plate": "B2" } }]),
        "/general/remove_record" => json!([{ "id": 2 }]),
        "/general/lookup" => json!([{ "apiId": "ada", "plate": "A1" }]),
        "/general/lookup_int" => json!([{ "searchType": "year", "value": 1815 }]),
        "/general/set_servers" => json!([{ "id": 1, "name": "Main" }]),
        "/general/set_postals" => json!([{ "code": "7", "x": 1, "y": 2 }]),
        "/general/send_photo" => json!([{ "apiId": "ada", "url": "https://example.com/a.png" }]),
        "/emergency/get_account_identifiers"
        | "/civilian/get_characters"
        | "/general/check_apiid"
        | "/general/get_account"
        | "/general/set_account_permissions" => json!([{ "apiId": "ada" }]),
        _ => json!([]),
    }
}

/// The endpoints in an order in which each finds the records that it needs.
pub(super) fn in_working_order() -> Vec<&'static Row> {
    let first = ["/general/set_api_id", "/general/set_servers"];
    let last = [
        "/emergency/detach_unit",
        "/emergency/close_call",
        "/emergency/kick_unit",
        "/civilian/remove_character",
        "/general/remove_record",
        "/general/ban_user",
    ];
    // In the table, endpoints that create records come before endpoints that use them, with these
    // exceptions.
    let position = |path: &str| {
        if let Some(at) = first.iter().position(|other| *other == path) {
            return at;
        }
        match last.iter().position(|other| *other == path) {
            Some(at) => 1000 + at,
            None => 100 + rows().iter().position(|row| row.path == path).unwrap_or(0),
        }
    };
    let mut order: Vec<_> = rows().iter().collect();
    order.sort_by_key(|row| position(&row.path));
    order
}
