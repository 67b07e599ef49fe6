//! Why a call failed, as the caller reads it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The error of every handler.
#[derive(Debug)]
pub(crate) enum CadError {
    /// The caller's mistake: a status and a reason in plain text.
    Refused(StatusCode, String),
    /// The server's fault. The caller learns no more than that; the log has the rest.
    Internal(String),
}

impl CadError {
    /// 400 with this reason.
    pub(crate) fn bad(reason: impl Into<String>) -> Self {
        Self::Refused(StatusCode::BAD_REQUEST, reason.into())
    }

    /// 404 with this reason: the call is well-formed, and what it names does not exist.
    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self::Refused(StatusCode::NOT_FOUND, reason.into())
    }
}

impl From<sqlx::Error> for CadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(format!("the store failed: {error}"))
    }
}

impl From<serde_json::Error> for CadError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("JSON of the server's own is not readable: {error}"))
    }
}

impl IntoResponse for CadError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(status, reason) => (status, reason).into_response(),
            Self::Internal(reason) => {
                eprintln!("error: {reason}");
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL ERROR").into_response()
            }
        }
    }
}
