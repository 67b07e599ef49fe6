//! The responses to gRPC and gRPC-Web calls.

use super::{Answer, call, customer, quotas, reached};
use axum::body::Body;
use axum::extract::Request;
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, Quotas, endpoint};
use tiergate_tests_conformance::Tier;
use tower::{Layer, service_fn};

endpoint! {
    second(Plus, post = "/dispatch.Dispatch/Second", limit = "1/second");
    hour(Plus, post = "/dispatch.Dispatch/Hour", limit = "1/hour");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(second, hour))]
struct Api;

async fn call_as(quotas: &Quotas, content_type: &str, method: &str) -> Answer {
    let request = Request::post(format!("/dispatch.Dispatch/{method}"))
        .header("content-type", content_type)
        .extension(customer(Tier::Plus));
    let enforce = EnforceLayer::<Api>::new().layer(service_fn(reached));
    call(
        &quotas.layer(enforce),
        request.body(Body::empty()).expect("a request"),
    )
    .await
}

#[tokio::test]
async fn an_exceeded_quota_is_an_exhausted_resource() {
    let quotas = quotas::<Api>();
    for (method, state, wait, pushback) in [
        ("Second", r#""second/second";r=0;t=1"#, "1", "1000"),
        // The application decides whether to wait that long.
        ("Hour", r#""hour/hour";r=0;t=3600"#, "3600", "-1"),
    ] {
        let answer = call_as(&quotas, "application/grpc", method).await;
        assert_eq!(
            (answer.body.as_slice(), answer.header("grpc-status")),
            (&b"reached"[..], "")
        );
        assert_eq!(
            (answer.state(), answer.header("retry-after")),
            ((200, state), "")
        );
        let answer = call_as(&quotas, "application/grpc", method).await;
        assert_eq!(answer.state(), (200, state));
        assert_eq!(answer.header("grpc-status"), "8");
        assert!(
            answer.header("grpc-message").contains("used up the quota"),
            "{answer:?}"
        );
        assert_eq!(answer.header("retry-after"), wait);
        assert_eq!(answer.header("grpc-retry-pushback-ms"), pushback);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_browser_gets_the_status_in_the_body() {
    let quotas = quotas::<Api>();
    call_as(&quotas, "application/grpc-web", "Hour").await;
    let answer = call_as(&quotas, "application/grpc-web", "Hour").await;
    assert_eq!(answer.state(), (200, r#""hour/hour";r=0;t=3600"#));
    assert_eq!(answer.header("retry-after"), "3600");
    let body = String::from_utf8_lossy(&answer.body);
    assert!(body.contains("grpc-status: 8\r\n"), "{body}");
}

#[tokio::test]
async fn a_missing_layer_is_an_internal_error() {
    let enforce = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let request = Request::post("/dispatch.Dispatch/Hour")
        .header("content-type", "application/grpc")
        .extension(customer(Tier::Plus));
    let answer = call(&enforce, request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.header("grpc-status"), "13");
    assert_eq!(answer.header("retry-after"), "");
    assert_eq!(answer.header("grpc-retry-pushback-ms"), "");
}
