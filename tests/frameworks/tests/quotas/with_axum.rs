use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::net::{SocketAddr, TcpListener};
use tiergate::{Catalogue, Denied, Guard, Refusal};
use tiergate_tests_conformance::quotas::callers::caller_with;
use tiergate_tests_conformance::quotas::{quotas, tiers};
use tiergate_tests_conformance::{Form, Program, REPLACED, Serve, TIER, Tier, quota_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), true).expecting_quotas();

mod quotas_of_calls {
    tiergate_tests_conformance::quotas_tests!(tiergate_tests_conformance::quotas::cases);
}

mod guarded {
    tiergate_tests_conformance::guarded_quotas_tests!(tiergate_tests_conformance::quotas::guarded);
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
            async fn $name() -> &'static str {
                "ok"
            }
        )+

        #[derive(Catalogue)]
        #[catalogue(
            tier = Tier,
            state = (),
            quota = "5/hour",
            handlers(health, import, ask, broken, twice, $($name),+)
        )]
        struct Api;
    };
}

quota_endpoints!(define);

#[tiergate::requires_tier(public = "health checks have no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "1/hour", cost = 0, post = "/import")]
async fn import(body: Bytes) -> Result<&'static str, StatusCode> {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(_) => Ok("ok"),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/ask", guard = pass)]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/broken")]
async fn broken() -> Result<(), StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/twice")]
async fn twice(_: Again) -> &'static str {
    "ok"
}

/// Checks the same request for a second handler.
struct Again;

impl FromRequestParts<()> for Again {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &()) -> Result<Self, Response> {
        let guard = Guard::<__tiergate_gated>::from_request_parts(parts, state).await;
        guard.map(|_| Self)
    }
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let name = request.headers().get(TIER);
    let caller = caller_with(name.map(|name| name.to_str().unwrap()));
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn replaced(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(REPLACED.0).unwrap();
    (status, [(REPLACED.1, REPLACED.2)], refusal.code()).into_response()
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let mut router = Api::router();
    router = match tiers::<Api>(form, module_path!()) {
        Some(tiers) => router.layer(tiers),
        None => router.layer(from_fn(authenticate)),
    };
    if let Some(quotas) = quotas::<Api>(form) {
        router = router.layer(quotas);
    }
    if form == Form::Replaced {
        router = router.layer(tiergate::axum::on_refusal(|refusal, _| replaced(refusal)));
    }
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.unwrap();
}
