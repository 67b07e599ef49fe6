//! A listed catalogue needs no registry. What needs one doesn't compile.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tiergate::{Catalogue, Endpoint, Subscriber};
use tiergate_tests_no_registry::{Api, Tier};
use tower::ServiceExt as _;

#[test]
fn the_catalogue_contains_its_handlers() {
    let names: Vec<_> = Api::endpoints().iter().map(Endpoint::name).collect();
    assert_eq!(names, ["export", "health"]);
    let export = Api::find("GET", "/export").expect("the route exists");
    assert_eq!((export.name(), export.required()), ("export", Some("Plus")));
    assert!(Api::markdown().contains("/export"));
}

#[tokio::test]
async fn the_router_checks_the_tier() {
    for (caller, path, status) in [
        (Subscriber::new(Tier::Plus), "/export", StatusCode::OK),
        (
            Subscriber::new(Tier::Free),
            "/export",
            StatusCode::FORBIDDEN,
        ),
        (Subscriber::unknown(), "/export", StatusCode::UNAUTHORIZED),
        (Subscriber::unknown(), "/health", StatusCode::OK),
    ] {
        let request = Request::get(path).extension(caller).body(Body::empty());
        let response = Api::router()
            .oneshot(request.expect("the request is valid"))
            .await
            .expect("a router always answers");
        assert_eq!(response.status(), status, "{caller:?} {path}");
    }
}

/// An audit can't find handlers that are in no list, so it must not be clean.
#[cfg(tiergate_no_registry)]
#[test]
fn an_audit_reports_that_there_is_no_registry() {
    assert_eq!(Api::audit().findings(), [tiergate::Finding::EmptyRegistry]);
}

#[cfg(not(tiergate_no_registry))]
#[test]
fn an_audit_is_clean() {
    Api::audit().assert_clean();
}

#[cfg(tiergate_no_registry)]
#[test]
fn compile_fail() {
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}
