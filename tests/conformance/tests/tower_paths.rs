//! The tower layer in front of services that read a path each in a way of its own. None of them does
//! anything for an unknown caller that it would not do for the path of an open endpoint.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use std::convert::Infallible;
use std::path::PathBuf;
use tiergate::tower::{EnforceLayer, Refused};
use tiergate::{Catalogue, Subscriber, endpoint};
use tiergate_tests_conformance::Tier;
use tower::limit::ConcurrencyLimit;
use tower::util::{MapRequest, MapResponse};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_http::services::ServeDir;

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

/// Enforced for callers who are unknown. A refusal says what was refused.
fn enforced<S>(
    service: S,
) -> impl Service<Asked, Response = Response<Body>, Error = S::Error> + Clone
where
    S: Service<Asked, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let layer = EnforceLayer::<Api>::new().on_refusal(|refused, _| {
        Response::new(match refused {
            Refused::Endpoint(refusal) => refusal.endpoint().name().to_owned(),
            other => other.code().to_owned(),
        })
    });
    let enforced = MapResponse::new(layer.layer(service), |response: Response<_>| {
        response.map(Body::new)
    });
    MapRequest::new(enforced, |mut request: Asked| {
        request
            .extensions_mut()
            .insert(Subscriber::<Tier>::unknown());
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
async fn the_strictest_of_all_that_a_path_may_mean_counts() {
    for (method, path, expected) in [
        ("GET", "/index.html", "open"),
        ("GET", "/a%20b//c", "open"),
        ("GET", "/q1.csv", "gated_file"),
        ("GET", "/q1.csv/", "gated_file"),
        ("GET", "/q1.csv//", "gated_file"),
        ("GET", "//q1.csv", "gated_file"),
        ("GET", "/q1.csv;x", "gated_file"),
        ("GET", "/q1%2ecsv%3f", "gated_file"),
        ("HEAD", "/q1.csv/", ""),
        ("GET", "/q1.csv/.", "ambiguous_path"),
        ("GET", "/reports/7/versions", "versions"),
        ("GET", "/reports//versions", "versions"),
        ("GET", "/reports//versions/", "versions"),
        ("GET", "/reports/;/versions", "versions"),
        ("GET", "/reports/versions", "open"),
        ("GET", "/@ada/posts", "posts"),
        ("GET", "/@/posts", "posts"),
        ("GET", "/admin", "index"),
        ("GET", "/admin/", "index"),
        ("POST", "/q1.csv", "unlisted_route"),
        ("POST", "/downloads/a;b/c", "open"),
        ("POST", "/downloads/;b", "unlisted_route"),
        ("POST", "/downloads//", "unlisted_route"),
        ("PUT", "/units", "units"),
        ("PUT", "/units/7", "unit"),
        ("PUT", "/units/", "unlisted_route"),
    ] {
        let found = answer(enforced(service_fn(open)), method, path).await;
        assert_eq!(found, expected, "{method} {path}");
    }
}

/// What axum's router answers to each of the catalogue's templates.
fn router() -> Router {
    let mut router = Router::new();
    for endpoint in Api::endpoints() {
        let (Some("GET"), Some(path)) = (endpoint.method(), endpoint.path()) else {
            continue;
        };
        let answer = match endpoint.public_reason() {
            Some(_) => "open",
            None => "GATED",
        };
        router = router.route(path, get(move || async move { answer }));
    }
    router
}

/// A router behind a step that makes another path of the one that was asked for.
fn behind<F>(
    step: F,
) -> impl Service<Asked, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
where
    F: Fn(&str) -> String + Clone + Send + 'static,
{
    MapRequest::new(router(), move |mut request: Asked| {
        // What is no path is nobody's.
        if let Ok(uri) = step(request.uri().path()).parse() {
            *request.uri_mut() = uri;
        }
        request
    })
}

/// As the `url` crate, and what is built on it, resolves a path.
fn by_url(path: &str) -> String {
    let url = url::Url::parse(&format!("http://upstream{path}"));
    url.map_or_else(|_| "/".to_owned(), |url| url.path().to_owned())
}

fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

/// As servers for servlets do: parameters go first, then dots.
fn as_a_servlet(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment.split(';').next() {
            Some("..") => drop(segments.pop()),
            None | Some("." | "") => {}
            Some(name) => segments.push(name),
        }
    }
    format!("/{}", segments.join("/"))
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tower_paths");
    std::fs::create_dir_all(folder.join("admin")).unwrap();
    std::fs::write(folder.join("q1.csv"), "GATED").unwrap();
    std::fs::write(folder.join("admin/reset"), "GATED").unwrap();
    std::fs::write(folder.join("admin/index.html"), "GATED").unwrap();
    std::fs::write(folder.join("b"), "open").unwrap();
    folder
}

/// A sequence that is the same in each run, by xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn path(&mut self) -> String {
        const PARTS: [&str; 32] = [
            "admin",
            "reset",
            "q1.csv",
            "reports",
            "versions",
            "@",
            "@x",
            "posts",
            "7",
            "b",
            "",
            "..",
            ".",
            "%2e%2e",
            "..;x",
            ".%2e",
            "%2f",
            "%5c",
            "\\",
            "..%2f",
            "%252e%252e",
            "%252f",
            "a;b",
            ";",
            "q1.csv%3f",
            "q1.csv%23x",
            "q1%2ecsv",
            "%61dmin",
            "..%00",
            "q1.csv%00",
            "%2561dmin",
            "adm%69n;",
        ];
        let mut path = String::new();
        for _ in 0..=self.below(5) {
            path.push('/');
            path.push_str(PARTS[self.below(PARTS.len())]);
        }
        if self.below(4) == 0 {
            path.push('/');
        }
        path
    }
}

/// How many of the paths reached the service, none of them what is gated.
async fn reached<S>(service: S) -> usize
where
    S: Service<Asked, Response = Response<Body>> + Clone,
    S::Error: std::fmt::Debug,
{
    let mut random = Random(88_172_645_463_325_252);
    let mut reached = 0;
    for _ in 0..20_000 {
        let path = random.path();
        let found = answer(service.clone(), "GET", &path).await;
        assert_ne!(found, "GATED", "{path}");
        reached += usize::from(found == "open");
    }
    reached
}

#[tokio::test]
async fn no_path_reaches_what_is_gated_in_axum() {
    assert!(reached(enforced(router())).await > 100);
}

#[tokio::test]
async fn no_path_reaches_what_is_gated_behind_a_proxy() {
    assert!(reached(enforced(behind(by_url))).await > 100);
    assert!(reached(enforced(behind(decoded))).await > 100);
    assert!(reached(enforced(behind(|path| by_url(&decoded(path))))).await > 100);
    assert!(reached(enforced(behind(|path| decoded(&by_url(path))))).await > 100);
    assert!(reached(enforced(behind(|path| decoded(&decoded(path))))).await > 100);
    assert!(
        reached(enforced(behind(|path| path
            .trim_end_matches('/')
            .to_owned())))
        .await
            > 100
    );
    assert!(
        reached(enforced(behind(|path| format!(
            "{}/",
            path.trim_end_matches('/')
        ))))
        .await
            > 100
    );
}

#[tokio::test]
async fn no_path_reaches_what_is_gated_in_a_servlet() {
    assert!(reached(enforced(behind(as_a_servlet))).await > 100);
    assert!(reached(enforced(behind(|path| as_a_servlet(&decoded(path))))).await > 100);
    assert!(reached(enforced(behind(|path| decoded(&as_a_servlet(path))))).await > 100);
}

#[tokio::test]
async fn no_path_reaches_a_file_that_is_gated() {
    let files = MapResponse::new(ServeDir::new(folder()), |response: Response<_>| {
        response.map(Body::new)
    });
    assert!(reached(enforced(files)).await > 20);
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
    let admin: Router = Router::new()
        .route("/export", get(|| async { "GATED" }))
        .route("/", get(|| async { "GATED" }));
    let unknown = axum::Extension(Subscriber::<Tier>::unknown());
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

#[tokio::test]
async fn a_refused_call_keeps_no_place_in_a_limit() {
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
