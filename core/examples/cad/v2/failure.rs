//! The response to a failed call, which is a problem document.

use crate::error::CadError;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The error of every handler. Refusals by a guard have the same format, which the library writes.
pub(crate) struct Failure(CadError);

impl<E: Into<CadError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.respond(|status, reason| {
            let problem = json!({
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "detail": reason,
            });
            let headers = [(CONTENT_TYPE, "application/problem+json")];
            (status, headers, problem.to_string()).into_response()
        })
    }
}
