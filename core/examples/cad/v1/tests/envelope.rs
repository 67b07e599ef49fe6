//! The forms of `data`, the paths, and the texts of refusals.

use super::Client;
use crate::json::BODY_LIMIT;
use crate::tests::{Server, change_plan, text_of};
use crate::v1::V1;
use crate::v1::protocol::request_type;
use crate::v1::with_other_paths;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use serde_json::json;
use tiergate::Override;
use tower::ServiceExt;

#[tokio::test]
async fn data_may_be_an_object() {
    let client = Client::new("objects").await;
    let servers = json!({ "servers": [{ "id": 1, "name": "Main" }], "deployMap": true });
    client
        .expect("SET_SERVERS", servers, "Server config updated")
        .await;
    let stations = json!({ "serverId": 1, "config": { "locations": [] } });
    client
        .expect("SET_STATIONS", stations, "Updated station config!")
        .await;
    let callouts = json!({ "serverId": 1, "callouts": [{ "id": "a", "data": {} }] });
    client
        .expect("SET_AVAILABLE_CALLOUTS", callouts, "Updated 1 callouts")
        .await;
    client
        .expect("AUTH_STREETSIGNS", json!({ "serverId": 1 }), "Success")
        .await;
    client
        .expect("HEARTBEAT", json!({ "serverId": 1 }), "OK")
        .await;
    // The server of the object is not ignored.
    client
        .refuse(
            "HEARTBEAT",
            json!({ "serverId": 9 }),
            404,
            "SERVER 9 NOT FOUND",
        )
        .await;
    client.close().await;
}

#[tokio::test]
async fn data_may_be_a_text_with_json() {
    let client = Client::new("texts").await;
    let servers = json!({ "servers": [{ "id": 1, "name": "Renamed" }], "deployMap": true });
    let data = json!(servers.to_string());
    client
        .expect("SET_SERVERS", data, "Server config updated")
        .await;
    let servers = client.document("GET_SERVERS", json!([])).await;
    assert_eq!(servers["servers"][0]["name"], "Renamed");
    let zero = json!(r#"[{ "id": 1, "name": "\u0000" }]"#);
    client
        .refuse("SET_SERVERS", zero, 400, "A TEXT CONTAINS A ZERO BYTE")
        .await;
    let (status, text) = client.call("SET_SERVERS", json!("[")).await;
    assert!(status == 400 && text.starts_with("INVALID JSON"), "{text}");
    client.close().await;
}

#[tokio::test]
async fn data_is_parsed_after_the_guard() {
    let client = Client::new("late").await;
    let path = "/emergency/new_dispatch";
    // The syntax is correct, but no number is so large.
    let body = |id: &str, key: &str, data: &str| {
        format!(r#"{{"id":"{id}","key":"{key}","type":"NEW_DISPATCH","data":{data}}}"#)
    };
    for (id, key, data, expected) in [
        ("demo-one", "wrong", "1e999", "INVALID API KEY"),
        (
            "demo-standard",
            "demo-standard-key",
            "1e999",
            "requires the tier Plus; the caller has Standard",
        ),
        (
            "demo-one",
            "demo-one-key",
            "1e999",
            "INVALID JSON: number out of range",
        ),
        ("demo-one", "demo-one-key", "[}", "INVALID JSON: "),
        (
            "demo\\u0000",
            "demo-one-key",
            "[]",
            "A TEXT CONTAINS A ZERO BYTE",
        ),
        ("demo-one", "\\u0000", "[]", "A TEXT CONTAINS A ZERO BYTE"),
    ] {
        let request = Request::post(path).body(Body::from(body(id, key, data)));
        let (status, text) = text_of(&client.app, request.expect("a request")).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains(expected), "{id} {key} {data}: {text}");
    }
    client.close().await;
}

#[tokio::test]
async fn paths_may_be_in_any_case() {
    let client = Client::new("paths").await;
    let data = json!([{ "config": { "locations": [] } }]);
    for path in [
        "/emergency/SET_STATIONS",
        "/emergency/set_stations",
        "/Emergency/Set_Stations",
    ] {
        let request = json!({ "type": "SET_STATIONS", "data": data });
        let answer = client.send(path, request).await;
        assert_eq!(answer.0, StatusCode::OK, "{path}: {}", answer.1);
        // Another path doesn't avoid the check.
        let request = json!({ "type": "SET_STATIONS", "data": data });
        let (status, text) = client.send_as("demo-standard", path, request).await;
        assert!(
            text.ends_with("requires the tier Plus; the caller has Standard"),
            "{text}"
        );
        assert_eq!(status, 400);
    }
    let unknown = client.send("/EMERGENCY/UNKNOWN", json!({})).await;
    assert_eq!(
        unknown,
        (StatusCode::NOT_FOUND, "UNKNOWN ENDPOINT".to_owned())
    );
    client.close().await;
}

#[tokio::test]
async fn endpoints_have_their_documented_paths() {
    let client = Client::with_accounts("aliases", &["ada"]).await;
    let of = json!([{ "apiId": "ada" }]);
    for path in [
        "get_identifiers",
        "get_account_identifiers",
        "GET_IDENTIFIERS",
    ] {
        let request = json!({ "type": "GET_IDENTIFIERS", "data": of });
        let (status, text) = client.send(&format!("/emergency/{path}"), request).await;
        assert_eq!(status, 200, "{path}: {text}");
        assert!(text.contains(r#""name":"ada""#), "{text}");
    }
    let search = json!([{ "searchType": 3, "value": 1, "types": [2, 3] }]);
    for path in ["lookup_value", "lookup_int", "LOOKUP_VALUE"] {
        for name in ["LOOKUP_INT", "LOOKUP_VALUE"] {
            let path = format!("/general/{path}");
            let request = json!({ "type": name, "data": search });
            let answer = client.send(&path, request).await;
            assert_eq!(answer, (StatusCode::OK, "[]".to_owned()), "{path} {name}");
            let request = json!({ "type": name, "data": search });
            let (status, _) = client.send_as("demo-standard", &path, request).await;
            assert_eq!(status, 400, "{path} {name}");
        }
    }
    client.close().await;
}

/// The vendor's game script stops all calls until its restart after a refusal with this text.
const STOPS_CLIENTS: &str = "IS NOT ENABLED FOR THIS COMMUNITY";

#[tokio::test]
async fn a_missing_subscription_does_not_stop_the_game_script() {
    let client = Client::new("no-subscription").await;
    let ended = json!({ "community": "demo-one", "tier": null });
    assert_eq!(change_plan(&client.app, ended).await, 204);
    for endpoint in V1::ENDPOINTS {
        let path = endpoint.path().expect("a path");
        let request = json!({ "type": request_type(*endpoint), "data": [] });
        let (status, text) = client.send(path, request).await;
        // The vendor's clients show the text of a 400.
        assert_eq!(status, 400, "{path}: {text}");
        assert!(
            text.ends_with("requires a subscription; the caller has none"),
            "{text}"
        );
        assert!(!text.contains(STOPS_CLIENTS), "{path}: {text}");
    }
    // A new subscription is enough to continue.
    let new = json!({ "community": "demo-one", "tier": "Free" });
    assert_eq!(change_plan(&client.app, new).await, 204);
    let request = json!({ "type": "GET_VERSION", "data": [] });
    let answer = client.send("/general/get_version", request).await;
    assert_eq!(answer, (StatusCode::OK, "0".to_owned()));
    client.close().await;
}

#[tokio::test]
async fn no_refusal_stops_the_game_script() {
    let client = Client::new("refusals").await;
    let mut refused = 0;
    for endpoint in V1::ENDPOINTS {
        let path = endpoint.path().expect("a path");
        for id in ["demo-free", "demo-standard", "demo-plus"] {
            let request = json!({ "type": request_type(*endpoint), "data": [] });
            let (_, text) = client.send_as(id, path, request).await;
            assert!(!text.contains(STOPS_CLIENTS), "{path}: {text}");
            refused += usize::from(text.contains("requires the tier"));
        }
    }
    assert!(refused > 48, "{refused}");
    client.close().await;
}

/// The vendor's clients show users no reason in a 403, 413 or 503.
#[tokio::test]
async fn reasons_reach_the_users() {
    let client = Client::new("reasons").await;
    let large = json!({ "type": "GET_VERSION", "data": "x".repeat(BODY_LIMIT) });
    let text = "THE REQUEST IS LARGER THAN 1 MiB".to_owned();
    let answer = client.send("/general/get_version", large).await;
    assert_eq!(answer, (StatusCode::BAD_REQUEST, text));

    let close = Override::close("close_call").by("ops");
    let overrides = &client.server.overrides;
    overrides.replace(2, [close]).expect("valid overrides");
    let text = "`close_call` (POST /emergency/close_call) is closed for now";
    client
        .refuse("CLOSE_CALL", json!([{ "callId": 1 }]), 400, text)
        .await;
    client.close().await;
}

/// The vendor's clients wait for a minute after a 429.
#[tokio::test]
async fn clients_learn_to_wait() {
    let server = Server::new("v1-wait").await;
    let app = with_other_paths(server.router().into_router());
    let body =
        json!({ "id": "demo-one", "key": "demo-one-key", "type": "GET_VERSION", "data": [] });
    let request = || Request::post("/general/get_version").body(Body::from(body.to_string()));
    for _ in 0..60 {
        let (status, text) = text_of(&app, request().expect("a request")).await;
        assert_eq!(status, 200, "{text}");
    }
    let answer = app.oneshot(request().expect("a request")).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key(RETRY_AFTER));
    server.close().await;
}
