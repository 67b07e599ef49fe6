//! Quotas in poem and poem-openapi: several guards and middlewares, errors, and addresses.
// The frameworks determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async)]

use poem::error::ResponseError;
use poem::http::{HeaderValue, StatusCode};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{
    Addr, Endpoint, EndpointExt, FromRequest, IntoResponse, Request, RequestBody, Response, Result,
    Route, get, handler, post,
};
use poem_openapi::payload::PlainText;
use poem_openapi::{OpenApi, OpenApiService};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tiergate::quota::PeerAddress;
use tiergate::{Caller, Catalogue, Denied, Guard, Quotas, requires_tier};
use tiergate_tests_conformance::Tier;

#[requires_tier(Free, get = "/search", limit = "3/hour")]
#[handler]
fn search() -> &'static str {
    "search"
}

#[requires_tier(Plus, get = "/export", limit = "3/hour")]
#[handler]
fn export(_again: Again) -> &'static str {
    "export"
}

#[requires_tier(Free, get = "/free", limit = "1/hour")]
#[handler]
fn free(_again: Again) -> &'static str {
    "free"
}

#[requires_tier(Free, post = "/import", limit = "2/hour")]
#[handler]
fn import(body: String) -> String {
    format!("{} bytes", body.len())
}

#[requires_tier(Free, get = "/plain")]
#[handler]
fn plain() -> &'static str {
    "plain"
}

/// Has the guard of `search`.
struct Again;

impl<'a> FromRequest<'a> for Again {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let guard = Guard::<__tiergate_search>::from_request(request, body).await;
        guard.map(|_| Self)
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "20/hour")]
struct Api;

fn routes() -> Route {
    Route::new()
        .at("/search", get(search))
        .at("/export", get(export))
        .at("/free", get(free))
        .at("/import", post(import))
        .at("/plain", get(plain))
        .at("/own/:kind", get(own))
}

/// Returns quotas in memory whose clock stands still.
fn quotas() -> Quotas {
    Quotas::local::<Api>().with_clock(|| Duration::from_secs(1))
}

fn customer() -> Caller<Tier> {
    Caller::new(Tier::Free).with_id("customer-7")
}

/// Sends a request. Returns the status, and what remains of the limits.
async fn send(app: &impl Endpoint, request: Request) -> (u16, String) {
    let response = app.get_response(request).await;
    let state = response.header("ratelimit").unwrap_or_default().to_owned();
    (response.status().as_u16(), state)
}

async fn call(app: &impl Endpoint, path: &str) -> (u16, String) {
    send(app, Request::builder().uri_str(path).finish()).await
}

fn state(name: &str, remaining: u32, of_catalogue: u32) -> String {
    format!("\"{name}/hour\";r={remaining};t=3600, \"hour\";r={of_catalogue};t=3600")
}

#[tokio::test]
async fn a_guard_behind_one_that_refuses_the_call_takes_nothing() {
    let app = routes().data(customer()).with(quotas());
    for _ in 0..5 {
        assert_eq!(call(&app, "/export").await, (403, String::new()));
    }
    assert_eq!(call(&app, "/search").await, (200, state("search", 2, 19)));
    // The second guard takes after the first one.
    assert_eq!(call(&app, "/free").await, (200, state("search", 1, 17)));
    for _ in 0..5 {
        assert_eq!(call(&app, "/free").await, (429, state("free", 0, 17)));
    }
    assert_eq!(call(&app, "/search").await, (200, state("search", 0, 16)));
    assert_eq!(call(&app, "/search").await, (429, state("search", 0, 16)));
}

#[tokio::test]
async fn the_innermost_middleware_counts_each_call_once() {
    let (outer, inner) = (quotas(), quotas());
    let app = routes().data(customer()).with(inner).with(outer.clone());
    assert_eq!(call(&app, "/search").await, (200, state("search", 2, 19)));
    assert_eq!(outer.counter_count(), 0);
    let app = routes()
        .with(outer.clone())
        .data(customer())
        .with(outer.clone());
    assert_eq!(call(&app, "/search").await, (200, state("search", 2, 19)));
    assert_eq!(call(&app, "/search").await, (200, state("search", 1, 18)));
}

#[tokio::test]
async fn a_missing_layer_is_noticed_for_endpoints_with_a_limit() {
    let app = routes().data(customer());
    assert_eq!(call(&app, "/search").await, (500, String::new()));
    assert_eq!(call(&app, "/export").await, (403, String::new()));
    // No function mounts the catalogue.
    assert_eq!(call(&app, "/plain").await, (200, String::new()));
    let app = app.with(quotas());
    let of_catalogue = "\"hour\";r=19;t=3600".to_owned();
    assert_eq!(call(&app, "/plain").await, (200, of_catalogue));
}

/// Extracts the guard of `search` before the request is routed, and then may fail.
async fn early_guard<E: Endpoint>(next: E, request: Request) -> Result<E::Output> {
    let guard = Guard::<__tiergate_search>::from_request_without_body(&request).await;
    guard.map(drop)?;
    if request.uri().path() == "/fails" {
        return Err(poem::Error::from_string("own", StatusCode::CONFLICT));
    }
    next.call(request).await
}

#[tokio::test]
async fn a_middleware_can_extract_a_guard_and_return_its_error() {
    let app = routes().around(early_guard).data(customer()).with(quotas());
    assert_eq!(call(&app, "/fails").await, (409, state("search", 2, 19)));
    let request = Request::builder().method(poem::http::Method::POST);
    let request = request.uri_str("/import").body("body");
    assert_eq!(send(&app, request).await, (200, state("import", 1, 17)));
    assert_eq!(call(&app, "/nowhere").await, (404, state("search", 0, 16)));
    assert_eq!(call(&app, "/nowhere").await, (429, state("search", 0, 16)));
}

/// A handler's error type.
#[derive(Debug)]
struct OwnError(Denied);

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("own")
    }
}

impl std::error::Error for OwnError {}

impl ResponseError for OwnError {
    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn as_response(&self) -> Response {
        self.0.as_response()
    }
}

#[requires_tier(Free, get = "/own/{kind}", limit = "9/hour", cost = 0, guard = pass)]
#[handler]
fn own(poem::web::Path(kind): poem::web::Path<String>) -> Result<&'static str> {
    match kind.as_str() {
        "denied" => pass.require(Tier::Pro)?,
        "wrapped" => pass.require(Tier::Pro).map_err(OwnError)?,
        "data" => {
            let mut error = poem::Error::from_status(StatusCode::CONFLICT);
            error.set_data(7_i32);
            return Err(error);
        }
        _ => {}
    }
    Ok("own")
}

fn replaced() -> Response {
    "replaced"
        .with_status(StatusCode::PAYMENT_REQUIRED)
        .into_response()
}

fn of_own(remaining: u32) -> String {
    format!("\"own/hour\";r={remaining};t=3600")
}

#[tokio::test]
async fn refusals_of_handlers_can_be_replaced_inside_and_outside_of_quotas() {
    let on_refusal = || tiergate::poem::on_refusal(|_, _| replaced());
    let inside = routes()
        .data(customer())
        .with(on_refusal())
        .with(quotas())
        .boxed();
    let outside = routes()
        .data(customer())
        .with(quotas())
        .with(on_refusal())
        .boxed();
    let twice = routes()
        .data(customer())
        .with(on_refusal())
        .with(quotas())
        .with(tiergate::poem::on_refusal(|_, _| {
            panic!("the response is replaced already")
        }))
        .boxed();
    for app in [inside, outside, twice] {
        assert_eq!(call(&app, "/own/denied").await, (402, of_own(8)));
        assert_eq!(call(&app, "/own/wrapped").await, (402, of_own(7)));
        assert_eq!(call(&app, "/own/data").await, (409, of_own(6)));
        assert_eq!(call(&app, "/own/ok").await, (200, of_own(5)));
    }
}

#[tokio::test]
async fn errors_can_be_caught_inside_of_quotas_and_keep_their_data_outside() {
    let caught = routes()
        .data(customer())
        .catch_error(|_: OwnError| async { StatusCode::IM_A_TEAPOT })
        .catch_error(|_: poem::error::NotFoundError| async { StatusCode::GONE })
        .with(quotas());
    assert_eq!(call(&caught, "/own/wrapped").await, (418, of_own(8)));
    assert_eq!(call(&caught, "/nowhere").await, (410, String::new()));
    // Errors of other endpoints stay errors.
    let app = routes()
        .data(customer())
        .with(quotas())
        .catch_error(|_: poem::error::NotFoundError| async { StatusCode::GONE });
    assert_eq!(call(&app, "/nowhere").await, (410, String::new()));
    let request = Request::builder().uri_str("/own/data").finish();
    let response = app.get_response(request).await;
    assert_eq!(response.data(), Some(&7_i32));
}

fn from(peer: &str, headers: &[(&str, &str)]) -> Request {
    let peer: IpAddr = peer.parse().unwrap();
    let peer = RemoteAddr(Addr::SocketAddr(SocketAddr::new(peer, 1234)));
    let (mut head, ()) = poem::http::Request::new(()).into_parts();
    head.uri = "/search".parse().unwrap();
    let head = (
        head,
        LocalAddr::default(),
        peer,
        poem::http::uri::Scheme::HTTP,
    );
    let mut request = Request::from_parts(head.into(), poem::Body::empty());
    for (name, value) in headers {
        let name: poem::http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

async fn assert_remaining(app: &impl Endpoint, request: Request, remaining: u32) {
    let (status, state) = send(app, request).await;
    assert_eq!(status, 200);
    assert!(state.contains(&format!("r={remaining};")), "{state}");
}

#[tokio::test]
async fn anonymous_callers_are_limited_by_their_network() {
    let app = routes().data(Caller::anonymous(Tier::Free)).with(quotas());
    for (peer, remaining) in [
        ("192.0.2.1", 2),
        ("::ffff:192.0.2.1", 1),
        ("192.0.2.2", 2),
        ("2001:db8:0:1::1", 2),
        ("2001:db8:0:1:ffff::2", 1),
        ("2001:db8:0:2::1", 2),
    ] {
        assert_remaining(&app, from(peer, &[]), remaining).await;
    }
}

#[tokio::test]
async fn forwarded_headers_count_only_behind_a_trusted_proxy() {
    let proxies = quotas().trusted_proxies(["10.0.0.0/8"]).unwrap();
    let app = routes().data(Caller::anonymous(Tier::Free)).with(proxies);
    for (peer, headers, remaining) in [
        ("10.0.0.1", &[("x-forwarded-for", "192.0.2.1")][..], 2),
        ("10.0.0.2", &[("x-forwarded-for", "9.9.9.9, 192.0.2.1")], 1),
        (
            "10.0.0.1",
            &[
                ("x-forwarded-for", "9.9.9.9"),
                ("forwarded", "for=8.8.8.8"),
                ("x-forwarded-for", "192.0.2.1, 10.0.0.2"),
            ],
            0,
        ),
        // This peer isn't a proxy.
        ("192.0.2.3", &[("x-forwarded-for", "192.0.2.1")], 2),
        ("192.0.2.3", &[("x-real-ip", "192.0.2.1")], 1),
    ] {
        assert_remaining(&app, from(peer, headers), remaining).await;
    }
    // What isn't text isn't believed, and hides what comes before it.
    for remaining in [2, 1] {
        let mut request = from("10.0.0.9", &[]);
        let value = HeaderValue::from_bytes(b"192.0.2.4, \xff").unwrap();
        request.headers_mut().append("x-forwarded-for", value);
        assert_remaining(&app, request, remaining).await;
    }
}

#[tokio::test]
async fn an_inserted_address_takes_precedence() {
    let app = routes().data(Caller::anonymous(Tier::Free)).with(quotas());
    for remaining in [2, 1, 0] {
        for peer in ["192.0.2.1", "192.0.2.2"] {
            let mut request = from("10.0.0.1", &[]);
            let peer = PeerAddress(peer.parse().unwrap());
            request.extensions_mut().insert(peer);
            assert_remaining(&app, request, remaining).await;
        }
    }
    assert_remaining(&app, from("10.0.0.1", &[]), 2).await;
}

#[tokio::test]
async fn a_caller_whom_nothing_identifies_is_refused() {
    let app = routes().data(Caller::anonymous(Tier::Free)).with(quotas());
    assert_eq!(call(&app, "/search").await, (500, String::new()));
    assert_eq!(call(&app, "/export").await, (401, String::new()));
}

struct Dispatch;

#[tiergate::gated]
#[OpenApi]
impl Dispatch {
    /// Creates a dispatch call.
    #[requires_tier(Free, limit = "2/hour", cost = 0)]
    #[oai(path = "/dispatch", method = "post")]
    async fn new_call(&self, text: PlainText<String>) -> PlainText<String> {
        text
    }

    /// Reads a dispatch call.
    #[requires_tier(Free, limit = "9/hour", cost = 0, guard = pass)]
    #[oai(path = "/dispatch", method = "get")]
    async fn dispatch(&self) -> Result<PlainText<&'static str>> {
        pass.require(Tier::Pro)?;
        Ok(PlainText("call"))
    }
}

#[tokio::test]
async fn methods_of_poem_openapi_are_limited() {
    let service = OpenApiService::new(Dispatch, "dispatch", "1");
    let app = Route::new()
        .nest("/", service)
        .data(customer())
        .with(quotas());
    let post = |body: &'static str| {
        Request::builder()
            .method(poem::http::Method::POST)
            .uri_str("/dispatch")
            .content_type("text/plain; charset=utf-8")
            .body(body)
    };
    for remaining in [1, 0] {
        let state = format!("\"new_call/hour\";r={remaining};t=3600");
        assert_eq!(send(&app, post("help")).await, (200, state));
    }
    for body in ["help", ""] {
        let (status, state) = send(&app, post(body)).await;
        assert_eq!(
            (status, state.as_str()),
            (429, "\"new_call/hour\";r=0;t=3600")
        );
    }
    let state = "\"dispatch/hour\";r=8;t=3600".to_owned();
    assert_eq!(call(&app, "/dispatch").await, (403, state));
}
