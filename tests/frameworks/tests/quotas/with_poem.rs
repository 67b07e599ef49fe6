use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::Json;
use poem::{
    Endpoint, EndpointExt, Error, FromRequest, IntoResponse, Request, RequestBody, Response, Route,
    Server, get, handler, post,
};
use std::net::TcpListener;
use tiergate::{Catalogue, Denied, Guard, Refusal};
use tiergate_tests_conformance::quotas::callers::caller_with;
use tiergate_tests_conformance::quotas::{quotas, tiers};
use tiergate_tests_conformance::{Form, Program, REPLACED, Serve, TIER, Tier, quota_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), true);

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
            fn $name() -> &'static str {
                "ok"
            }
        )+

        fn routes() -> Route {
            Route::new()$(.at($path, get($name)))+
        }
    };
}

quota_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "5/hour")]
struct Api;

#[handler]
fn health() -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "1/hour", cost = 0, post = "/import")]
#[handler]
fn import(_body: Json<serde_json::Value>) -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/ask", guard = pass)]
#[handler]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/broken")]
#[handler]
fn broken() -> poem::Result<()> {
    Err(Error::from_string("own", StatusCode::IM_A_TEAPOT))
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, get = "/twice")]
#[handler]
fn twice(_again: Again) -> &'static str {
    "ok"
}

/// Checks the same request for a second handler.
struct Again;

impl<'a> FromRequest<'a> for Again {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let guard = Guard::<__tiergate_gated>::from_request(request, body).await;
        guard.map(|_| Self)
    }
}

async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> poem::Result<E::Output> {
    let caller = caller_with(request.header(TIER));
    request.extensions_mut().insert(caller);
    next.call(request).await
}

fn replaced(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(REPLACED.0).unwrap();
    let response = refusal.code().with_status(status);
    response.with_header(REPLACED.1, REPLACED.2).into_response()
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let routes = routes()
        .at("/health", get(health))
        .at("/import", post(import))
        .at("/ask", get(ask))
        .at("/broken", get(broken))
        .at("/twice", get(twice));
    let routes = match tiers::<Api>(form, module_path!()) {
        Some(tiers) => routes.with(tiers).boxed(),
        None => routes.around(authenticate).boxed(),
    };
    let routes = match quotas::<Api>(form) {
        Some(quotas) => routes.with(quotas).boxed(),
        None => routes,
    };
    let app = routes.with_if(
        form == Form::Replaced,
        tiergate::poem::on_refusal(|refusal, _| replaced(refusal)),
    );
    listener.set_nonblocking(true).unwrap();
    let acceptor = TcpAcceptor::from_std(listener).unwrap();
    Server::new_with_acceptor(acceptor).run(app).await.unwrap();
}
