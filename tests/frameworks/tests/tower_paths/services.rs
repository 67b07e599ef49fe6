//! A catalogue, and services that serve its endpoints. Each service returns the tier of the reached
//! endpoint in a header.

use super::Asked;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Response};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, any, on};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use tiergate::tower::EnforceLayer;
use tiergate::{Catalogue, Endpoint, endpoint};
use tiergate_tests_conformance::Tier;
use tower::util::{MapRequest, MapResponse};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::services::ServeDir;

endpoint! {
    front(public = "the front page", get = "/");
    site(public = "the site", get = "/{*path}");
    lookup(public = "anybody may look", head = "/{*path}");
    gated_file(Plus, get = "/q1.csv");
    escaped(Plus, get = "/gr%C3%B6%C3%9Fe.csv");
    spaced(Free, get = "/a%20b/{x}");
    versions(Pro, get = "/reports/{id}/versions");
    posts(Free, get = "/@{user}/posts");
    index(Plus, get = "/admin/");
    reset(Pro, get = "/admin/reset");
    docs(Plus, get = "/docs/index.html");
    panel(Plus, get = "/panel");
    downloads(public = "for everybody", post = "/downloads/{*path}");
    units(Free, put = "/units");
    unit(Plus, put = "/units/{id}");
    files(Pro, get = "/files/{*rest}");
    create(Free, post = "/items/active");
    item(Plus, get = "/items/{id}");
    live(Pro, any = "/ws");
    room(Free, any = "/ws/{room}");
    lobby(Plus, get = "/ws/lobby");
    tenant(public = "a page", get = "/tenants/{tenant}");
    tenant_root(Free, get = "/tenants/{tenant}/");
    tenant_export(Plus, get = "/tenants/{tenant}/export");
    own_export(Pro, get = "/tenants/own/export");
    export(public = "open", get = "/export");
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        front, site, lookup, gated_file, escaped, spaced, versions, posts, index, reset, docs, panel,
        downloads, units, unit, files, create, item, live, room, lobby, tenant, tenant_root,
        tenant_export, own_export, export
    )
)]
pub(super) struct Api;

/// The header with the tier of the reached endpoint. `open` stands for a public endpoint.
pub(super) const TIER: &str = "x-tier";

/// A service whose type doesn't matter.
pub(super) type Any = tower::util::BoxCloneSyncService<Asked, Response<Body>, Infallible>;

/// A service behind the layer.
pub(super) fn enforced(service: Any) -> Any {
    enforced_by(&EnforceLayer::new(), service)
}

pub(super) fn enforced_by(layer: &EnforceLayer<Api>, service: Any) -> Any {
    let enforced = MapResponse::new(layer.layer(service), |response: Response<_>| {
        response.map(Body::new)
    });
    Any::new(enforced)
}

fn tier_of(endpoint: Endpoint) -> &'static str {
    endpoint.required_tier().unwrap_or("open")
}

fn filter(endpoint: Endpoint) -> Option<MethodFilter> {
    Some(match endpoint.method()? {
        "GET" => MethodFilter::GET,
        "HEAD" => MethodFilter::HEAD,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        _ => return None,
    })
}

/// Builds a router with these endpoints, without their common prefix.
fn router_of(endpoints: impl Iterator<Item = Endpoint>, prefix: &str) -> Router {
    endpoints.fold(Router::new(), |router, endpoint| {
        let Some(path) = endpoint.path().and_then(|path| path.strip_prefix(prefix)) else {
            return router;
        };
        // A nested router's root route matches the prefix with and without a slash, so only one endpoint
        // can be mounted there.
        let with_slash = format!("{prefix}/");
        let has_slash = self::endpoints().any(|other| other.path() == Some(&with_slash));
        if path.is_empty() && has_slash {
            return router;
        }
        let answer = move || async move { [(TIER, tier_of(endpoint))] };
        let route = match filter(endpoint) {
            Some(filter) => on(filter, answer),
            None => any(answer),
        };
        router.route(if path.is_empty() { "/" } else { path }, route)
    })
}

fn endpoints() -> impl Iterator<Item = Endpoint> {
    Api::endpoints().iter().copied()
}

/// axum's router, which matches the path before the method.
pub(super) fn router() -> Any {
    Any::new(router_of(endpoints(), ""))
}

/// A service that matches the method before the path. It answers `HEAD` itself or as `GET`.
pub(super) fn by_method(has_head: bool) -> Any {
    let of = |method: &'static str| {
        let taken: Vec<_> = endpoints()
            .filter(|endpoint| endpoint.method() == Some(method))
            .collect();
        let paths: Vec<_> = taken.iter().filter_map(Endpoint::path).collect();
        let rest = endpoints().filter(|endpoint| {
            let path = endpoint.path().unwrap_or_default();
            endpoint.method() == Some("ANY") && !paths.contains(&path)
        });
        let all: Vec<_> = taken.iter().copied().chain(rest).collect();
        router_of(all.into_iter(), "")
    };
    let routers =
        Arc::new(["GET", "HEAD", "POST", "PUT", "OTHER"].map(|method| (method, of(method))));
    Any::new(service_fn(move |request: Asked| {
        let find = |name: &str| {
            let found = routers.iter().find(|(method, _)| *method == name);
            found.map_or_else(Router::new, |(_, router)| router.clone())
        };
        let method = request.method().clone();
        let router = match method.as_str() {
            "HEAD" if !has_head => find("GET"),
            "GET" | "HEAD" | "POST" | "PUT" => find(method.as_str()),
            _ => find("OTHER"),
        };
        router.oneshot(request)
    }))
}

/// A service behind a step that changes the path.
pub(super) fn behind<F>(step: F, service: Any) -> Any
where
    F: Fn(&str) -> String + Clone + Send + Sync + 'static,
{
    Any::new(MapRequest::new(service, move |mut request: Asked| {
        if let Ok(uri) = step(request.uri().path()).parse() {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// Resolves a path as the `url` crate and its users do.
pub(super) fn by_url(path: &str) -> String {
    let base = url::Url::parse("http://upstream/").expect("a URL");
    let url = base.join(path);
    url.map_or_else(|_| "/".to_owned(), |url| url.path().to_owned())
}

pub(super) fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

/// Decodes a path and encodes it again.
pub(super) fn recoded(path: &str) -> String {
    const SET: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_')
        .remove(b'@');
    percent_encoding::utf8_percent_encode(&decoded(path), SET).to_string()
}

/// Removes path parameters and resolves dot segments, as servlet containers do.
pub(super) fn as_a_servlet(path: &str) -> String {
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

pub(super) fn without_slash(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}

pub(super) fn with_slash(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

/// Removes the characters that some file systems ignore at the end of a name.
pub(super) fn trimmed(path: &str) -> String {
    let names = decoded(path);
    let names = names
        .split('/')
        .map(|name| name.trim().trim_end_matches('.'));
    names.collect::<Vec<_>>().join("/")
}

/// A folder with a file for each `GET` endpoint with a literal path. The size of a file encodes its
/// tier, because responses to `HEAD` have no body.
pub(super) fn folder() -> Any {
    const SIZES: [(&str, usize); 4] = [("open", 3), ("Free", 5), ("Plus", 7), ("Pro", 9)];
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tower_paths");
    let files = [("open.txt", "open"), ("index.html", "open")].into_iter();
    let gated = endpoints().filter_map(|endpoint| {
        let path = endpoint.path()?.strip_prefix('/')?;
        let is_file = endpoint.method() == Some("GET") && !path.is_empty() && !path.contains('{');
        is_file.then(|| (path, tier_of(endpoint)))
    });
    for (path, tier) in files.chain(gated) {
        let size = SIZES.iter().find(|(name, _)| *name == tier);
        let path = if path.ends_with('/') {
            format!("{path}index.html")
        } else {
            decoded(path)
        };
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x".repeat(size.expect("a tier").1)).unwrap();
    }
    let service = MapResponse::new(ServeDir::new(folder), |response: Response<_>| {
        let mut response = response.map(Body::new);
        let length = response.headers().get("content-length").cloned();
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let tier = SIZES.iter().find(|(_, size)| Some(*size) == length);
        if let (true, Some((tier, _))) = (response.status().is_success(), tier) {
            let tier = HeaderValue::from_static(tier);
            response.headers_mut().insert(TIER, tier);
        }
        response
    });
    Any::new(service)
}

/// axum's router with nested routers. Each has its own layer.
pub(super) fn nested() -> Router {
    let inner = |prefix: &'static str| {
        router_of(
            endpoints().filter(move |endpoint| {
                let path = endpoint.path().and_then(|path| path.strip_prefix(prefix));
                path.is_some_and(|path| path.is_empty() || path.starts_with('/'))
            }),
            prefix,
        )
    };
    let enforced = |prefix: &'static str| inner(prefix).layer(EnforceLayer::<Api>::new());
    // A service below the prefix also serves the router's paths without a slash.
    let tenants = Any::new(inner("/tenants/{tenant}"));
    Router::new()
        .nest("/admin", enforced("/admin"))
        .nest("/files", enforced("/files"))
        .nest("/ws", enforced("/ws"))
        .nest("/items", enforced("/items"))
        .nest_service(
            "/tenants/{tenant}",
            enforced_by(&EnforceLayer::new(), tenants),
        )
}

/// Nested routers behind a service that rewrites paths, so the original URI differs.
pub(super) fn rewritten(step: impl Fn(&str) -> String + Clone + Send + Sync + 'static) -> Any {
    let rewritten = behind(step, Any::new(nested()));
    Any::new(Router::new().fallback_service(rewritten))
}

/// A service below a prefix that something other than axum removes.
pub(super) fn stripped() -> Any {
    let prefix = "/ws";
    let layer = EnforceLayer::new().nested_at(prefix);
    let files = router_of(
        endpoints().filter(|endpoint| {
            let path = endpoint.path();
            path.is_some_and(|path| path.starts_with(prefix))
        }),
        prefix,
    );
    let inner = enforced_by(&layer, Any::new(files));
    Any::new(service_fn(move |mut request: Asked| {
        let inner = inner.clone();
        let path = request.uri().path().strip_prefix(prefix);
        let uri = path.and_then(|path| path.parse().ok());
        async move {
            match uri {
                Some(uri) => {
                    *request.uri_mut() = uri;
                    inner.oneshot(request).await
                }
                None => Ok(Method::GET.as_str().into_response()),
            }
        }
    }))
}
