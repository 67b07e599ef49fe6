//! axum's program for the conformance suite.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::net::TcpListener;
use tiergate::{Catalogue, Denied, Refusal, requires_tier};
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, plan_subscriber, subscriber,
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
        by_options, by_head, tier, ask, broken, panic, panic_open, health,
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
    let caller = subscriber(text(request.headers(), TIER));
    let plan = plan_subscriber(text(request.headers(), PLAN));
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
