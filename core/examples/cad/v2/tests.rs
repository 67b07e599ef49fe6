//! Tests of version 2: its limits, and its answers to mistakes. `tests/clients` runs the vendor's client.

mod input;
mod others;

use super::V2;
use crate::tests::{Server, call_as, text_of};
use crate::v1::V1;
use crate::{Api, Site, Tier};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tiergate::{Catalogue, Endpoint};
use tower::ServiceExt;

/// The vendor's table of all endpoints of version 2.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/behaviour/cad/v2.csv");

/// The endpoints of that table without a counterpart in version 1. Those that are served have the tier of the
/// nearest endpoint of version 1. The others are left out for a reason.
const OTHERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/behaviour/cad/v2_others.csv"
);

/// Returns the rows of a table without its header.
fn rows<const COLUMNS: usize>(file: &str) -> Vec<[String; COLUMNS]> {
    let table = fs::read_to_string(file).expect("the table");
    let row = |line: &str| {
        let columns: Vec<_> = line.split(',').map(str::to_owned).collect();
        columns.try_into().expect(line)
    };
    table.lines().skip(1).map(row).collect()
}

/// Returns the tiers of the endpoints without a counterpart in version 1, or `None` for those that are left out.
fn others() -> BTreeMap<String, Option<String>> {
    let other = |[method, path, nearest, tier, reason]: [String; 5]| {
        let is_served = !nearest.is_empty();
        assert_ne!(is_served, !reason.is_empty(), "{path}");
        if is_served {
            let nearest = V1::find("POST", &nearest).expect(&nearest);
            assert_eq!(nearest.required_tier(), Some(&*tier), "{path}");
        }
        (format!("{method} {path}"), is_served.then_some(tier))
    };
    rows(OTHERS).into_iter().map(other).collect()
}

/// Returns the tier and the limits of an endpoint.
fn requirement(endpoint: Endpoint) -> (String, String) {
    let limits = endpoint.limits().expect("limits");
    let policies: Vec<_> = limits.policies().map(|policy| policy.to_string()).collect();
    let tier = endpoint.required_tier().expect("a tier");
    (tier.to_owned(), policies.join(" "))
}

#[test]
fn tiers_and_limits_are_as_published() {
    let (mut others, mut published) = (others(), BTreeMap::new());
    for [method, path, per_minute, counterpart, tier] in rows(TABLE) {
        let name = format!("{method} {path}");
        let tier = if counterpart.is_empty() {
            others.remove(&name).expect("a tier or a reason")
        } else {
            Some(tier)
        };
        if let Some(tier) = tier {
            published.insert(name, (tier, format!("{per_minute}/minute")));
        }
    }
    assert!(others.is_empty(), "the table has no {others:?}");
    // The vendor's Python client uses another method than the table.
    let kick = "/v2/emergency/servers/{serverId}/units/kick";
    let same = published[&format!("POST {kick}")].clone();
    published.insert(format!("DELETE {kick}"), same);

    let served: BTreeMap<_, _> = V2::ENDPOINTS
        .iter()
        .map(|endpoint| {
            let (method, path) = endpoint.method().zip(endpoint.path()).expect("a route");
            assert_eq!(endpoint.cost(), 0, "{path}");
            (format!("{method} {path}"), requirement(*endpoint))
        })
        .collect();
    assert_eq!(served, published);
}

#[test]
fn version_1_has_a_quota_of_one_call_per_second_on_average() {
    for quota in [Api::quota(), Site::quota()] {
        let policies = quota.expect("a quota").policies();
        let policies: Vec<_> = policies.map(|policy| policy.to_string()).collect();
        assert_eq!(policies, ["60/minute"]);
    }
    for endpoint in V1::ENDPOINTS {
        assert_eq!((endpoint.cost(), endpoint.limits().is_none()), (1, true));
    }
}

/// Sends a request with the key of a demo community.
async fn send(
    app: &Router,
    tier: Tier,
    (method, path): (Method, &str),
    body: &str,
) -> (StatusCode, String) {
    let key = format!("Bearer demo-{}-key", tier.name().to_lowercase());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(AUTHORIZATION, key)
        .body(Body::from(body.to_owned()));
    text_of(app, request.expect("a request")).await
}

/// Sends a request that fails, and returns the problem document.
async fn problem(app: &Router, tier: Tier, request: (Method, &str), body: &str) -> Value {
    let (status, text) = send(app, tier, request, body).await;
    let problem: Value = serde_json::from_str(&text).expect("a problem document");
    assert_eq!(problem["status"], status.as_u16());
    problem
}

/// Sends a request that succeeds, as a community of the highest tier.
async fn document(app: &Router, request: (Method, &str), body: &str) -> Value {
    let name = format!("{} {} {body}", request.0, request.1);
    let (status, text) = send(app, Tier::One, request, body).await;
    assert_eq!(status, 200, "{name}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Creates an account, and returns its id.
async fn account(app: &Router, user: &str) -> String {
    let data = json!([{ "username": user, "apiIds": [user] }]);
    let answer = call_as(app, "demo-one", "/general/set_api_id", data).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    let path = format!("/v2/general/accounts/account?communityUserId={user}");
    let account = document(app, (Method::GET, &path), "").await;
    account["uuid"].as_str().expect("an id").to_owned()
}

const UNITS: &str = "/v2/emergency/servers/1/units";

#[tokio::test]
async fn a_limit_applies_to_one_endpoint_of_one_community() {
    let server = Server::new("limit").await;
    let app = server.router().into_router();
    // Calls that are refused for their tier take nothing.
    for _ in 0..5 {
        let refused = problem(&app, Tier::Standard, (Method::GET, UNITS), "").await;
        assert_eq!(refused["code"], "tier_too_low");
        assert_eq!(refused["instance"], UNITS);
    }
    for _ in 0..3 {
        assert_eq!(
            send(&app, Tier::Plus, (Method::GET, UNITS), "").await.0,
            200
        );
    }
    let request = Request::get(UNITS).header(AUTHORIZATION, "Bearer demo-plus-key");
    let request = request.body(Body::empty()).expect("a request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), 429);
    let header = |name| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().expect("text"))
    };
    assert_eq!(
        header(CONTENT_TYPE.as_str()),
        Some("application/problem+json")
    );
    let wait = header(RETRY_AFTER.as_str()).expect("a time").parse::<u64>();
    assert!((50..=60).contains(&wait.expect("a number")), "{answer:?}");
    assert_eq!(
        header("ratelimit-policy"),
        Some("\"list_units/minute\";q=3;w=60")
    );
    // Neither other communities nor other endpoints are affected.
    assert_eq!(send(&app, Tier::Pro, (Method::GET, UNITS), "").await.0, 200);
    let calls = "/v2/emergency/servers/1/calls";
    assert_eq!(
        send(&app, Tier::Plus, (Method::GET, calls), "").await.0,
        200
    );
    server.close().await;
}

#[tokio::test]
async fn the_quota_of_version_1_is_for_all_its_endpoints() {
    let server = Server::new("quota").await;
    let app = server.router().into_router();
    let call = |path: &'static str| call_as(&app, "demo-pro", path, json!([]));
    for _ in 0..30 {
        assert_eq!(call("/general/get_version").await.0, 200);
        assert_eq!(call("/general/get_servers").await.0, 200);
    }
    let (status, reason) = call("/general/get_templates").await;
    assert_eq!(status, 429);
    assert!(reason.contains("`get_templates`"), "{reason}");
    let version = (Method::GET, "/v2/general/version");
    let answer = send(&app, Tier::Pro, version, "").await;
    assert_eq!(
        answer,
        (StatusCode::OK, r#"{"name":"PRO","version":4}"#.to_owned())
    );
    server.close().await;
}

#[tokio::test]
async fn mistakes_are_explained_in_problem_documents() {
    let server = Server::new("mistakes").await;
    let app = server.router().into_router();
    let calls = "/v2/emergency/servers/1/dispatch-calls";
    let zero = r#"{"note": "\u0000"}"#;
    let long = format!(r#"{{"note": "{}"}}"#, "x".repeat(40_000));
    let notes = "/v2/emergency/servers/1/dispatch-calls/1/notes";
    let many = json!({ "updates": vec![0; 1001] }).to_string();
    let moves = "/v2/emergency/servers/1/unit-locations";
    for (request, body, status, detail) in [
        ((Method::GET, "/v2/missing"), "", 404, "UNKNOWN ENDPOINT"),
        ((Method::POST, UNITS), "", 405, "THE METHOD IS NOT ALLOWED"),
        (
            (Method::GET, "/v2/emergency/servers/9/units"),
            "",
            404,
            "SERVER 9 NOT FOUND",
        ),
        (
            (Method::GET, "/v2/emergency/servers/x/units"),
            "",
            400,
            "`serverId`",
        ),
        (
            (Method::GET, "/v2/emergency/servers/1/units?limit=x"),
            "",
            400,
            "limit: invalid digit",
        ),
        (
            (Method::GET, "/v2/civilian/characters?communityUserId=%00"),
            "",
            400,
            "ZERO BYTE",
        ),
        (
            (Method::GET, "/v2/civilian/characters"),
            "",
            400,
            "expected exactly one of",
        ),
        ((Method::POST, calls), "{", 400, "INVALID JSON"),
        (
            (Method::POST, calls),
            "[]",
            400,
            "the request: expected an object",
        ),
        ((Method::POST, calls), "{}", 400, "title: missing field"),
        (
            (Method::POST, calls),
            r#"{"title": "x"}"#,
            400,
            "expected one of communityUserIds",
        ),
        ((Method::POST, notes), zero, 400, "ZERO BYTE"),
        ((Method::POST, notes), &long, 400, "the limit is 32768"),
        (
            (Method::PATCH, moves),
            &many,
            400,
            "the request: the lists have 1001 items; the limit is 1000",
        ),
        (
            (Method::POST, notes),
            r#"{"note": "x"}"#,
            404,
            "CALL 1 NOT FOUND ON SERVER 1",
        ),
    ] {
        let name = format!("{} {}", request.0, request.1);
        let problem = problem(&app, Tier::One, request, body).await;
        assert_eq!(problem["status"], status, "{name}: {problem}");
        let found = problem["detail"].as_str().expect("a detail");
        assert!(found.contains(detail), "{name}: {found}");
    }
    let unknown = Request::get("/v2/general/version").body(Body::empty());
    let (status, text) = text_of(&app, unknown.expect("a request")).await;
    assert_eq!(status, 401);
    assert!(text.contains(r#""code":"unknown_caller""#), "{text}");
    server.close().await;
}

#[tokio::test]
async fn only_the_secret_of_an_account_moves_a_link() {
    let server = Server::new("link").await;
    let app = server.router().into_router();
    let (ada, bo) = (account(&app, "ada").await, account(&app, "bo").await);
    let secret = server.secret_of("demo-one", &ada);
    let link = async |account: &str, secret: &str| {
        let body = json!({
            "accountUuid": account, "secretUuid": secret, "communityUserId": "bo",
        });
        let request = (Method::POST, "/v2/general/links/set");
        send(&app, Tier::One, request, &body.to_string()).await.0
    };
    assert_eq!(link(&bo, &secret).await, 403);
    assert_eq!(link(&ada, "").await, 403);
    assert_eq!(link(&ada, &secret.to_uppercase()).await, 403);
    assert_eq!(link(&ada, &secret).await, 200);
    let request = (Method::POST, "/v2/general/links/check");
    let checked = document(&app, request, r#"{"communityUserId": "bo"}"#).await;
    let expected = json!({ "communityUserId": "bo", "linked": true, "accountUuid": ada });
    assert_eq!(checked, expected);
    server.close().await;
}
