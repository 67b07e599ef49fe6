//! Requests as the vendor's clients and documentation write them, and the answers that clients read.

mod accounts;
mod calls;
mod envelope;
mod javascript;
mod limits;
mod records;
mod servers;
mod units;

use super::with_other_paths;
use crate::store::demo_key;
use crate::tests::{Server, text_of};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A client of the community `demo-one`.
struct Client {
    server: Server,
    app: Router,
}

impl Client {
    async fn new(name: &str) -> Self {
        let server = Server::without_quota(&format!("v1-{name}")).await;
        let app = with_other_paths(server.router().into_router());
        Self { server, app }
    }

    /// Creates a client of a community with these accounts. The name of an account is also its API id.
    async fn with_accounts(name: &str, accounts: &[&str]) -> Self {
        let client = Self::new(name).await;
        for account in accounts {
            let data = json!([{ "username": account, "apiIds": [account] }]);
            client.expect("SET_API_ID", data, "API ID(s) set!").await;
        }
        client
    }

    /// Sends a whole request.
    async fn send(&self, path: &str, request: Value) -> (StatusCode, String) {
        self.send_as("demo-one", path, request).await
    }

    async fn send_as(&self, id: &str, path: &str, mut request: Value) -> (StatusCode, String) {
        request["id"] = id.into();
        request["key"] = demo_key(id).into();
        let request = Request::post(path).body(Body::from(request.to_string()));
        text_of(&self.app, request.expect("a request")).await
    }

    /// Sends a request of this `type`, as the vendor's game script does: with its name as the path.
    async fn call(&self, name: &str, data: Value) -> (StatusCode, String) {
        let module = match name {
            "NEW_CHARACTER" | "EDIT_CHARACTER" | "GET_CHARACTERS" => "civilian",
            "SET_API_ID"
            | "SET_SERVERS"
            | "SET_POSTALS"
            | "SET_PENAL_CODES"
            | "GET_SERVERS"
            | "HEARTBEAT"
            | "AUTH_STREETSIGNS"
            | "LOOKUP"
            | "LOOKUP_INT"
            | "LOOKUP_VALUE"
            | "BAN_USER"
            | "GET_ACCOUNT"
            | "GET_ACCOUNTS"
            | "NEW_RECORD"
            | "EDIT_RECORD"
            | "CHECK_APIID"
            | "SET_ACCOUNT_PERMISSIONS" => "general",
            _ => "emergency",
        };
        let request = json!({ "type": name, "data": data });
        self.send(&format!("/{module}/{name}"), request).await
    }

    /// Sends a request that succeeds with this text.
    async fn expect(&self, name: &str, data: Value, text: &str) {
        let shown = data.to_string();
        let answer = self.call(name, data).await;
        assert_eq!(answer, (StatusCode::OK, text.to_owned()), "{name} {shown}");
    }

    /// Sends a request that fails with this text.
    async fn refuse(&self, name: &str, data: Value, status: u16, text: &str) {
        let shown = data.to_string();
        let answer = self.call(name, data).await;
        assert_eq!(
            (answer.0.as_u16(), &*answer.1),
            (status, text),
            "{name} {shown}"
        );
    }

    /// Sends a request that succeeds with JSON.
    async fn document(&self, name: &str, data: Value) -> Value {
        let (status, text) = self.call(name, data).await;
        assert_eq!(status, StatusCode::OK, "{name}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Sends a request that succeeds with a list, and returns its length.
    async fn count(&self, name: &str, data: Value) -> usize {
        let list = self.document(name, data).await;
        list.as_array().expect("a list").len()
    }

    async fn close(self) {
        self.server.close().await;
    }
}
