//! Tests of the whole server, and the server that all tests start.

mod busy;
mod coverage;
mod expired;
mod load;
mod overrides;
mod plans;
mod upgrades;

use crate::billing::Subscriptions;
use crate::outbox::Outbox;
use crate::store::{Cad, DEMO_COMMUNITIES, demo_key};
use crate::{Api, Site, Tier, cli, limits, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tiergate::axum::AuditedRouter;
use tiergate::{Caller, Catalogue, Override, Overrides};
use tower::ServiceExt;

#[test]
fn tiers_are_as_agreed() {
    Site::assert_locked("examples/cad/tiers.lock");
}

/// Runs a command and returns its exit code and output.
pub(crate) fn run(arguments: &[&str]) -> (Option<u8>, String) {
    let mut output = Vec::new();
    let arguments = arguments.iter().map(OsString::from);
    let code = cli(&Overrides::of::<Api>()).run_with(arguments, &mut output, &mut Vec::new());
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

#[test]
fn the_openapi_document_has_the_responses_of_each_version() {
    let (code, document) = run(&["catalogue", "--format", "openapi"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let responses = |path: &str, method: &str| {
        let responses = &document["paths"][path][method]["responses"];
        let responses = responses.as_object().expect("an object").iter();
        let responses =
            responses.filter(|(status, _)| !matches!(status.as_str(), "200" | "default"));
        responses
            .map(|(status, response)| {
                let reference = response["$ref"].as_str().expect("a reference");
                let response = document.pointer(reference.trim_start_matches('#'));
                let content = response.expect("a component")["content"].as_object();
                let media_type = content.expect("an object").keys().next();
                (status.clone(), media_type.expect("a media type").clone())
            })
            .collect::<Vec<_>>()
    };
    let all = |statuses: [&str; 4], media_type: &str| {
        statuses.map(|status| (status.to_owned(), media_type.to_owned()))
    };
    assert_eq!(
        responses(CLOSE_CALL, "post"),
        all(["400", "404", "429", "503"], "text/plain")
    );
    assert_eq!(
        responses("/v2/general/version", "get"),
        all(["401", "403", "429", "503"], "application/problem+json")
    );
}

/// A server with a separate database.
pub(crate) struct Server {
    pub(crate) cad: Cad,
    subscriptions: Subscriptions,
    pub(crate) overrides: Overrides<Tier>,
    file: PathBuf,
}

/// The bearer token of the billing service.
const BILLING_KEY: &str = "billing-key";

impl Server {
    pub(crate) async fn new(name: &str) -> Self {
        Self::with_overrides(name, Overrides::of::<Api>()).await
    }

    /// Starts a server with a quota that never refuses a call.
    pub(crate) async fn without_quota(name: &str) -> Self {
        let overrides = Overrides::of::<Api>();
        let later = SystemTime::now() + Duration::from_secs(3600);
        let unlimited = |(id, _)| {
            let unlimited = Override::quota(id, "unlimited");
            unlimited.until(later).by("a test")
        };
        let unlimited = DEMO_COMMUNITIES.map(unlimited);
        overrides.replace(1, unlimited).expect("valid overrides");
        Self::with_overrides(name, overrides).await
    }

    async fn with_overrides(name: &str, overrides: Overrides<Tier>) -> Self {
        let name = format!("tiergate-cad-{name}-{}.sqlite3", std::process::id());
        let file = std::env::temp_dir().join(name);
        let url = format!("sqlite:{}", file.display());
        let cad = Cad::open(&url, "secret").await.expect("a database");
        let billing = Some(BILLING_KEY.to_owned());
        let subscriptions = Subscriptions::start(&cad, &url, None, billing);
        Self {
            cad,
            subscriptions: subscriptions.expect("nothing to connect to"),
            overrides,
            file,
        }
    }

    pub(crate) fn router(&self) -> AuditedRouter<Site> {
        self.router_for(&Outbox::new(&self.cad, &self.overrides, false))
    }

    pub(crate) fn router_for(&self, outbox: &Outbox) -> AuditedRouter<Site> {
        let (cad, subscriptions) = (self.cad.clone(), self.subscriptions.clone());
        let quotas = limits::quotas(None, NonZeroU32::MIN).expect("nothing to connect to");
        router(cad, subscriptions, &self.overrides, quotas, outbox)
    }

    /// Starts another server on the same database.
    pub(crate) async fn another(&self) -> Self {
        let cad = Cad::open(&self.url(), "secret").await;
        Self {
            cad: cad.expect("a database"),
            subscriptions: self.subscriptions.clone(),
            overrides: self.overrides.clone(),
            file: self.file.clone(),
        }
    }

    /// Returns the URL of the database.
    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.file.display())
    }

    /// Returns the secret of an account.
    pub(crate) fn secret_of(&self, community: &str, account: &str) -> String {
        let caller = Caller::new(Tier::One).with_id(community);
        let community = self.cad.community(&caller).expect("a community");
        community.secret_of(account)
    }

    pub(crate) async fn close(self) {
        self.cad.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

/// Calls an endpoint of the module `general` as `demo-pro`.
async fn call(app: &Router, name: &str, data: Value) -> (StatusCode, String) {
    call_as(app, "demo-pro", &format!("/general/{name}"), json!([data])).await
}

/// Calls an endpoint as a demo community.
pub(crate) async fn call_as(
    app: &Router,
    id: &str,
    path: &str,
    data: Value,
) -> (StatusCode, String) {
    let request_type = path.rsplit('/').next().unwrap_or_default().to_uppercase();
    let body = json!({ "id": id, "key": demo_key(id), "type": request_type, "data": data });
    let request = Request::post(path).body(Body::from(body.to_string()));
    text_of(app, request.expect("a request")).await
}

pub(crate) async fn text_of(app: &Router, request: Request) -> (StatusCode, String) {
    let answer = app.clone().oneshot(request).await;
    let answer = answer.expect("an answer");
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX)
        .await
        .expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn neither_a_record_nor_an_answer_grows_without_bound() {
    let server = Server::without_quota("growth").await;
    let app = server.router().into_router();
    let account = json!({ "username": "mallory", "apiIds": ["mallory"] });
    assert_eq!(call(&app, "set_api_id", account).await.0, 200);
    let new = json!({ "user": "mallory", "recordTypeId": 9, "record": {} });
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

    let record = json!({ "a": text, "b": text, "plate": "ABC" });
    for _ in 0..170 {
        let new = json!({ "user": "mallory", "recordTypeId": 9, "record": record });
        assert_eq!(call(&app, "new_record", new).await.0, 200);
    }
    let (status, answer) = call(&app, "lookup", json!({ "plate": "ABC" })).await;
    assert_eq!(status, 400);
    assert!(
        answer.starts_with("THE ANSWER WOULD HAVE MORE THAN"),
        "{answer}"
    );
    let page = json!({ "searchType": "a", "value": 0, "limit": 9 });
    assert_eq!(
        call(&app, "lookup_int", page).await,
        (StatusCode::OK, "[]".to_owned())
    );
    let long = json!({ "username": "x".repeat(40_000), "apiIds": [] });
    assert_eq!(call(&app, "set_api_id", long).await.0, 400);
    server.close().await;
}

/// Changes a plan as the billing service.
pub(crate) async fn change_plan(app: &Router, plan: Value) -> StatusCode {
    let request = Request::post("/billing/subscription")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("Bearer {BILLING_KEY}"))
        .body(Body::from(plan.to_string()));
    text_of(app, request.expect("a request")).await.0
}

const CLOSE_CALL: &str = "/emergency/close_call";

/// Calls `close_call` for a call that doesn't exist. The handler returns 404, and a guard doesn't.
async fn close_call(app: &Router, id: &str) -> (StatusCode, String) {
    call_as(app, id, CLOSE_CALL, json!([{ "callId": 1 }])).await
}
