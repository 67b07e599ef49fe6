//! Tests that no endpoint is ungated by accident. The mounted, listed and locked endpoints are the same,
//! and every endpoint enforces its tier.

use crate::billing::Subscriptions;
use crate::store::{Cad, demo_key};
use crate::{Site, Tier, cli, protocol, router, with_callers};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::{Extension, Router};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::future::IntoFuture;
use std::io::{self, Read};
use tiergate::axum::AuditedRouter;
use tiergate::coverage::{Call, Coverage, TestCaller};
use tiergate::{Caller, Catalogue};
use tokio::net::TcpListener;
use tower::ServiceExt;

#[test]
fn tiers_are_as_agreed() {
    Site::assert_locked("examples/cad/tiers.lock");
}

/// Runs a command and returns its exit code and output.
fn run(arguments: &[&str]) -> (Option<u8>, String) {
    let mut output = Vec::new();
    let arguments = arguments.iter().map(OsString::from);
    let code = cli().run_with(arguments, &mut output, &mut Vec::new());
    (code, String::from_utf8(output).expect("text"))
}

#[test]
fn the_command_line_knows_the_lock_file_and_the_page() {
    let same = (Some(0), "no changes\n".to_owned());
    assert_eq!(run(&["diff", "examples/cad/tiers.lock"]), same);
    let (code, page) = run(&["catalogue", "--format", "html"]);
    assert_eq!(code, Some(0));
    assert!(page.contains("<title>CAD API restrictions</title>"));
}

/// A server with a separate database.
struct Server {
    cad: Cad,
    subscriptions: Subscriptions,
    file: std::path::PathBuf,
}

/// The bearer token of the billing service.
const BILLING_KEY: &str = "billing-key";

impl Server {
    async fn new(name: &str) -> Self {
        let name = format!("tiergate-cad-{name}-{}.sqlite3", std::process::id());
        let file = std::env::temp_dir().join(name);
        let url = format!("sqlite:{}", file.display());
        let cad = Cad::open(&url, "secret").await.expect("a database");
        let billing = Some(BILLING_KEY.to_owned());
        let subscriptions = Subscriptions::start(&cad, &url, None, billing);
        Self {
            cad,
            subscriptions: subscriptions.expect("nothing to connect to"),
            file,
        }
    }

    fn router(&self) -> AuditedRouter<Site> {
        router(self.cad.clone(), self.subscriptions.clone())
    }

    async fn close(self) {
        self.cad.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

#[tokio::test]
async fn the_mounted_and_the_listed_endpoints_are_the_same() {
    let server = Server::new("audit").await;
    let app = server.router();
    app.audit().assert_clean();
    assert_eq!(app.routes().len(), 50);
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
    assert_eq!(coverage.calls(), 50 * (Tier::ALL.len() + 2));
    server.close().await;
}

#[tokio::test]
async fn only_the_billing_service_changes_plans() {
    let server = Server::new("billing").await;
    let app = server.router().into_router();
    for (key, expected) in [("wrong", 401), (BILLING_KEY, 204)] {
        let request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::from(r#"{"community": "demo-pro", "tier": "Free"}"#));
        let answer = app.clone().oneshot(request.expect("a request")).await;
        assert_eq!(answer.expect("an answer").status(), expected, "{key}");
    }
    // The token is checked before the body, so unauthorised callers learn nothing about its format.
    for (key, body, expected) in [
        ("wrong", "no JSON", 401),
        (BILLING_KEY, "no JSON", 400),
        (BILLING_KEY, r#"{"community": "demo-pro\u0000"}"#, 404),
    ] {
        let request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::from(body));
        let answer = app.clone().oneshot(request.expect("a request")).await;
        let status = answer.expect("an answer").status();
        assert_eq!(status, expected, "{key}: {body}");
    }
    server.close().await;
}

#[tokio::test]
async fn several_tokens_are_refused() {
    let server = Server::new("tokens").await;
    let app = server.router().into_router();
    for keys in [
        [BILLING_KEY, BILLING_KEY],
        [BILLING_KEY, "wrong"],
        ["wrong", BILLING_KEY],
    ] {
        let mut request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(r#"{"community": "demo-pro", "tier": "Free"}"#))
            .expect("a request");
        for key in keys {
            let token = HeaderValue::from_str(&format!("Bearer {key}")).expect("ASCII");
            request.headers_mut().append(AUTHORIZATION, token);
        }
        let answer = app.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), 401, "{keys:?}");
    }
    server.close().await;
}

/// Calls an endpoint of the module `general` as `demo-pro`.
async fn call(app: &Router, name: &str, data: Value) -> (StatusCode, String) {
    let id = "demo-pro";
    let body = json!({
        "id": id, "key": demo_key(id), "type": name.to_uppercase(), "data": [data],
    });
    let request = Request::post(format!("/general/{name}")).body(Body::from(body.to_string()));
    let answer = app.clone().oneshot(request.expect("a request")).await;
    let answer = answer.expect("an answer");
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX)
        .await
        .expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn neither_a_record_nor_an_answer_grows_without_bound() {
    let server = Server::new("growth").await;
    let app = server.router().into_router();
    let account = json!({ "username": "mallory", "apiIds": ["mallory"] });
    assert_eq!(call(&app, "set_api_id", account).await.0, 200);
    let new = json!({ "user": "mallory", "recordTypeId": 6, "record": {} });
    assert_eq!(call(&app, "new_record", new).await.0, 200);

    let text = "x".repeat(25_000);
    let mut statuses = Vec::new();
    for field in 0..4 {
        let edit = json!({ "recordId": 1, "record": { format!("field{field}"): text } });
        let (status, answer) = call(&app, "edit_record", edit).await;
        assert!(answer.len() < 70_000);
        statuses.push(status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 400, 400]);
    // Fields that the record already has can still be changed.
    let edit = json!({ "recordId": 1, "record": { "field0": "short" } });
    assert_eq!(call(&app, "edit_record", edit).await.0, 200);

    let record = json!({ "a": text, "b": text });
    for _ in 0..170 {
        let new = json!({ "user": "mallory", "recordTypeId": 6, "record": record });
        assert_eq!(call(&app, "new_record", new).await.0, 200);
    }
    let (status, answer) = call(&app, "lookup", json!({ "account": "", "apiId": "mallory" })).await;
    assert_eq!(status, 400);
    assert!(
        answer.starts_with("THE ANSWER WOULD HAVE MORE THAN"),
        "{answer}"
    );
    let page = json!({ "apiId": "mallory", "searchType": "a", "value": 0, "limit": 9 });
    assert_eq!(
        call(&app, "lookup_int", page).await,
        (StatusCode::OK, "[]".to_owned())
    );
    let long = json!({ "username": "x".repeat(40_000), "apiIds": [] });
    assert_eq!(call(&app, "set_api_id", long).await.0, 400);
    server.close().await;
}

/// Serves the same routes with and without lookups, to measure the cost of a lookup. The server without
/// lookups lets everybody in, so it exists only in the tests and listens only on the loopback device.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- overhead`, until its input ends"]
async fn serve_with_and_without_lookups() {
    let server = Server::new("load").await;
    let fixed = Extension(Caller::new(Tier::Free));
    let fixed = with_callers(server.cad.clone(), server.subscriptions.clone(), |routes| {
        routes.route_layer(fixed)
    });
    for (name, app) in [("fixed", fixed), ("cached", server.router())] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, app.into_router()).into_future());
    }
    let input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
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
    let request_type = protocol::request_type(*call.endpoint());
    let body = json!({ "id": id, "key": key, "type": request_type, "data": [] });
    let mut request = call.request();
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
