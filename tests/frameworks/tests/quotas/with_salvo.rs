use salvo::conn::tcp::TcpAcceptor;
use salvo::extract::Extractible;
use salvo::http::StatusCode;
use salvo::prelude::*;
use std::net::TcpListener;
use tiergate::salvo::GuardRefusal;
use tiergate::{Catalogue, Denied, Guard, Refusal};
use tiergate_tests_conformance::quotas::callers::caller_with;
use tiergate_tests_conformance::quotas::{quotas, tiers};
use tiergate_tests_conformance::{Form, Program, REPLACED, Serve, TIER, Tier, quota_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), false);

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
            #[handler]
            async fn $name() -> &'static str {
                "ok"
            }
        )+

        fn with_listed(router: Router) -> Router {
            router$(.push(Router::with_path($path).get($name)))+
        }
    };
}

quota_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "5/hour")]
struct Api;

#[tiergate::requires_tier(public = "health checks have no account", get = "/health")]
#[handler]
async fn health() -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "1/hour", cost = 0, post = "/import")]
#[handler]
async fn import(request: &mut Request) -> Result<&'static str, StatusError> {
    match request.parse_json::<serde_json::Value>().await {
        Ok(_) => Ok("ok"),
        Err(_) => Err(StatusError::bad_request()),
    }
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/ask", guard = pass)]
#[handler]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/broken")]
#[handler]
async fn broken() -> Result<(), StatusError> {
    Err(StatusError::from_code(StatusCode::IM_A_TEAPOT).unwrap())
}

/// Checks the same request for a second handler.
#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/twice")]
#[handler]
async fn twice(request: &mut Request, depot: &mut Depot) -> Result<&'static str, GuardRefusal> {
    let _guard = Guard::<__tiergate_gated>::extract(request, depot).await?;
    Ok("ok")
}

#[handler]
async fn authenticate(request: &mut Request, depot: &mut Depot) {
    let name = request.headers().get(TIER);
    let caller = caller_with(name.map(|name| name.to_str().unwrap()));
    depot.insert_typed(caller);
}

fn replaced(refusal: &Refusal, response: &mut Response) {
    response.status_code(StatusCode::from_u16(REPLACED.0).unwrap());
    response.add_header(REPLACED.1, REPLACED.2, true).unwrap();
    response.render(refusal.code());
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let mut router = Router::new();
    if form == Form::Replaced {
        router = router.hoop(tiergate::salvo::on_refusal(|refusal, _, response| {
            replaced(refusal, response);
        }));
    }
    if let Some(quotas) = quotas::<Api>(form) {
        router = router.hoop(quotas);
    }
    router = match tiers::<Api>(form, module_path!()) {
        Some(tiers) => router.hoop(tiers),
        None => router.hoop(authenticate),
    };
    let at = Router::with_path;
    let router = with_listed(router)
        .push(at("health").get(health))
        .push(at("import").post(import))
        .push(at("ask").get(ask))
        .push(at("broken").get(broken))
        .push(at("twice").get(twice));
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    Server::new(acceptor).serve(router).await;
}
