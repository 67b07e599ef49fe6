//! Requests to gated handlers: the four kinds of refusal, and how an application changes the responses.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, MatchedPath, Path, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, Request, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tiergate::{Caller, Catalogue, Denied, Endpoint, Guard, Problem, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Free = 0,
    Plus = 3,
    Pro = 4,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

#[requires_tier(Plus, post = "/calls")]
async fn new_call(State(calls): State<Calls>, body: Bytes) -> String {
    calls.0.fetch_add(1, Ordering::SeqCst);
    format!("{} bytes", body.len())
}

#[requires_tier(Free, get = "/units/{id}")]
async fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id}")
}

#[requires_tier(Free, get = "/units/active")]
async fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Free, get = "/files/{*rest}")]
async fn file(Path(rest): Path<String>) -> String {
    rest
}

#[requires_tier(Free, get = "/export", guard = pass)]
async fn export() -> Result<String, Denied> {
    pass.require(Tier::Pro)?;
    Ok(pass.tier().name().to_owned())
}

#[requires_tier(public = "health checks have no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[requires_tier(Plan::Gold, get = "/gold")]
async fn gold() -> &'static str {
    "gold"
}

#[requires_tier(Plus, put = "/methods")]
async fn by_put() -> &'static str {
    "put"
}

#[requires_tier(Plus, patch = "/methods")]
async fn by_patch() -> &'static str {
    "patch"
}

#[requires_tier(Plus, delete = "/methods")]
async fn by_delete() -> &'static str {
    "delete"
}

#[requires_tier(Plus, head = "/methods")]
async fn by_head() {}

#[requires_tier(Plus, options = "/methods")]
async fn by_options() -> &'static str {
    "options"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Calls, handlers(by_put, by_patch, by_delete, by_head, by_options))]
struct Methods;

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Calls,
    handlers(new_call, unit, active_units, file, export, health),
    include(Methods)
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(gold))]
struct PlanApi;

fn app(caller: Caller<Tier>) -> Router {
    Api::router()
        .layer(Extension(caller))
        .with_state(Calls::default())
}

async fn send(app: Router, method: Method, path: &str) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    app.oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn problem(response: Response) -> Value {
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn every_sufficient_tier_is_allowed() {
    for &tier in Tier::ALL {
        let response = send(app(tier.into()), Method::POST, "/calls").await;
        let expected = if tier.allows(Tier::Plus) { 200 } else { 403 };
        assert_eq!(response.status(), expected, "{tier:?}");
    }
}

#[tokio::test]
async fn a_tier_that_is_too_low_gets_a_problem_document() {
    let response = send(app(Tier::Free.into()), Method::POST, "/calls?a=b").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        problem(response).await,
        json!({
            "title": "A higher subscription tier is required",
            "status": 403,
            "detail": "`new_call` (POST /calls) requires the tier Plus; the caller has Free",
            "instance": "/calls",
            "code": "tier_too_low",
            "endpoint": "new_call",
            "required_tier": "Plus",
            "actual_tier": "Free",
        })
    );
}

#[tokio::test]
async fn an_unknown_caller_gets_401() {
    let response = send(app(Caller::unknown()), Method::POST, "/calls").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    let problem = problem(response).await;
    assert_eq!(problem["code"], "unknown_caller");
    assert_eq!(problem.get("required_tier"), None);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_missing_layer_refuses_the_call_and_logs_an_error() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let calls = Calls::default();
    let app = Api::router().with_state(calls.clone());
    let response = send(app, Method::POST, "/calls").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem(response).await["code"], "missing_layer");
    assert_eq!(calls.0.load(Ordering::SeqCst), 0);

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("ERROR") && logged.contains("`new_call` (POST /calls)"));
    assert!(logged.contains("tiergate::Caller"), "{logged}");
}

#[tokio::test]
async fn a_caller_of_another_tier_enum_is_refused() {
    let app = Api::router()
        .layer(Extension(Caller::new(Plan::Gold)))
        .with_state(Calls::default());
    let response = send(app, Method::POST, "/calls").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn two_tier_enums_work_in_one_program() {
    let app = Api::router()
        .with_state(Calls::default())
        .merge(PlanApi::router())
        .layer(Extension(Caller::new(Tier::Pro)))
        .layer(Extension(Caller::new(Plan::Basic)));
    assert_eq!(
        send(app.clone(), Method::POST, "/calls").await.status(),
        200
    );
    assert_eq!(send(app, Method::GET, "/gold").await.status(), 403);
}

#[tokio::test]
async fn a_refused_body_is_never_read() {
    let endless = Body::from_stream(futures_like::Pending);
    let request = Request::post("/calls").body(endless).unwrap();
    let answer = app(Tier::Free.into()).oneshot(request);
    let response = tokio::time::timeout(Duration::from_secs(5), answer)
        .await
        .expect("the refusal does not wait for the body")
        .unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

/// A body that never yields a byte and never ends.
mod futures_like {
    use axum::body::Bytes;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    pub(crate) struct Pending;

    impl futures_core::Stream for Pending {
        type Item = Result<Bytes, Infallible>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }
}

#[tokio::test]
async fn a_public_endpoint_needs_no_layer() {
    let app = Api::router().with_state(Calls::default());
    let response = send(app, Method::GET, "/health").await;
    assert_eq!(response.status(), 200);
    assert_eq!(text(response).await, "ok");
}

#[tokio::test]
async fn every_method_is_mounted() {
    for method in ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
        let method: Method = method.parse().unwrap();
        for (tier, expected) in [(Tier::Plus, 200), (Tier::Free, 403)] {
            let response = send(app(tier.into()), method.clone(), "/methods").await;
            assert_eq!(response.status(), expected, "{method}");
        }
    }
    let response = send(app(Tier::Pro.into()), Method::GET, "/methods").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn head_is_gated_like_get() {
    for (tier, expected) in [(Caller::new(Tier::Free), 200), (Caller::unknown(), 401)] {
        let response = send(app(tier), Method::HEAD, "/units/7").await;
        assert_eq!(response.status(), expected);
    }
}

#[tokio::test]
async fn a_handler_may_require_a_higher_tier() {
    let response = send(app(Tier::Pro.into()), Method::GET, "/export").await;
    assert_eq!(text(response).await, "Pro");
    let response = send(app(Tier::Plus.into()), Method::GET, "/export").await;
    assert_eq!(response.status(), 403);
    assert_eq!(problem(response).await["required_tier"], "Pro");
}

#[tokio::test]
async fn a_router_can_replace_refusals() {
    let app = app(Tier::Free.into()).layer(tiergate::axum::on_refusal(|refusal, request| {
        let place = request.uri.path().to_owned();
        let headers = [(LOCATION, format!("/plans?from={place}"))];
        (StatusCode::SEE_OTHER, headers, refusal.code()).into_response()
    }));
    let response = send(app, Method::POST, "/calls").await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()[LOCATION], "/plans?from=/calls");
    assert_eq!(text(response).await, "tier_too_low");
}

#[tokio::test]
async fn a_router_can_replace_the_refusals_of_handlers() {
    let with = |text: &'static str| {
        tiergate::axum::on_refusal(move |refusal, request| {
            (
                StatusCode::GONE,
                format!("{text} {} {refusal}", request.uri),
            )
                .into_response()
        })
    };
    let nested = Router::new().nest("/v1", app(Tier::Plus.into()).layer(with("inner")));
    let response = send(nested.layer(with("outer")), Method::GET, "/v1/export").await;
    assert_eq!(response.status(), 410);
    assert_eq!(
        text(response).await,
        "inner /v1/export `export` (GET /export) requires the tier Pro; the caller has Plus"
    );
}

#[tokio::test]
async fn the_document_contains_the_requested_path() {
    let nested = Router::new().nest("/v1", app(Tier::Free.into()));
    let response = send(nested, Method::POST, "/v1/calls?now").await;
    assert_eq!(problem(response).await["instance"], "/v1/calls");
}

#[tokio::test]
async fn the_document_can_contain_an_upgrade_link() {
    let with_link = |caller| {
        app(caller).layer(tiergate::axum::on_refusal(|refusal, _| {
            Problem::new(refusal)
                .upgrade_url("https://example.com/plans")
                .into_response()
        }))
    };
    let response = send(with_link(Tier::Free.into()), Method::POST, "/calls").await;
    assert_eq!(
        problem(response).await["upgrade_url"],
        "https://example.com/plans"
    );
    let response = send(with_link(Caller::unknown()), Method::POST, "/calls").await;
    assert_eq!(problem(response).await.get("upgrade_url"), None);
}

#[tokio::test]
async fn find_agrees_with_axum() {
    async fn matched(path: MatchedPath) -> String {
        path.as_str().to_owned()
    }
    // A router with the same templates, whose handlers return the template that was chosen.
    let router: Router = Api::endpoints()
        .iter()
        .filter(|endpoint| endpoint.method() == Some("GET"))
        .filter_map(Endpoint::path)
        .fold(Router::new(), |router, path| {
            router.route(path, get(matched))
        });
    for path in [
        "/units/7",
        "/units/active",
        "/units/active/",
        "/units/",
        "/units",
        "/units/%2F",
        "/files/a",
        "/files/a/b",
        "/files/",
        "/files",
        "/files//",
        "/export",
        "/",
        "/health/x",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let response = send(router.clone(), method.clone(), path).await;
            let found = Api::find(method.as_str(), path).and_then(Endpoint::path);
            if response.status() == 404 {
                assert_eq!(found, None, "{method} {path}");
            } else if method == Method::GET {
                assert_eq!(found, Some(text(response).await.as_str()), "{path}");
            } else {
                assert!(found.is_some(), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn concurrent_callers_get_their_own_answers() {
    async fn tier_from_header(
        headers: HeaderMap,
        mut request: axum::extract::Request,
        next: axum::middleware::Next,
    ) -> Response {
        let tier = headers["tier"]
            .to_str()
            .ok()
            .and_then(|name| name.parse().ok());
        let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
        request.extensions_mut().insert(caller);
        next.run(request).await
    }
    let app = Api::router()
        .layer(axum::middleware::from_fn(tier_from_header))
        .with_state(Calls::default());
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..1000 {
        let app = app.clone();
        tasks.spawn(async move {
            let (tier, expected) =
                [("free", 403), ("plus", 200), ("pro", 200), ("none", 401)][index % 4];
            let request = Request::post("/calls").header("tier", tier);
            let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.unwrap().status(), expected, "{tier}");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_test_can_call_a_handler_with_a_guard() {
    let guard = Guard::check(Tier::Plus).unwrap();
    let calls = Calls::default();
    let answer = new_call(guard, State(calls), Bytes::from_static(b"abc")).await;
    assert_eq!(answer, "3 bytes");
    assert_eq!(health().await, "ok");
}

#[tokio::test]
async fn errors_of_handlers_are_unchanged() {
    #[requires_tier(Free, get = "/broken")]
    async fn broken() -> (StatusCode, Json<Value>) {
        (StatusCode::IM_A_TEAPOT, Json(json!({ "own": true })))
    }
    let app: Router = Router::new()
        .route("/broken", get(broken))
        .layer(Extension(Caller::new(Tier::Free)));
    let response = send(app, Method::GET, "/broken").await;
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(text(response).await, r#"{"own":true}"#);
}

#[tokio::test]
async fn a_large_unread_body_closes_only_http_1_connections() {
    for (version, length, closes) in [
        (Version::HTTP_11, "1000000", true),
        (Version::HTTP_10, "1000000", true),
        (Version::HTTP_11, "0", false),
        (Version::HTTP_11, "130", false),
        (Version::HTTP_2, "1000000", false),
        (Version::HTTP_3, "1000000", false),
    ] {
        let request = Request::post("/calls").version(version);
        let request = request.header(CONTENT_LENGTH, length);
        let request = request.body(Body::from("1")).unwrap();
        let response = app(Tier::Free.into()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 403);
        let connection = response.headers().get(CONNECTION);
        assert_eq!(
            connection.is_some_and(|value| value == "close"),
            closes,
            "{version:?}"
        );
        assert_eq!(connection.is_some(), closes);
    }
}
