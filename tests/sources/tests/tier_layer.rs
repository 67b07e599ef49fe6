//! `TierLayer` in front of axum: when it queries the source, and its responses.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tiergate::source::{ApiKey, Credential, SourceError, TierSource};
use tiergate::{Caller, Catalogue, Guard, TierLayer, requires_tier};
use tiergate_tests_sources::Tier;
use tower::ServiceExt;

#[requires_tier(Plus, get = "/export")]
async fn export(caller: Caller<Tier>) -> String {
    caller.id().unwrap_or_default().to_owned()
}

#[requires_tier(Free, get = "/units")]
async fn units() -> &'static str {
    "units"
}

#[requires_tier(public = "prices are for everybody", get = "/prices")]
async fn prices() -> &'static str {
    "prices"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export, units, prices))]
struct Api;

/// A source that counts its lookups.
#[derive(Clone, Default)]
struct Source(Arc<AtomicUsize>);

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        // A real store would wait for the network.
        tokio::task::yield_now().await;
        match key.expose() {
            "plus" => Ok(Caller::new(Tier::Plus).with_id("customer-7")),
            "free" => Ok(Caller::new(Tier::Free)),
            "ended" => Ok(Caller::without_subscription()),
            "down" => Err(SourceError::unavailable("connection refused")),
            "gold" => Err(SourceError::from("Gold".parse::<Tier>().unwrap_err())),
            _ => Err(SourceError::UnknownCaller),
        }
    }
}

struct Answer {
    status: u16,
    retry_after: Option<String>,
    text: String,
}

impl Answer {
    fn code(&self) -> String {
        let document: Value = serde_json::from_str(&self.text).expect("a problem document");
        document["code"].as_str().expect("a code").to_owned()
    }
}

async fn get(app: &Router, path: &str, key: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = app.clone().oneshot(request).await.expect("an answer");
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.map(|value| value.to_str().expect("text").to_owned());
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    Answer {
        status,
        retry_after,
        text: String::from_utf8(body.to_vec()).expect("text"),
    }
}

#[tokio::test]
async fn each_result_of_a_source_has_its_response() {
    let app = Api::router().layer(TierLayer::new(Source::default()));
    let ok = get(&app, "/export", Some("plus")).await;
    assert_eq!((ok.status, ok.text.as_str()), (200, "customer-7"));
    for (key, status, code, retry_after) in [
        (Some("free"), 403, "tier_too_low", None),
        (Some("ended"), 403, "no_subscription", None),
        (Some("nobody"), 401, "unknown_caller", None),
        (None, 401, "unknown_caller", None),
        (Some("down"), 503, "tier_source_unavailable", Some("5")),
        (Some("gold"), 500, "tier_unreadable", None),
    ] {
        let answer = get(&app, "/export", key).await;
        assert_eq!(answer.status, status, "{key:?}");
        assert_eq!(answer.code(), code, "{key:?}");
        assert_eq!(answer.retry_after.as_deref(), retry_after, "{key:?}");
        assert!(
            !answer.text.contains("connection refused"),
            "{}",
            answer.text
        );
    }
    let ended = get(&app, "/export", Some("ended")).await;
    let document: Value = serde_json::from_str(&ended.text).expect("JSON");
    assert_eq!(document["required_tier"], "Plus");
    assert_eq!(document.get("actual_tier"), None);
    // Without a subscription, even the lowest tier is refused, because that tier may be sold.
    assert_eq!(get(&app, "/units", Some("ended")).await.status, 403);
}

#[tokio::test]
async fn the_layer_sets_the_tier_of_callers_without_a_key_or_subscription() {
    let layer = TierLayer::new(Source::default())
        .anonymous(Tier::Free)
        .without_subscription(Tier::Free)
        .retry_after(Duration::from_millis(1500));
    let app = Api::router().layer(layer);
    for (key, status) in [(None, 401), (Some("ended"), 403)] {
        assert_eq!(get(&app, "/units", key).await.status, 200, "{key:?}");
        let answer = get(&app, "/export", key).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, "tier_too_low"),
            "{key:?}"
        );
    }
    // A wrong key doesn't count as a missing key.
    for key in ["nobody", "", " "] {
        assert_eq!(get(&app, "/units", Some(key)).await.status, 401, "{key:?}");
    }
    let down = get(&app, "/units", Some("down")).await;
    assert_eq!((down.status, down.retry_after.as_deref()), (503, Some("2")));
}

#[requires_tier(Free, get = "/twice")]
async fn twice(_: Again) -> &'static str {
    "twice"
}

/// Checks the same request for a second handler.
struct Again;

impl axum::extract::FromRequestParts<()> for Again {
    type Rejection = axum::response::Response;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &(),
    ) -> Result<Self, Self::Rejection> {
        fn guard_of<E: tiergate::Gated, A, F>(
            _: fn(Guard<E>) -> F,
            guard: Result<Guard<E>, A>,
        ) -> Result<Guard<E>, A> {
            guard
        }
        let guard = Guard::from_request_parts(parts, state).await;
        guard_of(units, guard).map(|_| Self)
    }
}

#[tokio::test]
async fn only_gated_handlers_query_the_source_and_only_once() {
    #[derive(Catalogue)]
    #[catalogue(tier = Tier, state = (), handlers(twice))]
    struct Twice;

    let source = Source::default();
    let app = Api::router()
        .merge(Twice::router())
        .layer(TierLayer::new(source.clone()));
    let asked = || source.0.swap(0, Ordering::SeqCst);
    assert_eq!(get(&app, "/prices", Some("plus")).await.status, 200);
    assert_eq!(get(&app, "/nowhere", Some("plus")).await.status, 404);
    assert_eq!(asked(), 0);
    assert_eq!(get(&app, "/export", None).await.status, 401);
    assert_eq!(asked(), 0);
    assert_eq!(get(&app, "/export", Some("plus")).await.status, 200);
    assert_eq!(asked(), 1);
    assert_eq!(get(&app, "/twice", Some("plus")).await.status, 200);
    assert_eq!(asked(), 1);
}

#[tokio::test]
async fn an_existing_subscriber_overrides_the_source() {
    let source = Source::default();
    let app = Api::router()
        .layer(Extension(Caller::new(Tier::Pro)))
        .layer(TierLayer::new(source.clone()));
    assert_eq!(get(&app, "/export", Some("nobody")).await.status, 200);
    assert_eq!(source.0.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_innermost_layer_applies() {
    let source = Source::default();
    let app = Api::router()
        .layer(TierLayer::new(source.clone()))
        .layer(Extension(Caller::new(Tier::Pro)));
    assert_eq!(get(&app, "/export", Some("nobody")).await.status, 401);
    assert_eq!(get(&app, "/export", None).await.status, 401);
    assert_eq!(get(&app, "/export", Some("plus")).await.status, 200);
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_key_function_sees_the_original_uri() {
    let layer = || {
        TierLayer::new(Source::default()).credential(Credential::function(|request| {
            let path = request.uri.path().to_owned();
            async move { Ok((path == "/v1/export").then(|| ApiKey::new("plus"))) }
        }))
    };
    for app in [
        Router::new().nest("/v1", Api::router().layer(layer())),
        Router::new().nest("/v1", Api::router()).layer(layer()),
    ] {
        assert_eq!(get(&app, "/v1/export", None).await.status, 200);
        assert_eq!(get(&app, "/v1/units", None).await.status, 401);
    }
}

#[test]
fn debug_needs_no_traits_of_the_tier_enum() {
    #[derive(Clone, Copy, tiergate::Tier)]
    enum Plain {
        Free,
    }
    let layer = TierLayer::new(|_: ApiKey| async { Ok(Some(Plain::Free)) });
    let shown = format!("{:?}", layer.anonymous(Plain::Free));
    assert!(shown.contains("anonymous: Some(\"Free\")"), "{shown}");
}

#[tokio::test]
async fn a_layer_of_another_tier_enum_is_ignored() {
    #[derive(Clone, Copy, Debug, tiergate::Tier)]
    enum Other {
        Top,
    }
    let app = Api::router().layer(TierLayer::new(|_: ApiKey| async { Ok(Some(Other::Top)) }));
    let answer = get(&app, "/export", Some("plus")).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (500, "missing_layer")
    );
}

#[tokio::test]
async fn the_key_is_read_from_the_configured_places() {
    let layer = TierLayer::new(Source::default())
        .credential(Credential::header("x-api-key"))
        .credential(Credential::query("key"))
        .credential(Credential::cookie("session"))
        .credential(Credential::function(|request| {
            // A real session store would be queried over the network.
            let session = request
                .headers
                .get("x-session")
                .map(|value| value.as_bytes().to_vec());
            async move {
                tokio::task::yield_now().await;
                match session.as_deref() {
                    None => Ok(None),
                    Some(b"1") => Ok(Some(ApiKey::new("plus"))),
                    Some(b"2") => Err(SourceError::unavailable("no sessions")),
                    Some(_) => Err(SourceError::UnknownCaller),
                }
            }
        }));
    let app = Api::router().layer(layer);
    for (path, name, value, status) in [
        ("/export", "x-api-key", "plus", StatusCode::OK),
        ("/export", "cookie", "a=b; session=plus", StatusCode::OK),
        ("/export?key=plus", "x", "y", StatusCode::OK),
        (
            "/export?key=plus",
            "x-api-key",
            "nobody",
            StatusCode::UNAUTHORIZED,
        ),
        ("/export", "x-session", "1", StatusCode::OK),
        ("/export", "x-session", "2", StatusCode::SERVICE_UNAVAILABLE),
        ("/export", "x-session", "3", StatusCode::UNAUTHORIZED),
        // The layer doesn't read other layers' credentials.
        (
            "/export",
            "authorization",
            "Bearer plus",
            StatusCode::UNAUTHORIZED,
        ),
    ] {
        let request = Request::get(path).header(name, value).body(Body::empty());
        let response = app.clone().oneshot(request.expect("a request")).await;
        assert_eq!(
            response.expect("an answer").status(),
            status,
            "{path} {name}: {value}"
        );
    }
}
