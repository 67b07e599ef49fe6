//! Which endpoints a request takes from, if routers are nested, or if a service may pick one of several
//! endpoints.

use super::{call, quotas, reached, request};
use axum::Router;
use axum::routing::get;
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, endpoint};
use tiergate_tests_conformance::Tier;
use tower::{Layer, service_fn};

endpoint! {
    v1_export(Plus, get = "/v1/export", limit = "2/hour");
    v2_export(Plus, get = "/v2/export", limit = "4/hour");
    read(Free, get = "/file", limit = "3/hour");
    docs(Free, get = "/docs", limit = "2/hour");
    docs_folder(Free, get = "/docs/", limit = "4/hour");
    page(Free, get = "/page", limit = "3/hour");
    head_of_page(Free, head = "/page", limit = "1/hour");
    index(public = "anybody may read it", get = "/notes");
    notes_folder(Free, get = "/notes/", limit = "1/hour");
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        v1_export, v2_export, read, docs, docs_folder, page, head_of_page, index, notes_folder
    )
)]
struct Api;

async fn answered() -> &'static str {
    "reached"
}

#[tokio::test]
async fn a_nested_router_takes_from_the_endpoint_of_the_whole_path() {
    let nested = Router::new()
        .route("/export", get(answered))
        .layer(EnforceLayer::<Api>::new());
    let router = Router::new()
        .nest("/v1", nested.clone())
        .nest("/v2", nested);
    let router = router.layer(quotas::<Api>());
    for (path, state) in [
        ("/v1/export", (200, r#""v1_export/hour";r=1;t=3600"#)),
        ("/v2/export", (200, r#""v2_export/hour";r=3;t=3600"#)),
        ("/v1/export", (200, r#""v1_export/hour";r=0;t=3600"#)),
        ("/v1/export", (429, r#""v1_export/hour";r=0;t=3600"#)),
        ("/v2/export", (200, r#""v2_export/hour";r=2;t=3600"#)),
    ] {
        assert_eq!(
            call(&router, request("GET", path)).await.state(),
            state,
            "{path}"
        );
    }
}

#[tokio::test]
async fn clones_of_the_quotas_in_nested_routers_share_the_counters() {
    let quotas = quotas::<Api>();
    let nested = || {
        let router = Router::new().route("/export", get(answered));
        router
            .layer(EnforceLayer::<Api>::new())
            .layer(quotas.clone())
    };
    let router = Router::new().nest("/v1", nested()).nest("/v2", nested());
    let twice = router.clone().layer(quotas.clone());
    for (router, state) in [
        (&router, (200, r#""v1_export/hour";r=1;t=3600"#)),
        // The quotas outside of the nested router don't count the same call again.
        (&twice, (200, r#""v1_export/hour";r=0;t=3600"#)),
        (&router, (429, r#""v1_export/hour";r=0;t=3600"#)),
        (&twice, (429, r#""v1_export/hour";r=0;t=3600"#)),
    ] {
        assert_eq!(
            call(router, request("GET", "/v1/export")).await.state(),
            state
        );
    }
}

#[tokio::test]
async fn a_removed_prefix_is_put_back() {
    let enforce = EnforceLayer::<Api>::new().nested_at("/v1");
    let service = quotas::<Api>().layer(enforce.layer(service_fn(reached)));
    for state in [
        (200, r#""v1_export/hour";r=1;t=3600"#),
        (200, r#""v1_export/hour";r=0;t=3600"#),
        (429, r#""v1_export/hour";r=0;t=3600"#),
    ] {
        assert_eq!(
            call(&service, request("GET", "/export")).await.state(),
            state
        );
    }
}

#[tokio::test]
async fn a_head_request_takes_what_the_get_request_takes() {
    let service = quotas::<Api>().layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    for (method, state) in [
        ("HEAD", (200, r#""read/hour";r=2;t=3600"#)),
        ("GET", (200, r#""read/hour";r=1;t=3600"#)),
        ("HEAD", (200, r#""read/hour";r=0;t=3600"#)),
        ("HEAD", (429, r#""read/hour";r=0;t=3600"#)),
        ("GET", (429, r#""read/hour";r=0;t=3600"#)),
    ] {
        let answer = call(&service, request(method, "/file")).await;
        assert_eq!(answer.state(), state, "{method}");
        if state.0 == 429 {
            // The header states the length of the removed body.
            assert_eq!(answer.body.is_empty(), method == "HEAD");
            assert_ne!(
                answer.header("content-length"),
                if method == "HEAD" { "" } else { "0" }
            );
            assert!(!answer.header("retry-after").is_empty());
        }
    }
}

#[tokio::test]
async fn an_ambiguous_request_takes_from_all_endpoints() {
    let service = quotas::<Api>().layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    let remaining = async |method: &str, path: &str| {
        let answer = call(&service, request(method, path)).await;
        (answer.status, answer.header("ratelimit").to_owned())
    };
    // No spelling of the folder avoids its smaller limit.
    for (path, status) in [
        ("/docs", 200),
        ("/docs/", 200),
        ("/docs", 429),
        ("/docs/", 429),
    ] {
        assert_eq!(remaining("GET", path).await.0, status, "{path}");
    }
    // A service may answer `HEAD` with its handler of `GET`, but not the other way round.
    assert_eq!(remaining("HEAD", "/page").await.0, 200);
    assert_eq!(remaining("HEAD", "/page").await.0, 429);
    let (status, state) = remaining("GET", "/page").await;
    assert_eq!(status, 200);
    assert!(
        ["r=0;", "r=1;"].iter().any(|left| state.contains(left)),
        "{state}"
    );
    // Anonymous readers of the public page can't be told apart from those of the folder.
    assert_eq!(remaining("GET", "/notes").await.0, 200);
    assert_eq!(remaining("GET", "/notes").await.0, 429);
}
