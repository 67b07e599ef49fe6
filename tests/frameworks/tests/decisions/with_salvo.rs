use salvo::conn::tcp::TcpAcceptor;
use salvo::prelude::*;
use std::net::TcpListener;
use tiergate::{Catalogue, Denied};
use tiergate_tests_conformance::decisions::{Layers, caller_named};
use tiergate_tests_conformance::{Feature, Form, Program, Serve, TIER, Tier, decision_endpoints};

static PROGRAM: Program = Program::new(Serve::On(serve), false);

mod decisions {
    tiergate_tests_conformance::decisions_tests!(tiergate_tests_conformance::decisions);
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

        fn routes(router: Router) -> Router {
            router$(.push(Router::with_path($path.trim_start_matches('/')).get($name)))+
        }
    };
}

decision_endpoints!(define);

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

#[tiergate::requires_tier(Free, get = "/ask", guard = pass)]
#[handler]
async fn ask() -> Result<&'static str, Denied> {
    pass.require(Tier::Pro)?;
    Ok("ok")
}

#[tiergate::requires_tier(Free, get = "/ask_camera", guard = pass)]
#[handler]
async fn ask_camera() -> Result<&'static str, Denied> {
    pass.require_feature(Feature::BodyCam)?;
    Ok("ok")
}

#[handler]
async fn authenticate(request: &mut Request, depot: &mut Depot) {
    let name = request.headers()[TIER].to_str().unwrap();
    depot.insert_typed(caller_named(name));
}

#[tokio::main]
async fn serve(listener: TcpListener, form: Form) {
    let port = listener.local_addr().unwrap().port();
    let layers = Layers::new::<Api>(port, form, module_path!());
    let mut router = Router::new();
    if layers.has_outer() {
        router = router.hoop(layers.outer.clone());
    }
    if layers.has_tiers() {
        router = router.hoop(layers.tiers.clone());
    }
    if layers.has_overrides() {
        router = router.hoop(layers.overrides.clone());
    }
    if layers.has_authentication() {
        router = router.hoop(authenticate);
    }
    let router = router
        .push(Router::with_path("ask").get(ask))
        .push(Router::with_path("ask_camera").get(ask_camera));
    let router = routes(router);
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    Server::new(acceptor).serve(router).await;
}
