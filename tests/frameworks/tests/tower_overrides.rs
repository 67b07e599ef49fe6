//! Overrides behind the tower layer if a service may pick one of several endpoints for a request.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use std::convert::Infallible;
use tiergate::tower::{EnforceLayer, EnforceRefusal};
use tiergate::{Caller, Catalogue, Endpoint, Override, Overrides, endpoint};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::decisions::overrides::{at, hour};
use tower::{Layer, ServiceExt, service_fn};

endpoint! {
    // A service may treat these two paths as one.
    docs(Plus, get = "/docs");
    docs_folder(Free, get = "/docs/");
    // A service may answer `HEAD` with its handler of `GET`.
    read(Free, get = "/file");
    head_of_file(Plus, head = "/file");
    // A service may serve the index of a gated folder for the public path.
    index(public = "anybody may read it", get = "/notes");
    notes_folder(Free, get = "/notes/");
    call(Plus, post = "/calls");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(docs, docs_folder, read, head_of_file, index, notes_folder, call))]
struct Api;

/// The header that names the endpoint. A response to `HEAD` has no body.
const REFUSED_BY: &str = "x-refused-by";

/// Sends a request of a caller while an override applies. Returns the response's status, and the name
/// of the endpoint that refused the call.
async fn send(
    request: axum::http::request::Builder,
    caller: Caller<Tier>,
    entry: Option<Override<Tier>>,
) -> (u16, String) {
    let overrides = Overrides::of::<Api>().with_clock(at);
    overrides.replace(1, entry).unwrap();
    let answer =
        |_: Request| async { Ok::<_, Infallible>(axum::http::Response::new(Body::empty())) };
    let layer = EnforceLayer::<Api>::new().on_refusal(|refused, _| {
        let EnforceRefusal::Endpoint(refusal) = refused else {
            panic!("{refused} without an endpoint");
        };
        let name = HeaderValue::from_static(refusal.endpoint().name());
        let mut response = axum::http::Response::new(String::new());
        response.headers_mut().insert(REFUSED_BY, name);
        *response.status_mut() = axum::http::StatusCode::from_u16(refused.status()).unwrap();
        response
    });
    let service = overrides.layer(layer.layer(service_fn(answer)));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(caller);
    let response = service.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let name = response.headers().get(REFUSED_BY);
    let name = name.map(|name| name.to_str().unwrap().to_owned());
    (status, name.unwrap_or_default())
}

#[tokio::test]
async fn an_override_of_any_candidate_applies() {
    let endpoint = |name: &str| -> Endpoint {
        let found = Api::endpoints()
            .iter()
            .find(|endpoint| endpoint.name() == name);
        *found.unwrap()
    };
    let [docs, docs_folder, read, head_of_file, notes_folder] = [
        "docs",
        "docs_folder",
        "read",
        "head_of_file",
        "notes_folder",
    ]
    .map(endpoint);
    let close = |endpoint| Some(Override::close(endpoint));
    let require = |endpoint, tier| Some(Override::require(endpoint, tier).until(hour()));
    let grant = |endpoint| Some(Override::grant("customer-7", endpoint).until(hour()));
    for (method, path, tier, entry, expected) in [
        ("GET", "/docs", Tier::Plus, None, (200, "")),
        ("GET", "/docs", Tier::Free, None, (403, "docs")),
        ("GET", "/docs", Tier::Pro, close(docs), (503, "docs")),
        (
            "GET",
            "/docs",
            Tier::Pro,
            close(docs_folder),
            (503, "docs_folder"),
        ),
        ("GET", "/docs/", Tier::Pro, close(docs), (503, "docs")),
        (
            "GET",
            "/docs/",
            Tier::Pro,
            close(docs_folder),
            (503, "docs_folder"),
        ),
        (
            "GET",
            "/docs",
            Tier::Plus,
            require(docs_folder, Tier::Pro),
            (403, "docs_folder"),
        ),
        (
            "GET",
            "/docs",
            Tier::Pro,
            require(docs_folder, Tier::Pro),
            (200, ""),
        ),
        (
            "GET",
            "/docs",
            Tier::Free,
            require(docs, Tier::Free),
            (200, ""),
        ),
        // An exception for one endpoint isn't an exception for another.
        (
            "GET",
            "/docs",
            Tier::Free,
            grant(docs_folder),
            (403, "docs"),
        ),
        ("GET", "/docs", Tier::Free, grant(docs), (200, "")),
        ("HEAD", "/file", Tier::Plus, None, (200, "")),
        ("HEAD", "/file", Tier::Pro, close(read), (503, "read")),
        (
            "HEAD",
            "/file",
            Tier::Pro,
            close(head_of_file),
            (503, "head_of_file"),
        ),
        ("GET", "/file", Tier::Pro, close(head_of_file), (200, "")),
        ("GET", "/notes", Tier::Free, None, (200, "")),
        (
            "GET",
            "/notes",
            Tier::Pro,
            close(notes_folder),
            (503, "notes_folder"),
        ),
    ] {
        let request = Request::builder().method(method).uri(path);
        let caller = Caller::new(tier).with_id("customer-7");
        let answer = send(request, caller, entry.clone()).await;
        let expected = (expected.0, expected.1.to_owned());
        assert_eq!(answer, expected, "{method} {path} {tier:?} {entry:?}");
    }
}

#[tokio::test]
async fn a_closed_grpc_endpoint_is_unavailable() {
    let overrides = Overrides::of::<Api>();
    overrides.replace(1, [Override::close("call")]).unwrap();
    let answer =
        |_: Request| async { Ok::<_, Infallible>(axum::http::Response::new(Body::empty())) };
    let service = overrides.layer(EnforceLayer::<Api>::new().layer(service_fn(answer)));
    let request = Request::post("/calls").header("content-type", "application/grpc");
    let response = service
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()["grpc-status"], "14");
    assert_eq!(response.headers()["cache-control"], "no-store");
}
