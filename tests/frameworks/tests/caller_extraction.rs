//! Callers that middlewares, fairings and request guards extract before the guard runs.

use tiergate::source::{ApiKey, Credential, SourceError};
use tiergate::{Caller, TierLayer};
use tiergate_tests_conformance::Tier;

const KEY: &str = "x-api-key";

/// A layer that knows the names of the tiers as keys. The key `down` finds the source unavailable.
fn layer() -> TierLayer<Tier> {
    let find = |key: ApiKey| async move {
        match key.expose() {
            "down" => Err(SourceError::unavailable("connection refused")),
            key => key
                .parse()
                .map(Some)
                .map_err(|_| SourceError::UnknownCaller),
        }
    };
    TierLayer::new(find).credential(Credential::header(KEY))
}

fn name(caller: &Caller<Tier>) -> &'static str {
    caller.tier().map_or("none", tiergate::Tier::name)
}

mod with_actix_web {
    use super::{KEY, Tier, layer, name};
    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, Error, web};
    use tiergate::actix_web::guard_first;
    use tiergate::{Caller, requires_tier};

    #[requires_tier(Plus, get = "/actix/export")]
    async fn export() -> &'static str {
        "exported"
    }

    #[requires_tier(public = "it shows the caller", get = "/actix/prices")]
    async fn prices(caller: Caller<Tier>) -> String {
        name(&caller).to_owned()
    }

    type Response<B> = Result<ServiceResponse<B>, Error>;

    async fn extract(
        mut request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Response<impl MessageBody> {
        request.extract::<Caller<Tier>>().await?;
        next.call(request).await
    }

    async fn set_key(
        key: &'static str,
        mut request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Response<impl MessageBody> {
        let header = HeaderName::from_static(KEY);
        let key = HeaderValue::from_static(key);
        request.headers_mut().insert(header, key);
        next.call(request).await
    }

    async fn downgrade(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Response<impl MessageBody> {
        set_key("Free", request, next).await
    }

    async fn upgrade(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Response<impl MessageBody> {
        set_key("Plus", request, next).await
    }

    #[actix_web::test]
    async fn a_key_that_changes_after_an_extraction_is_looked_up_again() {
        let app = App::new()
            .wrap(from_fn(downgrade))
            .wrap(from_fn(extract))
            .wrap(layer())
            .route("/actix/export", web::get().to(guard_first(export)))
            .route("/actix/prices", web::get().to(prices))
            .default_service(web::get().to(guard_first(export)));
        let app = init_service(app).await;
        // The layer looks up the caller early for a registered path, and late for the others.
        for (path, status) in [
            ("/actix/export", 403),
            ("/other", 403),
            ("/actix/prices", 200),
        ] {
            let request = TestRequest::get().uri(path).insert_header((KEY, "Plus"));
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), status, "{path}");
            if status == 200 {
                assert_eq!(read_body(response).await, "Free");
            }
        }
    }

    #[actix_web::test]
    async fn every_change_of_the_key_is_noticed() {
        let app = App::new()
            .wrap(from_fn(downgrade))
            .wrap(from_fn(extract))
            .wrap(from_fn(upgrade))
            .wrap(layer())
            .route("/actix/export", web::get().to(guard_first(export)));
        let app = init_service(app).await;
        let request = TestRequest::get()
            .uri("/actix/export")
            .insert_header((KEY, "Free"));
        assert_eq!(call_service(&app, request.to_request()).await.status(), 403);
    }
}

mod with_rocket {
    use super::{KEY, Tier, layer};
    use rocket::fairing::AdHoc;
    use rocket::http::{Header, Status};
    use rocket::local::blocking::Client;
    use rocket::request::{FromRequest, Outcome};
    use rocket::{Build, Request, Response, Rocket, async_trait, catch, catchers, get, routes};
    use tiergate::rocket::{on_refusal, problems, set_caller};
    use tiergate::{Caller, Problem, requires_tier};

    #[requires_tier(public = "anybody may see the prices")]
    #[get("/prices")]
    fn prices(caller: Result<Caller<Tier>, Problem>) -> &'static str {
        caller.map_or("unknown", |_| "known")
    }

    /// A request guard that does without the caller if the lookup fails.
    struct Limit;

    #[async_trait]
    impl<'r> FromRequest<'r> for Limit {
        type Error = ();

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
            let _caller = request.guard::<Caller<Tier>>().await;
            Outcome::Success(Self)
        }
    }

    #[get("/limited")]
    fn limited(_limit: Limit) -> &'static str {
        "limited"
    }

    #[requires_tier(Plus)]
    #[get("/export")]
    fn export() -> &'static str {
        "exported"
    }

    #[catch(404)]
    async fn not_found(request: &Request<'_>) -> &'static str {
        let _caller = request.guard::<Caller<Tier>>().await;
        "not found"
    }

    /// A fairing that extracts the caller of every request.
    fn extraction() -> AdHoc {
        AdHoc::on_request("extraction", |request, _| {
            Box::pin(async move {
                let _caller = request.guard::<Caller<Tier>>().await;
            })
        })
    }

    fn app() -> Rocket<Build> {
        let config = rocket::Config {
            log_level: rocket::config::LogLevel::Off,
            ..rocket::Config::debug_default()
        };
        rocket::custom(config)
            .register("/", catchers![not_found])
            .mount("/", routes![prices, limited, export])
    }

    fn get_with(app: Rocket<Build>, path: &str, key: &'static str) -> (u16, String) {
        let client = Client::untracked(app).unwrap();
        let request = client.get(path).header(Header::new(KEY, key));
        let response = request.dispatch();
        (
            response.status().code,
            response.into_string().unwrap_or_default(),
        )
    }

    #[test]
    fn a_failed_extraction_that_the_program_handles_changes_no_response() {
        for (path, expected) in [
            ("/prices", (200, "unknown")),
            ("/limited", (200, "limited")),
            ("/nowhere", (404, "not found")),
        ] {
            let with_layer = app().attach(layer()).attach(problems());
            for app in [with_layer, app().attach(problems())] {
                let (status, body) = get_with(app, path, "down");
                assert_eq!((status, body.as_str()), expected, "{path}");
            }
        }
    }

    #[test]
    fn a_caller_set_after_a_failed_extraction_is_let_through() {
        let setting = AdHoc::on_request("setting", |request, _| {
            Box::pin(async move { set_caller(request, Caller::new(Tier::Plus)) })
        });
        let app = app().attach(layer()).attach(extraction()).attach(setting);
        let (status, body) = get_with(app.attach(problems()), "/export", "down");
        assert_eq!((status, body.as_str()), (200, "exported"));
    }

    #[test]
    fn a_refusal_after_a_failed_extraction_can_be_replaced() {
        let replaced =
            on_refusal(|_, _| Response::build().status(Status::PaymentRequired).finalize());
        let app = app().attach(layer()).attach(extraction()).attach(replaced);
        assert_eq!(get_with(app, "/export", "down").0, 402);
    }

    #[test]
    fn a_fairing_may_extract_the_caller_before_the_layer_runs() {
        let app = app()
            .attach(extraction())
            .attach(layer())
            .attach(problems());
        assert_eq!(get_with(app, "/export", "Plus").0, 200);
    }
}
