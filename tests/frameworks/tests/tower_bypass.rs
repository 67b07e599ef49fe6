//! Requests that once bypassed the tower layer and reached a gated endpoint. Every service behind the
//! layer answers "GATED" for endpoints that require a tier.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use std::convert::Infallible;
use std::path::PathBuf;
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::Tier;
use tower::util::{MapRequest, MapResponse};
use tower::{Layer, Service, ServiceExt};
use tower_http::services::ServeDir;

endpoint! {
    front(public = "the front page", get = "/");
    site(public = "the site", get = "/{*path}");
    headers(public = "anybody may look", head = "/{*path}");
    escaped(Plus, get = "/gr%C3%B6%C3%9Fe.csv");
    docs(Plus, get = "/docs/index.html");
    admin(Plus, get = "/admin");
    tenant(Plus, get = "/tenants/{tenant}/");
    v1_export(Plus, get = "/v1/export");
    v1_open(public = "open", get = "/v1/open");
    opened(public = "open", get = "/export");
    create(public = "open", post = "/items/active");
    item(Plus, get = "/items/{id}");
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        front, site, headers, escaped, docs, admin, tenant, v1_export, v1_open, opened,
        create, item
    )
)]
struct Api;

fn enforce() -> EnforceLayer<Api> {
    enforce_for()
}

fn enforce_for<C: Catalogue>() -> EnforceLayer<C> {
    EnforceLayer::new()
}

async fn gated() -> Response<Body> {
    (StatusCode::OK, [("x-reached", "GATED")], "GATED").into_response()
}

async fn open() -> &'static str {
    "open"
}

/// Sends a request from an unknown caller.
async fn send<S>(service: S, method: &str, path: &str) -> Response<Body>
where
    S: Service<Request, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .expect(path);
    request.extensions_mut().insert(Caller::<Tier>::unknown());
    service.oneshot(request).await.expect(path)
}

/// Fails if an unknown caller reaches a gated endpoint.
async fn assert_closed<S>(service: S, method: &str, path: &str)
where
    S: Service<Request, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let answer = send(service, method, path).await;
    let status = answer.status();
    let is_marked = answer.headers().contains_key("x-reached");
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    assert_ne!(body.expect(path), "GATED", "{method} {path}");
    assert!(
        !is_marked && !status.is_success(),
        "{method} {path}: {status}"
    );
}

async fn assert_open<S>(service: S, method: &str, path: &str)
where
    S: Service<Request, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let answer = send(service, method, path).await;
    assert_eq!(answer.status(), 200, "{method} {path}");
}

fn files() -> impl Service<Request, Response = Response<Body>, Error = Infallible> + Clone {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tower_bypass");
    std::fs::create_dir_all(folder.join("docs")).unwrap();
    std::fs::write(folder.join("größe.csv"), "GATED").unwrap();
    std::fs::write(folder.join("docs/index.html"), "GATED").unwrap();
    std::fs::write(folder.join("open.txt"), "open").unwrap();
    let files = MapResponse::new(ServeDir::new(folder), |response: Response<_>| {
        response.map(Body::new)
    });
    MapResponse::new(enforce().layer(files), |response: Response<_>| {
        response.map(Body::new)
    })
}

#[tokio::test]
async fn another_spelling_of_an_escape_is_the_same_file() {
    for path in [
        "/gr%C3%B6%C3%9Fe.csv",
        "/gr%c3%b6%c3%9fe.csv",
        "/gr%c3%B6%C3%9fe.csv",
        "/%67r%C3%B6%C3%9Fe.csv",
        "/gr%C3%B6%C3%9Fe%2Ecsv",
    ] {
        assert_closed(files(), "GET", path).await;
        assert_closed(files(), "HEAD", path).await;
    }
    assert_open(files(), "GET", "/open.txt").await;
}

#[tokio::test]
async fn a_folder_is_not_served_by_its_gated_index() {
    for path in ["/docs/", "/docs", "/docs//", "/docs/index.html"] {
        assert_closed(files(), "GET", path).await;
    }
}

#[tokio::test]
async fn head_is_gated_like_get() {
    let router: Router = Router::new()
        .route("/admin", get(gated))
        .route("/{*path}", get(open).head(open))
        .layer(enforce());
    assert_closed(router.clone(), "HEAD", "/admin").await;
    assert_closed(router.clone(), "GET", "/admin").await;
    assert_open(router, "HEAD", "/other").await;
}

#[tokio::test]
async fn an_empty_parameter_of_a_nested_service_is_refused() {
    let tenant = Router::new().route("/", get(gated)).fallback(gated);
    let router: Router = Router::new()
        .nest_service("/tenants/{tenant}", tenant)
        .layer(enforce());
    for path in ["/tenants//", "/tenants/a/", "/tenants///", "/tenants//a"] {
        assert_closed(router.clone(), "GET", path).await;
    }
}

/// A router nested at `/v1`, with the layer inside it.
fn nested() -> Router {
    Router::new().nest(
        "/v1",
        Router::new()
            .route("/export", get(gated))
            .route("/open", get(open))
            .layer(enforce()),
    )
}

#[tokio::test]
async fn a_nested_router_is_checked_by_its_whole_path() {
    assert_closed(nested(), "GET", "/v1/export").await;
    assert_open(nested(), "GET", "/v1/open").await;
}

#[tokio::test]
async fn a_rewritten_path_is_checked_as_rewritten() {
    // The outer router keeps `/public` as the original URI.
    let router: Router =
        Router::new().fallback_service(tower::service_fn(move |mut request: Request| {
            if request.uri().path() == "/public" {
                *request.uri_mut() = Uri::from_static("/v1/export");
            }
            nested().oneshot(request)
        }));
    assert_closed(router, "GET", "/public").await;
}

#[tokio::test]
async fn a_path_that_looks_like_a_host_is_refused() {
    let router: Router = Router::new().route("/admin", any(gated)).fallback(open);
    let by_url = MapRequest::new(router, |mut request: Request| {
        let base = url::Url::parse("http://upstream/").unwrap();
        let url = base.join(&request.uri().to_string()).unwrap();
        *request.uri_mut() = url.path().parse().unwrap();
        request
    });
    let enforced = MapResponse::new(enforce().layer(by_url), |response: Response<_>| {
        response.map(Body::new)
    });
    for path in ["//x/admin", "//admin", "/\\x/admin", "///admin"] {
        assert_closed(enforced.clone(), "GET", path).await;
    }
}

#[tokio::test]
async fn a_path_without_an_endpoint_for_the_method_is_refused() {
    let router: Router = Router::new()
        .route("/items/active", post(open))
        .route("/items/{id}", get(gated))
        .layer(enforce());
    for method in ["GET", "HEAD", "PUT", "BREW"] {
        let answer = send(router.clone(), method, "/items/active").await;
        assert_eq!(answer.status(), 403, "{method}");
    }
    assert_open(router.clone(), "POST", "/items/active").await;
    assert_closed(router, "GET", "/items/7").await;
}

/// Folders whose files are gated by one template with a parameter, next to a public site.
mod folders {
    use super::{Tier, enforce_for, gated, send};
    use axum::Router;
    use axum::body::Body;
    use axum::http::Response;
    use axum::routing::get;
    use tiergate::{Catalogue, endpoint};
    use tower::Layer;
    use tower::util::MapResponse;
    use tower_http::services::ServeDir;

    endpoint! {
        front(public = "the front page", get = "/");
        site(public = "the site", get = "/{*path}");
        docs(Plus, get = "/docs/{*path}");
        report(Plus, get = "/reports/{file}");
        tenant(Plus, get = "/tenants/{tenant}/{*path}");
        units(public = "the units", get = "/units");
        unit(Plus, get = "/units/{id}");
        any_method(public = "anybody", any = "/x");
        of_get(Plus, get = "/x");
    }

    #[derive(Catalogue)]
    #[catalogue(
        tier = Tier,
        handlers(front, site, docs, report, tenant, units, unit, any_method, of_get)
    )]
    struct Api;

    #[tokio::test]
    async fn the_index_of_a_nested_folder_is_as_gated_as_its_files() {
        let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gated_folder");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "GATED").unwrap();
        let nested = Router::new().route("/", get(gated)).fallback(gated);
        let outside: Router = Router::new()
            .nest_service("/docs", ServeDir::new(&folder))
            .nest_service("/reports", ServeDir::new(&folder))
            .nest("/tenants/{tenant}", nested.clone())
            .route("/units", get(|| async { "open" }))
            .fallback(|| async { "open" })
            .layer(enforce_for::<Api>());
        let files = MapResponse::new(ServeDir::new(&folder), |answer: Response<_>| {
            answer.map(Body::new)
        });
        let inside: Router = Router::new()
            .nest_service(
                "/docs",
                MapResponse::new(
                    enforce_for::<Api>().layer(files.clone()),
                    |answer: Response<_>| answer.map(Body::new),
                ),
            )
            .nest("/tenants/{tenant}", nested.layer(enforce_for::<Api>()));
        let removed = enforce_for::<Api>().nested_at("/docs").layer(files);
        let removed = MapResponse::new(removed, |answer: Response<_>| answer.map(Body::new));
        for (method, path) in [
            ("GET", "/docs"),
            ("HEAD", "/docs"),
            ("GET", "/docs/index.html"),
            ("GET", "/tenants/a"),
            ("GET", "/reports"),
        ] {
            assert_eq!(
                send(outside.clone(), method, path).await.status(),
                401,
                "{method} {path}"
            );
        }
        for path in ["/docs", "/tenants/a"] {
            assert_eq!(
                send(inside.clone(), "GET", path).await.status(),
                401,
                "{path}"
            );
        }
        assert_eq!(send(removed, "GET", "/").await.status(), 401);
        // Public endpoints stay public.
        for path in ["/", "/units", "/about"] {
            assert_eq!(
                send(outside.clone(), "GET", path).await.status(),
                200,
                "{path}"
            );
        }
        // Methods are case-sensitive, but not to every service.
        assert_eq!(send(outside.clone(), "get", "/x").await.status(), 403);
    }
}
