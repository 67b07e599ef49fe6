//! The tower layer in front of services that read paths in different ways: no caller reaches an endpoint
//! that requires a higher tier.
//!
//! The random requests differ in each run. `TIERGATE_FUZZ_SEED` repeats a run, and
//! `TIERGATE_FUZZ_REQUESTS` sets the number of requests to each service.

#[path = "tower_paths/fuzz.rs"]
mod fuzz;
#[path = "tower_paths/services.rs"]
mod services;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use std::convert::Infallible;
use tiergate::tower::{EnforceLayer, EnforceRefusal};
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::Tier;
use tower::limit::ConcurrencyLimit;
use tower::util::{MapRequest, MapResponse};
use tower::{Layer, Service, ServiceExt, service_fn};

endpoint! {
    site(public = "the site", get = "/{*path}");
    gated_file(Plus, get = "/q1.csv");
    versions(Pro, get = "/reports/{id}/versions");
    posts(Free, get = "/@{user}/posts");
    index(Plus, get = "/admin/");
    reset(Pro, get = "/admin/reset");
    downloads(public = "for everybody", post = "/downloads/{*path}");
    units(Free, put = "/units");
    unit(Plus, put = "/units/{id}");
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(site, gated_file, versions, posts, index, reset, downloads, units, unit)
)]
struct Api;

type Asked = Request<Body>;

/// Enforces the catalogue for unknown callers. Refusals name the refused endpoint.
fn enforced<S>(
    service: S,
) -> impl Service<Asked, Response = Response<Body>, Error = S::Error> + Clone
where
    S: Service<Asked, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let layer = EnforceLayer::<Api>::new().on_refusal(|refused, _| {
        Response::new(match refused {
            EnforceRefusal::Endpoint(refusal) => refusal.endpoint().name().to_owned(),
            other => other.code().to_owned(),
        })
    });
    let enforced = MapResponse::new(layer.layer(service), |response: Response<_>| {
        response.map(Body::new)
    });
    MapRequest::new(enforced, |mut request: Asked| {
        request.extensions_mut().insert(Caller::<Tier>::unknown());
        request
    })
}

async fn answer<S>(service: S, method: &str, path: &str) -> String
where
    S: Service<Asked, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).expect(path);
    let answer = service.oneshot(request).await.expect(path);
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    String::from_utf8_lossy(&body.expect(path)).into_owned()
}

async fn open(_: Asked) -> Result<Response<Body>, Infallible> {
    Ok("open".into_response())
}

#[tokio::test]
async fn the_strictest_matching_endpoint_applies() {
    for (method, path, expected) in [
        ("GET", "/index.html", "open"),
        ("GET", "/a%20b/c", "open"),
        ("GET", "/q1.csv", "gated_file"),
        ("GET", "/q1%2ecsv", "gated_file"),
        ("HEAD", "/q1.csv", ""),
        ("GET", "/reports/7/versions", "versions"),
        ("GET", "/reports/versions", "open"),
        ("GET", "/@ada/posts", "posts"),
        ("GET", "/%40ada/posts", "posts"),
        ("GET", "/@/posts", "posts"),
        ("GET", "/admin", "index"),
        ("GET", "/admin/index.html", "index"),
        ("GET", "/admin/other.html", "open"),
        ("GET", "/admin/", "index"),
        ("POST", "/q1.csv", "unlisted_route"),
        ("POST", "/downloads/a/c", "open"),
        ("POST", "/downloads", "unlisted_route"),
        ("PUT", "/units", "units"),
        ("PUT", "/units/7", "unit"),
        ("GET", "/", "unlisted_route"),
    ] {
        let found = answer(enforced(service_fn(open)), method, path).await;
        assert_eq!(found, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_non_canonical_path_is_ambiguous_even_if_unlisted() {
    for path in [
        "/q1.csv/",
        "/q1.csv//",
        "//q1.csv",
        "/q1.csv;x",
        "/q1%2ecsv%3f",
        "/q1.csv/.",
        "/q1.csv%20",
        "/q1.csv.",
        "/reports//versions",
        "/reports/;/versions",
        "/@/posts/",
        "/a//b",
        "/downloads/",
        "/units/",
        "/nowhere/",
        "/nowhere/%2e%2e",
    ] {
        for method in ["GET", "POST", "PUT", "BREW"] {
            let found = answer(enforced(service_fn(open)), method, path).await;
            assert_eq!(found, "ambiguous_path", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_unlisted_path_can_be_answered_as_not_found() {
    let layer = EnforceLayer::<Api>::new().unlisted_as_not_found();
    let router: Router = Router::new().fallback(|| async { "open" }).layer(layer);
    let send = |path: &str| {
        let request = Request::put(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    let found = send("/nowhere").await.unwrap();
    assert_eq!(found.status(), 404);
    let body = axum::body::to_bytes(found.into_body(), usize::MAX).await;
    assert_eq!(
        body.unwrap(),
        r#"{"title":"Not found","status":404,"detail":"no endpoint has this method and path","instance":"/nowhere","code":"unlisted_route"}"#
    );
    assert_eq!(send("/nowhere/").await.unwrap().status(), 400);
    assert_eq!(send("/units").await.unwrap().status(), 500);
}

mod nested {
    use super::Tier;
    use tiergate::Catalogue;

    tiergate::endpoint! {
        export(public = "for everybody", get = "/export");
        admin_export(Plus, get = "/admin/export");
        root(Plus, get = "/admin");
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(export, admin_export, root))]
    pub(super) struct Api;
}

#[tokio::test]
async fn a_nested_router_is_checked_by_its_whole_path() {
    let unknown = axum::Extension(Caller::<Tier>::unknown());
    let admin: Router = Router::new()
        .route("/export", get(|| async { "GATED" }))
        .route("/", get(|| async { "GATED" }));
    let enforced = admin
        .layer(EnforceLayer::<nested::Api>::new())
        .layer(unknown);
    let app: Router = Router::new().nest("/admin", enforced);
    for (path, name) in [("/admin/export", "admin_export"), ("/admin", "root")] {
        let found = answer(app.clone(), "GET", path).await;
        assert!(
            found.contains(&format!("\"instance\":\"{path}\"")),
            "{found}"
        );
        assert!(
            found.contains(&format!("\"endpoint\":\"{name}\"")),
            "{found}"
        );
    }
}

/// The path that a layer sees, and whether the layer is configured to be below `/admin`.
#[tokio::test]
async fn a_prefix_can_be_configured() {
    let layer = EnforceLayer::<nested::Api>::new().on_refusal(|refused, request| {
        let name = match refused {
            EnforceRefusal::Endpoint(refusal) => refusal.endpoint().name(),
            other => other.code(),
        };
        Response::new(format!("{name} {}", request.uri))
    });
    let answer = |layer: &EnforceLayer<nested::Api>, path: &'static str| {
        let service = layer.clone().layer(service_fn(open));
        let service = MapResponse::new(service, |response: Response<_>| response.map(Body::new));
        answer(service, "GET", path)
    };
    assert_eq!(answer(&layer, "/export").await, "open");
    let below = layer.clone().nested_at("/admin/");
    assert_eq!(
        answer(&below, "/export?x=1").await,
        "admin_export /admin/export?x=1"
    );
    assert_eq!(answer(&below, "/").await, "root /admin");
    assert_eq!(
        answer(&below, "/other").await,
        "unlisted_route /admin/other"
    );
    assert_eq!(
        answer(&below, "//export").await,
        "ambiguous_path /admin//export"
    );

    // In a router of axum, the configured prefix takes precedence over axum's extensions.
    let router = |layer: EnforceLayer<nested::Api>| {
        let rewritten = MapRequest::new(layer.layer(service_fn(open)), |mut request: Asked| {
            *request.uri_mut() = "/export".parse().unwrap();
            request
        });
        Router::new().nest_service("/v1", rewritten)
    };
    let get = |router: Router| self::answer(router, "GET", "/v1/public");
    assert_eq!(get(router(layer.clone())).await, "ambiguous_path /export");
    assert_eq!(get(router(layer.clone().nested_at("/"))).await, "open");
    assert_eq!(get(router(below)).await, "admin_export /admin/export");
}

#[tokio::test]
async fn a_refused_call_releases_its_place_in_a_limit() {
    let limited = enforced(ConcurrencyLimit::new(service_fn(open), 1));
    let (mut refused, mut other) = (limited.clone(), limited.clone());
    let request = Request::get("/q1.csv").body(Body::empty()).unwrap();
    refused.ready().await.unwrap().call(request).await.unwrap();
    let ready = tokio::time::timeout(std::time::Duration::from_secs(5), other.ready()).await;
    assert!(ready.is_ok());
    let closed = Request::post("/nowhere").body(Body::empty()).unwrap();
    other.call(closed).await.unwrap();
    let ready = tokio::time::timeout(std::time::Duration::from_secs(5), refused.ready()).await;
    assert!(ready.is_ok());
}

#[tokio::test]
async fn a_refused_head_has_no_body() {
    let layer = EnforceLayer::<Api>::new();
    let request = Request::head("/q1.csv").body(Body::empty()).unwrap();
    let answer = layer
        .layer(service_fn(open))
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    let length = answer.headers()["content-length"].to_str().unwrap();
    assert!(length.parse::<usize>().unwrap() > 100);
    let body = axum::body::to_bytes(Body::new(answer.into_body()), usize::MAX).await;
    assert_eq!(body.unwrap(), "");
}
