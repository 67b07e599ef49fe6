//! The endpoints without a counterpart in version 1.

use super::document;
use crate::tests::Server;
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
