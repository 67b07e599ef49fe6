use axum::Router;
use axum::body::Bytes;
use axum::extract::Extension;
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::net::TcpListener;
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, endpoint};
use tiergate_tests_conformance::callers::layer;
use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

mod callers {
    tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
}

endpoint! {
    free(Free, get = "/free");
    plus(Plus, get = "/plus");
    caller(Free, get = "/caller");
    ask(Pro, get = "/ask");
    twice(Plus, get = "/twice");
    json(Plus, post = "/json");
    me(public = "it shows the caller", get = "/me");
    health(public = "health checks have no account", get = "/health");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(free, plus, caller, ask, twice, json, me, health))]
struct Api;

async fn name(caller: Caller<Tier>) -> String {
    caller.id().unwrap_or("nameless").to_owned()
}

async fn show(caller: Caller<Tier>) -> String {
    describe(&caller)
}

async fn read(body: Bytes) -> StatusCode {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let mut router = Router::new()
        .route("/free", get(|| async { "free" }))
        .route("/plus", get(|| async { "plus" }))
        .route("/caller", get(name))
        // Two layers check this route.
        .route(
            "/twice",
            get(|| async { "twice" }).layer(EnforceLayer::<Api>::new()),
        )
        .route("/json", post(read))
        .route("/me", get(show))
        .route("/health", get(|| async { "ok" }))
        .layer(EnforceLayer::<Api>::new());
    if let Some(tiers) = layer(form) {
        router = router.layer(tiers);
    }
    if form == Form::Replaced {
        router = router.layer(Extension(Caller::new(Tier::Pro)));
    }
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    axum::serve(listener, router).await.unwrap();
}
