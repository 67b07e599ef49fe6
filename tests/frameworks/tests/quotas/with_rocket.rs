use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, Response, Route, get, post, routes};
use std::io::Cursor;
use tiergate::rocket::{on_refusal, problems, set_caller};
use tiergate::{Catalogue, Denied, Guard, Refusal};
use tiergate_tests_conformance::quotas::callers::caller_with;
use tiergate_tests_conformance::quotas::{quotas, tiers};
use tiergate_tests_conformance::{Form, Program, REPLACED, Serve, TIER, Tier, quota_endpoints};

static PROGRAM: Program = Program::new(Serve::Bind(serve), true);

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
            #[tiergate::$attribute($($need)*)]
            #[get($path)]
            fn $name() -> &'static str {
                "ok"
            }
        )+

        fn listed() -> Vec<Route> {
            routes![$($name),+]
        }
    };
}

quota_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "5/hour")]
struct Api;

#[tiergate::requires_tier(public = "health checks have no account")]
#[get("/health")]
fn health() -> &'static str {
    "ok"
}

#[tiergate::requires_tier(Free, limit = "1/hour", cost = 0)]
#[post("/import", data = "<body>")]
fn import(body: Vec<u8>) -> Result<&'static str, Status> {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(_) => Ok("ok"),
        Err(_) => Err(Status::BadRequest),
    }
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0, guard = pass)]
#[get("/ask")]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0)]
#[get("/broken")]
fn broken() -> Result<(), Status> {
    Err(Status::ImATeapot)
}

#[tiergate::requires_tier(Free, limit = "9/hour", cost = 0)]
#[get("/twice")]
fn twice(_again: Again) -> &'static str {
    "ok"
}

/// Checks the same request for a second handler.
struct Again;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Again {
    type Error = Refusal;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refusal> {
        let guard = Guard::<__tiergate_gated>::from_request(request).await;
        guard.map(|_| Self)
    }
}

fn replaced(refusal: &Refusal) -> Response<'static> {
    let code = refusal.code();
    Response::build()
        .status(Status::new(REPLACED.0))
        .raw_header(REPLACED.1, REPLACED.2)
        .sized_body(code.len(), Cursor::new(code))
        .finalize()
}

fn serve(port: u16, form: Form) {
    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let mut app = rocket::custom(config);
    // The order of the fairings that write headers doesn't matter.
    if form == Form::Replaced {
        app = app.attach(on_refusal(|refusal, _| replaced(refusal)));
    }
    if let Some(quotas) = quotas::<Api>(form) {
        app = app.attach(quotas);
    }
    if form != Form::Replaced {
        app = app.attach(problems());
    }
    app = match tiers::<Api>(form, module_path!()) {
        Some(tiers) => app.attach(tiers),
        None => app.attach(AdHoc::on_request("authentication", |request, _| {
            let caller = caller_with(request.headers().get_one(TIER));
            Box::pin(async move { set_caller(request, caller) })
        })),
    };
    let app = app
        .mount("/", listed())
        .mount("/", routes![health, import, ask, broken, twice]);
    rocket::execute(app.launch()).unwrap();
}
