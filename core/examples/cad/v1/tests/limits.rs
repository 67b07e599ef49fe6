//! Requests that would take too long or store too much.

use super::Client;
use crate::json::{ITEMS, MANY_ITEMS};
use serde_json::{Value, json};

/// Returns this many postal codes.
fn postals(count: usize) -> Value {
    let postal = |number: usize| json!({ "code": number.to_string(), "x": 1, "y": 2 });
    (0..count).map(postal).collect()
}

#[tokio::test]
async fn the_lists_of_a_request_are_bounded_together() {
    let client = Client::with_accounts("items", &["ada"]).await;
    let location = json!({ "apiId": "ada", "location": "Pier" });
    let moves = json!(vec![location; ITEMS + 1]);
    let text = "data: the lists have 1001 items; the limit is 1000";
    client.refuse("UNIT_LOCATION", moves, 400, text).await;
    // A list in a list doesn't avoid the limit.
    let kick = json!({ "apiId": vec!["ada"; 100], "reason": "idle" });
    let text = "data: the lists have 1010 items; the limit is 1000";
    client
        .refuse("KICK_UNIT", json!(vec![kick; 10]), 400, text)
        .await;
    let add = json!([{ "apiId": "ada", "remove": vec!["police"; ITEMS] }]);
    let text = "data: the lists have 1001 items; the limit is 1000";
    client
        .refuse("SET_ACCOUNT_PERMISSIONS", add, 400, text)
        .await;
    client.close().await;
}

#[tokio::test]
async fn long_lists_may_be_replaced() {
    let client = Client::new("many-items").await;
    client
        .expect("SET_POSTALS", postals(2 * ITEMS), "Success")
        .await;
    let text = "data: the lists have 10001 items; the limit is 10000";
    client
        .refuse("SET_POSTALS", postals(MANY_ITEMS + 1), 400, text)
        .await;
    let sign = |id: usize| json!({ "id": id, "text1": "a" });
    let signs: Vec<_> = (0..2 * ITEMS).map(sign).collect();
    let signs = json!([{ "serverId": 1, "signConfig": signs }]);
    client
        .expect("SET_STREETSIGN_CONFIG", signs, "Street sign config updated")
        .await;
    client.close().await;
}

#[tokio::test]
async fn nesting_is_bounded() {
    let client = Client::with_accounts("nesting", &["ada"]).await;
    // The list of the request and its object are two more levels.
    let call = |levels: usize| {
        let nested = (0..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
        json!([{ "serverId": 1, "title": "Fire", "metaData": nested }])
    };
    let text = "NEW DISPATCH CREATED - ID: 1";
    client.expect("NEW_DISPATCH", call(62), text).await;
    let text = "data: the values are nested more than 64 levels deep";
    for levels in [63, 100] {
        client.refuse("NEW_DISPATCH", call(levels), 400, text).await;
    }
    client.close().await;
}

#[tokio::test]
async fn indexed_texts_are_bounded() {
    let client = Client::with_accounts("indexed", &["ada"]).await;
    let long = "x".repeat(256);
    for (name, data) in [
        (
            "SET_API_ID",
            json!([{ "username": "ada", "apiIds": [long] }]),
        ),
        ("SET_API_ID", json!([{ "username": long, "apiIds": [] }])),
        (
            "SET_ACCOUNT_PERMISSIONS",
            json!([{ "apiId": "ada", "add": [long] }]),
        ),
        ("SET_POSTALS", json!([{ "code": long, "x": 1, "y": 2 }])),
        (
            "SET_AVAILABLE_CALLOUTS",
            json!([{ "serverId": 1, "callouts": [{ "id": long }] }]),
        ),
    ] {
        let text = "TOO LARGE: 256 BYTES, THE LIMIT IS 255";
        client.refuse(name, data, 400, text).await;
    }
    let longest = json!([{ "username": "ada", "apiIds": ["x".repeat(255)] }]);
    client.expect("SET_API_ID", longest, "API ID(s) set!").await;
    client.close().await;
}

#[tokio::test]
async fn open_calls_are_bounded() {
    let client = Client::new("open-calls").await;
    let call = json!([{ "serverId": 1, "title": "Fire" }]);
    let opened = |id: i64| format!("NEW DISPATCH CREATED - ID: {id}");
    for id in 1..=500 {
        client
            .expect("NEW_DISPATCH", call.clone(), &opened(id))
            .await;
    }
    let text = "500 CALLS ARE ALREADY OPEN, THE MOST ALLOWED: CLOSE SOME FIRST";
    client.refuse("NEW_DISPATCH", call.clone(), 400, text).await;
    client
        .expect("CLOSE_CALL", json!([{ "callId": 1 }]), "CALL CLOSED")
        .await;
    client.expect("NEW_DISPATCH", call, &opened(501)).await;
    client.close().await;
}
