//! The guards of an axum router behind the layer don't take again what the layer took.

use super::{Answer, Other, call, quotas, request};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, Guard, requires_tier};
use tiergate_tests_conformance::Tier;

#[requires_tier(Free, get = "/export", limit = "9/hour", cost = 2)]
async fn export() {}

#[requires_tier(Free, get = "/search")]
async fn search() {}

#[requires_tier(Free, get = "/copy", limit = "9/hour")]
async fn copy(_: AnotherExport) {}

#[requires_tier(Free, get = "/twice", limit = "9/hour")]
async fn twice(_: Again) {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), quota = "20/hour", handlers(export, search, copy, twice))]
struct Api;

/// Checks the request for `export`, whatever its own endpoint is.
struct AnotherExport;

impl FromRequestParts<()> for AnotherExport {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &()) -> Result<Self, Response> {
        let guard = Guard::from_request_parts(parts, state).await?;
        drop(export(guard));
        Ok(Self)
    }
}

/// Checks the request for `twice` a second time.
struct Again;

impl FromRequestParts<()> for Again {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &()) -> Result<Self, Response> {
        let guard = Guard::from_request_parts(parts, state).await?;
        drop(twice(guard, Self));
        Ok(Self)
    }
}

async fn get(router: &Router, path: &str) -> Answer {
    call(router, request("GET", path)).await
}

/// Returns routers in which no layer, one layer or two layers are in front of the guards.
fn routers() -> [Router; 3] {
    let enforce = EnforceLayer::<Api>::new;
    [
        Api::router(),
        Api::router().layer(enforce()),
        Api::router().layer(enforce()).layer(enforce()),
    ]
}

#[tokio::test]
async fn each_call_counts_once() {
    for router in routers() {
        let router = router.layer(quotas::<Api>());
        for (path, state) in [
            ("/export", r#""export/hour";r=8;t=3600, "hour";r=18;t=3600"#),
            ("/search", r#""hour";r=17;t=3600"#),
            ("/export", r#""export/hour";r=7;t=3600, "hour";r=15;t=3600"#),
            ("/search", r#""hour";r=14;t=3600"#),
        ] {
            assert_eq!(get(&router, path).await.state(), (200, state), "{path}");
        }
    }
}

#[tokio::test]
async fn a_second_guard_is_a_second_call() {
    for router in routers() {
        let router = router.layer(quotas::<Api>());
        // The headers describe the last call.
        let state = r#""export/hour";r=8;t=3600, "hour";r=17;t=3600"#;
        assert_eq!(get(&router, "/copy").await.state(), (200, state));
        let state = r#""twice/hour";r=7;t=3600, "hour";r=15;t=3600"#;
        assert_eq!(get(&router, "/twice").await.state(), (200, state));
        let state = r#""export/hour";r=7;t=3600, "hour";r=13;t=3600"#;
        assert_eq!(get(&router, "/export").await.state(), (200, state));
    }
}

#[tokio::test]
async fn quotas_between_the_layer_and_the_guards_are_too_late() {
    let router = Api::router().layer(quotas::<Api>());
    let router = router.layer(EnforceLayer::<Api>::new());
    let answer = get(&router, "/search").await;
    assert_eq!(
        (answer.status, answer.code()),
        (500, "missing_quota_layer".into())
    );
}

#[tokio::test]
async fn quotas_of_another_catalogue_refuse_calls_that_they_should_limit() {
    for router in routers() {
        let answer = get(&router.layer(quotas::<Other>()), "/search").await;
        assert_eq!(
            (answer.status, answer.code()),
            (500, "missing_quota_layer".into())
        );
    }
}

#[tokio::test]
async fn the_same_quotas_inside_and_outside_of_the_layer_count_once() {
    let quotas = quotas::<Api>();
    let router = Api::router().layer(quotas.clone());
    let router = router.layer(EnforceLayer::<Api>::new()).layer(quotas);
    let state = r#""export/hour";r=8;t=3600, "hour";r=18;t=3600"#;
    assert_eq!(get(&router, "/export").await.state(), (200, state));
}
