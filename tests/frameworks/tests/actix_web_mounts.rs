//! Where actix-web mounts handlers, and how an audit finds differences from the catalogue.
// The framework's macros and traits determine the signatures of handlers.
#![allow(clippy::unused_async)]

#[cfg(feature = "rocket")]
mod route_constraints;

use actix_web::body::to_bytes;
use actix_web::dev::Service;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, Path};
use actix_web::{App, HttpMessage, HttpResponse, Responder, ResponseError, get};
use std::fmt;
use tiergate::actix_web::{audit_mounts, on_refusal};
use tiergate::{Caller, Catalogue, Denied, requires_tier};
use tiergate_tests_conformance::Tier;

mod escaped {
    use super::*;

    #[requires_tier(Plus, get = "/gr%C3%B6%C3%9Fe")]
    async fn size() -> &'static str {
        "size"
    }

    #[requires_tier(Free, post = "/gr%C3%B6%C3%9Fe")]
    async fn new_size() -> &'static str {
        "new size"
    }

    #[requires_tier(Plus, get = "/a%20b/{id}")]
    async fn blank(id: Path<String>) -> String {
        id.into_inner()
    }

    #[requires_tier(Plus, get = "/a%2Fb")]
    async fn slash() -> &'static str {
        "slash"
    }

    #[requires_tier(Plus, get = "/%7Bid%7D")]
    async fn braces() -> &'static str {
        "braces"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(size, new_size, blank, slash, braces))]
    struct Api;

    async fn answer(method: &str, path: &str, tier: Tier) -> (u16, String) {
        let app = App::new()
            .configure(Api::configure)
            .wrap_fn(move |request, inner| {
                request.extensions_mut().insert(Caller::new(tier));
                inner.call(request)
            });
        let app = init_service(app).await;
        let request = TestRequest::with_uri(path).method(method.parse().unwrap());
        let answer = call_service(&app, request.to_request()).await;
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn escaped_routes_are_served_however_the_client_escapes_them() {
        for (path, body) in [
            ("/gr%C3%B6%C3%9Fe", "size"),
            ("/gr%c3%b6%c3%9fe", "size"),
            ("/%67r%C3%B6%c3%9Fe", "size"),
            ("/a%20b/7", "7"),
            ("/a%2Fb", "slash"),
            ("/a%2fb", "slash"),
            ("/%7Bid%7D", "braces"),
        ] {
            assert_eq!(
                answer("GET", path, Tier::Plus).await,
                (200, body.to_owned())
            );
            assert_eq!(answer("GET", path, Tier::Free).await.0, 403, "{path}");
        }
        let new = answer("POST", "/gr%c3%b6%c3%9fe", Tier::Free).await;
        assert_eq!(new, (200, "new size".to_owned()));
        for path in ["/x", "/a/b", "/a%252Fb", "/%257Bid%257D"] {
            assert_eq!(answer("GET", path, Tier::Plus).await.0, 404, "{path}");
        }
    }

    #[actix_web::test]
    async fn the_audit_finds_them_where_they_are() {
        let app = init_service(App::new().configure(Api::configure)).await;
        audit_mounts::<Api, _, _>(&app).await.assert_clean();
    }
}

mod scoped {
    use super::*;

    #[derive(Clone, Copy, tiergate::Tier)]
    enum Tier {
        Free,
        Plus,
    }

    #[requires_tier(Plus, prefix = "/v1")]
    #[get(r"/units/{id:\d+}")]
    async fn unit(id: Path<u32>) -> String {
        id.to_string()
    }

    #[requires_tier(Plus)]
    #[get("/forgotten")]
    async fn forgotten() -> &'static str {
        panic!("no handler runs in an audit")
    }

    /// The path in this attribute takes precedence.
    #[requires_tier(Free, get = "/v1/explicit")]
    #[get("/explicit")]
    async fn explicit() -> &'static str {
        "explicit"
    }

    #[requires_tier(Free)]
    #[get("/hidden")]
    async fn hidden() -> &'static str {
        "hidden"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier)]
    struct Api;

    #[test]
    fn the_catalogue_contains_the_prefix() {
        let paths: Vec<_> = Api::endpoints()
            .iter()
            .filter(|endpoint| endpoint.public_reason().is_none())
            .filter_map(tiergate::Endpoint::path)
            .collect();
        let expected = ["/v1/units/{id}", "/forgotten", "/v1/explicit", "/hidden"];
        assert_eq!(paths, expected);
        Api::audit().assert_clean();
    }

    #[actix_web::test]
    async fn the_audit_reports_what_is_mounted_elsewhere() {
        async fn shadow() -> impl Responder {
            "it hides another handler"
        }
        let scope = web::scope("/v1")
            .service(unit)
            .service(forgotten)
            .service(explicit);
        let app = App::new()
            .service(scope)
            .route("/hidden", web::get().to(shadow))
            .service(hidden);
        let app = init_service(app).await;
        let audit = audit_mounts::<Api, _, _>(&app).await;
        let found: Vec<_> = audit
            .findings()
            .iter()
            .map(|finding| (finding.endpoint.name(), finding.reached, finding.status))
            .collect();
        assert_eq!(found, [("forgotten", None, 404), ("hidden", None, 200)]);
        let text = audit.to_string();
        assert!(text.contains("`forgotten` (GET /forgotten) at "), "{text}");
        assert!(text.contains("prefix = \"/v1\""), "{text}");
        // After the audit, guards check callers again.
        let request = TestRequest::get().uri("/v1/forgotten").to_request();
        assert_eq!(call_service(&app, request).await.status(), 500);
        assert_eq!((Tier::Free.rank(), Tier::Plus.rank()), (0, 1));
    }
}

mod wrapped {
    use super::*;

    /// A handler's error type that contains a refusal.
    #[derive(Debug)]
    enum OwnError {
        Denied(Denied),
        Other,
    }

    impl fmt::Display for OwnError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("own")
        }
    }

    impl ResponseError for OwnError {
        fn error_response(&self) -> HttpResponse {
            match self {
                Self::Denied(denied) => denied.error_response(),
                Self::Other => HttpResponse::Conflict().finish(),
            }
        }
    }

    #[requires_tier(Free, get = "/own-error", guard = pass)]
    async fn own_error() -> Result<&'static str, OwnError> {
        pass.require(Tier::Pro).map_err(OwnError::Denied)?;
        Err(OwnError::Other)
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(own_error))]
    struct Api;

    #[actix_web::test]
    async fn a_refusal_inside_a_handlers_error_can_be_replaced() {
        for (tier, expected) in [
            (Tier::Plus, StatusCode::PAYMENT_REQUIRED),
            (Tier::Pro, StatusCode::CONFLICT),
        ] {
            let app = App::new()
                .configure(Api::configure)
                .wrap_fn(move |request, inner| {
                    request.extensions_mut().insert(Caller::new(tier));
                    inner.call(request)
                })
                .wrap(on_refusal(|_, _| HttpResponse::PaymentRequired().finish()));
            let app = init_service(app).await;
            let request = TestRequest::get().uri("/own-error").to_request();
            assert_eq!(call_service(&app, request).await.status(), expected);
        }
    }
}

mod route_macro_above {
    use super::*;

    #[get("/export")]
    #[requires_tier(Plus)]
    async fn export() -> &'static str {
        "all of it"
    }

    #[actix_web::test]
    async fn the_handler_is_still_guarded() {
        for (tier, expected) in [
            (None, 500),
            (Some(Tier::Free), 403),
            (Some(Tier::Plus), 200),
        ] {
            let app = App::new().service(export).wrap_fn(move |request, inner| {
                if let Some(tier) = tier {
                    request.extensions_mut().insert(Caller::new(tier));
                }
                inner.call(request)
            });
            let app = init_service(app).await;
            let request = TestRequest::with_uri("/export").to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status().as_u16(), expected, "{tier:?}");
        }
    }
}
