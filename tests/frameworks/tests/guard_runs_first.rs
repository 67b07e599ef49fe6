//! The guard decides before any other extractor runs, even if it waits for a tier source.
// The framework's macros and traits determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value, clippy::unused_async)]

use std::sync::atomic::Ordering;
use tiergate::TierLayer;
use tiergate::source::{ApiKey, Credential, SourceError};
use tiergate_tests_conformance::{Tier, runs_of};

/// The header with the key.
const KEY: &str = "x-api-key";

/// A layer whose source waits once.
fn layer() -> TierLayer<Tier> {
    let source = |key: ApiKey| async move {
        tokio::task::yield_now().await;
        match key.expose() {
            "free" => Ok(Some(Tier::Free)),
            "plus" => Ok(Some(Tier::Plus)),
            _ => Err(SourceError::UnknownCaller),
        }
    };
    TierLayer::new(source).credential(Credential::header(KEY))
}

/// Counts the runs of an extractor.
fn count(what: &str) {
    runs_of(what).fetch_add(1, Ordering::SeqCst);
}

fn count_of(what: &str) -> usize {
    runs_of(what).load(Ordering::SeqCst)
}

mod with_actix_web {
    use super::{KEY, Tier, count, count_of, layer};
    use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
    use actix_web::http::header::{HeaderName, HeaderValue};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::web::{self, Path};
    use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, get};
    use std::future::Future;
    use std::pin::Pin;
    use tiergate::actix_web::guard_first;
    use tiergate::source::{ApiKey, Credential};
    use tiergate::{Caller, Catalogue, TierLayer, requires_tier};

    /// Counts when actix-web creates the extractor's future, and when it polls the future.
    struct Counted;

    impl FromRequest for Counted {
        type Error = Error;
        type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

        fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
            let path = request.uri().path().to_owned();
            count(&format!("made {path}"));
            Box::pin(async move {
                count(&format!("polled {path}"));
                Ok(Self)
            })
        }
    }

    #[requires_tier(Plus, get = "/configured/{id}")]
    async fn configured(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(Plus, get = "/first/{id}")]
    async fn first(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(Plus, get = "/by-hand/{id}")]
    async fn by_hand(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(Plus)]
    async fn without_a_route(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(Plus)]
    #[get("/macro/{id}")]
    async fn by_macro(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(public = "it is compared with the others", get = "/open/{id}")]
    async fn open(id: Path<u32>, _: Counted) -> String {
        id.to_string()
    }

    #[requires_tier(public = "it matches every path", get = "/{*rest}")]
    async fn rest() -> &'static str {
        "rest"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(configured, open))]
    struct Api;

    fn routes(config: &mut web::ServiceConfig) {
        config
            .configure(Api::configure)
            .route("/first/{id}", web::get().to(guard_first(first)))
            .route("/by-hand/{id}", web::get().to(by_hand))
            .route("/no-route/{id}", web::get().to(without_a_route))
            .service(by_macro)
            // This path differs from the attribute's.
            .service(web::scope("/scope").service(by_macro))
            .route("/{rest:.+}", web::get().to(rest));
    }

    async fn statuses(path: &str) -> [u16; 4] {
        let app = init_service(App::new().wrap(layer()).configure(routes)).await;
        let mut statuses = [0; 4];
        for (status, (key, id)) in statuses.iter_mut().zip([
            ("nobody", "7"),
            ("nobody", "x"),
            ("free", "x"),
            ("plus", "7"),
        ]) {
            let request = TestRequest::get()
                .uri(&format!("{path}/{id}"))
                .insert_header((KEY, key));
            *status = call_service(&app, request.to_request())
                .await
                .status()
                .as_u16();
        }
        statuses
    }

    #[actix_web::test]
    async fn configure_starts_no_other_extractor_of_a_refused_call() {
        assert_eq!(statuses("/configured").await, [401, 401, 403, 200]);
        assert_eq!(count_of("made /configured/7"), 1);
        assert_eq!(count_of("made /configured/x"), 0);
        assert_eq!(count_of("polled /configured/7"), 1);
    }

    #[actix_web::test]
    async fn guard_first_starts_no_other_extractor_of_a_refused_call() {
        assert_eq!(statuses("/first").await, [401, 401, 403, 200]);
        assert_eq!(count_of("made /first/7"), 1);
        assert_eq!(count_of("made /first/x"), 0);
    }

    #[actix_web::test]
    async fn however_a_handler_is_mounted_no_other_extractor_of_a_refused_call_is_polled() {
        for path in ["/by-hand", "/no-route", "/macro", "/scope/macro"] {
            assert_eq!(statuses(path).await, [401, 401, 403, 200], "{path}");
            assert_eq!(count_of(&format!("polled {path}/7")), 1, "{path}");
            assert_eq!(count_of(&format!("polled {path}/x")), 0, "{path}");
        }
    }

    #[actix_web::test]
    async fn the_other_extractors_of_an_open_handler_run() {
        assert_eq!(statuses("/open").await, [200, 404, 404, 200]);
        assert_eq!(count_of("polled /open/7"), 2);
    }

    #[actix_web::test]
    async fn the_source_is_not_asked_for_open_endpoints() {
        let source = |_: ApiKey| async {
            count("asked for an open endpoint");
            Ok(Some(Tier::Plus))
        };
        let tiers = TierLayer::new(source).credential(Credential::header(KEY));
        let app = init_service(App::new().wrap(tiers).configure(routes)).await;
        for (path, asked) in [("/open/1", 0), ("/other", 0), ("/a/b", 0), ("/macro/1", 1)] {
            let request = TestRequest::get().uri(path).insert_header((KEY, "key"));
            let answer = call_service(&app, request.to_request()).await;
            assert_eq!(answer.status(), 200, "{path}");
            assert_eq!(count_of("asked for an open endpoint"), asked, "{path}");
        }
    }

    #[actix_web::test]
    async fn a_refused_subscriber_starts_no_other_extractor() {
        let app = App::new()
            .configure(Api::configure)
            .wrap_fn(|request, inner| {
                request.extensions_mut().insert(Caller::new(Tier::Free));
                inner.call(request)
            });
        let app = init_service(app).await;
        let request = TestRequest::get().uri("/configured/8").to_request();
        assert_eq!(call_service(&app, request).await.status(), 403);
        assert_eq!(count_of("made /configured/8"), 0);
    }

    /// Changes the key, depending on the other headers of the request.
    async fn strip(
        mut request: ServiceRequest,
        next: Next<impl actix_web::body::MessageBody>,
    ) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
        let headers = request.headers_mut();
        if let Some(key) = headers.remove("x-session").next() {
            headers.insert(HeaderName::from_static(KEY), key);
        } else if headers.remove("x-signed").next().is_none() {
            headers.insert(
                HeaderName::from_static(KEY),
                HeaderValue::from_static("free"),
            );
        }
        next.call(request).await
    }

    #[actix_web::test]
    async fn what_a_middleware_behind_the_layer_changes_counts() {
        let app = App::new()
            .configure(routes)
            .wrap(from_fn(strip))
            .wrap(layer());
        let app = init_service(app).await;
        for path in ["/configured/9", "/macro/9", "/first/9"] {
            for (header, key, expected) in [
                ("x-signed", "plus", 200),
                ("x-other", "plus", 403),
                ("x-session", "nobody", 200),
            ] {
                let request = TestRequest::get()
                    .uri(path)
                    .insert_header((KEY, key))
                    .insert_header((header, "plus"));
                let status = call_service(&app, request.to_request()).await.status();
                assert_eq!(status, expected, "{path} {header}");
            }
        }
    }
}

mod with_poem {
    use super::{KEY, count, count_of, layer};
    use poem::http::Uri;
    use poem::web::Path;
    use poem::{
        Endpoint, EndpointExt, FromRequest, Request, RequestBody, Result, Route, get, handler,
    };
    use tiergate::requires_tier;
    use tiergate_tests_conformance::Tier;

    struct Counted;

    impl<'a> FromRequest<'a> for Counted {
        async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
            count(&format!("poem {}", request.uri().path()));
            Ok(Self)
        }
    }

    #[requires_tier(Plus, get = "/poem/{id}")]
    #[handler]
    fn counted(_id: Path<u32>, _counted: Counted) {}

    #[tokio::test]
    async fn a_refused_call_runs_no_other_extractor() {
        let app = Route::new().at("/poem/:id", get(counted)).with(layer());
        for (key, path, expected) in [
            ("nobody", "/poem/x", 401),
            ("free", "/poem/x", 403),
            ("free", "/poem/7", 403),
            ("plus", "/poem/8", 200),
        ] {
            let request = Request::builder()
                .uri(Uri::from_static(path))
                .header(KEY, key);
            assert_eq!(app.get_response(request.finish()).await.status(), expected);
        }
        assert_eq!(count_of("poem /poem/7"), 0);
        assert_eq!(count_of("poem /poem/8"), 1);
    }
}

mod with_rocket {
    use super::{KEY, count, count_of, layer};
    use rocket::http::Header;
    use rocket::local::asynchronous::Client;
    use rocket::request::{FromRequest, Outcome};
    use rocket::{Request, get, routes};
    use tiergate::requires_tier;
    use tiergate_tests_conformance::Tier;

    struct Counted;

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Counted {
        type Error = ();

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
            count(&format!("rocket {}", request.uri().path()));
            Outcome::Success(Self)
        }
    }

    #[requires_tier(Plus)]
    #[get("/rocket/<_id>")]
    fn counted(_id: u32, _counted: Counted) {}

    #[tokio::test]
    async fn a_refused_call_runs_no_other_extractor() {
        let app = rocket::build().attach(layer()).mount("/", routes![counted]);
        let client = Client::untracked(app).await.unwrap();
        for (key, path, expected) in [
            ("nobody", "/rocket/x", 401),
            ("free", "/rocket/x", 403),
            ("free", "/rocket/7", 403),
            ("plus", "/rocket/8", 200),
        ] {
            let request = client.get(path).header(Header::new(KEY, key));
            assert_eq!(request.dispatch().await.status().code, expected, "{path}");
        }
        assert_eq!(count_of("rocket /rocket/7"), 0);
        assert_eq!(count_of("rocket /rocket/8"), 1);
    }
}

mod with_salvo {
    use super::{KEY, count, count_of, layer};
    use salvo::extract::{Extractible, Metadata};
    use salvo::http::ParseError;
    use salvo::prelude::*;
    use tiergate::requires_tier;
    use tiergate_tests_conformance::Tier;

    struct Counted;

    impl<'ex> Extractible<'ex> for Counted {
        fn metadata() -> &'static Metadata {
            static METADATA: Metadata = Metadata::new("");
            &METADATA
        }

        #[allow(refining_impl_trait)]
        async fn extract(request: &'ex mut Request, _: &'ex mut Depot) -> Result<Self, ParseError> {
            count(&format!("salvo {}", request.uri().path()));
            Ok(Self)
        }
    }

    #[requires_tier(Plus, get = "/salvo/{id}")]
    #[handler]
    async fn counted(_counted: Counted) {}

    #[tokio::test]
    async fn a_refused_call_runs_no_other_extractor() {
        for (key, path, expected) in [
            ("nobody", "/salvo/7", 401),
            ("free", "/salvo/7", 403),
            ("plus", "/salvo/8", 200),
        ] {
            let mut request = Request::default();
            *request.uri_mut() = path.parse().unwrap();
            request.headers_mut().insert(KEY, key.parse().unwrap());
            let (mut depot, mut answer) = (Depot::new(), Response::new());
            let mut control = FlowCtrl::new(Vec::new());
            for handler in [&layer() as &dyn Handler, &counted] {
                let (depot, answer) = (&mut depot, &mut answer);
                handler
                    .handle(&mut request, depot, answer, &mut control)
                    .await;
            }
            let status = answer.status_code.map_or(200, |status| status.as_u16());
            assert_eq!(status, expected, "{path}");
        }
        assert_eq!(count_of("salvo /salvo/7"), 0);
        assert_eq!(count_of("salvo /salvo/8"), 1);
    }
}
