//! `TierLayer` in each framework, used the way that framework uses middleware.
// The framework's macros and traits determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async)]

#[cfg(all(feature = "actix-web", feature = "rocket"))]
mod caller_extraction;
#[cfg(all(
    feature = "actix-web",
    feature = "axum",
    feature = "poem",
    feature = "rocket",
    feature = "salvo"
))]
mod cors;
#[cfg(all(
    feature = "actix-web",
    feature = "poem",
    feature = "rocket",
    feature = "salvo"
))]
mod guard_runs_first;

#[cfg(feature = "actix-web")]
mod with_actix_web {
    use actix_web::dev::{Payload, Service};
    use actix_web::web::Json;
    use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, HttpServer};
    use std::future::Future;
    use std::net::TcpListener;
    use std::pin::Pin;
    use tiergate::{Caller, Catalogue, Denied, Guard, requires_tier};
    use tiergate_tests_conformance::callers::layer;
    use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

    static PROGRAM: Program = Program::new(Serve::On(serve), true);

    mod callers {
        tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
    }

    #[requires_tier(Free, get = "/free")]
    async fn free() -> &'static str {
        "free"
    }

    #[requires_tier(Plus, get = "/plus")]
    async fn plus() -> &'static str {
        "plus"
    }

    #[requires_tier(Free, get = "/caller")]
    async fn caller(caller: Caller<Tier>) -> String {
        caller.id().unwrap_or("nameless").to_owned()
    }

    #[requires_tier(Free, get = "/ask", guard = pass)]
    async fn ask() -> Result<&'static str, Denied> {
        pass.require(Tier::Pro)?;
        Ok("asked")
    }

    #[requires_tier(Free, get = "/twice")]
    async fn twice(_: Again) -> &'static str {
        "twice"
    }

    #[requires_tier(Plus, post = "/json")]
    async fn json(_: Json<serde_json::Value>) -> &'static str {
        "json"
    }

    #[requires_tier(public = "it shows the caller", get = "/me")]
    async fn me(found: Caller<Tier>) -> String {
        describe(&found)
    }

    #[requires_tier(public = "health checks have no account", get = "/health")]
    async fn health() -> &'static str {
        "ok"
    }

    #[requires_tier(Plus)]
    fn second() {}

    /// Checks the same request for a second handler.
    struct Again;

    impl FromRequest for Again {
        type Error = Error;
        type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

        fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
            let guard = Guard::from_request(request, payload);
            Box::pin(async move {
                guard.await.map(second)?;
                Ok(Self)
            })
        }
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(free, plus, caller, ask, twice, json, me, health))]
    struct Api;

    #[actix_web::main]
    async fn serve(listener: TcpListener, form: Form) {
        let server = match layer(form) {
            Some(tiers) => HttpServer::new(move || {
                App::new()
                    .wrap(tiers.clone())
                    .wrap_fn(move |request, inner| {
                        if form == Form::Replaced {
                            request.extensions_mut().insert(Caller::new(Tier::Pro));
                        }
                        inner.call(request)
                    })
                    .configure(Api::configure)
            })
            .workers(2)
            .listen(listener)
            .unwrap()
            .run(),
            None => HttpServer::new(|| App::new().configure(Api::configure))
                .workers(2)
                .listen(listener)
                .unwrap()
                .run(),
        };
        server.await.unwrap();
    }
}

#[cfg(feature = "axum")]
mod with_axum {
    use axum::body::Bytes;
    use axum::extract::{Extension, FromRequestParts};
    use axum::http::StatusCode;
    use axum::http::request::Parts;
    use axum::response::Response;
    use std::net::TcpListener;
    use tiergate::{Caller, Catalogue, Denied, Guard, requires_tier};
    use tiergate_tests_conformance::callers::layer;
    use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

    static PROGRAM: Program = Program::new(Serve::On(serve), true);

    mod callers {
        tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
    }

    #[requires_tier(Free, get = "/free")]
    async fn free() -> &'static str {
        "free"
    }

    #[requires_tier(Plus, get = "/plus")]
    async fn plus() -> &'static str {
        "plus"
    }

    #[requires_tier(Free, get = "/caller")]
    async fn caller(caller: Caller<Tier>) -> String {
        caller.id().unwrap_or("nameless").to_owned()
    }

    #[requires_tier(Free, get = "/ask", guard = pass)]
    async fn ask() -> Result<&'static str, Denied> {
        pass.require(Tier::Pro)?;
        Ok("asked")
    }

    #[requires_tier(Free, get = "/twice")]
    async fn twice(_: Again) -> &'static str {
        "twice"
    }

    #[requires_tier(Plus, post = "/json")]
    async fn json(body: Bytes) -> StatusCode {
        match serde_json::from_slice::<serde_json::Value>(&body) {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::BAD_REQUEST,
        }
    }

    #[requires_tier(public = "it shows the caller", get = "/me")]
    async fn me(found: Caller<Tier>) -> String {
        describe(&found)
    }

    #[requires_tier(public = "health checks have no account", get = "/health")]
    async fn health() -> &'static str {
        "ok"
    }

    #[requires_tier(Plus)]
    fn second() {}

    /// Checks the same request for a second handler.
    struct Again;

    impl FromRequestParts<()> for Again {
        type Rejection = Response;

        async fn from_request_parts(parts: &mut Parts, state: &()) -> Result<Self, Response> {
            let guard = Guard::from_request_parts(parts, state).await;
            guard.map(second).map(|()| Self)
        }
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, state = (), handlers(free, plus, caller, ask, twice, json, me, health))]
    struct Api;

    #[tokio::main]
    async fn serve(listener: TcpListener, form: Form) {
        let mut router = Api::router();
        if let Some(tiers) = layer(form) {
            router = router.layer(tiers);
        }
        if form == Form::Replaced {
            router = router.layer(Extension(Caller::new(Tier::Pro)));
        }
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await.unwrap();
    }
}

#[cfg(feature = "poem")]
mod with_poem {
    use poem::listener::TcpAcceptor;
    use poem::web::Json;
    use poem::{
        EndpointExt, FromRequest, Request, RequestBody, Result, Route, Server, get, handler, post,
    };
    use std::net::TcpListener;
    use tiergate::{Caller, Denied, Guard, requires_tier};
    use tiergate_tests_conformance::callers::layer;
    use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

    static PROGRAM: Program = Program::new(Serve::On(serve), true);

    mod callers {
        tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
    }

    #[requires_tier(Free)]
    #[handler]
    fn free() -> &'static str {
        "free"
    }

    #[requires_tier(Plus)]
    #[handler]
    fn plus() -> &'static str {
        "plus"
    }

    #[requires_tier(Free)]
    #[handler]
    fn caller(caller: Caller<Tier>) -> String {
        caller.id().unwrap_or("nameless").to_owned()
    }

    #[requires_tier(Free, guard = pass)]
    #[handler]
    fn ask() -> std::result::Result<&'static str, Denied> {
        pass.require(Tier::Pro)?;
        Ok("asked")
    }

    #[requires_tier(Free)]
    #[handler]
    fn twice(_again: Again) -> &'static str {
        "twice"
    }

    #[requires_tier(Plus)]
    #[handler]
    fn json(_body: Json<serde_json::Value>) -> &'static str {
        "json"
    }

    #[handler]
    fn me(found: Caller<Tier>) -> String {
        describe(&found)
    }

    #[handler]
    fn health() -> &'static str {
        "ok"
    }

    #[requires_tier(Plus)]
    fn second() {}

    /// Checks the same request for a second handler.
    struct Again;

    impl<'a> FromRequest<'a> for Again {
        async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
            Guard::from_request(request, body).await.map(second)?;
            Ok(Self)
        }
    }

    #[tokio::main]
    async fn serve(listener: TcpListener, form: Form) {
        let routes = Route::new()
            .at("/free", get(free))
            .at("/plus", get(plus))
            .at("/caller", get(caller))
            .at("/ask", get(ask))
            .at("/twice", get(twice))
            .at("/json", post(json))
            .at("/me", get(me))
            .at("/health", get(health));
        let app = match layer(form) {
            Some(tiers) if form == Form::Replaced => {
                routes.with(tiers).data(Caller::new(Tier::Pro)).boxed()
            }
            Some(tiers) => routes.with(tiers).boxed(),
            None => routes.boxed(),
        };
        listener.set_nonblocking(true).unwrap();
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        Server::new_with_acceptor(acceptor).run(app).await.unwrap();
    }
}

#[cfg(feature = "rocket")]
mod with_rocket {
    use rocket::http::Status;
    use rocket::request::{FromRequest, Outcome};
    use rocket::{Request, get, post, routes};
    use tiergate::rocket::problems;
    use tiergate::{Caller, Denied, Guard, Refusal, requires_tier};
    use tiergate_tests_conformance::callers::layer;
    use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

    static PROGRAM: Program = Program::new(Serve::Bind(serve), true).catching_failed_extraction();

    mod callers {
        tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
    }

    #[requires_tier(Free)]
    #[get("/free")]
    fn free() -> &'static str {
        "free"
    }

    #[requires_tier(Plus)]
    #[get("/plus")]
    fn plus() -> &'static str {
        "plus"
    }

    #[requires_tier(Free)]
    #[get("/caller")]
    fn caller(caller: Caller<Tier>) -> String {
        caller.id().unwrap_or("nameless").to_owned()
    }

    #[requires_tier(Free, guard = pass)]
    #[get("/ask")]
    fn ask() -> Result<&'static str, Denied> {
        pass.require(Tier::Pro)?;
        Ok("asked")
    }

    #[requires_tier(Free)]
    #[get("/twice")]
    fn twice(_again: Again) -> &'static str {
        "twice"
    }

    #[requires_tier(Plus)]
    #[post("/json", data = "<body>")]
    fn json(body: Vec<u8>) -> Status {
        match serde_json::from_slice::<serde_json::Value>(&body) {
            Ok(_) => Status::Ok,
            Err(_) => Status::BadRequest,
        }
    }

    #[get("/me")]
    fn me(found: Caller<Tier>) -> String {
        describe(&found)
    }

    #[get("/health")]
    fn health() -> &'static str {
        "ok"
    }

    #[requires_tier(Plus)]
    fn second() {}

    /// Checks the same request for a second handler.
    struct Again;

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Again {
        type Error = Refusal;

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refusal> {
            Guard::from_request(request)
                .await
                .map(second)
                .map(|()| Self)
        }
    }

    fn serve(port: u16, form: Form) {
        let config = rocket::Config {
            port,
            log_level: rocket::config::LogLevel::Off,
            ..rocket::Config::debug_default()
        };
        let mut app = rocket::custom(config);
        if let Some(tiers) = layer(form) {
            app = app.attach(tiers);
        }
        let routes = routes![free, plus, caller, ask, twice, json, me, health];
        let app = app.attach(problems()).mount("/", routes);
        rocket::execute(app.launch()).unwrap();
    }
}

#[cfg(feature = "salvo")]
mod with_salvo {
    use salvo::conn::tcp::TcpAcceptor;
    use salvo::extract::Extractible;
    use salvo::prelude::*;
    use std::net::TcpListener;
    use tiergate::salvo::GuardRefusal;
    use tiergate::{Caller, Denied, Guard, requires_tier};
    use tiergate_tests_conformance::callers::layer;
    use tiergate_tests_conformance::{Form, Program, Serve, Tier, describe};

    static PROGRAM: Program = Program::new(Serve::On(serve), false);

    mod callers {
        tiergate_tests_conformance::callers_tests!(tiergate_tests_conformance::callers);
    }

    #[requires_tier(Free)]
    #[handler]
    async fn free() -> &'static str {
        "free"
    }

    #[requires_tier(Plus)]
    #[handler]
    async fn plus() -> &'static str {
        "plus"
    }

    #[requires_tier(Free)]
    #[handler]
    async fn caller(depot: &mut Depot) -> String {
        let known = depot.get_typed::<Caller<Tier>>().expect("it was asked");
        known.id().unwrap_or("nameless").to_owned()
    }

    #[requires_tier(Free, guard = pass)]
    #[handler]
    async fn ask() -> Result<&'static str, Denied> {
        pass.require(Tier::Pro)?;
        Ok("asked")
    }

    /// Checks the same request for a second handler.
    #[requires_tier(Free)]
    #[handler]
    async fn twice(request: &mut Request, depot: &mut Depot) -> Result<&'static str, GuardRefusal> {
        Guard::extract(request, depot).await.map(second)?;
        Ok("twice")
    }

    #[requires_tier(Plus)]
    #[handler]
    async fn json(request: &mut Request) -> Result<&'static str, StatusError> {
        match request.parse_json::<serde_json::Value>().await {
            Ok(_) => Ok("json"),
            Err(_) => Err(StatusError::bad_request()),
        }
    }

    #[handler]
    async fn me(found: Caller<Tier>) -> String {
        describe(&found)
    }

    #[handler]
    async fn health() -> &'static str {
        "ok"
    }

    #[requires_tier(Plus)]
    fn second() {}

    #[handler]
    async fn outside(depot: &mut Depot) {
        depot.insert_typed(Caller::new(Tier::Pro));
    }

    #[tokio::main]
    async fn serve(listener: TcpListener, form: Form) {
        let at = Router::with_path;
        let mut router = Router::new();
        if form == Form::Replaced {
            router = router.hoop(outside);
        }
        if let Some(tiers) = layer(form) {
            router = router.hoop(tiers);
        }
        let router = router
            .push(at("free").get(free))
            .push(at("plus").get(plus))
            .push(at("caller").get(caller))
            .push(at("ask").get(ask))
            .push(at("twice").get(twice))
            .push(at("json").post(json))
            .push(at("me").get(me))
            .push(at("health").get(health));
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let acceptor = TcpAcceptor::try_from(listener).unwrap();
        Server::new(acceptor).serve(router).await;
    }
}

#[cfg(feature = "tower")]
#[path = "tier_layer/with_tower.rs"]
mod with_tower;
