//! The parts that all servers share: the state, the requests, and the work of the handlers.

use crate::Tier;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The state of the handlers.
#[derive(Clone, Debug, Default)]
pub(crate) struct App {
    notes: Arc<AtomicU32>,
}

/// The body of a request.
#[derive(Debug, Deserialize)]
pub(crate) struct NewNote {
    title: String,
    text: String,
    priority: u32,
    units: Vec<String>,
}

/// The body of a response.
#[derive(Debug, Serialize)]
pub(crate) struct Note {
    id: u32,
    call: u32,
    title: String,
}

impl App {
    /// Returns the latest note of a call.
    pub(crate) fn latest(&self, call: u32) -> Result<Note, StatusCode> {
        if call == 0 {
            return Err(StatusCode::NOT_FOUND);
        }
        Ok(Note {
            id: self.notes.load(Ordering::Relaxed),
            call,
            title: "Gate code".to_owned(),
        })
    }

    /// Adds a note to a call.
    pub(crate) fn add(&self, call: u32, note: NewNote) -> Result<Note, StatusCode> {
        if note.text.is_empty() || note.priority > 9 || note.units.len() > 20 {
            return Err(StatusCode::BAD_REQUEST);
        }
        Ok(Note {
            id: self.notes.fetch_add(1, Ordering::Relaxed),
            call,
            title: note.title,
        })
    }
}

/// Selects the handler to call.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    /// `GET`, without a body.
    Read,
    /// `POST`, with a body that the handler takes as JSON.
    Write,
}

/// The route of both handlers.
pub(crate) const ROUTE: &str = "/calls/{id}/notes";

const BODY: &str = r#"{"title": "Gate code", "text": "The gate code is on file; ask for the caretaker.", "priority": 2, "units": ["1A-20", "1A-21"]}"#;

const PLUS_KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const FREE_KEY: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// Builds a request as a client of the API sends it.
///
/// The headers are slices of one buffer, as in a request that hyper has read.
pub(crate) fn request(operation: Operation, caller: Tier) -> Result<Request, axum::http::Error> {
    let key = if caller >= Tier::Plus {
        PLUS_KEY
    } else {
        FREE_KEY
    };
    let length = BODY.len().to_string();
    let headers = [
        ("host", "api.example.com"),
        ("user-agent", "calls-client/1.4"),
        ("accept", "application/json"),
        ("x-api-key", key),
        ("content-type", "application/json"),
        ("content-length", &length),
    ];
    let (headers, method, body) = match operation {
        Operation::Read => (&headers[..4], "GET", Body::empty()),
        Operation::Write => (&headers[..], "POST", Body::from(BODY)),
    };
    let buffer: String = headers.iter().map(|(_, value)| *value).collect();
    let mut buffer = Bytes::from(buffer);
    let mut request = Request::builder().method(method).uri("/calls/7/notes");
    for (name, value) in headers {
        let value = HeaderValue::from_maybe_shared(buffer.split_to(value.len()))?;
        request = request.header(*name, value);
    }
    request.body(body)
}

/// Looks up the tier for the key in the request, as an authentication layer does.
pub(crate) fn tier_of(headers: &HeaderMap) -> Tier {
    match headers.get("x-api-key") {
        Some(key) if key == PLUS_KEY => Tier::Plus,
        _ => Tier::Free,
    }
}
