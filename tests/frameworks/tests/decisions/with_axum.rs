use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::net::TcpListener;
use tiergate::{Catalogue, Denied};
use tiergate_tests_conformance::decisions::{Layers, caller_named};
use tiergate_tests_conformance::{Feature, Form, Program, Serve, TIER, Tier, decision_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

mod decisions {
    tiergate_tests_conformance::decisions_tests!(tiergate_tests_conformance::decisions);
}

macro_rules! define {
    ($($name:ident $path:tt $attribute:ident($($need:tt)*);)+) => {
        $(
            #[tiergate::$attribute($($need)*, get = $path)]
            async fn $name() -> &'static str {
                "ok"
            }
        )+

        #[derive(Catalogue)]
        #[catalogue(tier = Tier, state = (), handlers(ask, ask_camera, $($name),+))]
        struct Api;
    };
}

decision_endpoints!(define);

#[tiergate::requires_tier(Free, get = "/ask", guard = pass)]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, get = "/ask_camera", guard = pass)]
async fn ask_camera() -> Result<&'static str, Denied> {
    pass.require_feature(Feature::BodyCam)?;
    Ok("ok")
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
    let mut router = Api::router();
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
