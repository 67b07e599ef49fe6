use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::web::Json;
use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, HttpServer};
use std::future::Future;
use std::net::TcpListener;
use std::pin::Pin;
use tiergate::{Catalogue, Denied, Guard, Quotas, Refusal, TierLayer};
use tiergate_tests_conformance::quotas::callers::{Source, caller_with};
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
async fn import(_: Json<serde_json::Value>) -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/ask", guard = pass)]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/broken")]
async fn broken() -> Result<&'static str, InternalError<&'static str>> {
    Err(InternalError::new("own", StatusCode::IM_A_TEAPOT))
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/twice")]
async fn twice(_: Again) -> &'static str {
    "ok"
}

/// Checks the same request for a second handler.
struct Again;

impl FromRequest for Again {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let guard = Guard::<__tiergate_gated>::from_request(request, payload);
        Box::pin(async move { guard.await.map(|_| Self) })
    }
}

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let name = request.headers().get(TIER);
    let caller = caller_with(name.map(|name| name.to_str().unwrap()));
    request.extensions_mut().insert(caller);
    next.call(request).await
}

fn replaced(refusal: &Refusal) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(REPLACED.0).unwrap())
        .insert_header((REPLACED.1, REPLACED.2))
        .body(refusal.code())
}

#[actix_web::main]
async fn serve(listener: TcpListener, form: Form) {
    let quotas = quotas::<Api>(form);
    let tiers = tiers::<Api>(form, module_path!());
    HttpServer::new(move || {
        let on_refusal = tiergate::actix_web::on_refusal(|refusal, _| replaced(refusal));
        let unused_quotas = || Quotas::local::<Api>();
        let unused_tiers = || TierLayer::new(Source);
        App::new()
            .wrap(Condition::new(tiers.is_none(), from_fn(authenticate)))
            .wrap(Condition::new(
                tiers.is_some(),
                tiers.clone().unwrap_or_else(unused_tiers),
            ))
            .wrap(Condition::new(
                quotas.is_some(),
                quotas.clone().unwrap_or_else(unused_quotas),
            ))
            .wrap(Condition::new(form == Form::Replaced, on_refusal))
            .configure(Api::configure)
    })
    .workers(2)
    .listen(listener)
    .unwrap()
    .run()
    .await
    .unwrap();
}
