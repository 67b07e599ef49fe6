//! Calls from a browser on another site: the CORS middleware of each framework in front of the gate.

use std::net::{SocketAddr, TcpListener};
use tiergate_tests_conformance::client::{Answer, send};
use tiergate_tests_conformance::{TIER, Tier, caller_with};

const ORIGIN: (&str, &str) = ("origin", "https://shop.example");

/// Starts a server on a free port.
fn start(serve: impl FnOnce(TcpListener) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || serve(listener));
    address
}

fn assert_allowed(answer: &Answer) {
    let origin = &answer.headers["access-control-allow-origin"];
    assert!(origin == "*" || origin == ORIGIN.1, "{answer:?}");
}

/// Sends the requests of a browser for a `DELETE` with a custom header: the preflight and the call.
async fn assert_callable_from_another_site(to: SocketAddr) {
    let preflight = [
        ORIGIN,
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", TIER),
    ];
    let answer = send(to, "OPTIONS", "/calls/7", &preflight).await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    assert_allowed(&answer);
    let methods = answer.headers["access-control-allow-methods"].to_uppercase();
    assert!(methods == "*" || methods.contains("DELETE"), "{answer:?}");
    let headers = answer.headers["access-control-allow-headers"].to_lowercase();
    assert!(headers == "*" || headers.contains(TIER), "{answer:?}");

    for (tier, status) in [("plus", 200), ("free", 403), ("nobody", 401)] {
        let answer = send(to, "DELETE", "/calls/7", &[ORIGIN, (TIER, tier)]).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_allowed(&answer);
    }
    let answer = send(to, "DELETE", "/calls/7", &[ORIGIN]).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_allowed(&answer);
    assert_eq!(answer.headers["content-type"], "application/problem+json");

    // A call from the same site gets the same status.
    let answer = send(to, "DELETE", "/calls/7", &[(TIER, "free")]).await;
    assert_eq!(answer.status, 403);
}

mod axum {
    use super::{TIER, TcpListener, Tier, caller_with};
    use axum::extract::Request;
    use axum::middleware::{Next, from_fn};
    use axum::response::Response;
    use tiergate::axum::AuditedRouter;
    use tiergate::axum::routing::delete;
    use tiergate::{Catalogue, requires_tier};
    use tower_http::cors::CorsLayer;

    #[requires_tier(Plus, delete = "/calls/{id}")]
    async fn close_call() -> &'static str {
        "closed"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, state = (), handlers(close_call))]
    struct Api;

    async fn authenticate(mut request: Request, next: Next) -> Response {
        let key = request.headers().get(TIER);
        let caller = caller_with(key.and_then(|key| key.to_str().ok()));
        request.extensions_mut().insert(caller);
        next.run(request).await
    }

    #[tokio::main]
    async fn serve(listener: TcpListener) {
        let router = AuditedRouter::<Api>::new()
            .route("/calls/{id}", delete(close_call))
            .layer(from_fn(authenticate))
            .layer(CorsLayer::very_permissive())
            .into_router();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await.unwrap();
    }

    #[tokio::test]
    async fn a_gated_handler_of_axum_can_be_called_from_another_site() {
        super::assert_callable_from_another_site(super::start(serve)).await;
    }
}

mod actix_web {
    use super::{TIER, TcpListener, Tier, caller_with};
    use actix_cors::Cors;
    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::{App, Error, HttpMessage, HttpServer};
    use tiergate::{Catalogue, requires_tier};

    #[requires_tier(Plus, delete = "/calls/{id}")]
    async fn close_call() -> &'static str {
        "closed"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(close_call))]
    struct Api;

    async fn authenticate(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let key = request.headers().get(TIER);
        let caller = caller_with(key.and_then(|key| key.to_str().ok()));
        request.extensions_mut().insert(caller);
        next.call(request).await
    }

    #[actix_web::main]
    async fn serve(listener: TcpListener) {
        let app = || {
            App::new()
                .wrap(from_fn(authenticate))
                .wrap(Cors::permissive())
                .configure(Api::configure)
        };
        let server = HttpServer::new(app).workers(1);
        server.listen(listener).unwrap().run().await.unwrap();
    }

    #[tokio::test]
    async fn a_gated_handler_of_actix_web_can_be_called_from_another_site() {
        super::assert_callable_from_another_site(super::start(serve)).await;
    }
}

mod poem {
    use super::Tier;
    use super::{TIER, TcpListener, caller_with};
    use poem::listener::TcpAcceptor;
    use poem::middleware::Cors;
    use poem::{Endpoint, EndpointExt, Request, Result, Route, Server, delete, handler};
    use tiergate::requires_tier;

    #[requires_tier(Plus, delete = "/calls/{id}")]
    #[handler]
    fn close_call() -> &'static str {
        "closed"
    }

    async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> Result<E::Output> {
        let caller = caller_with(request.header(TIER));
        request.extensions_mut().insert(caller);
        next.call(request).await
    }

    #[tokio::main]
    async fn serve(listener: TcpListener) {
        let app = Route::new()
            .at("/calls/:id", delete(close_call))
            .around(authenticate)
            .with(Cors::new());
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        Server::new_with_acceptor(acceptor).run(app).await.unwrap();
    }

    #[tokio::test]
    async fn a_gated_handler_of_poem_can_be_called_from_another_site() {
        super::assert_callable_from_another_site(super::start(serve)).await;
    }
}

mod rocket {
    use super::{TIER, TcpListener, Tier, caller_with};
    use rocket::fairing::AdHoc;
    use rocket::http::Header;
    use rocket::{delete, options, routes};
    use tiergate::requires_tier;
    use tiergate::rocket::{problems, set_caller};

    #[requires_tier(Plus)]
    #[delete("/calls/<_>")]
    fn close_call() -> &'static str {
        "closed"
    }

    /// Answers preflight requests. The fairing adds the headers.
    #[options("/<_..>")]
    fn preflight() {}

    #[tokio::main]
    async fn serve(port: u16) {
        let config = rocket::Config {
            port,
            log_level: rocket::config::LogLevel::Off,
            ..rocket::Config::debug_default()
        };
        let app = rocket::custom(config)
            .attach(AdHoc::on_request("authentication", |request, _| {
                Box::pin(async move {
                    set_caller(request, caller_with(request.headers().get_one(TIER)));
                })
            }))
            .attach(problems())
            .attach(AdHoc::on_response("CORS", |_, response| {
                Box::pin(async move {
                    for name in ["Origin", "Methods", "Headers"] {
                        let name = format!("Access-Control-Allow-{name}");
                        response.set_header(Header::new(name, "*"));
                    }
                })
            }))
            .mount("/", routes![close_call, preflight]);
        app.launch().await.unwrap();
    }

    #[tokio::test]
    async fn a_gated_handler_of_rocket_can_be_called_from_another_site() {
        // rocket binds its port itself, so the listener is closed before a client connects.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        std::thread::spawn(move || serve(address.port()));
        super::assert_callable_from_another_site(address).await;
    }
}

mod salvo {
    use super::{TIER, TcpListener, Tier, caller_with};
    use salvo::conn::tcp::TcpAcceptor;
    use salvo::cors::Cors;
    use salvo::prelude::*;
    use tiergate::requires_tier;

    #[requires_tier(Plus, delete = "/calls/{id}")]
    #[handler]
    async fn close_call() -> &'static str {
        "closed"
    }

    #[handler]
    async fn authenticate(request: &mut Request, depot: &mut Depot) {
        let key = request.headers().get(TIER);
        depot.insert_typed(caller_with(key.and_then(|key| key.to_str().ok())));
    }

    #[tokio::main]
    async fn serve(listener: TcpListener) {
        let cors = Cors::very_permissive().into_handler();
        let router = Router::new()
            .hoop(authenticate)
            .push(Router::with_path("calls/{id}").delete(close_call));
        // A router's hoop runs only for matching routes, and no route matches `OPTIONS`.
        let service = Service::new(router).hoop(cors);
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let acceptor = TcpAcceptor::try_from(listener).unwrap();
        Server::new(acceptor).serve(service).await;
    }

    #[tokio::test]
    async fn a_gated_handler_of_salvo_can_be_called_from_another_site() {
        super::assert_callable_from_another_site(super::start(serve)).await;
    }
}
