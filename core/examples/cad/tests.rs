//! No endpoint is ungated by accident: what is mounted, what is listed and what is locked are the
//! same, and every answer is that of the right tier.

use crate::store::{Cad, demo_key};
use crate::{Site, Tier, protocol, router};
use axum::body::Body;
use axum::extract::Request;
use serde_json::json;
use std::fs;
use tiergate::Catalogue;
use tiergate::coverage::{Call, Caller, Coverage};

#[test]
fn tiers_are_as_agreed() {
    Site::assert_locked("examples/cad/tiers.lock");
}

/// A server on a database of its own.
struct Server {
    cad: Cad,
    file: std::path::PathBuf,
}

impl Server {
    async fn new(name: &str) -> Self {
        let name = format!("tiergate-cad-{name}-{}.sqlite3", std::process::id());
        let file = std::env::temp_dir().join(name);
        let url = format!("sqlite:{}", file.display());
        let cad = Cad::open(&url).await.expect("a database");
        Self { cad, file }
    }

    async fn close(self) {
        self.cad.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

#[tokio::test]
async fn what_is_mounted_is_what_is_listed() {
    let server = Server::new("audit").await;
    let app = router(server.cad.clone());
    app.audit().assert_clean();
    assert_eq!(app.routes().len(), 49);
    server.close().await;
}

#[tokio::test]
async fn every_endpoint_answers_every_caller_rightly() {
    let server = Server::new("coverage").await;
    let app = router(server.cad.clone()).into_router();
    let coverage = Coverage::of::<Site>(app, request).await;
    coverage.assert_complete();
    assert_eq!(coverage.calls(), 49 * (Tier::ALL.len() + 2));
    server.close().await;
}

fn request(call: &Call<Tier>) -> Request {
    let id = |tier: Tier| format!("demo-{}", tier.name().to_lowercase());
    let (id, key) = match call.caller() {
        Caller::Tier(tier) => (id(tier), demo_key(&id(tier))),
        Caller::Nobody => return call.request(),
        Caller::BadCredentials => (id(Tier::One), "wrong".to_owned()),
    };
    let request_type = protocol::request_type(*call.endpoint());
    let body = json!({ "id": id, "key": key, "type": request_type, "data": [] });
    let mut request = call.request();
    *request.body_mut() = Body::from(body.to_string());
    request.headers_mut().remove("content-length");
    request
}
