//! Gated handlers on the routers of aide and axum-extra.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get as api_get};
use aide::openapi::OpenApi;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request};
use axum::{Extension, Router};
use axum_extra::routing::TypedPath;
use serde::Deserialize;
use tiergate::axum::AuditedRouter;
use tiergate::axum::routing::get;
use tiergate::{Caller, Catalogue, requires_tier};
use tiergate_tests_conformance::Tier;
use tower::ServiceExt;

#[derive(Deserialize, TypedPath)]
#[typed_path("/users/{id}/notes/{note}")]
struct NotePath {
    id: u32,
    note: String,
}

#[requires_tier(Plus, get = "/users/{id}/notes/{note}")]
async fn note(NotePath { id, note }: NotePath, request: Request) -> String {
    format!("{} {id} {note}", request.method())
}

#[requires_tier(Free, get = "/calls/{id}")]
async fn call(caller: Caller<Tier>, Path(id): Path<u32>) -> String {
    assert!(!caller.is_unknown());
    format!("call {id}")
}

#[requires_tier(Plus, delete = "/calls/{id}")]
async fn close_call(Path(id): Path<u32>) -> String {
    format!("call {id} closed")
}

#[requires_tier(public = "monitoring has no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(note, call, close_call, health))]
struct Api;

async fn send(app: &Router, tier: Tier, method: &str, path: &str) -> (u16, String) {
    let app = app.clone().layer(Extension(Caller::new(tier)));
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_typed_path_is_mounted_by_its_template() {
    let app = AuditedRouter::<Api>::new().route(NotePath::PATH, get(note));
    assert_eq!(app.audit().ungated(), []);
    let app = app.into_router();
    let path = "/users/7/notes/a%20b";
    assert_eq!(
        send(&app, Tier::Plus, "GET", path).await,
        (200, "GET 7 a b".to_owned())
    );
    assert_eq!(send(&app, Tier::Free, "GET", path).await.0, 403);
    assert_eq!(
        send(&app, Tier::Plus, "GET", "/users/x/notes/y").await.0,
        400
    );
    assert_eq!(
        send(&app, Tier::Free, "GET", "/users/x/notes/y").await.0,
        403
    );
}

#[tokio::test]
async fn aide_accepts_gated_handlers() {
    let mut document = OpenApi::default();
    let app: Router = ApiRouter::new()
        .api_route(
            "/calls/{id}",
            api_get(call).merge(delete_with(close_call, |operation| {
                operation.summary("Closes")
            })),
        )
        .api_route("/health", api_get(health))
        .finish_api(&mut document);
    let (status, body) = send(&app, Tier::Free, "GET", "/calls/7").await;
    assert_eq!((status, body.as_str()), (200, "call 7"));
    assert_eq!(send(&app, Tier::Free, "DELETE", "/calls/7").await.0, 403);
    assert_eq!(send(&app, Tier::Plus, "DELETE", "/calls/7").await.0, 200);
    assert_eq!(send(&app, Tier::Free, "GET", "/health").await.1, "ok");

    let document = serde_json::to_value(&document).unwrap();
    let operations = &document["paths"]["/calls/{id}"];
    assert_eq!(operations["delete"]["summary"], "Closes");
    // The document describes the path's parameter, but not the guard.
    assert!(operations["get"].is_object(), "{document}");
    assert!(!document.to_string().contains("Guard"), "{document}");
}
