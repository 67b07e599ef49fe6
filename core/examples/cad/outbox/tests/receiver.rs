//! A game server that listens for events, and fails on demand.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Uri};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::future::{IntoFuture, pending};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How the receiver answers.
#[derive(Clone)]
pub(super) enum Mode {
    Works,
    Fails,
    /// Rejects the events with this status of a unit.
    Rejects(i64),
    Hangs,
    /// Answers after this time.
    Slow(Duration),
    Redirects(String),
}

/// A request that arrived.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    pub(super) succeeded: bool,
}

impl Request {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Returns the status of a unit in the event.
    fn status(&self) -> Option<i64> {
        self.json()["data"]["status"].as_i64()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }
}

struct Shared {
    mode: Mutex<Mode>,
    requests: Mutex<Vec<Request>>,
}

pub(super) struct Receiver {
    pub(super) port: u16,
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let mut receiver = Self {
            port: 0,
            shared: Arc::new(Shared {
                mode: Mutex::new(Mode::Works),
                requests: Mutex::default(),
            }),
            task: None,
        };
        receiver.come_up().await;
        receiver
    }

    /// Listens again, on the same port.
    pub(super) async fn come_up(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await;
        let listener = listener.expect("a port");
        self.port = listener.local_addr().expect("an address").port();
        let app = Router::new()
            .fallback(answer)
            .with_state(self.shared.clone());
        self.task = Some(tokio::spawn(async move {
            let _ = axum::serve(listener, app).into_future().await;
        }));
    }

    /// Refuses connections.
    pub(super) async fn go_down(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    pub(super) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().expect("the mode") = mode;
    }

    /// Returns all requests, even those that the receiver failed to process.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("the requests").clone()
    }

    /// Returns the statuses in the events that arrived.
    pub(super) fn statuses(&self) -> Vec<i64> {
        let requests = self.requests();
        let arrived = requests.iter().filter(|request| request.succeeded);
        let statuses = arrived.map(Request::status);
        statuses.map(|status| status.expect("a status")).collect()
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!((method, uri.path()), (Method::POST, "/sonorancad/event"));
    let mut request = Request {
        headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
        succeeded: false,
    };
    let mode = match shared.mode.lock().expect("the mode").clone() {
        Mode::Rejects(status) if request.status() != Some(status) => Mode::Works,
        mode => mode,
    };
    request.succeeded = matches!(mode, Mode::Works | Mode::Slow(_));
    shared.requests.lock().expect("the requests").push(request);
    match mode {
        Mode::Works => StatusCode::OK.into_response(),
        Mode::Rejects(_) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        Mode::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mode::Hangs => pending().await,
        Mode::Slow(time) => {
            tokio::time::sleep(time).await;
            StatusCode::OK.into_response()
        }
        Mode::Redirects(target) => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, target)]).into_response()
        }
    }
}
