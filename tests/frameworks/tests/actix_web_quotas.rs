//! Quotas in actix-web: several guards and middlewares, other ways to mount handlers, and addresses.
// The framework determines the signatures of handlers.
#![allow(clippy::unused_async)]

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, error};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;
use tiergate::actix_web::{audit_mounts, guard_first};
use tiergate::quota::PeerAddress;
use tiergate::{Caller, Catalogue, Guard, Quotas, requires_tier};
use tiergate_tests_conformance::Tier;

#[requires_tier(Free, get = "/search", limit = "3/hour")]
async fn search() -> &'static str {
    "search"
}

#[requires_tier(Plus, get = "/export", limit = "3/hour")]
async fn export(_: Again) -> &'static str {
    "export"
}

#[requires_tier(Free, get = "/free", limit = "1/hour")]
async fn free(_: Again) -> &'static str {
    "free"
}

#[requires_tier(Free, post = "/import", limit = "2/hour")]
async fn import(body: Bytes) -> String {
    format!("{} bytes", body.len())
}

#[requires_tier(Free, get = "/plain")]
async fn plain() -> &'static str {
    "plain"
}

/// Has the guard of `search`.
struct Again;

impl FromRequest for Again {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let guard = Guard::<__tiergate_search>::from_request(request, payload);
        Box::pin(async move { guard.await.map(|_| Self) })
    }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(plain))]
struct Included;

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota = "20/hour",
    handlers(search, export, free, import),
    include(Included)
)]
struct Api;

/// Mounts the handlers without `guard_first`, so all extractors start at once.
fn by_hand(config: &mut ServiceConfig) {
    config
        .route("/search", web::get().to(search))
        .route("/export", web::get().to(export))
        .route("/free", web::get().to(free))
        .route("/import", web::post().to(import))
        .route("/first", web::get().to(guard_first(export)));
}

/// Returns quotas in memory whose clock stands still.
fn quotas() -> Quotas {
    Quotas::local::<Api>().with_clock(|| Duration::from_secs(1))
}

/// Inserts a caller.
async fn customer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let caller = Caller::new(Tier::Free).with_id("customer-7");
    request.extensions_mut().insert(caller);
    next.call(request).await
}

/// Inserts an anonymous caller.
async fn anonymous(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    request
        .extensions_mut()
        .insert(Caller::anonymous(Tier::Free));
    next.call(request).await
}

/// Creates an app.
macro_rules! app {
    ($routes:expr; $($middleware:expr),*) => {
        init_service(App::new()$(.wrap($middleware))*.configure($routes)).await
    };
}

/// Sends a request. Returns the status, and what remains of the limits.
macro_rules! send {
    ($app:expr, $request:expr) => {
        status_and_state($app.call($request.to_request()).await)
    };
}

macro_rules! get {
    ($app:expr, $path:expr) => {
        send!($app, TestRequest::with_uri($path))
    };
}

fn status_and_state<B: MessageBody>(result: Result<ServiceResponse<B>, Error>) -> (u16, String) {
    let (status, headers) = match result {
        Ok(response) => (response.status(), response.headers().clone()),
        Err(error) => {
            let response = error.error_response();
            (response.status(), response.headers().clone())
        }
    };
    let state = headers.get("ratelimit");
    let state = state.map(|state| state.to_str().unwrap().to_owned());
    (status.as_u16(), state.unwrap_or_default())
}

fn state(name: &str, remaining: u32, of_catalogue: u32) -> String {
    format!("\"{name}/hour\";r={remaining};t=3600, \"hour\";r={of_catalogue};t=3600")
}

#[actix_web::test]
async fn a_guard_behind_one_that_refuses_the_call_takes_nothing() {
    let app = app!(by_hand; from_fn(customer), quotas());
    for path in ["/export", "/first"] {
        for _ in 0..5 {
            assert_eq!(get!(app, path), (403, String::new()), "{path}");
        }
    }
    assert_eq!(get!(app, "/search"), (200, state("search", 2, 19)));
    // The second guard takes after the first one.
    assert_eq!(get!(app, "/free"), (200, state("search", 1, 17)));
    for _ in 0..5 {
        assert_eq!(get!(app, "/free"), (429, state("free", 0, 17)));
    }
    assert_eq!(get!(app, "/search"), (200, state("search", 0, 16)));
    assert_eq!(get!(app, "/search"), (429, state("search", 0, 16)));
}

#[actix_web::test]
async fn the_innermost_middleware_counts_each_call_once() {
    let (outer, inner) = (quotas(), quotas());
    let app = app!(by_hand; from_fn(customer), inner, outer.clone());
    assert_eq!(get!(app, "/search"), (200, state("search", 2, 19)));
    assert_eq!(outer.counter_count(), 0);
    let app = app!(by_hand; outer.clone(), from_fn(customer), outer.clone());
    assert_eq!(get!(app, "/search"), (200, state("search", 2, 19)));
    assert_eq!(get!(app, "/search"), (200, state("search", 1, 18)));
}

/// Extracts the guard of `search` before the request is routed, and then fails.
async fn early_guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let guard = request.extract::<Guard<__tiergate_search>>().await;
    guard.map(drop)?;
    if request.path() == "/fails" {
        return Err(error::ErrorConflict("own"));
    }
    next.call(request).await
}

#[actix_web::test]
async fn a_middleware_can_extract_a_guard_and_return_its_error() {
    let app = app!(by_hand; from_fn(early_guard), from_fn(customer), quotas());
    assert_eq!(get!(app, "/fails"), (409, state("search", 2, 19)));
    let request = TestRequest::with_uri("/import").method(Method::POST);
    let answer = send!(app, request.set_payload("body"));
    assert_eq!(answer, (200, state("import", 1, 17)));
    assert_eq!(get!(app, "/nowhere"), (404, state("search", 0, 16)));
    assert_eq!(get!(app, "/nowhere"), (429, state("search", 0, 16)));
}

#[actix_web::test]
async fn the_error_of_a_middleware_keeps_its_text() {
    let app = app!(by_hand; from_fn(early_guard), from_fn(customer), quotas());
    let request = TestRequest::with_uri("/fails").to_request();
    let error = app.call(request).await.map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "own");
    assert_eq!(error.as_response_error().status_code(), 409);
}

#[actix_web::test]
async fn a_quota_is_expected_for_endpoints_of_included_catalogues_too() {
    let app = app!(Api::configure; from_fn(customer));
    for path in ["/plain", "/search"] {
        assert_eq!(get!(app, path), (500, String::new()), "{path}");
    }
    assert_eq!(get!(app, "/export"), (403, String::new()));
    // The included catalogue has no quota itself.
    let app = app!(Included::configure; from_fn(customer));
    assert_eq!(get!(app, "/plain"), (200, String::new()));
    // The quotas of the included catalogue wouldn't count these calls.
    let app = app!(Api::configure; from_fn(customer), Quotas::local::<Included>());
    for path in ["/plain", "/search"] {
        assert_eq!(get!(app, path), (500, String::new()), "{path}");
    }
    let app = app!(Api::configure; from_fn(customer), quotas());
    let of_catalogue = "\"hour\";r=19;t=3600".to_owned();
    assert_eq!(get!(app, "/plain"), (200, of_catalogue));
}

#[actix_web::test]
async fn an_audit_takes_nothing() {
    let quotas = quotas();
    let app = app!(Api::configure; from_fn(customer), quotas.clone());
    audit_mounts::<Api, _, _>(&app).await.assert_clean();
    assert_eq!(quotas.counter_count(), 0);
}

fn from(peer: &str, headers: &[(&str, &str)]) -> TestRequest {
    let peer: IpAddr = peer.parse().unwrap();
    let mut request = TestRequest::with_uri("/search").peer_addr(SocketAddr::new(peer, 1234));
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    request
}

#[actix_web::test]
async fn anonymous_callers_are_limited_by_their_network() {
    let app = app!(by_hand; from_fn(anonymous), quotas());
    for (peer, remaining) in [
        ("192.0.2.1", 2),
        ("::ffff:192.0.2.1", 1),
        ("192.0.2.2", 2),
        ("2001:db8:0:1::1", 2),
        ("2001:db8:0:1:ffff::2", 1),
        ("2001:db8:0:2::1", 2),
    ] {
        let (status, state) = send!(app, from(peer, &[]));
        assert_eq!(status, 200, "{peer}");
        assert!(state.contains(&format!("r={remaining};")), "{peer} {state}");
    }
}

#[actix_web::test]
async fn forwarded_headers_count_only_behind_a_trusted_proxy() {
    let proxies = quotas().trusted_proxies(["10.0.0.0/8"]).unwrap();
    let app = app!(by_hand; from_fn(anonymous), proxies);
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
        ("192.0.2.3", &[("forwarded", "for=192.0.2.1")], 1),
    ] {
        let (status, state) = send!(app, from(peer, headers));
        assert_eq!(status, 200, "{peer} {headers:?}");
        assert!(state.contains(&format!("r={remaining};")), "{peer} {state}");
    }
    // What isn't text isn't believed, and hides what comes before it.
    let name = HeaderName::from_static("x-forwarded-for");
    let value = HeaderValue::from_bytes(b"192.0.2.4, \xff").unwrap();
    for remaining in [2, 1] {
        let request = from("10.0.0.9", &[]).append_header((name.clone(), value.clone()));
        let (_, state) = send!(app, request);
        assert!(state.contains(&format!("r={remaining};")), "{state}");
    }
}

/// Inserts the address that the header `x-real-peer` states.
async fn real_peer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let address = request.headers().get("x-real-peer");
    let address = address.map(|address| address.to_str().unwrap().parse().unwrap());
    if let Some(address) = address {
        request.extensions_mut().insert(PeerAddress(address));
    }
    next.call(request).await
}

#[actix_web::test]
async fn an_inserted_address_takes_precedence() {
    let app = app!(by_hand; from_fn(anonymous), quotas(), from_fn(real_peer));
    for remaining in [2, 1, 0] {
        for peer in ["192.0.2.1", "192.0.2.2"] {
            let request = from("10.0.0.1", &[("x-real-peer", peer)]);
            let (status, state) = send!(app, request);
            assert_eq!(status, 200);
            assert!(state.contains(&format!("r={remaining};")), "{state}");
        }
    }
    // A request keeps nothing of the one before.
    let (_, state) = send!(app, from("10.0.0.1", &[]));
    assert!(state.contains("r=2;"), "{state}");
}

#[actix_web::test]
async fn a_caller_whom_nothing_identifies_is_refused() {
    let app = app!(by_hand; from_fn(anonymous), quotas());
    assert_eq!(get!(app, "/search"), (500, String::new()));
    assert_eq!(get!(app, "/export"), (401, String::new()));
}

/// Replaces the body before the guard runs.
async fn other_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let body = request.extract::<Bytes>().await?;
    let body = Bytes::from([&body[..], b"!"].concat());
    request.set_payload(Payload::from(body));
    next.call(request).await
}

#[actix_web::test]
async fn a_body_that_a_middleware_replaced_reaches_the_handler() {
    let app = app!(by_hand; from_fn(other_body), from_fn(customer), quotas());
    let request = TestRequest::with_uri("/import").method(Method::POST);
    let response = app
        .call(request.set_payload("body").to_request())
        .await
        .unwrap();
    let response: HttpResponse = response.into_parts().1.map_into_boxed_body();
    let body = actix_web::body::to_bytes(response.into_body())
        .await
        .unwrap();
    assert_eq!(body, "5 bytes");
}

/// With counters in Redis, the guard waits while the other extractors run.
#[cfg(feature = "redis")]
mod shared {
    use super::{Api, by_hand, customer, early_guard, quotas, status_and_state};
    use actix_web::App;
    use actix_web::dev::Service;
    use actix_web::http::Method;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::web::{self, Json};
    use std::sync::atomic::Ordering;
    use tiergate::quota::OnOutage;
    use tiergate::{Catalogue, Quotas, requires_tier};
    use tiergate_tests_conformance::quotas::redis_server;
    use tiergate_tests_conformance::{Tier, runs_of};

    #[requires_tier(Free, post = "/parse", limit = "2/hour")]
    async fn parse(_: Json<serde_json::Value>) -> &'static str {
        runs_of("parse").fetch_add(1, Ordering::SeqCst);
        "ok"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(parse))]
    struct Parsing;

    fn in_redis<C: Catalogue>(prefix: &str) -> Option<Quotas> {
        let quotas = Quotas::redis::<C>(redis_server::client()?);
        let patience = std::time::Duration::from_secs(10);
        let quotas = quotas.on_outage(OnOutage::Deny).timeout(patience);
        Some(quotas.key_prefix(prefix))
    }

    macro_rules! post {
        ($app:expr, $body:expr) => {
            send!(
                $app,
                TestRequest::with_uri("/parse")
                    .method(Method::POST)
                    .insert_header(("content-type", "application/json"))
                    .set_payload($body)
            )
        };
    }

    #[actix_web::test]
    async fn no_extractor_reads_the_body_before_the_guard_allows_the_call() {
        let Some(quotas) = in_redis::<Parsing>("hold") else {
            return;
        };
        let routes = |config: &mut web::ServiceConfig| {
            config.route("/parse", web::post().to(parse));
        };
        let app = App::new().wrap(from_fn(customer)).wrap(quotas);
        let app = init_service(app.configure(routes)).await;
        assert_eq!(post!(app, "[1]").0, 200);
        assert_eq!(post!(app, "{").0, 400);
        for body in ["{", "[1]", ""] {
            assert_eq!(post!(app, body).0, 429, "{body}");
        }
        assert_eq!(runs_of("parse").load(Ordering::SeqCst), 1);
    }

    #[actix_web::test]
    async fn a_guard_behind_one_that_refuses_the_call_takes_nothing() {
        let Some(quotas) = in_redis::<Api>("order") else {
            return;
        };
        let app = App::new().wrap(from_fn(customer)).wrap(quotas);
        let app = init_service(app.configure(by_hand)).await;
        for _ in 0..5 {
            assert_eq!(get!(app, "/export"), (403, String::new()));
        }
        assert_eq!(get!(app, "/free").0, 200);
        for _ in 0..5 {
            assert_eq!(get!(app, "/free").0, 429);
        }
        let (_, state) = get!(app, "/search");
        assert!(state.starts_with("\"search/hour\";r=1;"), "{state}");
    }

    #[actix_web::test]
    async fn a_guard_that_a_middleware_extracts_leaves_the_body() {
        let Some(shared) = in_redis::<Api>("early") else {
            return;
        };
        for quotas in [shared, quotas()] {
            let app = App::new()
                .wrap(from_fn(early_guard))
                .wrap(from_fn(customer))
                .wrap(quotas)
                .configure(by_hand);
            let app = init_service(app).await;
            let request = TestRequest::with_uri("/import").method(Method::POST);
            let request = request.set_payload("body").to_request();
            let response = app.call(request).await.unwrap();
            assert_eq!(response.status(), 200);
            let body = actix_web::test::read_body(response).await;
            assert_eq!(body, "4 bytes");
        }
    }
}
