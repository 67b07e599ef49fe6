//! Coverage tests of handlers that panic, never answer, or have their own status codes.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::middleware;
use std::time::Duration;
use tiergate::coverage::{Coverage, CoverageRun};
use tiergate::{Catalogue, requires_tier};
use tiergate_tests::{authenticate, request};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/panics")]
async fn panics() -> StatusCode {
    let units: Vec<StatusCode> = Vec::new();
    units[0]
}

#[requires_tier(Free, get = "/hangs")]
async fn hangs() {
    std::future::pending::<()>().await;
}

#[requires_tier(Free, get = "/maintenance")]
async fn maintenance() -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(panics, hangs, maintenance))]
struct Broken;

#[requires_tier(public = "who logs in is not yet known", post = "/login")]
async fn login() -> StatusCode {
    StatusCode::UNAUTHORIZED
}

#[requires_tier(public = "whoever has the link may read", get = "/share/{id}")]
async fn share(Path(_): Path<String>) -> StatusCode {
    StatusCode::NOT_FOUND
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(self::login, self::share))]
struct Own;

fn broken() -> CoverageRun<'static, Broken> {
    let app = Broken::router().layer(middleware::from_fn(authenticate::<Tier>));
    Coverage::of::<Broken>(app, request).timeout(Duration::from_millis(50))
}

fn own() -> CoverageRun<'static, Own> {
    let app = Own::router().layer(middleware::from_fn(authenticate::<Tier>));
    Coverage::of::<Own>(app, request)
}

fn failures(coverage: &Coverage) -> Vec<String> {
    coverage
        .failures()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[tokio::test]
async fn a_handler_that_panics_or_hangs_is_named_without_stopping_the_run() {
    let coverage = broken().await;
    assert_eq!(
        failures(&coverage),
        [
            "`panics` (GET /panics) panicked when called with the tier Plus: index out of bounds: the len is 0 but the index is 0",
            "`hangs` (GET /hangs) did not answer within 50ms when called with the tier Free",
            "`hangs` (GET /hangs) did not answer within 50ms when called with the tier Plus",
            "`maintenance` (GET /maintenance) failed when called with the tier Free (503 Service Unavailable)",
            "`maintenance` (GET /maintenance) failed when called with the tier Plus (503 Service Unavailable)",
        ]
    );
    assert_eq!(coverage.calls(), 12);
}

#[tokio::test]
async fn a_test_can_expect_other_answers_of_an_endpoint() {
    let coverage = own().await;
    // The login refuses every call. The test reports all of them except the one with bad credentials.
    assert_eq!(coverage.failures().len(), 3 + 4, "{coverage}");
    let coverage = own()
        .accept(Method::POST, "/login", StatusCode::UNAUTHORIZED)
        .accept(Method::GET, "/share/{id}", StatusCode::NOT_FOUND)
        .await;
    coverage.assert_complete();
    let coverage = own()
        .accept(Method::POST, "/login", StatusCode::FORBIDDEN)
        .accept(Method::GET, "/share/{id}", StatusCode::NOT_FOUND)
        .await;
    assert_eq!(
        coverage.failures().len(),
        3,
        "another status is still a failure"
    );
    let coverage = broken()
        .accept(Method::GET, "/maintenance", StatusCode::SERVICE_UNAVAILABLE)
        .await;
    assert_eq!(coverage.failures().len(), 3, "{coverage}");
}

#[test]
#[should_panic(
    expected = "the catalogue has no endpoint `GET /login`; use the method and the template of one of its endpoints"
)]
fn an_expectation_for_an_unknown_endpoint_panics() {
    let _ = own().accept(Method::GET, "/login", StatusCode::UNAUTHORIZED);
}
