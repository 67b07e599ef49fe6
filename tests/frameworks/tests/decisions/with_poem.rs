use poem::listener::TcpAcceptor;
use poem::{Endpoint, EndpointExt, Request, Route, Server, get, handler};
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

decision_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

#[tiergate::requires_tier(Free, get = "/ask", guard = pass)]
#[handler]
fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, get = "/ask_camera", guard = pass)]
#[handler]
fn ask_camera() -> Result<&'static str, Denied> {
    pass.require_feature(Feature::BodyCam)?;
    Ok("ok")
}

async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> poem::Result<E::Output> {
    let caller = caller_named(request.header(TIER).unwrap());
    request.extensions_mut().insert(caller);
    next.call(request).await
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let port = listener.local_addr().unwrap().port();
    let layers = Layers::new::<Api>(port, form, module_path!());
    let routes = routes()
        .at("/ask", get(ask))
        .at("/ask_camera", get(ask_camera));
    let routes = if layers.has_authentication() {
        routes.around(authenticate).boxed()
    } else {
        routes.boxed()
    };
    let app = routes
        .with_if(layers.has_overrides(), layers.overrides.clone())
        .with_if(layers.has_tiers(), layers.tiers.clone())
        .with_if(layers.has_outer(), layers.outer.clone());
    listener.set_nonblocking(true).unwrap();
    let acceptor = TcpAcceptor::from_std(listener).unwrap();
    Server::new_with_acceptor(acceptor).run(app).await.unwrap();
}
