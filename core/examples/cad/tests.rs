//! Tests that no endpoint is ungated by accident. The mounted, listed and locked endpoints are the same,
//! and every endpoint enforces its tier.

use crate::billing::Subscriptions;
use crate::outbox::Outbox;
use crate::store::{Cad, DEMO_COMMUNITIES, demo_key};
use crate::v1::V1;
use crate::v1::protocol::request_type;
use crate::{Api, Site, Tier, cli, limits, plan_text, router, tiers_of_version_1, with_callers};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::{Extension, Router};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use std::ffi::OsString;
use std::fs;
use std::future::IntoFuture;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tiergate::axum::AuditedRouter;
use tiergate::coverage::{Call, Coverage, TestCaller};
use tiergate::overrides::TomlOverrides;
use tiergate::source::{ApiKey, TierSource};
use tiergate::{Caller, Catalogue, Override, Overrides, Quotas};
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
        self.router_for(&self.outbox())
    }

    pub(crate) fn router_for(&self, outbox: &Outbox) -> AuditedRouter<Site> {
        let (cad, subscriptions) = (self.cad.clone(), self.subscriptions.clone());
        let quotas = limits::quotas(None).expect("nothing to connect to");
        router(cad, subscriptions, &self.overrides, quotas, outbox)
    }

    fn outbox(&self) -> Outbox {
        Outbox::new(&self.cad, &self.overrides, false)
    }

    /// Builds a router that identifies the callers of version 1 in another way.
    fn router_with(
        &self,
        callers: impl FnOnce(AuditedRouter<V1, Cad>) -> AuditedRouter<V1, Cad>,
    ) -> AuditedRouter<Site> {
        let (cad, subscriptions) = (self.cad.clone(), self.subscriptions.clone());
        let quotas = limits::quotas(None).expect("nothing to connect to");
        let outbox = self.outbox();
        with_callers(cad, subscriptions, &self.overrides, &outbox, callers).layer(quotas)
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

    let record = json!({ "a": text, "b": text });
    for _ in 0..170 {
        let new = json!({ "user": "mallory", "recordTypeId": 9, "record": record });
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

/// Changes a plan as the billing service.
pub(crate) async fn change_plan(app: &Router, plan: Value) -> StatusCode {
    let request = Request::post("/billing/subscription")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("Bearer {BILLING_KEY}"))
        .body(Body::from(plan.to_string()));
    text_of(app, request.expect("a request")).await.0
}

const CLOSE_CALL: &str = "/emergency/close_call";
const ACTIVE_UNITS: &str = "/emergency/get_active_units";

/// Calls `close_call` for a call that doesn't exist. The handler returns 404, and a guard doesn't.
async fn close_call(app: &Router, id: &str) -> (StatusCode, String) {
    call_as(app, id, CLOSE_CALL, json!([{ "callId": 1 }])).await
}

async fn all_units(app: &Router, id: &str) -> (StatusCode, String) {
    call_as(app, id, ACTIVE_UNITS, json!([{ "allServers": true }])).await
}

#[tokio::test]
async fn a_trial_ends_in_free() {
    // Decides one second before and exactly at the end.
    for (is_over, name) in [(false, "trial"), (true, "trial-over")] {
        let end = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        let now = if is_over {
            end
        } else {
            end - Duration::from_secs(1)
        };
        let overrides = Overrides::of::<Api>().with_clock(move || now);
        let server = Server::with_overrides(name, overrides).await;
        let app = server.router().into_router();
        let plan = json!({
            "community": "demo-starter", "tier": "Plus", "until": 4_000_000_000_000_u64,
            "then": "Free", "addOns": ["cross_server"],
        });
        assert_eq!(change_plan(&app, plan).await, 204);
        let (status, answer) = close_call(&app, "demo-starter").await;
        let version = call_as(&app, "demo-starter", "/general/get_version", json!([])).await;
        if is_over {
            assert_eq!(status, 400);
            assert!(
                answer.ends_with("requires the tier Plus; the caller has Free"),
                "{answer}"
            );
            assert_eq!(version, (StatusCode::OK, "0".to_owned()));
            assert_eq!(all_units(&app, "demo-starter").await.0, 400);
        } else {
            assert_eq!(status, 404, "{answer}");
            assert_eq!(version, (StatusCode::OK, "3".to_owned()));
            assert_eq!(all_units(&app, "demo-starter").await.0, 200);
        }
        server.close().await;
    }
}

#[tokio::test]
async fn a_bought_tier_replaces_a_trial() {
    let server = Server::new("bought").await;
    let app = server.router().into_router();
    let past = json!({ "community": "demo-pro", "tier": "Pro", "until": 1 });
    assert_eq!(change_plan(&app, past).await, 204);
    let ended = (
        StatusCode::BAD_REQUEST,
        "API IS NOT ENABLED FOR THIS COMMUNITY".to_owned(),
    );
    assert_eq!(close_call(&app, "demo-pro").await, ended);
    let bought = json!({ "community": "demo-pro", "tier": "Plus" });
    assert_eq!(change_plan(&app, bought).await, 204);
    assert_eq!(close_call(&app, "demo-pro").await.0, 404);

    for plan in [
        json!({ "tier": "Plus", "then": "Free" }),
        json!({ "tier": null, "until": 1 }),
        json!({ "tier": null, "addOns": ["cross_server"] }),
        json!({ "tier": "Plus", "addOns": ["unknown"] }),
        json!({ "tier": "Plus", "until": -1 }),
        json!({ "tier": "Plus", "until": u64::MAX }),
    ] {
        let mut request = plan.clone();
        request["community"] = "demo-pro".into();
        assert_eq!(change_plan(&app, request).await, 422, "{plan}");
    }
    assert_eq!(close_call(&app, "demo-pro").await.0, 404);
    server.close().await;
}

#[tokio::test]
async fn a_new_database_has_a_community_on_a_trial() {
    let server = Server::new("demo-trial").await;
    let source = server.subscriptions.cached.clone();
    let find = |id: &'static str| {
        let key = ApiKey::new(demo_key(id)).with_claimed_id(id);
        let source = source.clone();
        async move { source.find(&key).await.expect("a caller") }
    };
    let trial = find("demo-trial").await;
    let text = plan_text(&trial).expect("a plan");
    assert!(text.starts_with("tier Plus until 20"), "{text}");
    assert!(
        text.ends_with("Z, then Free, add-on Cross-server dispatch"),
        "{text}"
    );
    let end = trial.ends_at().expect("an end");
    let rest = end.duration_since(SystemTime::now()).expect("a later time");
    let two_weeks = 14 * 24 * 60 * 60;
    assert!(
        (two_weeks - 60..=two_weeks).contains(&rest.as_secs()),
        "{rest:?}"
    );
    let ended = trial.until(UNIX_EPOCH);
    assert_eq!(plan_text(&ended).as_deref(), Some("tier Free"));
    let plus = find("demo-plus").await;
    assert_eq!(plan_text(&plus).as_deref(), Some("tier Plus"));
    server.close().await;
}

/// Turns a new database into one of version 3.
const DOWN_TO_3: [&str; 7] = [
    "DROP TABLE events",
    "DROP TABLE event_receivers",
    "ALTER TABLE accounts DROP COLUMN joined_at",
    "ALTER TABLE accounts DROP COLUMN last_login_at",
    "ALTER TABLE call_notes DROP COLUMN type",
    "ALTER TABLE call_notes DROP COLUMN time",
    "UPDATE schema_version SET version = 3",
];

/// Turns a database of version 3 into one of version 1.
const DOWN_TO_1: [&str; 7] = [
    "UPDATE records SET type = 1",
    "ALTER TABLE calls DROP COLUMN expires_at",
    "DROP INDEX communities_by_key",
    "ALTER TABLE communities DROP COLUMN tier_until",
    "ALTER TABLE communities DROP COLUMN then_tier",
    "ALTER TABLE communities DROP COLUMN add_ons",
    "UPDATE schema_version SET version = 1",
];

#[tokio::test]
async fn older_databases_are_upgraded() {
    for (name, changes) in [
        ("upgrade-3", DOWN_TO_3.to_vec()),
        ("upgrade-1", [&DOWN_TO_3[..], &DOWN_TO_1].concat()),
    ] {
        upgrade(name, &changes).await;
    }
}

/// Makes a database older, opens it, and calls endpoints that use what the upgrades added.
async fn upgrade(name: &str, changes: &[&'static str]) {
    let server = Server::new(name).await;
    let url = server.url();
    let app = server.router().into_router();
    let account = json!({ "username": "ada", "apiIds": ["a1"] });
    assert_eq!(call(&app, "set_api_id", account).await.0, 200);
    let character = json!([{ "user": "a1", "first": "Ada" }]);
    let added = call_as(&app, "demo-pro", "/civilian/new_character", character).await;
    assert_eq!(added.0, 200);
    let mut old = AnyConnection::connect(&url).await.expect("a connection");
    for change in changes {
        let changed = sqlx::query(*change).execute(&mut old).await;
        changed.expect("a change");
    }
    old.close().await.expect("a closed connection");
    let upgraded = Server::new(name).await;
    let app = upgraded.router().into_router();
    assert_eq!(close_call(&app, "demo-plus").await.0, 404);
    let plan = json!({ "community": "demo-plus", "tier": "Plus", "until": 1, "then": "Free" });
    assert_eq!(change_plan(&app, plan).await, 204);
    assert_eq!(close_call(&app, "demo-plus").await.0, 400);
    let of = json!([{ "apiId": "a1" }]);
    let (_, characters) = call_as(&app, "demo-pro", "/civilian/get_characters", of).await;
    assert!(characters.contains(r#""type":7"#), "{characters}");
    upgraded.close().await;
    server.close().await;
}

#[tokio::test]
async fn the_add_on_lists_the_units_of_all_servers() {
    let server = Server::new("add-on").await;
    let app = server.router().into_router();
    let refused = (
        StatusCode::BAD_REQUEST,
        "`get_active_units` (POST /emergency/get_active_units) requires the add-on \
         Cross-server dispatch; the caller doesn't have it"
            .to_owned(),
    );
    assert_eq!(all_units(&app, "demo-one").await, refused);
    // The tier is checked first, and the add-on doesn't replace it.
    let standard =
        json!({ "community": "demo-standard", "tier": "Standard", "addOns": ["cross_server"] });
    assert_eq!(change_plan(&app, standard).await, 204);
    let (status, answer) = all_units(&app, "demo-standard").await;
    assert_eq!(status, 400);
    assert!(
        answer.ends_with("requires the tier Plus; the caller has Standard"),
        "{answer}"
    );

    for (name, server_id) in [("ada", 1), ("bo", 2)] {
        let account = json!([{ "username": name, "apiIds": [name] }]);
        let status = json!([{ "apiId": name, "status": 1, "serverId": server_id }]);
        for (path, data) in [
            ("/general/set_api_id", account),
            ("/emergency/unit_status", status),
        ] {
            let answer = call_as(&app, "demo-trial", path, data).await;
            assert_eq!(answer.0, 200, "{answer:?}");
        }
    }
    for (data, expected) in [
        (json!([]), vec![1]),
        (json!([{ "serverId": 2 }]), vec![2]),
        (json!([{ "serverId": 2, "allServers": true }]), vec![1, 2]),
    ] {
        let (status, answer) = call_as(&app, "demo-trial", ACTIVE_UNITS, data).await;
        assert_eq!(status, 200, "{answer}");
        let units: Vec<Value> = serde_json::from_str(&answer).expect("JSON");
        let servers: Vec<_> = units.iter().map(|unit| unit["serverId"].clone()).collect();
        assert_eq!(servers, expected);
    }
    server.close().await;
}

/// Waits until `close_call` has this status, and returns how long that took.
async fn wait_for(app: &Router, id: &str, expected: u16) -> Duration {
    let begun = Instant::now();
    while close_call(app, id).await.0 != expected {
        assert!(begun.elapsed() < Duration::from_secs(10), "{expected}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_watched_file_closes_an_endpoint_within_a_second() {
    let server = Server::new("overrides").await;
    let app = server.router().into_router();
    let file = server.file.with_extension("toml");
    let write = |text: &str| {
        let new = file.with_extension("new");
        fs::write(&new, text).expect("a new file");
        fs::rename(&new, &file).expect("a replaced file");
    };
    write("version = 1\n");
    let watching = tokio::spawn(TomlOverrides::new(&file).watch(&server.overrides));
    assert_eq!(close_call(&app, "demo-plus").await.0, 404);

    let close =
        "version = 2\n[[override]]\nkind = \"close\"\nendpoint = \"close_call\"\nby = \"ops\"\n";
    write(close);
    let second = Duration::from_secs(1);
    assert!(wait_for(&app, "demo-plus", 503).await < second);
    let (_, answer) = close_call(&app, "demo-one").await;
    assert_eq!(
        answer,
        "`close_call` (POST /emergency/close_call) is closed for now"
    );
    assert_eq!(call(&app, "get_version", json!({})).await.0, 200);
    let (_, page) = text_of(
        &app,
        Request::get("/").body(Body::empty()).expect("a request"),
    )
    .await;
    assert!(page.contains("Closed for now"));

    // An invalid file and an older file change nothing.
    for text in ["version = 3\n[[override]]\nkind = \"cl", "version = 1\n"] {
        write(text);
        tokio::time::sleep(second).await;
        assert_eq!(close_call(&app, "demo-plus").await.0, 503, "{text}");
    }
    let lower = "version = 4\n[[override]]\nkind = \"require\"\nendpoint = \"POST /emergency/close_call\"\n\
                 tier = \"Standard\"\nuntil = 2100-01-01T00:00:00Z\nby = \"marketing\"\n";
    write(lower);
    assert!(wait_for(&app, "demo-standard", 404).await < second);
    assert_eq!(close_call(&app, "demo-starter").await.0, 400);
    watching.abort();
    let _ = fs::remove_file(&file);
    server.close().await;
}

#[test]
fn the_command_line_explains_a_refusal() {
    let arguments = [
        "explain",
        "POST /emergency/close_call",
        "--tier",
        "Standard",
    ];
    let (code, text) = run(&arguments);
    assert_eq!(code, Some(1));
    assert!(text.starts_with("refused with 403 tier_too_low"), "{text}");

    let overrides = Overrides::of::<Api>();
    let close = Override::close("close_call").by("ops");
    overrides.replace(1, [close]).expect("valid overrides");
    let mut output = Vec::new();
    let arguments = arguments.map(OsString::from);
    let code = cli(&overrides).run_with(arguments, &mut output, &mut Vec::new());
    let text = String::from_utf8(output).expect("text");
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("refused with 503 endpoint_closed"),
        "{text}"
    );
}

#[test]
fn the_documented_overrides_are_valid() {
    let documentation = include_str!("main.rs");
    let toml = documentation.split("```toml").nth(1).expect("a block");
    let toml = toml.split("```").next().expect("its end");
    let toml: String = toml
        .lines()
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let name = format!("tiergate-cad-documented-{}.toml", std::process::id());
    let file = std::env::temp_dir().join(name);
    fs::write(&file, toml).expect("a file");
    let (code, text) = run(&["overrides", "check", file.to_str().expect("text")]);
    let _ = fs::remove_file(&file);
    assert_eq!(code, Some(0), "{text}");
}

/// Serves the same routes with and without lookups, to measure the cost of a lookup. The server without
/// lookups lets everybody in, so it exists only in the tests and listens only on the loopback device.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- overhead`, until its input ends"]
async fn serve_with_and_without_lookups() {
    let server = Server::without_quota("load").await;
    let fixed = Extension(Caller::new(Tier::Free).with_id("demo-free"));
    let overrides = server.overrides.clone();
    let cached = tiers_of_version_1(&server.subscriptions, &server.overrides);
    let fixed = server.router_with(|routes| routes.route_layer(fixed).route_layer(overrides));
    let cached = server.router_with(|routes| routes.route_layer(cached));
    for (name, app) in [("fixed", fixed), ("cached", cached)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, app.into_router()).into_future());
    }
    let input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let _ = input.await;
    server.close().await;
}

/// Version 1 with a quota that the load doesn't use up.
#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, include(V1), quota = "100000000/minute")]
struct RarelyLimited;

/// Serves version 1 without a quota, with one in memory and with one in Redis, to measure what a quota
/// costs.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves for `load -- limits cad`, until its input ends"]
async fn serve_with_and_without_quotas() {
    let server = Server::new("quotas").await;
    let redis = std::env::var("CAD_REDIS").expect("the URL of a server");
    let redis = redis::Client::open(redis).expect("a URL");
    let routes = || {
        let tiers = tiers_of_version_1(&server.subscriptions, &server.overrides);
        let routes = crate::v1::routes(&server.cad, |routes| routes.route_layer(tiers));
        routes.with_state(server.cad.clone())
    };
    let servers = [
        ("no quotas", routes()),
        (
            "quotas in memory",
            routes().layer(Quotas::local::<RarelyLimited>()),
        ),
        (
            "quotas in Redis",
            routes().layer(Quotas::redis::<RarelyLimited>(redis)),
        ),
    ];
    for (name, routes) in servers {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("{name}: http://{address}");
        tokio::spawn(axum::serve(listener, routes.into_router()).into_future());
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
