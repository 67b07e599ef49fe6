use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::{App, Error, HttpMessage, HttpServer};
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
        #[catalogue(tier = Tier, handlers(ask, ask_camera, $($name),+))]
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

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let name = request.headers().get(TIER).unwrap().to_str().unwrap();
    let caller = caller_named(name);
    request.extensions_mut().insert(caller);
    next.call(request).await
}

#[actix_web::main]
async fn serve(listener: TcpListener, form: Form) {
    let port = listener.local_addr().unwrap().port();
    let layers = Layers::new::<Api>(port, form, module_path!());
    HttpServer::new(move || {
        let authenticate = from_fn(authenticate);
        App::new()
            .wrap(Condition::new(layers.has_authentication(), authenticate))
            .wrap(Condition::new(
                layers.has_overrides(),
                layers.overrides.clone(),
            ))
            .wrap(Condition::new(layers.has_tiers(), layers.tiers.clone()))
            .wrap(Condition::new(layers.has_outer(), layers.outer.clone()))
            .configure(Api::configure)
    })
    .workers(2)
    .listen(listener)
    .unwrap()
    .run()
    .await
    .unwrap();
}
