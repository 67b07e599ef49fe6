//! Audited routers used like axum's: with method routers, and with the routers of other catalogues.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::MethodFilter;
use axum::{Extension, Router};
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::axum::routing::{MethodRouter, any, delete, get, on, post, trace};
use tiergate::axum::{AuditedRouter, MountedRoute, unaudited};
use tiergate::{Caller, Catalogue, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Free, get = "/calls/{id}")]
async fn call() -> &'static str {
    "call"
}

#[requires_tier(Plus, delete = "/calls/{id}")]
async fn close_call() -> &'static str {
    "closed"
}

#[requires_tier(Plus, head = "/units")]
async fn head_of_units() {}

#[requires_tier(Free, get = "/units")]
async fn units() -> &'static str {
    "units"
}

#[requires_tier(public = "monitoring has no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[requires_tier(public = "everybody may see the prices", get = "/prices")]
async fn prices() -> &'static str {
    "prices"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(call, close_call))]
struct Calls;

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(units, head_of_units, health, prices), include(Calls))]
struct Api;

static SECRETS: AtomicUsize = AtomicUsize::new(0);

/// A handler that no test may reach.
async fn secret() -> &'static str {
    SECRETS.fetch_add(1, Ordering::SeqCst);
    "SECRET"
}

fn calls() -> MethodRouter {
    get(call).delete(close_call)
}

fn rest() -> AuditedRouter<Api> {
    AuditedRouter::new()
        .route("/units", get(units).head(head_of_units))
        .route("/health", get(health))
        .route("/prices", on(MethodFilter::GET, prices))
}

fn served(app: AuditedRouter<Api>, tier: Tier) -> Router {
    app.layer(Extension(Caller::new(tier))).into_router()
}

async fn send(app: &Router, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn ungated(app: &AuditedRouter<Api>) -> Vec<String> {
    let audit = app.audit();
    let ungated = audit.ungated().iter();
    ungated.map(MountedRoute::to_string).collect()
}

#[tokio::test]
async fn method_routers_are_mounted_as_in_axum() {
    for app in [
        rest().route("/calls/{id}", calls()),
        rest().route("/calls/{call}", get(call).merge(delete(close_call))),
        rest()
            .route("/calls/{id}", get(call))
            .route("/calls/{id}", delete(close_call)),
        rest().merge(AuditedRouter::<Calls>::new().route("/calls/{id}", calls())),
        rest().nest(
            "/calls",
            AuditedRouter::<Calls>::new().route("/{id}", calls()),
        ),
        rest().merge(AuditedRouter::<Calls>::new().catalogue()),
    ] {
        app.audit().assert_clean();
        assert_eq!(app.audit().unaudited().len(), 0);
        assert_eq!(app.routes().len(), Api::ENDPOINTS.len());
        let plus = served(app.clone(), Tier::Plus);
        assert_eq!(send(&plus, "GET", "/calls/7").await.1, "call");
        assert_eq!(send(&plus, "DELETE", "/calls/7").await.1, "closed");
        assert_eq!(send(&plus, "GET", "/health").await.1, "ok");
        assert_eq!(send(&plus, "PUT", "/calls/7").await.0, 405);
        let free = served(app, Tier::Free);
        assert_eq!(send(&free, "GET", "/calls/7").await.1, "call");
        assert_eq!(send(&free, "DELETE", "/calls/7").await.0, 403);
        assert_eq!(send(&free, "GET", "/units").await.1, "units");
        // `/units` has a separate endpoint for `HEAD`. On `/calls/{id}`, the endpoint for `GET` answers
        // `HEAD` requests.
        assert_eq!(send(&free, "HEAD", "/units").await.0, 403);
        assert_eq!(
            send(&free, "HEAD", "/calls/7").await,
            (StatusCode::OK, String::new())
        );
    }
}

#[tokio::test]
async fn an_unlisted_handler_never_runs() {
    let app = rest()
        .route("/calls/{id}", calls().post(secret))
        .route("/debug", get(secret).put(secret))
        .route("/any", any(secret))
        .route("/any-but", any(secret).get(secret))
        .route("/trace", trace(secret).connect(secret))
        .route("/two", on(MethodFilter::GET.or(MethodFilter::POST), secret))
        .route("/closure", get(|| async { secret().await }))
        .nest(
            "/v1",
            AuditedRouter::<Calls>::new().route("/secret", post(secret)),
        )
        .layer(Extension(Caller::new(Tier::Plus)));
    assert_eq!(
        ungated(&app),
        [
            "POST /calls/{id}",
            "GET /debug",
            "PUT /debug",
            "ANY /any",
            "ANY /any-but",
            "GET /any-but",
            "TRACE /trace",
            "CONNECT /trace",
            "GET /two",
            "POST /two",
            "GET /closure",
            "POST /v1/secret",
        ]
    );
    assert!(app.audit().ungated()[0].handler().ends_with("secret"));
    let app = app.into_router();
    for (method, path) in [
        ("POST", "/calls/7"),
        ("GET", "/debug"),
        ("HEAD", "/debug"),
        ("PUT", "/debug"),
        ("GET", "/any"),
        ("PROPFIND", "/any"),
        ("PUT", "/any-but"),
        ("GET", "/any-but"),
        ("TRACE", "/trace"),
        ("GET", "/two"),
        ("POST", "/two"),
        ("GET", "/closure"),
        ("POST", "/v1/secret"),
    ] {
        let (status, body) = send(&app, method, path).await;
        assert_eq!(status, 500, "{method} {path}");
        assert_eq!(body.is_empty(), method == "HEAD", "{method} {path}");
        assert!(method == "HEAD" || body.contains("ungated_route"), "{body}");
    }
    assert_eq!(SECRETS.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_listed_handler_is_refused_on_another_route() {
    let app = AuditedRouter::<Api>::new()
        // Every handler is mounted on another handler's route, or on a route that is in no catalogue.
        .route("/health", get(prices).head(secret))
        .route("/prices", get(call).post(prices))
        .route("/units", any(units))
        .route("/calls/{id}", get(close_call).delete(call))
        .route("/calls/{id}/", get(call));
    assert_eq!(ungated(&app).len(), 8);
    assert_eq!(ungated(&app).len(), app.routes().len());
    let app = served(app, Tier::Plus);
    for (method, path) in [
        ("GET", "/health"),
        ("HEAD", "/health"),
        ("GET", "/prices"),
        ("POST", "/prices"),
        ("GET", "/units"),
        ("GET", "/calls/7"),
        ("DELETE", "/calls/7"),
        ("GET", "/calls/7/"),
    ] {
        assert_eq!(send(&app, method, path).await.0, 500, "{method} {path}");
    }
}

#[tokio::test]
async fn routes_of_a_catalogue_that_is_not_included_are_refused() {
    let app = AuditedRouter::<Calls>::new()
        .route("/calls/{id}", calls())
        .merge(AuditedRouter::<Api>::new().route("/units", get(units)));
    let audit = app.audit();
    assert_eq!(audit.ungated().len(), 1);
    assert_eq!(audit.ungated()[0].to_string(), "GET /units");
    let app = app.layer(Extension(Caller::new(Tier::Plus))).into_router();
    assert_eq!(send(&app, "GET", "/units").await.0, 500);
    assert_eq!(send(&app, "GET", "/calls/7").await.0, 200);
}

async fn mark(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .append("x-layer", "1".parse().unwrap());
    response
}

#[tokio::test]
async fn a_method_router_layer_wraps_earlier_handlers() {
    async fn layers(app: &Router, method: &str) -> usize {
        let request = Request::builder().method(method).uri("/calls/7");
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        response.headers().get_all("x-layer").iter().count()
    }
    let mark = || middleware::from_fn(mark);
    let layered = rest().route("/calls/{id}", get(call).layer(mark()).delete(close_call));
    let route_layered = rest().route("/calls/{id}", calls().route_layer(mark()));
    layered.audit().assert_clean();
    route_layered.audit().assert_clean();
    let layered = served(layered, Tier::Plus);
    let route_layered = served(route_layered, Tier::Plus);
    assert_eq!(
        (
            layers(&layered, "GET").await,
            layers(&layered, "DELETE").await
        ),
        (1, 0)
    );
    assert_eq!(
        (
            layers(&route_layered, "GET").await,
            layers(&route_layered, "DELETE").await
        ),
        (1, 1)
    );
    assert_eq!(
        (
            layers(&layered, "PUT").await,
            layers(&route_layered, "PUT").await
        ),
        (1, 0)
    );

    // If a route is mounted twice, the second handler is dropped together with its layer.
    let twice = rest()
        .route("/calls/{id}", calls())
        .route("/calls/{id}", get(call).route_layer(mark()));
    assert_eq!(twice.audit().twice().len(), 1);
    assert_eq!(layers(&served(twice, Tier::Plus), "GET").await, 0);

    // A layer added by axum's own method hides the function.
    let hidden = rest().route("/calls/{id}", get(call.layer(mark())));
    assert_eq!(ungated(&hidden), ["GET /calls/{id}"]);
}

#[test]
#[should_panic(expected = "add the handlers first")]
fn a_route_layer_around_nothing_panics_as_in_axum() {
    let _ = MethodRouter::<()>::new().route_layer(middleware::from_fn(mark));
}

#[tokio::test]
async fn an_unaudited_route_needs_a_reason() {
    let plain = || Router::new().route("/plain", axum::routing::get(|| async { "plain" }));
    let service = || axum::routing::get(|| async { "service" });
    let app = rest()
        .route("/calls/{id}", calls())
        .route("/axum", unaudited("a method router of axum", service()))
        .merge(unaudited("a merged router", plain()))
        .nest("/nested", unaudited("a nested router", plain()))
        .route_service("/service", unaudited("a service", service()))
        .nest_service("/services", unaudited("a nested service", service()))
        .nest(
            "/v1",
            AuditedRouter::<Api>::new().merge(unaudited("one further in", plain())),
        )
        .fallback_service(unaudited("the site", service()));
    let audit = app.audit();
    audit.assert_clean();
    let unaudited: Vec<_> = audit.unaudited().iter().map(ToString::to_string).collect();
    assert_eq!(
        unaudited,
        [
            "/axum (a method router of axum)",
            "/ (a merged router)",
            "/nested (a nested router)",
            "/service (a service)",
            "/services (a nested service)",
            "/v1 (one further in)",
            "/{*path} (the site)",
        ]
    );
    assert_eq!(audit.unaudited()[2].path(), "/nested");
    assert_eq!(audit.unaudited()[2].reason(), "a nested router");
    let app = served(app, Tier::Plus);
    for (path, body) in [
        ("/axum", "service"),
        ("/plain", "plain"),
        ("/nested/plain", "plain"),
        ("/service", "service"),
        ("/services/x", "service"),
        ("/v1/plain", "plain"),
        ("/elsewhere", "service"),
        ("/calls/7", "call"),
    ] {
        assert_eq!(
            send(&app, "GET", path).await,
            (StatusCode::OK, body.to_owned()),
            "{path}"
        );
    }
}

#[test]
#[should_panic(expected = "write why this needs no audit")]
fn a_blank_reason_panics() {
    let _ = unaudited(" ", Router::<()>::new());
}

#[tokio::test]
async fn a_router_can_be_built_more_than_once() {
    let app = rest().route("/calls/{id}", calls());
    for _ in 0..2 {
        app.audit().assert_clean();
        assert_eq!(
            send(&served(app.clone(), Tier::Plus), "GET", "/calls/7")
                .await
                .1,
            "call"
        );
    }
    // Handlers are still recognised after `with_state`.
    let app: AuditedRouter<Api> = rest().with_state(()).route("/calls/{id}", calls());
    app.audit().assert_clean();
    assert_eq!(
        format!("{:?}", get::<_, _, ()>(health))
            .matches("health")
            .count(),
        1
    );
}
