//! Endpoints for every method and for `CONNECT`: in axum, in an audit, and in every document.

use axum::Extension;
use axum::body::Body;
use axum::http::Request;
use tiergate::openapi::Export;
use tiergate::{Audit, Caller, Catalogue, Endpoint, Finding, Snapshot, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Opens a stream of calls.
#[requires_tier(Plus, any = "/ws")]
async fn live() -> &'static str {
    "live"
}

#[requires_tier(Free, get = "/ws")]
async fn page() -> &'static str {
    "page"
}

#[requires_tier(Plus, connect = "/tunnel")]
async fn tunnel() -> &'static str {
    "tunnel"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(live, page, tunnel))]
struct Api;

#[tokio::test]
async fn the_router_accepts_every_method() {
    let app = Api::router().layer(Extension(Caller::new(Tier::Free)));
    for (method, path, status) in [
        ("GET", "/ws", 200),
        ("HEAD", "/ws", 200),
        ("POST", "/ws", 403),
        ("CONNECT", "/ws", 403),
        ("BREW", "/ws", 403),
        ("CONNECT", "/tunnel", 403),
        ("GET", "/tunnel", 405),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap());
        assert_eq!(answer.await.unwrap().status(), status, "{method} {path}");
        let found = Api::find(method, path).and_then(Endpoint::required_tier);
        let expected = match status {
            200 => Some("Free"),
            403 => Some("Plus"),
            _ => None,
        };
        assert_eq!(found, expected, "{method} {path}");
    }
    let is_clash = |finding: &Finding| matches!(finding, Finding::SameRoute(..));
    assert!(!Api::audit().findings().iter().any(is_clash));
}

#[test]
fn documents_contain_the_method() {
    let markdown = Api::markdown();
    assert!(markdown.contains("| ANY | `/ws` | Plus |"), "{markdown}");
    assert!(Api::csv().contains("\nCONNECT,/tunnel,Plus,"));
    assert!(Api::typescript().contains(r#""ANY /ws": Gated<"Plus", "ANY", "/ws", null>"#));
    let read = Snapshot::from_json(&Api::json()).unwrap();
    assert_eq!(read, Snapshot::of::<Api>());
}

#[test]
fn openapi_lists_each_endpoint_under_an_unused_method() {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let paths = &document["paths"];
    assert_eq!(paths["/ws"]["get"]["x-required-tier"], "Free");
    assert_eq!(paths["/ws"]["put"]["x-required-tier"], "Plus");
    assert_eq!(paths["/tunnel"], serde_json::Value::Null);
}

#[test]
fn merging_describes_every_matching_operation() {
    let mut document = serde_json::from_value(serde_json::json!({
        "openapi": "3.1.0",
        "info": { "title": "API", "version": "1" },
        "paths": { "/ws": { "get": { "responses": {} }, "post": { "responses": {} } } },
    }))
    .unwrap();
    let merged = Export::new(&Snapshot::of::<Api>()).merge(&mut document);
    let document = serde_json::to_value(document).unwrap();
    assert_eq!(document["paths"]["/ws"]["get"]["x-required-tier"], "Free");
    assert_eq!(document["paths"]["/ws"]["post"]["x-required-tier"], "Plus");
    let missing: Vec<_> = merged
        .missing()
        .iter()
        .map(|one| one.endpoint().name())
        .collect();
    assert_eq!(missing, ["tunnel"]);
}

mod overlapping {
    use super::Tier;
    use tiergate::Catalogue;

    tiergate::endpoint! {
        all(Free, any = "/{kind}/all");
        unit(Plus, get = "/units/{id}");
        rest(Free, any = "/{*rest}");
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(all, unit, rest))]
    pub(super) struct Api;
}

#[test]
fn the_audit_finds_overlaps_with_other_methods() {
    let audit: Audit = overlapping::Api::audit();
    let names: Vec<_> = (audit.findings().iter())
        .filter_map(|finding| match finding {
            Finding::Overlap(one, other) => Some((one.name(), other.name())),
            _ => None,
        })
        .collect();
    assert_eq!(names, [("all", "unit")]);
}
