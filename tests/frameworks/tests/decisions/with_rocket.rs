use rocket::fairing::AdHoc;
use rocket::{Request, get, routes};
use tiergate::rocket::{problems, set_caller};
use tiergate::{Catalogue, Denied};
use tiergate_tests_conformance::decisions::{Layers, caller_named};
use tiergate_tests_conformance::{Feature, Form, Program, Serve, TIER, Tier, decision_endpoints};

static PROGRAM: Program = Program::new(Serve::Bind(serve), true);

mod decisions {
    tiergate_tests_conformance::decisions_tests!(tiergate_tests_conformance::decisions);
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

        fn all_routes() -> Vec<rocket::Route> {
            routes![ask, ask_camera, $($name),+]
        }
    };
}

decision_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

#[tiergate::requires_tier(Free, guard = pass)]
#[get("/ask")]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, guard = pass)]
#[get("/ask_camera")]
fn ask_camera() -> Result<&'static str, Denied> {
    pass.require_feature(Feature::BodyCam)?;
    Ok("ok")
}

fn authenticate(request: &Request<'_>) {
    let name = request.headers().get_one(TIER).unwrap();
    set_caller(request, caller_named(name));
}

fn serve(port: u16, form: Form) {
    let layers = Layers::new::<Api>(port, form, module_path!());
    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let mut app = rocket::custom(config);
    // The fairing that is attached last is the innermost.
    if layers.has_outer() {
        app = app.attach(layers.outer.clone());
    }
    if layers.has_tiers() {
        app = app.attach(layers.tiers.clone());
    }
    if layers.has_overrides() {
        app = app.attach(layers.overrides.clone());
    }
    if layers.has_authentication() {
        app = app.attach(AdHoc::on_request("authentication", |request, _| {
            Box::pin(async move { authenticate(request) })
        }));
    }
    let app = app.attach(problems()).mount("/", all_routes());
    rocket::execute(app.launch()).unwrap();
}
