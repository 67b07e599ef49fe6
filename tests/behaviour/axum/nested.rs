//! Audited routers nested in each other: the whole path of each route counts.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::{Extension, Router};
use tiergate::axum::{AuditedRouter, MountedRoute};
use tiergate::{Caller, Catalogue, Endpoint, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Plus,
}

#[requires_tier(Plus, get = "/units/{id}")]
async fn unit() {}

#[requires_tier(Plus, post = "/units")]
async fn new_unit() {}

#[requires_tier(public = "health checks have no account", get = "/health")]
async fn health() {}

#[requires_tier(Plus, get = "/v1")]
async fn of_a_prefix() {}

#[requires_tier(Plus, get = "/v2/")]
async fn of_a_prefix_and_a_slash() {}

#[requires_tier(Plus, get = "/v3/x")]
async fn below_a_slash() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(
    unit, new_unit, health, of_a_prefix, of_a_prefix_and_a_slash, below_a_slash
))]
struct Api;

async fn secret() -> &'static str {
    "SECRET"
}

async fn get(app: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn served(app: AuditedRouter<Api>) -> Router {
    let caller = Extension(Caller::new(Tier::Plus));
    app.layer(caller).into_router()
}

fn ungated(app: &AuditedRouter<Api>) -> Vec<String> {
    let audit = app.audit();
    audit
        .ungated()
        .iter()
        .map(MountedRoute::to_string)
        .collect()
}

fn not_mounted(app: &AuditedRouter<Api>) -> Vec<&'static str> {
    let audit = app.audit();
    audit.not_mounted().iter().map(Endpoint::name).collect()
}

/// A router that doesn't know where it will be nested.
fn units() -> AuditedRouter<Api> {
    AuditedRouter::new()
        .get("/{id}", unit)
        .post("/", new_unit)
        .public(Method::GET, "/health", secret)
}

const OTHERS: [&str; 3] = ["of_a_prefix", "of_a_prefix_and_a_slash", "below_a_slash"];

#[tokio::test]
async fn a_nested_router_is_checked_by_its_whole_path() {
    let app = AuditedRouter::<Api>::new()
        .public(Method::GET, "/health", health)
        .nest("/units", units());
    // The catalogue lists a public endpoint for `/health`, but not for the nested path.
    assert_eq!(ungated(&app), ["GET /units/health"]);
    assert_eq!(not_mounted(&app), OTHERS);
    let app = served(app);
    assert_eq!(get(&app, "/units/7").await.0, 200);
    assert_eq!(get(&app, "/health").await.0, 200);
    let (status, body) = get(&app, "/units/health").await;
    assert_eq!(status, 500);
    assert!(body.contains("ungated_route"), "{body}");
}

#[tokio::test]
async fn a_router_below_an_unknown_prefix_is_refused() {
    for app in [
        AuditedRouter::<Api>::new().nest("/v9", units()),
        AuditedRouter::<Api>::new().nest("/v9", AuditedRouter::<Api>::new().merge(units())),
        AuditedRouter::<Api>::new().nest("/v9", units().with_state(())),
        AuditedRouter::<Api>::new().merge(AuditedRouter::<Api>::new().nest("/v9", units())),
    ] {
        let expected = ["GET /v9/{id}", "POST /v9", "GET /v9/health"];
        assert_eq!(ungated(&app), expected);
        assert_eq!(not_mounted(&app).len(), Api::ENDPOINTS.len());
        let app = served(app);
        for path in ["/v9/7", "/v9/health"] {
            let (status, body) = get(&app, path).await;
            assert_eq!(status, 500, "{path}");
            assert!(body.contains("ungated_route"), "{body}");
        }
        assert_eq!(get(&app, "/health").await.0, 404);
    }
}

#[tokio::test]
async fn a_router_mounted_twice_is_checked_in_each_place() {
    let units = units();
    let app = AuditedRouter::<Api>::new()
        .nest("/units", units.clone())
        .nest("/v9", units);
    assert_eq!(ungated(&app).len(), 4);
    let app = served(app);
    assert_eq!(get(&app, "/units/7").await.0, 200);
    assert_eq!(get(&app, "/v9/7").await.0, 500);
}

#[tokio::test]
async fn paths_join_prefixes_as_in_axum() {
    let app = AuditedRouter::<Api>::new()
        .nest("/v1", AuditedRouter::<Api>::new().get("/", of_a_prefix))
        .nest(
            "/v2/",
            AuditedRouter::<Api>::new().get("/", of_a_prefix_and_a_slash),
        )
        .nest("/v3/", AuditedRouter::<Api>::new().get("/x", below_a_slash));
    assert_eq!(ungated(&app), [""; 0]);
    assert_eq!(not_mounted(&app), ["unit", "new_unit", "health"]);
    let app = served(app);
    for (path, status) in [
        ("/v1", 200),
        ("/v1/", 404),
        ("/v2/", 200),
        ("/v2", 404),
        ("/v3/x", 200),
    ] {
        assert_eq!(get(&app, path).await.0, status, "{path}");
    }
    let slash = AuditedRouter::<Api>::new().get("/", of_a_prefix_and_a_slash);
    assert_eq!(
        ungated(&AuditedRouter::new().nest("/v2", slash)),
        ["GET /v2"]
    );
}

#[test]
fn the_audit_reports_a_router_that_axum_cannot_build() {
    let routes = || AuditedRouter::<Api>::new().get("/v1", of_a_prefix);
    let audit = || routes().merge(routes()).audit();
    assert!(std::panic::catch_unwind(audit).is_err());
}
