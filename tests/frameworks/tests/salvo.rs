//! salvo's program for the conformance suite.

use salvo::conn::tcp::TcpAcceptor;
use salvo::extract::PathParam;
use salvo::http::{HeaderMap, StatusCode};
use salvo::prelude::*;
use std::net::TcpListener;
use tiergate::{Caller, Catalogue, Denied, Refusal, requires_tier};
use tiergate_tests_conformance as conformance;
use tiergate_tests_conformance::{
    Form, PLAN, Plan, Program, REPLACED, Serve, TIER, Tier, caller_with, plan_caller,
};

static PROGRAM: Program = Program::new(Serve::On(serve), false);

mod common {
    tiergate_tests_conformance::common_tests!(tiergate_tests_conformance::cases);
}

mod guarded {
    tiergate_tests_conformance::guarded_tests!(tiergate_tests_conformance::guarded);
}

#[requires_tier(Free, get = "/free")]
#[handler]
async fn free() -> &'static str {
    "free"
}

#[requires_tier(Plus, get = "/plus")]
#[handler]
async fn plus() -> &'static str {
    "plus"
}

#[requires_tier(Pro, get = "/pro")]
#[handler]
async fn pro() -> &'static str {
    "pro"
}

#[requires_tier(Plus, post = "/calls")]
#[handler]
async fn calls(request: &mut Request) -> String {
    let body = request.payload().await.unwrap().clone();
    conformance::new_call(text(request.headers(), "x-key"), &body)
}

#[requires_tier(Free, get = "/units/{id}")]
#[handler]
async fn unit(id: PathParam<u32>) -> String {
    format!("unit {}", *id)
}

#[requires_tier(Plus, get = "/units/active")]
#[handler]
async fn active_units() -> &'static str {
    "active"
}

#[requires_tier(Plus, get = "/units/{id}/notes/{note}")]
#[handler]
async fn note(id: PathParam<u32>, number: PathParam<u32>) -> String {
    format!("unit {} note {}", *id, *number)
}

#[requires_tier(Free, get = "/files/{*rest}")]
#[handler]
async fn file(rest: PathParam<String>) -> String {
    rest.into_inner()
}

#[requires_tier(Plus, put = "/methods")]
#[handler]
async fn by_put() -> &'static str {
    "put"
}

#[requires_tier(Plus, patch = "/methods")]
#[handler]
async fn by_patch() -> &'static str {
    "patch"
}

#[requires_tier(Plus, delete = "/methods")]
#[handler]
async fn by_delete() -> &'static str {
    "delete"
}

#[requires_tier(Plus, options = "/methods")]
#[handler]
async fn by_options() -> &'static str {
    "options"
}

#[requires_tier(Plus, head = "/methods")]
#[handler]
async fn by_head() {}

#[requires_tier(Free, get = "/tier", guard = pass)]
#[handler]
async fn tier() -> &'static str {
    pass.tier().name()
}

#[requires_tier(Free, get = "/ask", guard = pass)]
#[handler]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("asked")
}

#[requires_tier(Free, get = "/broken")]
#[handler]
async fn broken(response: &mut Response) {
    response.status_code(StatusCode::IM_A_TEAPOT);
    response.render(r#"{"own":true}"#);
}

#[requires_tier(Free, get = "/panic")]
#[handler]
async fn panic() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it is compared with the gated one", get = "/panic-open")]
#[handler]
async fn panic_open() -> &'static str {
    panic!("as the test wants it")
}

#[requires_tier(public = "it shows the caller", get = "/caller")]
#[handler]
async fn show_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(Free, get = "/free-caller")]
#[handler]
async fn show_free_caller(caller: Caller<Tier>) -> String {
    conformance::describe(&caller)
}

#[requires_tier(public = "health checks have no account", get = "/health")]
#[handler]
async fn health() -> &'static str {
    "ok"
}

#[requires_tier(Plan::Gold, get = "/gold")]
#[handler]
async fn gold() -> &'static str {
    "gold"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[handler]
async fn authenticate(request: &mut Request, depot: &mut Depot) {
    depot.insert_typed(caller_with(text(request.headers(), TIER)));
    depot.insert_typed(plan_caller(text(request.headers(), PLAN)));
}

fn replaced(refusal: &Refusal, response: &mut Response) {
    response.status_code(StatusCode::from_u16(REPLACED.0).unwrap());
    response.add_header(REPLACED.1, REPLACED.2, true).unwrap();
    response.render(refusal.code());
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    if form == Form::Program {
        let set = tiergate::salvo::set_on_refusal(|refusal, _, response| {
            replaced(refusal, response);
        });
        set.unwrap();
    }
    let mut router = Router::new();
    if form != Form::Bare {
        router = router.hoop(authenticate);
    }
    if form == Form::Replaced {
        router = router.hoop(tiergate::salvo::on_refusal(|refusal, _, response| {
            replaced(refusal, response);
        }));
    }
    let at = Router::with_path;
    let router = router
        .push(at("free").get(free))
        .push(at("plus").get(plus))
        .push(at("pro").get(pro))
        .push(at("calls").post(calls))
        .push(at("units/active").get(active_units))
        .push(at("units/{id}").get(unit))
        .push(at("units/{id}/notes/{number}").get(note))
        .push(at("files/{*rest}").get(file))
        .push(
            at("methods")
                .put(by_put)
                .patch(by_patch)
                .delete(by_delete)
                .options(by_options)
                .head(by_head),
        )
        .push(at("tier").get(tier))
        .push(at("ask").get(ask))
        .push(at("broken").get(broken))
        .push(at("panic").get(panic))
        .push(at("panic-open").get(panic_open))
        .push(at("health").get(health))
        .push(at("caller").get(show_caller))
        .push(at("free-caller").get(show_free_caller))
        .push(at("gold").get(gold));
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    Server::new(acceptor).serve(router).await;
}

#[test]
fn the_registry_equals_the_catalogue() {
    assert_eq!(Api::find("GET", "/units/7").unwrap().name(), "unit");
    assert_eq!(Api::endpoints().len(), 21);
    Api::audit().assert_clean();
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
