//! actix-web's program for the conformance suite. `configure` mounts most handlers, and route macros
//! mount some.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::web::{Bytes, Path};
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, HttpServer, get, web};
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
async fn calls(request: HttpRequest, body: Bytes) -> String {
    conformance::new_call(text(request.headers(), "x-key"), &body)
}

#[requires_tier(Free, get = "/units/{id}")]
async fn unit(id: Path<u32>) -> String {
    format!("unit {id}")
}

#[requires_tier(Plus, get = "/units/active")]
async fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Plus)]
#[get(r"/units/{id:\d+}/notes/{note}")]
async fn note(path: Path<(u32, u32)>) -> String {
    let (id, note) = path.into_inner();
    format!("unit {id} note {note}")
}

#[requires_tier(Free, get = "/files/{*rest}")]
async fn file(rest: Path<String>) -> String {
    rest.into_inner()
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
async fn by_head() -> HttpResponse {
    HttpResponse::Ok().finish()
}

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
async fn broken() -> (&'static str, StatusCode) {
    (r#"{"own":true}"#, StatusCode::IM_A_TEAPOT)
}

#[requires_tier(Free)]
#[get("/panic")]
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
        free, plus, pro, calls, unit, active_units, file, by_put, by_patch, by_delete,
        by_options, by_head, tier, ask, broken, panic_open, health, show_caller, show_free_caller,
    )
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers(gold))]
struct PlanApi;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let caller = caller_with(text(request.headers(), TIER));
    let plan = plan_caller(text(request.headers(), PLAN));
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(plan);
    next.call(request).await
}

fn replaced(refusal: &Refusal) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(REPLACED.0).unwrap())
        .insert_header((REPLACED.1, REPLACED.2))
        .body(refusal.code())
}

#[actix_web::main]
async fn serve(listener: TcpListener, form: Form) {
    if form == Form::Program {
        tiergate::actix_web::set_on_refusal(|refusal, _| replaced(refusal)).unwrap();
    }
    HttpServer::new(move || {
        let on_refusal = tiergate::actix_web::on_refusal(|refusal, _| replaced(refusal));
        App::new()
            .wrap(Condition::new(form != Form::Bare, from_fn(authenticate)))
            .wrap(Condition::new(form == Form::Replaced, on_refusal))
            .service(note)
            .service(panic)
            .configure(Api::configure)
            .service(web::scope("").configure(PlanApi::configure))
    })
    .workers(2)
    .listen(listener)
    .unwrap()
    .run()
    .await
    .unwrap();
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

#[test]
fn the_registry_has_the_routes_of_route_macros() {
    for (path, name) in [("/units/7/notes/1", "note"), ("/panic", "panic")] {
        assert_eq!(Everything::find("GET", path).unwrap().name(), name);
    }
}
