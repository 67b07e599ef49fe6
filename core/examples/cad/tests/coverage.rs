//! Every mounted endpoint is listed, and enforces its tier.

use super::{BILLING_KEY, Server};
use crate::store::demo_key;
use crate::v1::V1;
use crate::v1::protocol::request_type;
use crate::{Site, Tier};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use serde_json::json;
use tiergate::coverage::{Call, Coverage, TestCaller};

#[tokio::test]
async fn the_mounted_and_the_listed_endpoints_are_the_same() {
    let server = Server::new("audit").await;
    let app = server.router();
    app.audit().assert_clean();
    assert_eq!(app.routes().len(), Site::ENDPOINTS.len());
    assert_eq!(V1::ENDPOINTS.len(), 48);
    server.close().await;
}

#[tokio::test]
async fn every_endpoint_gives_every_caller_the_right_answer() {
    let server = Server::new("coverage").await;
    let app = server.router().into_router();
    let coverage = Coverage::of::<Site>(app, request)
        // The handler itself refuses calls without the billing service's token.
        .accept(
            Method::POST,
            "/billing/subscription",
            StatusCode::UNAUTHORIZED,
        )
        .await;
    coverage.assert_complete();
    assert_eq!(
        coverage.calls(),
        Site::ENDPOINTS.len() * (Tier::ALL.len() + 2)
    );
    server.close().await;
}

fn request(call: &Call<Tier>) -> Request {
    if call.endpoint().name() == "subscription" {
        return billing_request(call);
    }
    let id = |tier: Tier| format!("demo-{}", tier.name().to_lowercase());
    let (id, key) = match call.caller() {
        TestCaller::Tier(tier) => (id(tier), demo_key(&id(tier))),
        TestCaller::Nobody => return call.request(),
        TestCaller::BadCredentials => (id(Tier::One), "wrong".to_owned()),
    };
    let request_type = request_type(*call.endpoint());
    let body = json!({ "id": id, "key": key, "type": request_type, "data": [] });
    let mut request = call.request();
    if ["/v2/", "/events"]
        .iter()
        .any(|start| request.uri().path().starts_with(start))
    {
        let token = HeaderValue::from_str(&format!("Bearer {key}")).expect("ASCII");
        request.headers_mut().insert(AUTHORIZATION, token);
        return request;
    }
    *request.body_mut() = Body::from(body.to_string());
    request.headers_mut().remove(CONTENT_LENGTH);
    request
}

/// Creates a request that sets the current plan again, with the credentials of the caller.
fn billing_request(call: &Call<Tier>) -> Request {
    let key = match call.caller() {
        TestCaller::BadCredentials => Some("wrong"),
        TestCaller::Tier(_) => Some(BILLING_KEY),
        TestCaller::Nobody => None,
    };
    let mut request = call.request();
    *request.body_mut() = Body::from(r#"{"community": "demo-pro", "tier": "Pro"}"#);
    let headers = request.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(key) = key {
        let token = HeaderValue::from_str(&format!("Bearer {key}")).expect("ASCII");
        headers.insert(AUTHORIZATION, token);
    }
    request
}
