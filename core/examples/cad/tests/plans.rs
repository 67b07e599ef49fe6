//! Plans, and who changes them.

use super::{BILLING_KEY, Server, call_as, change_plan, close_call};
use crate::Api;
use crate::demo::plan_text;
use crate::store::demo_key;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tiergate::Overrides;
use tiergate::source::{ApiKey, TierSource};
use tower::ServiceExt;

#[tokio::test]
async fn only_the_billing_service_changes_plans() {
    let server = Server::new("billing").await;
    let app = server.router().into_router();
    for (key, expected) in [("wrong", 401), (BILLING_KEY, 204)] {
        let request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::from(r#"{"community": "demo-pro", "tier": "Free"}"#));
        let answer = app.clone().oneshot(request.expect("a request")).await;
        assert_eq!(answer.expect("an answer").status(), expected, "{key}");
    }
    // The token is checked before the body, so unauthorised callers learn nothing about its format.
    for (key, body, expected) in [
        ("wrong", "no JSON", 401),
        (BILLING_KEY, "no JSON", 400),
        (BILLING_KEY, r#"{"community": "demo-pro\u0000"}"#, 404),
    ] {
        let request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::from(body));
        let answer = app.clone().oneshot(request.expect("a request")).await;
        let status = answer.expect("an answer").status();
        assert_eq!(status, expected, "{key}: {body}");
    }
    server.close().await;
}

#[tokio::test]
async fn several_tokens_are_refused() {
    let server = Server::new("tokens").await;
    let app = server.router().into_router();
    for keys in [
        [BILLING_KEY, BILLING_KEY],
        [BILLING_KEY, "wrong"],
        ["wrong", BILLING_KEY],
    ] {
        let mut request = Request::post("/billing/subscription")
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(r#"{"community": "demo-pro", "tier": "Free"}"#))
            .expect("a request");
        for key in keys {
            let token = HeaderValue::from_str(&format!("Bearer {key}")).expect("ASCII");
            request.headers_mut().append(AUTHORIZATION, token);
        }
        let answer = app.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), 401, "{keys:?}");
    }
    server.close().await;
}

const ACTIVE_UNITS: &str = "/emergency/get_active_units";

async fn all_units(app: &Router, id: &str) -> (StatusCode, String) {
    call_as(app, id, ACTIVE_UNITS, json!([{ "allServers": true }])).await
}

#[tokio::test]
async fn a_trial_ends_in_free() {
    // Decides one second before and exactly at the end.
    for (is_over, name) in [(false, "trial"), (true, "trial-over")] {
        let end = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        let now = if is_over {
            end
        } else {
            end - Duration::from_secs(1)
        };
        let overrides = Overrides::of::<Api>().with_clock(move || now);
        let server = Server::with_overrides(name, overrides).await;
        let app = server.router().into_router();
        let plan = json!({
            "community": "demo-starter", "tier": "Plus", "until": 4_000_000_000_000_u64,
            "then": "Free", "addOns": ["cross_server"],
        });
        assert_eq!(change_plan(&app, plan).await, 204);
        let (status, answer) = close_call(&app, "demo-starter").await;
        let version = call_as(&app, "demo-starter", "/general/get_version", json!([])).await;
        if is_over {
            assert_eq!(status, 400);
            assert!(
                answer.ends_with("requires the tier Plus; the caller has Free"),
                "{answer}"
            );
            assert_eq!(version, (StatusCode::OK, "0".to_owned()));
            assert_eq!(all_units(&app, "demo-starter").await.0, 400);
        } else {
            assert_eq!(status, 404, "{answer}");
            assert_eq!(version, (StatusCode::OK, "3".to_owned()));
            assert_eq!(all_units(&app, "demo-starter").await.0, 200);
        }
        server.close().await;
    }
}

#[tokio::test]
async fn a_bought_tier_replaces_a_trial() {
    let server = Server::new("bought").await;
    let app = server.router().into_router();
    let past = json!({ "community": "demo-pro", "tier": "Pro", "until": 1 });
    assert_eq!(change_plan(&app, past).await, 204);
    let ended = (
        StatusCode::BAD_REQUEST,
        "`close_call` (POST /emergency/close_call) requires a subscription; the caller's has ended"
            .to_owned(),
    );
    assert_eq!(close_call(&app, "demo-pro").await, ended);
    let bought = json!({ "community": "demo-pro", "tier": "Plus" });
    assert_eq!(change_plan(&app, bought).await, 204);
    assert_eq!(close_call(&app, "demo-pro").await.0, 404);

    for plan in [
        json!({ "tier": "Plus", "then": "Free" }),
        json!({ "tier": null, "until": 1 }),
        json!({ "tier": null, "addOns": ["cross_server"] }),
        json!({ "tier": "Plus", "addOns": ["unknown"] }),
        json!({ "tier": "Plus", "until": -1 }),
        json!({ "tier": "Plus", "until": u64::MAX }),
    ] {
        let mut request = plan.clone();
        request["community"] = "demo-pro".into();
        assert_eq!(change_plan(&app, request).await, 422, "{plan}");
    }
    assert_eq!(close_call(&app, "demo-pro").await.0, 404);
    server.close().await;
}

#[tokio::test]
async fn a_new_database_has_a_community_on_a_trial() {
    let server = Server::new("demo-trial").await;
    let source = server.subscriptions.cached.clone();
    let find = |id: &'static str| {
        let key = ApiKey::new(demo_key(id)).with_claimed_id(id);
        let source = source.clone();
        async move { source.find(&key).await.expect("a caller") }
    };
    let trial = find("demo-trial").await;
    let text = plan_text(&trial).expect("a plan");
    assert!(text.starts_with("tier Plus until 20"), "{text}");
    assert!(
        text.ends_with("Z, then Free, add-on Cross-server dispatch"),
        "{text}"
    );
    let end = trial.ends_at().expect("an end");
    let rest = end.duration_since(SystemTime::now()).expect("a later time");
    let two_weeks = 14 * 24 * 60 * 60;
    assert!(
        (two_weeks - 60..=two_weeks).contains(&rest.as_secs()),
        "{rest:?}"
    );
    let ended = trial.until(UNIX_EPOCH);
    assert_eq!(plan_text(&ended).as_deref(), Some("tier Free"));
    let plus = find("demo-plus").await;
    assert_eq!(plan_text(&plus).as_deref(), Some("tier Plus"));
    server.close().await;
}

#[tokio::test]
async fn the_add_on_lists_the_units_of_all_servers() {
    let server = Server::new("add-on").await;
    let app = server.router().into_router();
    let refused = (
        StatusCode::BAD_REQUEST,
        "`get_active_units` (POST /emergency/get_active_units) requires the add-on \
         Cross-server dispatch; the caller doesn't have it"
            .to_owned(),
    );
    assert_eq!(all_units(&app, "demo-one").await, refused);
    // The tier is checked first, and the add-on doesn't replace it.
    let standard =
        json!({ "community": "demo-standard", "tier": "Standard", "addOns": ["cross_server"] });
    assert_eq!(change_plan(&app, standard).await, 204);
    let (status, answer) = all_units(&app, "demo-standard").await;
    assert_eq!(status, 400);
    assert!(
        answer.ends_with("requires the tier Plus; the caller has Standard"),
        "{answer}"
    );

    let servers = json!([{ "id": 1, "name": "Main" }, { "id": 2, "name": "Test" }]);
    let answer = call_as(&app, "demo-trial", "/general/set_servers", servers).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    for (name, server_id) in [("ada", 1), ("bo", 2)] {
        let account = json!([{ "username": name, "apiIds": [name] }]);
        let status = json!([{ "apiId": name, "status": 1, "serverId": server_id }]);
        for (path, data) in [
            ("/general/set_api_id", account),
            ("/emergency/unit_status", status),
        ] {
            let answer = call_as(&app, "demo-trial", path, data).await;
            assert_eq!(answer.0, 200, "{answer:?}");
        }
    }
    for (data, expected) in [
        (json!([]), vec![1]),
        (json!([{ "serverId": 2 }]), vec![2]),
        (json!([{ "serverId": 2, "allServers": true }]), vec![1, 2]),
    ] {
        let (status, answer) = call_as(&app, "demo-trial", ACTIVE_UNITS, data).await;
        assert_eq!(status, 200, "{answer}");
        let units: Vec<Value> = serde_json::from_str(&answer).expect("JSON");
        let servers: Vec<_> = units.iter().map(|unit| unit["serverId"].clone()).collect();
        assert_eq!(servers, expected);
    }
    server.close().await;
}
