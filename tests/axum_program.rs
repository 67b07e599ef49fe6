//! How a whole program answers refusals. A program of its own, as it can be set once.

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use tiergate::{Subscriber, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
async fn export() {}

#[tokio::test]
async fn the_programs_answer_stands_behind_the_routers() {
    tiergate::axum::set_on_refusal(|_, _| StatusCode::PAYMENT_REQUIRED.into_response()).unwrap();
    tiergate::axum::set_on_refusal(|_, _| StatusCode::OK.into_response()).unwrap_err();

    let app: Router = Router::new()
        .route("/export", get(export))
        .layer(Extension(Subscriber::new(Tier::Free)));
    let own = app.clone().layer(tiergate::axum::on_refusal(|_, _| {
        StatusCode::GONE.into_response()
    }));
    for (app, expected) in [(app, 402), (own, 410)] {
        let request = Request::get("/export").body(Body::empty()).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), expected);
    }
    assert!(Tier::Plus.allows(Tier::Free));
}
