use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use std::net::TcpListener;
use tiergate::Catalogue;
use tiergate::tower::EnforceLayer;
use tiergate_tests_conformance::decisions::{Layers, caller_named};
use tiergate_tests_conformance::{Form, Program, Serve, TIER, Tier, decision_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

mod decisions {
    tiergate_tests_conformance::decisions_tests!(tiergate_tests_conformance::decisions);
}

macro_rules! define {
    ($($name:ident $path:tt $attribute:ident($($need:tt)*);)+) => {
        $(
            #[tiergate::$attribute($($need)*, get = $path)]
            #[allow(dead_code)]
            fn $name() {}
        )+

        #[derive(Catalogue)]
        #[catalogue(tier = Tier, handlers(ask, ask_camera, $($name),+))]
        struct Api;

        fn routes() -> Router {
            Router::new()$(.route($path, get(|| async { "ok" })))+
        }
    };
}

decision_endpoints!(define);

// The layer can't see what a handler requires, so the endpoint requires it.
tiergate::endpoint! {
    ask(Pro, get = "/ask");
    ask_camera(Free, feature = BodyCam, get = "/ask_camera");
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let name = request.headers()[TIER].to_str().unwrap();
    let caller = caller_named(name);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let port = listener.local_addr().unwrap().port();
    let layers = Layers::new::<Api>(port, form, module_path!());
    let routes = routes()
        .route("/ask", get(|| async { "ok" }))
        .route("/ask_camera", get(|| async { "ok" }));
    let mut router = routes.layer(EnforceLayer::<Api>::new());
    if layers.has_authentication() {
        router = router.layer(from_fn(authenticate));
    }
    if layers.has_overrides() {
        router = router.layer(layers.overrides.clone());
    }
    if layers.has_tiers() {
        router = router.layer(layers.tiers.clone());
    }
    if layers.has_outer() {
        router = router.layer(layers.outer.clone());
    }
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    axum::serve(listener, router).await.unwrap();
}
