//! What a request takes in front of a service that isn't a router.

use super::{Other, call, customer, quotas, reached, request};
use axum::http::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, Override, Overrides, Quotas, endpoint};
use tiergate_tests_conformance::Tier;
use tower::limit::ConcurrencyLimit;
use tower::{Layer, Service, ServiceExt, service_fn};

endpoint! {
    export(Plus, get = "/export", limit = "2/hour", cost = 3);
    search(Free, get = "/search");
    by_tier(
        Free,
        get = "/by-tier",
        limit(Free = "1/hour", Plus = "2/hour", Pro = "unlimited"),
        cost = 0
    );
    health(public = "health checks have no account", get = "/health");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "10/hour", handlers(export, search, by_tier, health))]
struct Api;

/// Has a limit, but no quota.
#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export, search))]
struct WithoutQuota;

const HOUR: &str = "t=3600";

#[tokio::test]
async fn each_call_takes_from_the_endpoint_and_from_the_catalogue() {
    let service = quotas::<Api>().layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    for (path, status, state) in [
        (
            "/export",
            200,
            r#""export/hour";r=1;t=3600, "hour";r=7;t=3600"#,
        ),
        ("/search", 200, r#""hour";r=6;t=3600"#),
        (
            "/export",
            200,
            r#""export/hour";r=0;t=3600, "hour";r=3;t=3600"#,
        ),
        // A refused call takes nothing.
        (
            "/export",
            429,
            r#""export/hour";r=0;t=3600, "hour";r=3;t=3600"#,
        ),
        ("/search", 200, r#""hour";r=2;t=3600"#),
        ("/health", 200, ""),
        ("/nowhere", 403, ""),
        ("/export/../export", 400, ""),
        ("/search", 200, r#""hour";r=1;t=3600"#),
    ] {
        let answer = call(&service, request("GET", path)).await;
        assert_eq!(answer.state(), (status, state), "{path} {answer:?}");
        let policies = match path {
            "/export" => r#""export/hour";q=2;w=3600, "hour";q=10;w=3600"#,
            "/search" => r#""hour";q=10;w=3600"#,
            _ => "",
        };
        assert_eq!(answer.header("ratelimit-policy"), policies);
        if status == 429 {
            assert_eq!(answer.code(), "quota_exceeded");
            assert!(!answer.header("retry-after").is_empty());
        }
    }
}

#[tokio::test]
async fn the_limits_of_the_tier_apply() {
    let service = quotas::<Api>().layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    for (tier, state) in [
        (Tier::Free, (200, r#""by_tier/hour";r=0;t=3600"#)),
        (Tier::Free, (429, r#""by_tier/hour";r=0;t=3600"#)),
        (Tier::Plus, (200, r#""by_tier/hour";r=0;t=3600"#)),
        (Tier::Plus, (429, r#""by_tier/hour";r=0;t=3600"#)),
        (Tier::Pro, (200, "")),
    ] {
        let mut request = request("GET", "/by-tier");
        request.extensions_mut().insert(customer(tier));
        let answer = call(&service, request).await;
        // Unlimited endpoints still show the catalogue's quota, but this one costs nothing.
        assert_eq!(answer.state(), state, "{tier:?} {answer:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_refused_for_its_tier_takes_nothing() {
    let service = quotas::<Api>().layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    for _ in 0..3 {
        let mut refused = request("GET", "/export");
        refused.extensions_mut().insert(customer(Tier::Free));
        let answer = call(&service, refused).await;
        assert_eq!(
            (answer.state(), answer.code()),
            ((403, ""), "tier_too_low".into())
        );
    }
    let answer = call(&service, request("GET", "/export")).await;
    assert!(
        answer.header("ratelimit").ends_with(&format!("r=7;{HOUR}")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_custom_response_gets_the_headers() {
    let layer = EnforceLayer::<Api>::new().on_refusal(|refused, request| {
        let text = format!("{} {}", request.uri.path(), refused.code());
        Response::builder()
            .status(402)
            .body(text)
            .expect("a response")
    });
    let service = quotas::<Api>()
        .legacy_headers()
        .layer(layer.layer(service_fn(reached)));
    for (status, body, remaining) in [
        (200, "reached", "1"),
        (200, "reached", "0"),
        (402, "/export quota_exceeded", "0"),
    ] {
        let answer = call(&service, request("GET", "/export")).await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (status, body.as_bytes())
        );
        assert_eq!(answer.header("x-ratelimit-remaining"), remaining);
        assert!(
            answer
                .header("ratelimit")
                .contains(&format!("r={remaining};"))
        );
    }
}

#[tokio::test]
async fn a_missing_layer_refuses_limited_calls() {
    let with_quota = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let without_quota = EnforceLayer::<WithoutQuota>::new().layer(service_fn(reached));
    for path in ["/export", "/search"] {
        let answer = call(&with_quota, request("GET", path)).await;
        assert_eq!(
            (answer.state(), answer.code()),
            ((500, ""), "missing_quota_layer".into())
        );
    }
    let answer = call(&without_quota, request("GET", "/export")).await;
    assert_eq!(
        (answer.state(), answer.code()),
        ((500, ""), "missing_quota_layer".into())
    );
    assert_eq!(
        call(&without_quota, request("GET", "/search")).await.status,
        200
    );
    assert_eq!(
        call(&with_quota, request("GET", "/health")).await.status,
        200
    );
    // The tier decides first.
    let mut refused = request("GET", "/export");
    refused.extensions_mut().insert(customer(Tier::Free));
    assert_eq!(call(&with_quota, refused).await.status, 403);
    // A layer inside of the `EnforceLayer` is too late.
    let inside = EnforceLayer::<Api>::new().layer(quotas::<Api>().layer(service_fn(reached)));
    assert_eq!(
        call(&inside, request("GET", "/export")).await.code(),
        "missing_quota_layer"
    );
}

#[tokio::test]
async fn quotas_of_another_catalogue_refuse_calls_that_they_should_limit() {
    let enforce = EnforceLayer::<WithoutQuota>::new().layer(service_fn(reached));
    let service = quotas::<Other>().layer(enforce);
    let answer = call(&service, request("GET", "/export")).await;
    assert_eq!(
        (answer.state(), answer.code()),
        ((500, ""), "missing_quota_layer".into())
    );
    assert_eq!(call(&service, request("GET", "/search")).await.status, 200);

    let enforce = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let service = quotas::<Other>().layer(enforce);
    let answer = call(&service, request("GET", "/search")).await;
    assert_eq!(
        (answer.state(), answer.code()),
        ((500, ""), "missing_quota_layer".into())
    );
    assert_eq!(call(&service, request("GET", "/health")).await.status, 200);
}

#[tokio::test]
async fn an_override_changes_the_limit_of_one_customer() {
    let overrides = Overrides::of::<Api>();
    let raised = Override::limit("customer-7", "export", "3/hour");
    let raised = raised.until(SystemTime::now() + Duration::from_hours(1));
    overrides.replace(1, [raised]).expect("valid overrides");
    let service = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let service = overrides.layer(quotas::<Api>().layer(service));
    for remaining in [2, 1, 0] {
        let answer = call(&service, request("GET", "/export")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer
                .header("ratelimit")
                .contains(&format!("\"export/hour\";r={remaining};"))
        );
    }
    assert_eq!(call(&service, request("GET", "/export")).await.status, 429);
}

#[tokio::test]
async fn windows_end() {
    let second = Arc::new(AtomicU64::new(1));
    let clock = second.clone();
    let now = move || Duration::from_secs(clock.load(Ordering::SeqCst));
    let quotas = Quotas::local::<Api>().with_clock(now);
    let service = quotas.layer(EnforceLayer::<Api>::new().layer(service_fn(reached)));
    for statuses in [[200, 200, 429], [200, 200, 429]] {
        for status in statuses {
            let answer = call(&service, request("GET", "/export")).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
        second.fetch_add(3600, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_refused_call_occupies_no_slot() {
    let service = EnforceLayer::<Api>::new().layer(ConcurrencyLimit::new(service_fn(reached), 1));
    let mut service = quotas::<Api>().layer(service);
    for status in [200, 200, 429, 429, 429] {
        let ready = tokio::time::timeout(Duration::from_secs(10), service.ready()).await;
        let called = ready
            .expect("a free slot")
            .expect("a service")
            .call(request("GET", "/export"));
        assert_eq!(called.await.expect("a response").status(), status);
    }
}
