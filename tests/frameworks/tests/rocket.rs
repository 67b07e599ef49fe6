//! rocket's program for the conformance suite. The methods and routes come from rocket's attributes.
// The framework determines the signatures of handlers.
#![allow(clippy::needless_pass_by_value)]

use rocket::data::{Data, ToByteUnit};
use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Response;
use rocket::{delete, get, head, options, patch, post, put, routes};
use std::io::Cursor;
use std::path::PathBuf;
use tiergate::rocket::{on_refusal, problems, set_caller, set_on_refusal};
use tiergate::{Caller, Catalogue, Denied, Refusal, requires_tier};
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, caller_with, plan_caller,
};

static PROGRAM: Program = Program::new(Serve::Bind(serve), true);

mod common {
    tiergate_tests_conformance::common_tests!(tiergate_tests_conformance::cases);
}

mod guarded {
    tiergate_tests_conformance::guarded_tests!(tiergate_tests_conformance::guarded);
}

#[requires_tier(Free)]
#[get("/free")]
fn free() -> &'static str {
    "free"
}

#[requires_tier(Plus)]
#[get("/plus")]
fn plus() -> &'static str {
    "plus"
}

#[requires_tier(Pro)]
#[get("/pro")]
fn pro() -> &'static str {
    "pro"
}

#[requires_tier(Plus)]
#[post("/calls", data = "<body>")]
async fn calls(key: Key, body: Data<'_>) -> String {
    let body = body.open(1.mebibytes()).into_bytes().await.unwrap();
    conformance::new_call(key.0.as_deref(), &body)
}

#[requires_tier(Free)]
#[get("/units/<id>")]
fn unit(id: u32) -> String {
    format!("unit {id}")
}

#[requires_tier(Plus)]
#[get("/units/active")]
fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Plus)]
#[get("/units/<id>/notes/<note>")]
fn note(id: u32, note: u32) -> String {
    format!("unit {id} note {note}")
}

#[requires_tier(Free)]
#[get("/files/<rest..>")]
fn file(rest: PathBuf) -> String {
    rest.display().to_string()
}

#[requires_tier(Plus)]
#[put("/methods")]
fn by_put() -> &'static str {
    "put"
}

#[requires_tier(Plus)]
#[patch("/methods")]
fn by_patch() -> &'static str {
    "patch"
}

#[requires_tier(Plus)]
#[delete("/methods")]
fn by_delete() -> &'static str {
    "delete"
}

#[requires_tier(Plus)]
#[options("/methods")]
fn by_options() -> &'static str {
    "options"
}

#[requires_tier(Plus)]
#[head("/methods")]
fn by_head() {}

#[requires_tier(Free, guard = pass)]
#[get("/tier")]
fn tier() -> &'static str {
    pass.tier().name()
}

#[requires_tier(Free, guard = pass)]
#[get("/ask")]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("asked")
}

#[requires_tier(Free)]
#[get("/broken")]
fn broken() -> (Status, &'static str) {
    (Status::ImATeapot, r#"{"own":true}"#)
}

#[requires_tier(Free)]
#[get("/panic")]
fn panic() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it is compared with the gated one")]
#[get("/panic-open")]
fn panic_open() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it shows the caller")]
#[get("/caller")]
fn show_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(Free)]
#[get("/free-caller")]
fn show_free_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(public = "health checks have no account")]
#[get("/health")]
fn health() -> &'static str {
    "ok"
}

#[requires_tier(Plan::Gold)]
#[get("/gold")]
fn gold() -> &'static str {
    "gold"
}

/// The key that selects a counter.
struct Key(Option<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Key {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let key = request.headers().get_one("x-key");
        Outcome::Success(Self(key.map(str::to_owned)))
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn replaced(refusal: &Refusal) -> Response<'static> {
    let code = refusal.code();
    Response::build()
        .status(Status::new(REPLACED.0))
        .raw_header(REPLACED.1, REPLACED.2)
        .sized_body(code.len(), Cursor::new(code))
        .finalize()
}

fn serve(port: u16, form: Form) {
    if form == Form::Program {
        set_on_refusal(|refusal, _| replaced(refusal)).unwrap();
    }
    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let mut app = rocket::custom(config);
    if form != Form::Bare {
        app = app.attach(AdHoc::on_request("authentication", |request, _| {
            Box::pin(async move {
                set_caller(request, caller_with(request.headers().get_one(TIER)));
                set_caller(request, plan_caller(request.headers().get_one(PLAN)));
            })
        }));
    }
    let answers = match form {
        Form::Replaced => on_refusal(|refusal, _| replaced(refusal)),
        Form::Layered | Form::Bare | Form::Program => problems(),
    };
    let app = app.attach(answers).mount(
        "/",
        routes![
            free,
            plus,
            pro,
            calls,
            unit,
            active_units,
            note,
            file,
            by_put,
            by_patch,
            by_delete,
            by_options,
            by_head,
            tier,
            ask,
            broken,
            panic,
            panic_open,
            health,
            show_caller,
            show_free_caller,
            gold,
        ],
    );
    rocket::execute(app.launch()).unwrap();
}

#[test]
fn the_registry_equals_the_catalogue() {
    assert_eq!(Api::find("GET", "/units/7").unwrap().name(), "unit");
    assert_eq!(
        Api::find("GET", "/files/a/b").unwrap().path(),
        Some("/files/{*rest}")
    );
    assert_eq!(Api::find("POST", "/calls").unwrap().name(), "calls");
    assert_eq!(Api::endpoints().len(), 22);
    Api::audit().assert_clean();
}

/// A handler's error type that contains a refusal.
#[derive(rocket::Responder)]
#[response(status = 409)]
struct OwnError(Denied);

#[requires_tier(Free, guard = pass)]
#[get("/own-error")]
fn own_error() -> Result<&'static str, OwnError> {
    pass.require(Tier::Pro).map_err(OwnError)?;
    Ok("asked")
}

#[test]
fn a_handlers_own_response_to_a_refusal_is_unchanged() {
    let app = rocket::build()
        .attach(AdHoc::on_request("authentication", |request, _| {
            Box::pin(async move { set_caller(request, caller_with(Some("plus"))) })
        }))
        .attach(on_refusal(|refusal, _| replaced(refusal)))
        .mount("/", routes![own_error]);
    let client = rocket::local::blocking::Client::untracked(app).unwrap();
    let answer = client.get("/own-error").dispatch();
    assert_eq!(answer.status(), Status::Conflict);
    assert!(
        answer
            .into_string()
            .unwrap()
            .contains(r#""code":"tier_too_low""#)
    );
}

#[get("/<_..>", rank = 20)]
fn everything() -> &'static str {
    "everything"
}

#[test]
fn a_refused_request_is_not_forwarded_to_another_route() {
    let app = rocket::build()
        .attach(problems())
        .attach(AdHoc::on_request("authentication", |request, _| {
            Box::pin(async move {
                set_caller(request, caller_with(request.headers().get_one(TIER)));
            })
        }))
        .mount("/", routes![plus, everything]);
    let client = rocket::local::blocking::Client::untracked(app).unwrap();
    for (path, caller, status, body) in [
        ("/plus", "plus", 200, "plus"),
        ("/plus", "free", 403, "tier_too_low"),
        ("/plus", "nobody", 401, "unknown_caller"),
        ("/other", "nobody", 200, "everything"),
    ] {
        let request = client
            .get(path)
            .header(rocket::http::Header::new(TIER, caller));
        let answer = request.dispatch();
        assert_eq!(answer.status().code, status, "{path} {caller}");
        assert!(
            answer.into_string().unwrap().contains(body),
            "{path} {caller}"
        );
    }
}
