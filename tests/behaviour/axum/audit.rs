//! Audited routers: they refuse routes that no catalogue lists, and name them in the audit. Also the
//! failures that a coverage test must report.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::axum::AuditedRouter;
use tiergate::coverage::Coverage;
use tiergate::{Caller, Catalogue, requires_tier};
use tiergate_tests::{authenticate, request};
use tower::ServiceExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/units/{id}")]
async fn unit(Path(id): Path<String>) -> String {
    id
}

#[requires_tier(Free, post = "/units")]
async fn new_unit() -> StatusCode {
    StatusCode::NOT_FOUND
}

#[requires_tier(public = "health checks have no account", get = "/health")]
async fn health() -> &'static str {
    "ok"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(unit, new_unit, health))]
struct Api;

static DEBUG_CALLS: AtomicUsize = AtomicUsize::new(0);

async fn debug() -> &'static str {
    DEBUG_CALLS.fetch_add(1, Ordering::SeqCst);
    "everything"
}

async fn send(app: Router, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn exactly_the_listed_handlers_are_mounted() {
    let by_hand = AuditedRouter::<Api>::new()
        .get("/units/{unit}", unit)
        .post("/units", new_unit)
        .public(Method::GET, "/health", health);
    for app in [AuditedRouter::<Api>::new().catalogue(), by_hand] {
        let audit = app.audit();
        audit.assert_clean();
        assert_eq!(audit.to_string(), "no findings");
        let app = app.layer(Extension(Caller::new(Tier::Plus))).into_router();
        assert_eq!(
            send(app.clone(), "GET", "/units/7").await,
            (StatusCode::OK, "7".to_owned())
        );
        assert_eq!(send(app.clone(), "GET", "/health").await.1, "ok");
        assert_eq!(send(app.clone(), "PUT", "/units").await.0, 405);
        assert_eq!(send(app, "GET", "/else").await.0, 404);
    }
}

#[tokio::test]
async fn an_unknown_route_is_refused_before_its_handler_runs() {
    let app = AuditedRouter::<Api>::new()
        .catalogue()
        .public(Method::GET, "/debug", debug)
        .public(Method::DELETE, "/units/{id}", debug)
        .nest(
            "/v1",
            AuditedRouter::<Api>::new().get("/units/{id}", unit).nest(
                "/inner",
                AuditedRouter::<Api>::new().public(Method::PUT, "/x", debug),
            ),
        );
    let audit = app.audit();
    assert!(!audit.is_clean());
    let ungated: Vec<String> = audit.ungated().iter().map(ToString::to_string).collect();
    assert_eq!(
        ungated,
        [
            "GET /debug",
            "DELETE /units/{id}",
            "GET /v1/units/{id}",
            "PUT /v1/inner/x"
        ]
    );
    assert!(audit.ungated()[0].handler().ends_with("debug"));
    let text = audit.to_string();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.contains("PUT /v1/inner/x is mounted but missing from the catalogue"),
        "{text}"
    );

    let app = app.layer(Extension(Caller::new(Tier::Plus))).into_router();
    for (method, path) in [
        ("GET", "/debug"),
        ("DELETE", "/units/7"),
        ("GET", "/v1/units/7"),
        ("PUT", "/v1/inner/x"),
        ("HEAD", "/debug"),
    ] {
        let (status, body) = send(app.clone(), method, path).await;
        assert_eq!(status, 500, "{method} {path}");
        if method != "HEAD" {
            let problem: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(problem["code"], "ungated_route");
            assert_eq!(problem["instance"], path);
        }
    }
    assert_eq!(DEBUG_CALLS.load(Ordering::SeqCst), 0);
    assert_eq!(send(app, "GET", "/units/7").await.0, 200);
}

#[tokio::test]
async fn a_handler_on_the_route_of_another_is_refused() {
    // `debug` this handler has no guard and is in no catalogue. `unit` is mounted on the route of `new_unit`.
    let app = AuditedRouter::<Api>::new()
        .public(Method::GET, "/units/{id}", debug)
        .post("/units", unit)
        .public(Method::GET, "/health", debug);
    let ungated: Vec<String> = app
        .audit()
        .ungated()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(ungated, ["GET /units/{id}", "POST /units"]);
    let app = app.layer(Extension(Caller::new(Tier::Plus))).into_router();
    assert_eq!(send(app.clone(), "GET", "/units/7").await.0, 500);
    assert_eq!(send(app, "POST", "/units").await.0, 500);
}

#[test]
#[should_panic(expected = "endpoints cannot have the method TRACE")]
fn an_unsupported_method_panics_at_once() {
    let _ = AuditedRouter::<Api>::new().public(Method::TRACE, "/health", health);
}

#[test]
fn missing_and_duplicate_routes_are_named() {
    let routes = AuditedRouter::<Api>::new().public(Method::GET, "/health", health);
    let app = AuditedRouter::<Api>::new()
        .get("/units/{id}", unit)
        .get("/units/{id}", unit)
        .merge(routes);
    let audit = app.audit();
    assert_eq!(audit.not_mounted().len(), 1);
    assert_eq!(audit.twice().len(), 1);
    let text = audit.to_string();
    assert!(text.contains("GET /units/{id} is mounted twice"), "{text}");
    assert!(text.contains("`new_unit` (POST /units) at "), "{text}");
    assert_eq!(app.routes().len(), 3);
}

#[test]
fn nesting_a_catalogue_moves_its_routes() {
    let app = AuditedRouter::<Api>::new().nest("/v1", AuditedRouter::<Api>::new().catalogue());
    let audit = app.audit();
    assert_eq!((audit.ungated().len(), audit.not_mounted().len()), (3, 3));
}

#[tokio::test]
async fn a_fallback_cannot_be_an_endpoint() {
    let app = AuditedRouter::<Api>::new()
        .catalogue()
        .fallback(|path: axum::http::Uri| async move {
            let status = match path.path() {
                "/gone" => StatusCode::GONE,
                "/elsewhere" => StatusCode::PERMANENT_REDIRECT,
                "/socket" => StatusCode::SWITCHING_PROTOCOLS,
                "/unknown" => StatusCode::from_u16(799).unwrap(),
                _ => StatusCode::OK,
            };
            (status, "secret")
        })
        .method_not_allowed_fallback(|| async { "secret" })
        .into_router();
    assert_eq!(
        send(app.clone(), "GET", "/gone").await,
        (StatusCode::GONE, "secret".to_owned())
    );
    assert_eq!(send(app.clone(), "GET", "/elsewhere").await.0, 308);
    for (method, path) in [
        ("GET", "/anything"),
        ("GET", "/socket"),
        ("GET", "/unknown"),
        ("PUT", "/units"),
    ] {
        let (status, body) = send(app.clone(), method, path).await;
        assert_eq!(status, 500, "{method} {path}");
        assert!(
            body.contains("ungated_route") && !body.contains("secret"),
            "{body}"
        );
    }
}

async fn failures(app: Router) -> Vec<String> {
    let coverage = Coverage::of::<Api>(app, request).await;
    assert_eq!(coverage.is_complete(), coverage.failures().is_empty());
    coverage
        .failures()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn authenticated(app: Router) -> Router {
    app.layer(middleware::from_fn(authenticate::<Tier>))
}

#[tokio::test]
async fn correct_programs_pass_whatever_their_handlers_answer() {
    let app = authenticated(Api::router());
    assert_eq!(failures(app.clone()).await, [""; 0]);
    // An application's own responses to refusals make no difference.
    let own = app.layer(tiergate::axum::on_refusal(|_, _| {
        StatusCode::IM_A_TEAPOT.into_response()
    }));
    assert_eq!(failures(own).await, [""; 0]);
}

#[tokio::test]
async fn wrong_answers_are_named() {
    let unit = "`unit` (GET /units/{id})";
    let new_unit = "`new_unit` (POST /units)";
    let health = "`health` (GET /health)";

    // Without a layer.
    let found = failures(Api::router()).await;
    assert_eq!(found.len(), 8);
    assert_eq!(
        found[0],
        format!(
            "{unit} has no authentication layer, so it refused access when called with no credentials (500 Internal Server Error)"
        )
    );

    // Without routes.
    let found = failures(authenticated(Router::new())).await;
    assert_eq!(found.len(), 12);
    assert!(found.contains(&format!(
        "{new_unit} could not be reached when called with the tier Plus (404 Not Found)"
    )));
    assert!(found.contains(&format!(
        "{health} could not be reached when called with no credentials (404 Not Found)"
    )));

    // A handler without a guard replaces a gated one.
    let open = Router::new()
        .route("/units/{id}", get(|| async { "open" }))
        .route("/units", axum::routing::post(self::new_unit))
        .route("/health", get(self::health));
    assert_eq!(
        failures(authenticated(open)).await,
        [
            format!("{unit} could not be reached when called with no credentials (200 OK)"),
            format!("{unit} could not be reached when called with bad credentials (200 OK)"),
            format!("{unit} could not be reached when called with the tier Free (200 OK)"),
            format!("{unit} could not be reached when called with the tier Plus (200 OK)"),
        ]
    );

    // Every caller has the highest tier.
    let app = Api::router().layer(Extension(Caller::new(Tier::Plus)));
    let found = failures(app).await;
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(
        found[0],
        format!("{unit} allowed access when called with no credentials (200 OK)")
    );
    assert_eq!(
        found[2],
        format!("{unit} allowed access when called with the tier Free (200 OK)")
    );

    // Every caller is unknown.
    let app = Api::router().layer(Extension(Caller::<Tier>::unknown()));
    let found = failures(app).await;
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(
        found[1],
        format!("{unit} refused access when called with the tier Plus (401 Unauthorized)")
    );

    // Refusals have a success status.
    let app =
        authenticated(Api::router()).layer(tiergate::axum::on_refusal(|_, _| ().into_response()));
    assert_eq!(failures(app).await.len(), 5);

    // A layer that requires a key from every caller, even on public endpoints.
    let app = authenticated(Api::router()).layer(middleware::from_fn(
        async |request: Request, next: Next| match request.headers().get("x-api-key") {
            Some(_) => next.run(request).await,
            None => StatusCode::UNAUTHORIZED.into_response(),
        },
    ));
    assert_eq!(
        failures(app).await,
        [format!(
            "{health} is public but refused access when called with no credentials (401 Unauthorized)"
        )]
    );

    // A server that fails every request.
    let app =
        authenticated(Api::router()).layer(middleware::from_fn(async |_: Request, _: Next| {
            StatusCode::BAD_GATEWAY
        }));
    assert_eq!(failures(app).await.len(), 12);
}

#[tokio::test]
async fn a_caller_without_credentials_may_have_a_tier() {
    async fn anonymous_is_free(mut request: Request, next: Next) -> Response {
        let key = request.headers().get("x-api-key");
        let caller = match key.map(|key| key.to_str().unwrap().parse()) {
            None => Caller::new(Tier::Free),
            Some(Ok(tier)) => Caller::new(tier),
            Some(Err(_)) => Caller::unknown(),
        };
        request.extensions_mut().insert(caller);
        next.run(request).await
    }
    let app = Api::router().layer(middleware::from_fn(anonymous_is_free));
    let coverage = Coverage::of::<Api>(app.clone(), request)
        .anonymous(Tier::Free)
        .await;
    coverage.assert_complete();
    // Without `anonymous`, the test reports these calls.
    assert_eq!(failures(app.clone()).await.len(), 2);
    let coverage = Coverage::of::<Api>(app, request)
        .anonymous(Tier::Plus)
        .await;
    assert_eq!(coverage.failures().len(), 1, "{coverage}");
}

#[tokio::test]
async fn a_request_to_another_endpoint_fails_the_test() {
    let coverage = Coverage::of::<Api>(authenticated(Api::router()), |call| {
        let mut request = request(call);
        *request.uri_mut() = "/health".parse().unwrap();
        request
    })
    .await;
    assert_eq!((coverage.calls(), coverage.failures().len()), (12, 8));
    let text = coverage.to_string();
    assert!(
        text.contains("was not called with no credentials: the test's request is for GET /health"),
        "{text}"
    );
}
