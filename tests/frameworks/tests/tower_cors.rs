//! `CorsLayer` outside the tower layer answers preflight requests and adds its headers to refusals.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::get;
use std::convert::Infallible;
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::Tier;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::cors::CorsLayer;

endpoint! {
    export(Plus, get = "/export");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export))]
struct Api;

fn preflight() -> Request<Body> {
    Request::builder()
        .method("OPTIONS")
        .uri("/export")
        .header("origin", "https://example.com")
        .header("access-control-request-method", "GET")
        .body(Body::empty())
        .unwrap()
}

fn request(tier: Tier) -> Request<Body> {
    let mut request = Request::get("/export")
        .header("origin", "https://example.com")
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Caller::new(tier));
    request
}

#[tokio::test]
async fn preflights_are_answered_outside_the_layer() {
    let service = ServiceBuilder::new()
        .layer(CorsLayer::permissive())
        .layer(EnforceLayer::<Api>::new())
        .service(service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(Response::new(Body::from("all of it")))
        }));
    let answer = service.clone().oneshot(preflight()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-methods"], "*");
    let body = axum::body::to_bytes(Body::new(answer.into_body()), 99).await;
    assert_eq!(body.unwrap(), "");
    for (tier, status) in [(Tier::Free, 403), (Tier::Plus, 200)] {
        let answer = service.clone().oneshot(request(tier)).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
}

#[tokio::test]
async fn preflights_are_answered_in_a_router() {
    let router: Router = Router::new()
        .route("/export", get(|| async { "all of it" }))
        .layer(EnforceLayer::<Api>::new())
        .layer(CorsLayer::permissive());
    let answer = router.clone().oneshot(preflight()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer = router.oneshot(request(Tier::Free)).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_preflight_without_a_cors_layer_is_refused() {
    let router: Router = Router::new()
        .route("/export", get(|| async { "all of it" }))
        .layer(EnforceLayer::<Api>::new());
    let answer = router.oneshot(preflight()).await.unwrap();
    assert_eq!(answer.status(), 403);
}
