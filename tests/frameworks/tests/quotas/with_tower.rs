use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use std::net::{SocketAddr, TcpListener};
use tiergate::Catalogue;
use tiergate::tower::EnforceLayer;
use tiergate_tests_conformance::quotas::callers::caller_with;
use tiergate_tests_conformance::quotas::{quotas, tiers};
use tiergate_tests_conformance::{Form, Program, REPLACED, Serve, TIER, Tier, quota_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), true).expecting_quotas();

mod quotas_of_calls {
    tiergate_tests_conformance::quotas_tests!(tiergate_tests_conformance::quotas::cases);
}

mod looked_up {
    tiergate_tests_conformance::looked_up_quotas_tests!(
        tiergate_tests_conformance::quotas::looked_up
    );
}

macro_rules! define {
    ($($name:ident $path:tt $attribute:ident($($need:tt)*);)+) => {
        $(
            #[tiergate::$attribute($($need)*, get = $path)]
            #[allow(dead_code)]
            fn $name() {}
        )+

        #[derive(Catalogue)]
        #[catalogue(tier = Tier, quota = "5/hour", handlers(health, import, $($name),+))]
        struct Api;

        fn routes() -> Router {
            Router::new()$(.route($path, get(|| async { "ok" })))+
        }
    };
}

quota_endpoints!(define);

#[tiergate::requires_tier(public = "health checks have no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "1/hour", cost = 0, post = "/import")]
#[allow(dead_code)]
fn import() {}

async fn parse(body: Bytes) -> Result<&'static str, StatusCode> {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(_) => Ok("ok"),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let name = request.headers().get(TIER);
    let caller = caller_with(name.map(|name| name.to_str().unwrap()));
    request.extensions_mut().insert(caller);
    next.run(request).await
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let mut layer = EnforceLayer::<Api>::new();
    if form == Form::Replaced {
        layer = layer.on_refusal(|refused, _| {
            let response = axum::http::Response::builder()
                .status(REPLACED.0)
                .header(REPLACED.1, REPLACED.2);
            response.body(refused.code().to_owned()).unwrap()
        });
    }
    let mut router = routes()
        .route("/health", get(health))
        .route("/import", post(parse))
        .layer(layer);
    router = match tiers::<Api>(form, module_path!()) {
        Some(tiers) => router.layer(tiers),
        None => router.layer(from_fn(authenticate)),
    };
    if let Some(quotas) = quotas::<Api>(form) {
        router = router.layer(quotas);
    }
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.unwrap();
}
