//! poem's program for the conformance suite.
// The framework determines the signatures of handlers.
#![allow(clippy::needless_pass_by_value)]

use poem::error::ResponseError;
use poem::http::{HeaderMap, StatusCode};
use poem::listener::TcpAcceptor;
use poem::web::Path;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Result, Route, Server, get, handler,
    put,
};
use std::net::TcpListener;
use tiergate::{Caller, Catalogue, Denied, Refusal, requires_tier};
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, caller_with, plan_caller,
};

static PROGRAM: Program = Program::new(Serve::On(serve), true).answering_for_guards_only();

mod common {
    tiergate_tests_conformance::common_tests!(tiergate_tests_conformance::cases);
}

mod guarded {
    tiergate_tests_conformance::guarded_tests!(tiergate_tests_conformance::guarded);
}

#[requires_tier(Free, get = "/free")]
#[handler]
fn free() -> &'static str {
    "free"
}

#[requires_tier(Plus, get = "/plus")]
#[handler]
fn plus() -> &'static str {
    "plus"
}

#[requires_tier(Pro, get = "/pro")]
#[handler]
fn pro() -> &'static str {
    "pro"
}

#[requires_tier(Plus, post = "/calls")]
#[handler]
fn calls(headers: &HeaderMap, body: Vec<u8>) -> String {
    conformance::new_call(text(headers, "x-key"), &body)
}

#[requires_tier(Free, get = "/units/{id}")]
#[handler]
fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id}")
}

#[requires_tier(Plus, get = "/units/active")]
#[handler]
fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Plus, get = "/units/{id}/notes/{note}")]
#[handler]
fn note(Path((id, number)): Path<(u32, u32)>) -> String {
    format!("unit {id} note {number}")
}

#[requires_tier(Free, get = "/files/{*rest}")]
#[handler]
fn file(Path(rest): Path<String>) -> String {
    rest
}

#[requires_tier(Plus, put = "/methods")]
#[handler]
fn by_put() -> &'static str {
    "put"
}

#[requires_tier(Plus, patch = "/methods")]
#[handler]
fn by_patch() -> &'static str {
    "patch"
}

#[requires_tier(Plus, delete = "/methods")]
#[handler]
fn by_delete() -> &'static str {
    "delete"
}

#[requires_tier(Plus, options = "/methods")]
#[handler]
fn by_options() -> &'static str {
    "options"
}

#[requires_tier(Plus, head = "/methods")]
#[handler]
fn by_head() {}

#[requires_tier(Free, get = "/tier", guard = pass)]
#[handler]
fn tier() -> &'static str {
    pass.tier().name()
}

#[requires_tier(Free, get = "/ask", guard = pass)]
#[handler]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("asked")
}

#[requires_tier(Free, get = "/broken")]
#[handler]
fn broken() -> Response {
    r#"{"own":true}"#.with_status(StatusCode::IM_A_TEAPOT).into_response()
}

#[requires_tier(Free, get = "/panic")]
#[handler]
fn panic() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it is compared with the gated one", get = "/panic-open")]
#[handler]
fn panic_open() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it shows the caller", get = "/caller")]
#[handler]
fn show_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(Free, get = "/free-caller")]
#[handler]
fn show_free_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(public = "health checks have no account", get = "/health")]
#[handler]
fn health() -> &'static str {
    "ok"
}

#[requires_tier(Plan::Gold, get = "/gold")]
#[handler]
fn gold() -> &'static str {
    "gold"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> Result<E::Output> {
    let caller = caller_with(request.header(TIER));
    let plan = plan_caller(request.header(PLAN));
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(plan);
    next.call(request).await
}

fn replaced(refusal: &Refusal) -> Response {
    refusal
        .code()
        .with_status(StatusCode::from_u16(REPLACED.0).unwrap())
        .with_header(REPLACED.1, REPLACED.2)
        .into_response()
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    if form == Form::Program {
        tiergate::poem::set_on_refusal(|refusal, _| replaced(refusal)).unwrap();
    }
    let routes = Route::new()
        .at("/free", get(free))
        .at("/plus", get(plus))
        .at("/pro", get(pro))
        .at("/calls", poem::post(calls))
        .at("/units/:id", get(unit))
        .at("/units/active", get(active_units))
        .at("/units/:id/notes/:note", get(note))
        .at("/files/*rest", get(file))
        .at(
            "/methods",
            put(by_put)
                .patch(by_patch)
                .delete(by_delete)
                .options(by_options)
                .head(by_head),
        )
        .at("/tier", get(tier))
        .at("/ask", get(ask))
        .at("/broken", get(broken))
        .at("/panic", get(panic))
        .at("/panic-open", get(panic_open))
        .at("/health", get(health))
        .at("/caller", get(show_caller))
        .at("/free-caller", get(show_free_caller))
        .at("/gold", get(gold));
    let app = match form {
        Form::Bare => routes.boxed(),
        Form::Layered | Form::Program => routes.around(authenticate).boxed(),
        Form::Replaced => routes
            .around(authenticate)
            .with(tiergate::poem::on_refusal(|refusal, _| replaced(refusal)))
            .boxed(),
    };
    listener.set_nonblocking(true).unwrap();
    let acceptor = TcpAcceptor::from_std(listener).unwrap();
    Server::new_with_acceptor(acceptor).run(app).await.unwrap();
}

#[test]
fn the_registry_equals_the_catalogue() {
    assert_eq!(Api::find("GET", "/units/7").unwrap().name(), "unit");
    assert_eq!(Api::endpoints().len(), 23);
    Api::audit().assert_clean();
}

#[test]
fn a_handler_can_return_a_refusal_as_a_poem_error() {
    let denied = tiergate::Guard::<__tiergate_pro>::check(Tier::Free).unwrap_err();
    assert_eq!(denied.as_response().status(), StatusCode::FORBIDDEN);
}

#[cfg(feature = "source")]
#[tokio::test]
async fn a_request_made_in_a_test_keeps_its_path_and_query() {
    use poem::http::Uri;
    use tiergate::source::{ApiKey, Credential};

    let everybody = |_: ApiKey| async { Ok(Some(Tier::Free)) };
    let tiers = tiergate::TierLayer::new(everybody).credential(Credential::query("key"));
    let app = Route::new().at("/plus", get(plus)).with(tiers);
    let uri = Uri::from_static("/plus?key=a-key");
    let answer = app.get_response(Request::builder().uri(uri).finish()).await;
    let body = answer.into_body().into_string().await.unwrap();
    assert!(
        body.contains(r#""instance":"/plus","code":"tier_too_low""#),
        "{body}"
    );
}

/// A handler's error type that contains a refusal.
#[derive(Debug)]
struct OwnError {
    denied: Denied,
    /// Whether the error exposes the refusal as its source, and not only in its response.
    is_open: bool,
    status: StatusCode,
}

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("own")
    }
}

impl std::error::Error for OwnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.is_open.then_some(&self.denied as _)
    }
}

impl ResponseError for OwnError {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        let mut response = self.denied.as_response();
        response.set_status(self.status);
        response
    }
}

#[requires_tier(Free, guard = pass)]
#[handler]
fn own_error(Path((is_open, status)): Path<(bool, u16)>) -> std::result::Result<(), OwnError> {
    pass.require(Tier::Pro).map_err(|denied| OwnError {
        denied,
        is_open,
        status: StatusCode::from_u16(status).unwrap(),
    })
}

#[requires_tier(Free, guard = pass)]
#[handler]
fn own_response() -> Response {
    match pass.require(Tier::Pro) {
        Ok(()) => ().into_response(),
        Err(denied) => denied.as_response(),
    }
}

#[tokio::test]
async fn a_refusal_inside_a_handlers_error_can_be_replaced() {
    let app = Route::new()
        .at("/error/:open/:status", get(own_error))
        .at("/response", get(own_response))
        .around(authenticate)
        .with(tiergate::poem::on_refusal(|refusal, _| replaced(refusal)))
        .catch_error(|error: OwnError| async move { error.status })
        .catch_error(|_: poem::error::NotFoundError| async { "caught" });
    for (path, caller, expected) in [
        ("/error/true/403", "plus", REPLACED.0),
        ("/error/false/403", "plus", REPLACED.0),
        // The handler chose another status for its response.
        ("/error/true/409", "plus", 409),
        ("/error/false/409", "plus", 409),
        ("/response", "plus", REPLACED.0),
        ("/response", "pro", 200),
        ("/nowhere", "plus", 200),
    ] {
        let request = Request::builder().uri_str(path).header(TIER, caller);
        let answer = app.get_response(request.finish()).await;
        assert_eq!(answer.status(), expected, "{path}");
    }
}
