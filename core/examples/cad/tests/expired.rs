//! Calls that have expired are hidden, even before they are deleted.

use super::{Server, call_as, text_of};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::time::Duration;

/// Calls an endpoint of version 1, which must succeed.
async fn call(app: &Router, path: &str, data: Value) -> String {
    let (status, answer) = call_as(app, "demo-one", path, json!([data])).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn document(app: &Router, path: &str) -> Value {
    let answer = call(app, path, json!({})).await;
    serde_json::from_str(&answer).expect("JSON")
}

/// Returns the number of closed calls, which only version 2 states.
async fn closed_count(app: &Router) -> Value {
    let request = Request::get("/v2/emergency/servers/1/calls")
        .header(AUTHORIZATION, "Bearer demo-one-key")
        .body(Body::empty());
    let (_, answer) = text_of(app, request.expect("a request")).await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["ClosedCallCount"].clone()
}

#[tokio::test]
async fn an_expired_call_has_no_units_and_is_not_counted() {
    let server = Server::without_quota("expired").await;
    let app = server.router().into_router();
    let account = json!({ "username": "ada", "apiIds": ["ada"] });
    call(&app, "/general/set_api_id", account).await;
    let status = json!({ "apiId": "ada", "status": 1 });
    call(&app, "/emergency/unit_status", status).await;
    for (id, units) in [(1, json!([])), (2, json!(["ada"]))] {
        let new =
            json!({ "serverId": 1, "title": "Fire", "units": units, "deleteAfterMinutes": 0.001 });
        call(&app, "/emergency/new_dispatch", new).await;
        if id == 1 {
            call(&app, "/emergency/close_call", json!({ "callId": id })).await;
        }
    }
    let units = document(&app, "/emergency/get_active_units").await;
    assert_eq!(units[0]["callId"], 2);
    assert_eq!(closed_count(&app).await, 1);

    tokio::time::sleep(Duration::from_millis(1100)).await;
    let units = document(&app, "/emergency/get_active_units").await;
    assert_eq!(units[0]["callId"], Value::Null);
    assert_eq!(closed_count(&app).await, 0);
    let calls = document(&app, "/emergency/get_calls").await;
    assert_eq!(calls["activeCalls"], json!([]));
    assert_eq!(calls["closedCalls"], json!([]));
    let detach = json!([{ "units": ["ada"] }]);
    let (status, answer) = call_as(&app, "demo-one", "/emergency/detach_unit", detach).await;
    assert_eq!(status, 404);
    assert_eq!(answer, "UNIT ada IS NOT ON A CALL");
    server.close().await;
}
