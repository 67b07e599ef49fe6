//! The response to a failed call, which is a problem document.

use crate::error::CadError;
use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// The error of every handler. Refusals by a guard have the same format, which the library writes.
pub(crate) struct Failure(CadError);

impl<E: Into<CadError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A problem document.
#[derive(Serialize, JsonSchema)]
pub(super) struct Problem {
    title: Option<&'static str>,
    status: u16,
    detail: String,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.respond(|status, reason| {
            let problem = Problem {
                title: status.canonical_reason(),
                status: status.as_u16(),
                detail: reason,
            };
            let headers = [(CONTENT_TYPE, "application/problem+json")];
            (status, headers, Json(problem)).into_response()
        })
    }
}
