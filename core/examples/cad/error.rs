//! The error of a failed call.

use crate::store::{Key, Missing, StoreError, is_passing};
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

impl From<StoreError> for CadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(missing) => Self::not_found(text_of(&missing)),
            StoreError::NotActive { username, status } => Self::bad(format!(
                "USER {username} IS {}",
                status.name().to_uppercase()
            )),
            StoreError::ApiIdTaken(id) => {
                Self::bad(format!("API ID {id} BELONGS TO ANOTHER ACCOUNT"))
            }
            StoreError::OtherTemplate { id, template } => Self::bad(format!(
                "RECORD {id} HAS TEMPLATE {template}: SEND THAT TEMPLATE OR OMIT IT"
            )),
            StoreError::WrongSecret => Self::Refused(
                StatusCode::FORBIDDEN,
                "THE ACCOUNT AND THE SECRET DO NOT MATCH".to_owned(),
            ),
            StoreError::Empty(what) => Self::bad(format!("AT LEAST ONE {what} IS REQUIRED")),
            StoreError::InvalidAddress { server_id } => Self::bad(format!(
                "SERVER {server_id} NEEDS A HOST AS `mapIp` AND A PORT AS `listenerPort`, OR NEITHER"
            )),
            StoreError::TooLarge { bytes, limit } => {
                Self::bad(format!("TOO LARGE: {bytes} BYTES, THE LIMIT IS {limit}"))
            }
            StoreError::TooManyCalls { limit } => Self::bad(format!(
                "{limit} CALLS ARE ALREADY OPEN, THE MOST ALLOWED: CLOSE SOME FIRST"
            )),
            StoreError::AnswerTooLarge { limit } => Self::bad(format!(
                "THE ANSWER WOULD HAVE MORE THAN {limit} BYTES: REQUEST FEWER ROWS"
            )),
            StoreError::NotOpen => Self::Unavailable("the database is not open yet".to_owned()),
            StoreError::Database(error) => {
                let reason = format!("the store failed: {error}");
                if is_passing(&error) {
                    Self::Unavailable(reason)
                } else {
                    Self::Internal(reason)
                }
            }
            StoreError::Json(error) => Self::Internal(format!("stored JSON is invalid: {error}")),
            StoreError::Bug(reason) => Self::Internal(reason.to_owned()),
        }
    }
}

/// Returns the reason for a 404.
fn text_of(missing: &Missing) -> String {
    match missing {
        Missing::Account(Key::ApiId(_) | Key::User(_)) => {
            "API ID NOT LINKED TO AN ACCOUNT IN THIS COMMUNITY".to_owned()
        }
        Missing::Account(Key::Secret(_)) => "NO ACCOUNT HAS THIS SECRET".to_owned(),
        Missing::Account(Key::Account(id)) => format!("ACCOUNT {id} NOT FOUND"),
        Missing::Account(Key::Username(user)) => format!("USER {user} NOT FOUND"),
        Missing::Account(Key::Identifier(id)) => format!("IDENTIFIER {id} NOT FOUND"),
        Missing::Blip(id) => format!("BLIP {id} NOT FOUND"),
        Missing::Call { id, server_id } => format!("CALL {id} NOT FOUND ON SERVER {server_id}"),
        Missing::Character(id) => format!("CHARACTER {id} NOT FOUND"),
        Missing::EmergencyCall { id, server_id } => {
            format!("EMERGENCY CALL {id} NOT FOUND ON SERVER {server_id}")
        }
        Missing::PermissionKey(key) => format!("PERMISSION KEY {key} NOT FOUND"),
        Missing::Record(id) => format!("RECORD {id} NOT FOUND"),
        Missing::Server(id) => format!("SERVER {id} NOT FOUND"),
        Missing::StreetSign { id, server_id } => {
            format!("STREET SIGN {id} NOT FOUND ON SERVER {server_id}")
        }
        Missing::Unit {
            username,
            server_id,
        } => {
            format!("UNIT {username} NOT FOUND ON SERVER {server_id}")
        }
        Missing::CallOfUnit { username } => format!("UNIT {username} IS NOT ON A CALL"),
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
