//! The errors of the store. The versions of the API decide how to word them for clients.

use crate::store::Status;
use crate::store::keys::Key;

#[derive(Debug)]
pub(crate) enum StoreError {
    /// The community doesn't have this.
    NotFound(Missing),
    /// The account may not be on duty.
    NotActive { username: String, status: Status },
    /// The API id belongs to another account.
    ApiIdTaken(String),
    /// The record has this template, not the one that the caller expects.
    OtherTemplate { id: i64, template: i64 },
    /// The secret is wrong, or the account doesn't exist.
    WrongSecret,
    /// A list that must name at least one of these is empty.
    Empty(&'static str),
    /// The address of a game server is invalid.
    InvalidAddress { server_id: i64 },
    /// A document has more bytes than the limit.
    TooLarge { bytes: usize, limit: usize },
    /// The community already has this many open calls, which is the limit.
    TooManyCalls { limit: i64 },
    /// The answer would have more bytes than this limit.
    AnswerTooLarge { limit: usize },
    /// The database hasn't been opened yet.
    NotOpen,
    /// The database failed.
    Database(sqlx::Error),
    /// A stored document is invalid.
    Json(serde_json::Error),
    /// The program has a bug.
    Bug(&'static str),
}

/// What a call names and the community doesn't have.
#[derive(Debug)]
pub(crate) enum Missing {
    Account(Key),
    Blip(i64),
    Call {
        id: i64,
        server_id: i64,
    },
    Character(i64),
    EmergencyCall {
        id: i64,
        server_id: i64,
    },
    PermissionKey(String),
    Record(i64),
    Server(i64),
    StreetSign {
        id: i64,
        server_id: i64,
    },
    Unit {
        username: String,
        server_id: i64,
    },
    /// The unit exists but isn't on a call.
    CallOfUnit {
        username: String,
    },
}

impl From<Missing> for StoreError {
    fn from(missing: Missing) -> Self {
        Self::NotFound(missing)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Whether an error is temporary, such as a database that is down, and not a mistake.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // PostgreSQL is starting, stopping or out of resources.
            code.starts_with("57P") || code.starts_with("53")
                // Another connection holds the lock of SQLite: SQLITE_BUSY, and its special cases.
                || matches!(&*code, "5" | "261" | "517" | "773")
        }),
        _ => false,
    }
}
