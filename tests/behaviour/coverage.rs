//! Coverage tests of handlers that panic, never answer, or have their own status codes, and of handlers
//! that depend on add-ons and plan versions.

use axum::extract::{Path, Request};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use std::time::Duration;
use tiergate::coverage::{Call, Coverage, CoverageRun, TestCaller};
use tiergate::{Caller, Catalogue, requires_feature, requires_tier};
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

/// Plans with add-ons.
mod plans {
    use super::{Catalogue, requires_feature, requires_tier};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Feature)]
    pub(crate) enum Feature {
        Radio,
        BodyCam,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
    #[tier(features = Feature)]
    pub(crate) enum Tier {
        Free,
        Plus,
        Pro,
    }

    #[requires_tier(Plus, get = "/plus")]
    async fn plus() {}

    #[requires_tier(Plus, feature = Radio, get = "/both")]
    async fn both() {}

    #[requires_tier(Plus, or_feature = BodyCam, get = "/either")]
    async fn either() {}

    #[requires_feature(Radio, get = "/radio")]
    async fn radio() {}

    #[requires_tier(Pro, until_version(3, Plus), get = "/old-plans")]
    async fn old_plans() {}

    #[requires_tier(Pro, enforced = Free, get = "/soon")]
    async fn soon() {}

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(plus, both, either, radio, old_plans, soon))]
    pub(crate) struct Api;
}

/// Identifies a caller by the headers `x-api-key` (the tier), `x-feature` and `x-plan-version`.
async fn identify(mut request: Request, next: Next) -> Response {
    let caller = caller_in(request.headers());
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn caller_in(headers: &HeaderMap) -> Caller<plans::Tier> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let tier = header("x-api-key").and_then(|key| plans::Tier::from_name(key).ok());
    let mut caller = tier.map_or(Caller::unknown(), Caller::new);
    if let Some(feature) = header("x-feature").and_then(plans::Feature::from_key) {
        caller = caller.with_feature(feature);
    }
    if let Some(version) = header("x-plan-version").and_then(|text| text.parse().ok()) {
        caller = caller.with_plan_version(version);
    }
    caller
}

fn plan_request(call: &Call<plans::Tier>) -> Request {
    let mut request = request(call);
    for feature in call.features() {
        let key = feature.key().parse().expect("a header");
        request.headers_mut().insert("x-feature", key);
    }
    if let Some(version) = call.plan_version() {
        request
            .headers_mut()
            .insert("x-plan-version", version.into());
    }
    request
}

#[tokio::test]
async fn each_caller_that_makes_a_difference_calls_once() {
    let app = plans::Api::router().layer(middleware::from_fn(identify));
    let mut calls = Vec::new();
    let coverage = Coverage::of::<plans::Api>(app, |call| {
        let subscriber = match call.caller() {
            TestCaller::Tier(tier) => tier.name(),
            TestCaller::Nobody | TestCaller::BadCredentials => "",
        };
        let features: Vec<_> = call.features().iter().map(plans::Feature::key).collect();
        calls.push((
            call.endpoint().name(),
            subscriber,
            features,
            call.plan_version(),
        ));
        plan_request(call)
    })
    .await;
    coverage.assert_complete();
    let of_endpoint = |name: &str| {
        let of_subscribers = calls
            .iter()
            .filter(|(endpoint, tier, ..)| *endpoint == name && !tier.is_empty());
        of_subscribers
            .map(|(_, tier, features, version)| (*tier, features.concat(), *version))
            .collect::<Vec<_>>()
    };
    let plain = |tier| (tier, String::new(), None);
    assert_eq!(
        of_endpoint("plus"),
        [plain("Free"), plain("Plus"), plain("Pro")]
    );
    assert_eq!(of_endpoint("soon"), of_endpoint("plus"));
    assert_eq!(
        of_endpoint("radio"),
        [("Free", "radio".to_owned(), None), plain("Pro")]
    );
    assert_eq!(
        of_endpoint("either")[3..],
        [("Free", "body_cam".to_owned(), None)]
    );
    assert_eq!(of_endpoint("both").len(), 4);
    assert_eq!(of_endpoint("old_plans").len(), 6);
    assert_eq!(coverage.calls(), calls.len());
}

#[tokio::test]
async fn an_application_that_loses_add_ons_and_plan_versions_is_reported() {
    let app = plans::Api::router().layer(middleware::from_fn(authenticate::<plans::Tier>));
    let coverage = Coverage::of::<plans::Api>(app, plan_request).await;
    assert_eq!(
        failures(&coverage),
        [
            "`both` (GET /both) refused access when called with the tier Plus, the add-on radio (403 Forbidden)",
            "`both` (GET /both) refused access when called with the tier Pro, the add-on radio (403 Forbidden)",
            "`either` (GET /either) refused access when called with the tier Free, the add-on body_cam (403 Forbidden)",
            "`radio` (GET /radio) refused access when called with the tier Free, the add-on radio (403 Forbidden)",
            "`old_plans` (GET /old-plans) refused access when called with the tier Plus, plan version 2 (403 Forbidden)",
        ]
    );
}
