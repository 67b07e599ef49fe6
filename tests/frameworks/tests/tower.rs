//! The tower layer in front of a service that doesn't know about tiers.

mod tonic;
mod tower_bypass;
mod tower_cors;
#[cfg(feature = "source")]
mod tower_overrides;
mod tower_paths;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::routing::{get, post, put};
use std::convert::Infallible;
use std::net::TcpListener;
use tiergate::Catalogue;
use tiergate::tower::EnforceLayer;
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::client::send;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, caller_with, plan_caller,
};
use tower::{Layer, ServiceExt, service_fn};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

mod common {
    tiergate_tests_conformance::common_tests!(tiergate_tests_conformance::cases);
}

mod endpoints {
    use super::{Plan, Tier};

    tiergate::endpoint! {
        pub(super) free(Free, get = "/free");
        pub(super) plus(Plus, get = "/plus");
        pub(super) pro(Pro, get = "/pro");
        pub(super) calls(Plus, post = "/calls");
        pub(super) unit(Free, get = "/units/{id}");
        pub(super) active_units(Plus, get = "/units/active");
        pub(super) note(Plus, get = "/units/{id}/notes/{note}");
        pub(super) file(Free, get = "/files/{*rest}");
        pub(super) by_put(Plus, put = "/methods");
        pub(super) by_patch(Plus, patch = "/methods");
        pub(super) by_delete(Plus, delete = "/methods");
        pub(super) by_options(Plus, options = "/methods");
        pub(super) by_head(Plus, head = "/methods");
        pub(super) broken(Free, get = "/broken");
        pub(super) panic(Free, get = "/panic");
        pub(super) panic_open(public = "it is compared with the gated one", get = "/panic-open");
        pub(super) caller(public = "it shows the caller", get = "/caller");
        pub(super) free_caller(Free, get = "/free-caller");
        pub(super) health(public = "health checks have no account", get = "/health");
        pub(super) gold(Plan::Gold, get = "/gold");
    }
}

async fn free() -> &'static str {
    "free"
}

async fn plus() -> &'static str {
    "plus"
}

async fn pro() -> &'static str {
    "pro"
}

async fn calls(headers: HeaderMap, body: Bytes) -> String {
    conformance::new_call(text(&headers, "x-key"), &body)
}

async fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id}")
}

async fn active_units() -> &'static str {
    "active"
}

async fn note(Path((id, note)): Path<(u32, u32)>) -> String {
    format!("unit {id} note {note}")
}

async fn file(Path(rest): Path<String>) -> String {
    rest
}

async fn by_put() -> &'static str {
    "put"
}

async fn by_patch() -> &'static str {
    "patch"
}

async fn by_delete() -> &'static str {
    "delete"
}

async fn by_options() -> &'static str {
    "options"
}

async fn by_head() {}

async fn broken() -> (StatusCode, &'static str) {
    (StatusCode::IM_A_TEAPOT, r#"{"own":true}"#)
}

async fn panic() -> &'static str {
    panic!("as the test wants it")
}

async fn panic_open() -> &'static str {
    panic!("as the test wants it")
}

async fn caller(caller: tiergate::Caller<Tier>) -> String {
    conformance::describe(&caller)
}

async fn health() -> &'static str {
    "ok"
}

async fn gold() -> &'static str {
    "gold"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(endpoints::free, endpoints::plus, endpoints::pro, endpoints::calls, endpoints::unit, endpoints::active_units, endpoints::note, endpoints::file, endpoints::by_put, endpoints::by_patch, endpoints::by_delete, endpoints::by_options, endpoints::by_head, endpoints::broken, endpoints::panic, endpoints::panic_open, endpoints::caller, endpoints::free_caller, endpoints::health))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(endpoints::gold))]
struct PlanApi;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn authenticate(mut request: Request, next: Next) -> axum::response::Response {
    let caller = caller_with(text(request.headers(), TIER));
    let plan = plan_caller(text(request.headers(), PLAN));
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(plan);
    next.run(request).await
}

/// Only the layer in front enforces the catalogue. The service itself lets every caller do everything.
#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let (mut enforce, mut enforce_plan) =
        (EnforceLayer::<Api>::new(), EnforceLayer::<PlanApi>::new());
    if form == Form::Replaced {
        let respond = |refused: &tiergate::tower::EnforceRefusal,
                       _: &axum::http::request::Parts| {
            Response::builder()
                .status(REPLACED.0)
                .header(REPLACED.1, REPLACED.2)
                .body(refused.code().to_owned())
                .unwrap()
        };
        enforce = enforce.on_refusal(respond);
        enforce_plan = enforce_plan.on_refusal(respond);
    }
    let methods = put(by_put)
        .patch(by_patch)
        .delete(by_delete)
        .options(by_options)
        .head(by_head);
    let router: Router = Router::new()
        .route("/free", get(free))
        .route("/plus", get(plus))
        .route("/plus/x", get(plus))
        .route("/pro", get(pro))
        .route("/calls", post(calls))
        .route("/units/{id}", get(unit))
        .route("/units/active", get(active_units))
        .route("/units/{id}/notes/{note}", get(note))
        .route("/files/{*rest}", get(file))
        .route("/methods", methods)
        .route("/broken", get(broken))
        .route("/panic", get(panic))
        .route("/panic-open", get(panic_open))
        .route("/health", get(health))
        .route("/caller", get(caller))
        .route("/free-caller", get(caller))
        .layer(enforce);
    let router = router.merge(Router::new().route("/gold", get(gold)).layer(enforce_plan));
    let router = match form {
        Form::Bare => router,
        Form::Layered | Form::Replaced | Form::Program => router.layer(from_fn(authenticate)),
    };
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    axum::serve(listener, router).await.unwrap();
}

#[tokio::test]
async fn an_unlisted_route_is_refused_even_to_the_highest_tier() {
    let answer = send(
        PROGRAM.at(Form::Layered),
        "GET",
        "/plus/x",
        &[(TIER, "pro")],
    )
    .await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.body,
        r#"{"title":"The route is not listed","status":403,"detail":"no endpoint has this method and path","instance":"/plus/x","code":"unlisted_route"}"#
    );
}

#[tokio::test]
async fn an_ambiguous_path_is_refused() {
    let to = PROGRAM.at(Form::Layered);
    for (path, status) in [
        ("/files/../pro", 400),
        ("/files/%2e%2e/pro", 400),
        ("/files/..%2fpro", 400),
        ("/files/.%2E\\pro", 400),
        ("/units/active%2f", 400),
        ("/units/%61ctive", 403),
        ("/%70ro", 403),
        ("//pro", 400),
        ("/units/7/", 400),
        ("/files/a//c", 400),
    ] {
        let answer = send(to, "GET", path, &[(TIER, "free")]).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let answer = send(to, "GET", "/files/../pro", &[(TIER, "pro")]).await;
    assert_eq!(
        answer.body,
        r#"{"title":"The path is ambiguous","status":400,"detail":"the path is not in canonical form; remove empty segments, dot segments, the slash at the end and special characters","instance":"/files/../pro","code":"ambiguous_path"}"#
    );
    let answer = send(to, "GET", "/files/a%20b/c", &[(TIER, "free")]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_grpc_request_gets_a_grpc_status() {
    let to = PROGRAM.at(Form::Layered);
    let grpc = ("content-type", "application/grpc+proto");
    for (caller, status) in [("free", "7"), ("nobody", "16")] {
        let answer = send(to, "POST", "/calls", &[(TIER, caller), grpc]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/grpc");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["grpc-status"], status);
        assert!(answer.headers["grpc-message"].contains("`calls` (POST /calls)"));
        assert_eq!(answer.body, "");
    }
    // gRPC calls are never `GET` requests. The status must show the failure, because caches may store
    // responses to `GET`.
    let answer = send(to, "GET", "/plus", &[(TIER, "free"), grpc]).await;
    assert_eq!(answer.status, 403);
    let answer = send(to, "POST", "/in-no-list", &[(TIER, "pro"), grpc]).await;
    assert_eq!(answer.headers["grpc-status"], "7");
    let answer = send(PROGRAM.at(Form::Bare), "POST", "/calls", &[grpc]).await;
    assert_eq!(answer.headers["grpc-status"], "13");
}

#[tokio::test]
async fn a_grpc_web_request_gets_a_trailers_frame() {
    use base64::Engine;

    let to = PROGRAM.at(Form::Layered);
    let decode = |body: &str| base64::engine::general_purpose::STANDARD.decode(body);
    for content_type in [
        "application/grpc-web-text",
        "application/grpc-web-text+proto",
    ] {
        let headers = [("content-type", content_type), (TIER, "free")];
        let answer = send(to, "POST", "/calls", &headers).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.headers["content-type"],
            "application/grpc-web-text+proto"
        );
        assert!(!answer.headers.contains_key("grpc-status"));
        let frame = decode(&answer.body).unwrap();
        let (head, trailers) = frame.split_at(5);
        assert_eq!(head[0], 0x80);
        let length = u32::from_be_bytes(head[1..].try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap(), trailers.len());
        let trailers = str::from_utf8(trailers).unwrap();
        assert!(
            trailers.starts_with("grpc-status: 7\r\ngrpc-message: `calls` (POST /calls) requires"),
            "{trailers}"
        );
        assert!(trailers.ends_with("\r\n"));
    }
}

#[tokio::test]
async fn a_binary_grpc_web_request_gets_a_binary_frame() {
    let service = EnforceLayer::<Api>::new().layer(service_fn(|_: Request| async {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let request = Request::post("/calls")
        .header("content-type", "application/grpc-web+proto")
        .body(Body::empty())
        .unwrap();
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "application/grpc-web+proto"
    );
    let body = to_bytes(Body::new(answer.into_body()), 9_999)
        .await
        .unwrap();
    let length = u32::try_from(body.len() - 5).unwrap().to_be_bytes();
    assert_eq!(
        body[..5],
        [0x80, length[0], length[1], length[2], length[3]]
    );
    assert!(body[5..].starts_with(b"grpc-status: 13\r\ngrpc-message: "));
}
