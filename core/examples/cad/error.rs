//! The error of a failed call.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use tiergate::Denied;
use tiergate::source::SourceError;

/// The error of every handler.
#[derive(Debug)]
pub(crate) enum CadError {
    /// The caller made a mistake. The response contains this status and reason.
    Refused(StatusCode, String),
    /// The caller doesn't have an add-on that a part of the endpoint requires.
    Denied(Denied),
    /// The server failed. The reason is logged and not sent to the caller.
    Internal(String),
    /// The database is temporarily unavailable.
    Unavailable(String),
}

impl CadError {
    /// Creates a 400 with this reason.
    pub(crate) fn bad(reason: impl Into<String>) -> Self {
        Self::Refused(StatusCode::BAD_REQUEST, reason.into())
    }

    /// Creates a 404 with this reason, for a valid call that names something that doesn't exist.
    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self::Refused(StatusCode::NOT_FOUND, reason.into())
    }
}

impl From<sqlx::Error> for CadError {
    fn from(error: sqlx::Error) -> Self {
        let reason = format!("the store failed: {error}");
        if is_passing(&error) {
            Self::Unavailable(reason)
        } else {
            Self::Internal(reason)
        }
    }
}

impl From<Denied> for CadError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<SourceError> for CadError {
    fn from(error: SourceError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<serde_json::Error> for CadError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("stored JSON is invalid: {error}"))
    }
}

impl CadError {
    /// Builds the response. `format` gets what the client may learn: the status and a reason. The rest is
    /// logged.
    pub(crate) fn respond(self, format: impl FnOnce(StatusCode, String) -> Response) -> Response {
        match self {
            Self::Refused(status, reason) => format(status, reason),
            // The router's `on_refusal` replaces this response, like the response of a guard.
            Self::Denied(denied) => denied.into_response(),
            Self::Unavailable(reason) => {
                eprintln!("error: {reason}");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (
                    [(RETRY_AFTER, "5")],
                    format(status, "TRY AGAIN LATER".to_owned()),
                )
                    .into_response()
            }
            Self::Internal(reason) => {
                eprintln!("error: {reason}");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                format(status, "INTERNAL ERROR".to_owned())
            }
        }
    }
}

/// The response in version 1 of the API, which is plain text.
impl IntoResponse for CadError {
    fn into_response(self) -> Response {
        self.respond(|status, reason| (status, reason).into_response())
    }
}

/// Whether an error is temporary, such as a database that is down, and not a mistake.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        // The database is starting, stopping or out of resources.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
        _ => false,
    }
}
