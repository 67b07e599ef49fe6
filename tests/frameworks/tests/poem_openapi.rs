//! `#[gated]` on an `impl` block of poem-openapi: methods with `self` and with poem's extractors.

// poem-openapi requires async functions.
#![allow(clippy::unused_async)]

use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, Request, Result, Route};
use poem_openapi::param::Path;
use poem_openapi::payload::PlainText;
use poem_openapi::{OpenApi, OpenApiService};
use std::sync::atomic::{AtomicU32, Ordering};
use tiergate::{Catalogue, Denied, requires_tier};
use tiergate_tests_conformance::{TIER, Tier, caller_with};

#[derive(Default)]
struct Dispatch {
    calls: AtomicU32,
}

#[tiergate::gated]
#[OpenApi]
impl Dispatch {
    /// Creates a dispatch call.
    #[requires_tier(Plus)]
    #[oai(path = "/dispatch", method = "post")]
    async fn new_call(&self, text: PlainText<String>) -> PlainText<String> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        PlainText(format!("call {number}: {}", text.0))
    }

    /// Reads a dispatch call.
    #[requires_tier(Free, guard = pass)]
    #[oai(path = "/dispatch/:id", method = "get")]
    async fn call(&self, id: Path<u32>) -> Result<PlainText<String>> {
        if id.0 > 100 {
            pass.require(Tier::Pro)?;
        }
        Ok(PlainText(format!("call {}", id.0)))
    }

    /// Reports whether the server is healthy.
    #[requires_tier(public = "health checks have no account")]
    #[oai(path = "/health", method = "get")]
    async fn health(&self) -> PlainText<&'static str> {
        PlainText("ok")
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Dispatch::new_call, Dispatch::call))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> Result<E::Output> {
    let caller = caller_with(request.header(TIER));
    request.extensions_mut().insert(caller);
    next.call(request).await
}

async fn status(method: &str, path: &str, caller: &str) -> StatusCode {
    let service = OpenApiService::new(Dispatch::default(), "dispatch", "1");
    let app = Route::new().nest("/", service).around(authenticate);
    let request = Request::builder()
        .method(method.parse().unwrap())
        .uri_str(path)
        .content_type("text/plain; charset=utf-8")
        .header(TIER, caller);
    app.get_response(request.body("help")).await.status()
}

#[tokio::test]
async fn methods_are_gated() {
    for (method, path, caller, expected) in [
        ("POST", "/dispatch", "plus", 200),
        ("POST", "/dispatch", "free", 403),
        ("POST", "/dispatch", "nobody", 401),
        ("GET", "/dispatch/7", "free", 200),
        ("GET", "/dispatch/7", "nobody", 401),
        ("GET", "/dispatch/700", "plus", 403),
        ("GET", "/dispatch/700", "pro", 200),
        ("GET", "/health", "nobody", 200),
    ] {
        assert_eq!(
            status(method, path, caller).await,
            expected,
            "{method} {path} {caller}"
        );
    }
}

#[test]
fn method_and_path_are_taken_from_poem_openapi() {
    let (new_call, call) = (&Api::ENDPOINTS[0], &Api::ENDPOINTS[1]);
    assert_eq!(
        (new_call.method(), new_call.path()),
        (Some("POST"), Some("/dispatch"))
    );
    assert_eq!(
        (call.method(), call.path()),
        (Some("GET"), Some("/dispatch/{id}"))
    );
    assert_eq!(new_call.summary(), "Creates a dispatch call.");
    assert_eq!(Everything::find("GET", "/health").unwrap().name(), "health");
    Everything::audit().assert_clean();
}

#[tokio::test]
async fn a_gated_method_can_be_called_with_a_guard() -> Result<(), Denied> {
    let dispatch = Dispatch::default();
    let guard = tiergate::Guard::check(Tier::Plus)?;
    let answer = dispatch.new_call(guard, PlainText("help".to_owned())).await;
    assert_eq!(answer.0, "call 0: help");
    Ok(())
}

#[test]
fn the_openapi_document_omits_the_guard() {
    let service = OpenApiService::new(Dispatch::default(), "dispatch", "1");
    assert!(!service.spec().contains("guard"), "{}", service.spec());
}

struct Users;

#[tiergate::gated]
#[OpenApi(prefix_path = "/users")]
impl Users {
    /// Reads a user.
    #[requires_tier(Plus)]
    #[oai(path = "/:id", method = "get")]
    async fn user(&self, id: Path<u32>) -> PlainText<String> {
        PlainText(format!("user {}", id.0))
    }

    /// Lists the users.
    #[requires_tier(Free)]
    #[oai(path = "/", method = "get")]
    async fn users(&self) -> PlainText<&'static str> {
        PlainText("users")
    }
}

struct Groups;

/// A nested service with a prefix.
#[tiergate::gated]
#[OpenApi(prefix_path = "groups/")]
impl Groups {
    /// Reads a group.
    #[requires_tier(Pro, prefix = "/api")]
    #[oai(path = "/:group/:id", method = "get")]
    async fn group(&self, group: Path<u32>, id: Path<u32>) -> PlainText<String> {
        PlainText(format!("group {} {}", group.0, id.0))
    }
}

const PREFIX: &str = "/calls";

struct Calls;

#[tiergate::gated]
#[OpenApi(prefix_path = PREFIX)]
impl Calls {
    /// Reads a call.
    #[requires_tier(Plus, get = "/calls/{id}")]
    #[oai(path = "/:id", method = "get")]
    async fn read(&self, id: Path<u32>) -> PlainText<String> {
        PlainText(format!("call {}", id.0))
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Users::user, Users::users, Groups::group, Calls::read))]
struct Prefixed;

#[tokio::test]
async fn the_catalogue_contains_the_prefix_of_a_block() {
    let paths: Vec<_> = Prefixed::ENDPOINTS
        .iter()
        .map(tiergate::Endpoint::path)
        .collect();
    let expected = [
        "/users/{id}",
        "/users",
        "/api/groups/{group}/{id}",
        "/calls/{id}",
    ];
    assert_eq!(paths, expected.map(Some));
    let service = OpenApiService::new((Users, Calls), "users", "1");
    let nested = OpenApiService::new(Groups, "groups", "1");
    let app = Route::new()
        .nest("/api", nested)
        .nest("/", service)
        .around(authenticate);
    for (path, tier, expected) in [
        ("/users/7", "plus", 200),
        ("/users/7", "free", 403),
        ("/users", "free", 200),
        ("/api/groups/1/2", "pro", 200),
        ("/api/groups/1/2", "plus", 403),
        ("/calls/7", "plus", 200),
        ("/calls/7", "free", 403),
    ] {
        let request = Request::builder().uri_str(path).header(TIER, tier).finish();
        assert_eq!(app.get_response(request).await.status(), expected, "{path}");
        assert!(Prefixed::find("GET", path).is_some(), "{path}");
    }
}
