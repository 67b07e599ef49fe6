//! Responses to refusals for the whole program. A separate test binary, because they can be set only
//! once.

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use tiergate::{Caller, Catalogue, Denied, requires_tier};
use tower::ServiceExt;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
async fn export() {}

#[requires_tier(Free, get = "/asks-for-more", guard = pass)]
async fn asks_for_more() -> Result<(), Denied> {
    pass.require(Tier::Plus)
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(asks_for_more))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Api))]
struct WithoutState;

#[tokio::test]
async fn a_router_overrides_the_refusals_of_the_program() {
    tiergate::axum::set_on_refusal(|_, _| StatusCode::PAYMENT_REQUIRED.into_response()).unwrap();
    tiergate::axum::set_on_refusal(|_, _| StatusCode::OK.into_response()).unwrap_err();

    let app: Router = Router::new()
        .route("/export", get(export))
        .layer(Extension(Caller::new(Tier::Free)));
    let own = app.clone().layer(tiergate::axum::on_refusal(|_, _| {
        StatusCode::GONE.into_response()
    }));
    let caller = Extension(Caller::new(Tier::Free));
    let of_catalogue = Api::router().layer(caller.clone());
    let included = WithoutState::router().layer(caller);
    let own_of_catalogue = of_catalogue
        .clone()
        .layer(tiergate::axum::on_refusal(|_, _| {
            StatusCode::GONE.into_response()
        }));
    for (app, path, expected) in [
        (app, "/export", 402),
        (own, "/export", 410),
        (of_catalogue, "/asks-for-more", 402),
        (included, "/asks-for-more", 402),
        (own_of_catalogue, "/asks-for-more", 410),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected, "{path}");
    }
    assert!(Tier::Plus.allows(Tier::Free));
}
