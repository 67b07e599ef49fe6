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
