//! What requests contain has an effect, or is refused.

use super::{account, document, problem, send};
use crate::Tier;
use crate::tests::Server;
use axum::Router;
use axum::http::Method;
use serde_json::{Value, json};

const SERVERS: &str = "/v2/general/servers";

#[tokio::test]
async fn an_empty_list_is_a_mistake() {
    let server = Server::new("v2-empty").await;
    let app = server.router().into_router();
    let signs = "/v2/emergency/servers/1/street-signs";
    let close = "/v2/emergency/servers/1/dispatch-calls/close";
    let blips = "/v2/emergency/servers/1/blips/delete";
    for (request, body, what) in [
        ((Method::PUT, SERVERS), json!({ "servers": [] }), "SERVER"),
        ((Method::PATCH, signs), json!({ "ids": [] }), "STREET SIGN"),
        ((Method::POST, close), json!({ "callIds": [] }), "CALL"),
        ((Method::POST, blips), json!({ "ids": [] }), "BLIP"),
    ] {
        let problem = problem(&app, Tier::One, request, &body.to_string()).await;
        let detail = format!("AT LEAST ONE {what} IS REQUIRED");
        assert_eq!(
            (&problem["status"], &problem["detail"]),
            (&json!(400), &json!(detail))
        );
    }
    let servers = document(&app, (Method::GET, SERVERS), "").await;
    assert_eq!(servers["servers"][0]["name"], "Main");
    server.close().await;
}

#[tokio::test]
async fn a_server_has_a_valid_address_or_none() {
    let server = Server::new("v2-address").await;
    let app = server.router().into_router();
    let set = async |port: &str| {
        let servers = json!([{ "id": 1, "name": "a", "mapIp": "a b", "listenerPort": port }]);
        let body = json!({ "servers": servers }).to_string();
        send(&app, Tier::One, (Method::PUT, SERVERS), &body).await
    };
    let (status, text) = set("30120").await;
    assert_eq!(status, 400);
    assert!(text.contains("SERVER 1 NEEDS A HOST AS `mapIp`"), "{text}");
    assert_eq!(set("").await.0, 200);
    server.close().await;
}

#[tokio::test]
async fn a_note_keeps_its_type() {
    let server = Server::new("v2-note").await;
    let app = server.router().into_router();
    let calls = "/v2/emergency/servers/1/dispatch-calls";
    let call = json!({ "title": "Fire", "accounts": [] }).to_string();
    document(&app, (Method::POST, calls), &call).await;
    let notes = format!("{calls}/1/notes");
    for note in [
        json!({ "note": "hot" }),
        json!({ "note": "https://example.com", "noteType": "link", "label": "A-1" }),
    ] {
        document(&app, (Method::POST, &notes), &note.to_string()).await;
    }
    let calls = document(&app, (Method::GET, "/v2/emergency/servers/1/calls"), "").await;
    let notes = calls["ActiveCalls"][0]["notes"].as_array().expect("notes");
    let types: Vec<_> = notes.iter().map(|note| &note["type"]).collect();
    assert_eq!(types, ["text", "link"]);
    let wrong = json!({ "note": "x", "noteType": "image" }).to_string();
    let path = "/v2/emergency/servers/1/dispatch-calls/1/notes";
    let problem = problem(&app, Tier::One, (Method::POST, path), &wrong).await;
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with("noteType: unknown variant `image`"),
        "{detail}"
    );
    server.close().await;
}

/// Adds an account with a character, two vehicles and a report.
async fn records(app: &Router) -> String {
    let account = account(app, "ada").await;
    for (kind, fields) in [
        (7, json!({ "first": "Ada", "department": "LSPD" })),
        (5, json!({ "plate": "A1" })),
        (5, json!({ "plate": "A12" })),
        (9, json!({ "first": "Ada", "activeStatus": 0 })),
    ] {
        let new = json!({ "accountUuid": account, "recordTypeId": kind, "replaceValues": fields });
        document(app, (Method::POST, "/v2/general/records"), &new.to_string()).await;
    }
    account
}

/// Returns the numbers of the records that a search finds.
async fn found(app: &Router, path: &str, search: &Value) -> Vec<i64> {
    let found = document(app, (Method::POST, path), &search.to_string()).await;
    let found = found.as_array().expect("a list").iter();
    found
        .map(|record| record["id"].as_i64().expect("a number"))
        .collect()
}

const LOOKUPS: &str = "/v2/general/lookups";
const BY_VALUE: &str = "/v2/general/lookups/by-value";

#[tokio::test]
async fn every_field_of_a_lookup_counts() {
    let server = Server::new("v2-lookup").await;
    let app = server.router().into_router();
    records(&app).await;
    for (search, expected) in [
        (json!({ "first": "ada" }), vec![4, 1]),
        (json!({ "first": "ada", "department": "LSPD" }), vec![1]),
        (json!({ "first": "ada", "agency": "LSPD" }), vec![]),
        (json!({ "plate": "a1", "subdivision": "" }), vec![3, 2]),
        (json!({ "plate": "a1", "limit": 1 }), vec![3]),
        (json!({ "plate": "a1", "limit": 1, "offset": 1 }), vec![2]),
        (json!({ "plate": "a1", "partial": false }), vec![2]),
        (json!({ "first": "ada", "types": [9] }), vec![4]),
    ] {
        assert_eq!(found(&app, LOOKUPS, &search).await, expected, "{search}");
    }
    for search in [
        json!({}),
        json!({ "first": "" }),
        json!({ "department": "LSPD" }),
    ] {
        let problem = problem(
            &app,
            Tier::One,
            (Method::POST, LOOKUPS),
            &search.to_string(),
        )
        .await;
        assert_eq!(problem["detail"], "expected first, last, mi or plate");
    }
    server.close().await;
}

#[tokio::test]
async fn every_search_type_works() {
    let server = Server::new("v2-value").await;
    let app = server.router().into_router();
    let account = records(&app).await;
    let secret = server.secret_of("demo-one", &account);
    for (search, expected) in [
        (json!({ "searchType": "NUMBER", "value": "2" }), vec![2]),
        (json!({ "searchType": 3, "value": 2 }), vec![2]),
        (
            json!({ "searchType": "ACCOUNT", "value": account, "types": [5] }),
            vec![3, 2],
        ),
        (
            json!({ "searchType": "IDENTIFIER", "value": 1, "limit": 2, "offset": 2 }),
            vec![2, 1],
        ),
        (
            json!({ "searchType": "SECRET", "value": secret, "types": [7] }),
            vec![1],
        ),
        (json!({ "searchType": 2, "value": 0 }), vec![4]),
        (
            json!({ "searchType": "ACTIVE_STATUS", "value": "0", "types": [2, 3] }),
            vec![],
        ),
        (json!({ "searchType": "plate", "value": "a1" }), vec![2]),
        (
            json!({ "searchType": "plate", "value": "a1", "partial": true }),
            vec![3, 2],
        ),
    ] {
        assert_eq!(found(&app, BY_VALUE, &search).await, expected, "{search}");
    }
    for (search, status, detail) in [
        (
            json!({ "searchType": "NUMBER", "value": "01" }),
            400,
            "value: expected a whole number",
        ),
        (
            json!({ "searchType": 6, "value": 1 }),
            400,
            "searchType: there is no search type 6",
        ),
        (
            json!({ "searchType": "plate", "value": "" }),
            400,
            "value: must not be empty",
        ),
        (
            json!({ "searchType": "ACCOUNT", "value": "x" }),
            404,
            "ACCOUNT x NOT FOUND",
        ),
        (
            json!({ "searchType": "SECRET", "value": "x" }),
            404,
            "NO ACCOUNT HAS THIS SECRET",
        ),
    ] {
        let problem = problem(
            &app,
            Tier::One,
            (Method::POST, BY_VALUE),
            &search.to_string(),
        )
        .await;
        assert_eq!(problem["status"], status, "{problem}");
        let found = problem["detail"].as_str().expect("a detail");
        assert!(found.starts_with(detail), "{found}");
    }
    server.close().await;
}

#[tokio::test]
async fn an_account_may_join_with_its_permissions() {
    let server = Server::new("v2-join").await;
    let app = server.router().into_router();
    let path = "/v2/general/accounts/permissions";
    let change =
        |join: bool| json!({ "username": "eve", "add": ["POLICE"], "join": join }).to_string();
    let refused = problem(&app, Tier::One, (Method::PATCH, path), &change(false)).await;
    assert_eq!(refused["detail"], "USER eve NOT FOUND");
    let joined = document(&app, (Method::PATCH, path), &change(true)).await;
    assert_eq!(joined["permissions"], json!({ "police": true }));
    server.close().await;
}

#[tokio::test]
async fn servers_keep_whether_their_map_is_deployed() {
    let server = Server::new("v2-map").await;
    let app = server.router().into_router();
    let servers = json!([{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }]);
    let body = json!({ "servers": servers, "deployMap": true }).to_string();
    document(&app, (Method::PUT, SERVERS), &body).await;
    let listed = document(&app, (Method::GET, SERVERS), "").await;
    assert_eq!(listed["servers"][1]["deployMap"], true);
    server.close().await;
}

#[tokio::test]
async fn an_edit_names_the_template_of_the_record_or_none() {
    let server = Server::new("v2-template").await;
    let app = server.router().into_router();
    records(&app).await;
    let path = "/v2/general/records/2";
    let values = json!({ "plate": "B2" });
    for change in [
        json!({ "replaceValues": values }),
        json!({ "replaceValues": values, "templateId": 5 }),
        json!({ "record": { "type": 5, "sections": [] } }),
    ] {
        let edited = document(&app, (Method::PATCH, path), &change.to_string()).await;
        assert_eq!(edited["sections"][0]["fields"][0]["value"], "B2");
    }
    for (change, detail) in [
        (
            json!({ "replaceValues": values, "templateId": 7 }),
            "RECORD 2 HAS TEMPLATE 5: SEND THAT TEMPLATE OR OMIT IT",
        ),
        (
            json!({ "record": { "type": 9, "sections": [] } }),
            "RECORD 2 HAS TEMPLATE 5: SEND THAT TEMPLATE OR OMIT IT",
        ),
        (
            json!({ "templateId": 12 }),
            "templateId: there is no template 12",
        ),
    ] {
        let problem = problem(&app, Tier::One, (Method::PATCH, path), &change.to_string()).await;
        assert_eq!(
            (&problem["status"], &problem["detail"]),
            (&json!(400), &json!(detail))
        );
    }
    server.close().await;
}

#[tokio::test]
async fn a_searched_name_is_no_longer_than_a_name() {
    let server = Server::new("v2-long-name").await;
    let app = server.router().into_router();
    let path = |length| format!("/v2/general/accounts?username={}", "_".repeat(length));
    let problem = problem(&app, Tier::One, (Method::GET, &path(25_000)), "").await;
    let detail = "TOO LARGE: 25000 BYTES, THE LIMIT IS 255";
    assert_eq!(
        (&problem["status"], &problem["detail"]),
        (&json!(400), &json!(detail))
    );
    let listed = document(&app, (Method::GET, &path(255)), "").await;
    assert_eq!(listed["accounts"], json!([]));
    server.close().await;
}
