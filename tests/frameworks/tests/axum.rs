//! axum's program for the conformance suite.

mod axum_other_routers;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::net::TcpListener;
use tiergate::{Caller, Catalogue, Denied, Refusal, requires_tier};
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, caller_with, plan_caller,
};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

mod common {
    tiergate_tests_conformance::common_tests!(tiergate_tests_conformance::cases);
}

mod guarded {
    tiergate_tests_conformance::guarded_tests!(tiergate_tests_conformance::guarded);
}

#[requires_tier(Free, get = "/free")]
async fn free() -> &'static str {
    "free"
}

#[requires_tier(Plus, get = "/plus")]
async fn plus() -> &'static str {
    "plus"
}

#[requires_tier(Pro, get = "/pro")]
async fn pro() -> &'static str {
    "pro"
}

#[requires_tier(Plus, post = "/calls")]
async fn calls(headers: HeaderMap, body: Bytes) -> String {
    conformance::new_call(text(&headers, "x-key"), &body)
}

#[requires_tier(Free, get = "/units/{id}")]
async fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id}")
}

#[requires_tier(Plus, get = "/units/active")]
async fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Plus, get = "/units/{id}/notes/{note}")]
async fn note(Path((id, note)): Path<(u32, u32)>) -> String {
    format!("unit {id} note {note}")
}

#[requires_tier(Free, get = "/files/{*rest}")]
async fn file(Path(rest): Path<String>) -> String {
    rest
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

#[requires_tier(Plus, options = "/methods")]
async fn by_options() -> &'static str {
    "options"
}

#[requires_tier(Plus, head = "/methods")]
async fn by_head() {}

#[requires_tier(Free, get = "/tier", guard = pass)]
async fn tier() -> &'static str {
    pass.tier().name()
}

#[requires_tier(Free, get = "/ask", guard = pass)]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("asked")
}

#[requires_tier(Free, get = "/broken")]
async fn broken() -> (StatusCode, &'static str) {
    (StatusCode::IM_A_TEAPOT, r#"{"own":true}"#)
}

#[requires_tier(Free, get = "/panic")]
async fn panic() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it is compared with the gated one", get = "/panic-open")]
async fn panic_open() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it shows the caller", get = "/caller")]
async fn show_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(Free, get = "/free-caller")]
async fn show_free_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(public = "health checks have no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[requires_tier(Plan::Gold, get = "/gold")]
async fn gold() -> &'static str {
    "gold"
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        free, plus, pro, calls, unit, active_units, note, file, by_put, by_patch, by_delete,
        by_options, by_head, tier, ask, broken, panic, panic_open, health, show_caller, show_free_caller,
    )
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(gold))]
struct PlanApi;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let caller = caller_with(text(request.headers(), TIER));
    let plan = plan_caller(text(request.headers(), PLAN));
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(plan);
    next.run(request).await
}

fn replaced(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(REPLACED.0).unwrap();
    (status, [(REPLACED.1, REPLACED.2)], refusal.code()).into_response()
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    if form == Form::Program {
        tiergate::axum::set_on_refusal(|refusal, _| replaced(refusal)).unwrap();
    }
    let router: Router = Api::router().merge(PlanApi::router());
    let router = match form {
        Form::Bare => router,
        Form::Layered | Form::Program => router.layer(from_fn(authenticate)),
        Form::Replaced => router
            .layer(from_fn(authenticate))
            .layer(tiergate::axum::on_refusal(|refusal, _| replaced(refusal))),
    };
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    axum::serve(listener, router).await.unwrap();
}

#[tokio::test]
async fn a_refusal_contains_the_whole_path() {
    use axum::body::Body;
    use tower::ServiceExt;

    let plan = axum::Extension(tiergate::Caller::new(Tier::Free));
    let replaced = tiergate::axum::on_refusal(|refusal, request| {
        (
            StatusCode::FORBIDDEN,
            format!("{} {}", refusal.code(), request.uri),
        )
            .into_response()
    });
    let nested: Router = Router::new().nest("/v1", Api::router());
    let replaced = nested.clone().layer(plan).layer(replaced);
    // A refusal by the guard, and one by the handler.
    for path in ["/v1/plus?a=b", "/v1/ask?a=b"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = replaced.clone().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1000)
            .await
            .unwrap();
        assert_eq!(body, format!("tier_too_low {path}"));
    }
    let request = Request::get("/v1/plus").body(Body::empty()).unwrap();
    let answer = nested.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 1000)
        .await
        .unwrap();
    assert!(
        body.windows(21)
            .any(|text| text == br#""instance":"/v1/plus""#)
    );
}

#[cfg(feature = "source")]
#[tokio::test]
async fn a_key_is_read_from_the_whole_path() {
    use axum::body::Body;
    use tiergate::source::{ApiKey, Credential};
    use tower::ServiceExt;

    let by_path = Credential::function(|head| {
        let key = head.uri.path().split('/').nth(1).map(ApiKey::new);
        async { Ok(key) }
    });
    let of_server = |key: ApiKey| {
        let tier = (key.expose() == "server-7").then_some(Tier::Plus);
        async move { Ok(tier) }
    };
    let tiers = tiergate::TierLayer::new(of_server).credential(by_path);
    let app: Router = Router::new().nest("/{server}", Api::router()).layer(tiers);
    for (path, status) in [("/server-7/plus", 200), ("/server-8/plus", 403)] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_leaves_a_large_body_unread_announces_that_the_connection_closes() {
    use conformance::client::{Connection, post_endless, post_flood, post_withheld};

    let too_low = &[(TIER, "free")];
    for form in [Form::Layered, Form::Replaced] {
        let to = PROGRAM.at(form);
        for answer in [
            post_flood(to, "/calls", too_low).await,
            post_withheld(to, "/calls", too_low).await,
            post_endless(to, "/calls", too_low).await,
            post_withheld(to, "/calls", &[]).await,
        ] {
            assert!(answer.status >= 400, "{answer:?}");
            assert_eq!(answer.headers["connection"], "close", "{answer:?}");
            // The client can read the whole body.
            let is_whole = answer.body.ends_with('}') || form == Form::Replaced;
            assert!(is_whole && !answer.body.is_empty(), "{answer:?}");
        }
    }
    // If the request has no body, the connection stays open.
    let mut connection = Connection::open(PROGRAM.at(Form::Layered)).await;
    let empty = &[(TIER, "free"), ("content-length", "0")];
    for (method, headers) in [("POST", &empty[..]), ("POST", too_low), ("POST", too_low)] {
        let answer = connection.send(method, "/calls", headers).await;
        assert_eq!(answer.status, 403);
        assert!(!answer.headers.contains_key("connection"), "{answer:?}");
    }
    // The server reads a small body after the response, so the connection stays open.
    for _ in 0..3 {
        let answer = connection.post("/calls", too_low, "12345").await;
        assert_eq!(answer.status, 403);
        assert!(!answer.headers.contains_key("connection"), "{answer:?}");
    }
    // If the body was read, the connection stays open too.
    let allowed = &[(TIER, "plus")];
    let answer =
        conformance::client::post(PROGRAM.at(Form::Layered), "/calls", allowed, "12345").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "5 bytes"));
    assert!(!answer.headers.contains_key("connection"), "{answer:?}");
}
