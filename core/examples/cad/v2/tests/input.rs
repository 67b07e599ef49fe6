//! What requests contain has an effect, or is refused.

use super::{document, problem, send};
use crate::Tier;
use crate::tests::Server;
use axum::http::Method;
use serde_json::json;

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
