//! The endpoints without a counterpart in version 1.

use super::{account, document, problem};
use crate::Tier;
use crate::tests::Server;
use axum::Router;
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn penal_codes_can_be_listed() {
    let server = Server::new("v2-codes").await;
    let app = server.router().into_router();
    let path = "/v2/general/penal-codes";
    assert_eq!(document(&app, (Method::GET, path), "").await, json!([]));
    let code = json!({ "title": "Theft", "code": "1", "type": "F", "bondType": "NONE",
        "bondAmount": 10.0, "jailTime": "0" });
    let body = json!({ "codes": [code] }).to_string();
    document(&app, (Method::PUT, path), &body).await;
    assert_eq!(document(&app, (Method::GET, path), "").await, json!([code]));
    server.close().await;
}

const CALLS: &str = "/v2/emergency/servers/1/dispatch-calls";

/// Adds two accounts with units, and an open call with the first unit. Returns the ids of the accounts.
async fn on_duty(app: &Router) -> [String; 2] {
    let accounts = [account(app, "ada").await, account(app, "bo").await];
    let status = json!({ "communityUserIds": ["ada", "bo"], "status": 2 }).to_string();
    let path = "/v2/emergency/servers/1/units/status";
    document(app, (Method::PATCH, path), &status).await;
    let call = json!({ "title": "Fire", "priority": 3, "communityUserIds": ["ada"] }).to_string();
    document(app, (Method::POST, CALLS), &call).await;
    accounts
}

#[tokio::test]
async fn an_account_has_its_units_and_its_call() {
    let server = Server::new("v2-duty").await;
    let app = server.router().into_router();
    let [ada, bo] = on_duty(&app).await;
    let current = async |account: &str| {
        let path = format!("/v2/emergency/accounts/{account}/current-call");
        document(&app, (Method::GET, &path), "").await
    };
    assert_eq!(current(&ada).await, json!({ "IdentId": 1, "CallId": 1 }));
    assert_eq!(current(&bo).await, json!({ "IdentId": 2, "CallId": null }));
    let close = format!("{CALLS}/close");
    document(&app, (Method::POST, &close), r#"{"callIds": [1]}"#).await;
    assert_eq!(current(&ada).await["CallId"], json!(null));

    let units = |account: &str, query: &str| {
        format!("/v2/emergency/servers/1/accounts/{account}/units{query}")
    };
    let listed = document(&app, (Method::GET, &units(&bo, "")), "").await;
    assert_eq!(listed["Units"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["Units"][0]["accId"], bo);
    let none = document(&app, (Method::GET, &units(&bo, "?offset=1")), "").await;
    assert_eq!(none, json!({ "Units": [] }));
    for path in [
        units("x", ""),
        "/v2/emergency/accounts/x/current-call".to_owned(),
    ] {
        let problem = problem(&app, Tier::One, (Method::GET, &path), "").await;
        assert_eq!(problem["detail"], "ACCOUNT x NOT FOUND");
    }
    server.close().await;
}

#[tokio::test]
async fn an_open_call_can_be_changed() {
    let server = Server::new("v2-change").await;
    let app = server.router().into_router();
    on_duty(&app).await;
    let call = &*format!("{CALLS}/1");
    let change = json!({ "status": 1, "postal": "7", "metaData": { "x": "1" }, "title": null });
    let changed = document(&app, (Method::PATCH, call), &change.to_string()).await;
    for (field, value) in [
        ("callId", json!(1)),
        ("status", json!(1)),
        ("postal", json!("7")),
        ("metaData", json!({ "x": "1" })),
        ("title", json!("Fire")),
        ("priority", json!(3)),
        ("idents", json!([1])),
    ] {
        assert_eq!(changed[field], value, "{field}");
    }
    let primary = json!({ "identId": 2, "trackPrimary": true }).to_string();
    let path = format!("{call}/primary");
    let set = document(&app, (Method::PATCH, &path), &primary).await;
    assert_eq!(
        set,
        json!({ "callId": 1, "identId": 2, "trackPrimary": true })
    );
    let moves = json!({ "updates": [{ "communityUserId": "bo", "location": "Pier" }] }).to_string();
    let locations = "/v2/emergency/servers/1/unit-locations";
    document(&app, (Method::PATCH, locations), &moves).await;
    let changed = document(&app, (Method::PATCH, call), r#"{"metaData": []}"#).await;
    assert_eq!(
        (&changed["primary"], &changed["address"]),
        (&json!(2), &json!("Pier"))
    );
    assert_eq!(changed["metaData"], json!({}));

    for (path, change, status, detail) in [
        (call, json!({}), 400, "AT LEAST ONE FIELD IS REQUIRED"),
        (
            call,
            json!({ "status": 2 }),
            400,
            "status: 2 is for closed calls",
        ),
        (call, json!({ "title": 7 }), 400, "title: invalid type"),
        (call, json!({ "primary": 9 }), 404, "IDENTIFIER 9 NOT FOUND"),
        (
            &path,
            json!({ "identId": 9 }),
            404,
            "IDENTIFIER 9 NOT FOUND",
        ),
    ] {
        let problem = problem(&app, Tier::One, (Method::PATCH, path), &change.to_string()).await;
        assert_eq!(problem["status"], status, "{problem}");
        let found = problem["detail"].as_str().expect("a detail");
        assert!(found.starts_with(detail), "{found}");
    }
    let close = format!("{CALLS}/close");
    document(&app, (Method::POST, &close), r#"{"callIds": [1]}"#).await;
    let closed = problem(&app, Tier::One, (Method::PATCH, call), r#"{"postal": "8"}"#).await;
    assert_eq!(closed["detail"], "CALL 1 NOT FOUND ON SERVER 1");
    server.close().await;
}

#[tokio::test]
async fn a_secret_leads_to_its_account() {
    let server = Server::new("v2-secret").await;
    let app = server.router().into_router();
    account(&app, "ada").await;
    let bo = account(&app, "bo").await;
    let path = "/v2/general/secrets/verify";
    let secret = server.secret_of("demo-one", &bo);
    let body = json!({ "secret": secret }).to_string();
    let found = document(&app, (Method::POST, path), &body).await;
    assert_eq!(found, json!({ bo.as_str(): secret }));
    let of_another_community = server.secret_of("demo-pro", &bo);
    for wrong in [secret.to_uppercase(), String::new(), of_another_community] {
        let body = json!({ "secret": wrong }).to_string();
        let problem = problem(&app, Tier::One, (Method::POST, path), &body).await;
        assert_eq!(problem["detail"], "NO ACCOUNT HAS THIS SECRET");
        assert_eq!(problem["status"], 404);
    }
    server.close().await;
}
