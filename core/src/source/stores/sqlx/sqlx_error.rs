//! Classifies database errors. Their text is dropped, because it may repeat the key.

use crate::source::api_key::ApiKey;
use crate::source::error_log::safe;
use crate::source::{SourceError, error_log};
use sqlx::Error;
use std::borrow::Cow;

/// How to repeat a lookup that failed although its query is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// On the same connection, with a newly prepared statement.
    Statement,
    /// On another connection.
    Connection,
}

/// Returns how to repeat a lookup after this error, or `None` if that can't help.
pub(super) fn retry(error: &Error) -> Option<Retry> {
    match (error, &*code(error)) {
        // The result type of the prepared statement has changed, the statement no longer exists, or its
        // name is already in use behind a pooler. The last two codes are conflicts between
        // transactions, which a retry resolves.
        (_, "0A000" | "26000" | "42P05" | "40001" | "40P01") => Some(Retry::Statement),
        // The server closes the connection, or another user of the pool left a failed transaction open.
        (_, "25P02" | "25P03" | "57P01" | "57P02" | "57P05") => Some(Retry::Connection),
        (_, code) if class(code) == Some("08") => Some(Retry::Connection),
        (Error::Io(_) | Error::Protocol(_), _) => Some(Retry::Connection),
        _ => None,
    }
}

/// Why a lookup failed.
pub(super) enum Failure {
    Lookup(Error),
    /// The database rejects the query. If it also fails to prepare the query, the second error says why.
    Mistake(Error, Option<Error>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Lookup(error)
    }
}

impl Failure {
    pub(super) fn meaning(&self, key: &ApiKey) -> SourceError {
        match self {
            // An error in the connection's configuration, such as a wrong password.
            Self::Lookup(error) if is_mistake(error) => error_log::mistake(&reason(error)),
            Self::Lookup(error) => meaning(error, key),
            Self::Mistake(error, preparing) => error_log::mistake(&match preparing {
                // Preparing sends no key to the database, so this text can't repeat one.
                Some(preparing) if code(preparing) == code(error) => preparing.to_string(),
                _ => reason(error),
            }),
        }
    }
}

/// Whether the query, a table, the database or the user is wrong. Waiting doesn't fix such an error.
pub(super) fn is_mistake(error: &Error) -> bool {
    match &*code(error) {
        // Behind a pooler, another statement already uses this name.
        "42P05" => false,
        // SQLite uses one code for every query that it rejects.
        "1" => true,
        code => matches!(class(code), Some("0A" | "28" | "3D" | "3F" | "42")),
    }
}

/// Converts an error for which [`is_mistake`] returns `false` to a [`SourceError`].
fn meaning(error: &Error, key: &ApiKey) -> SourceError {
    match &*code(error) {
        // The database can't encode a text, and the key is the only text in the request.
        "22021" => SourceError::UnknownCaller,
        code if class(code) == Some("22") => {
            let text = error.to_string();
            let key = key.expose();
            // If the message quotes the key, the key doesn't have the column's type, so no row contains
            // it. Otherwise, a value in the row is invalid.
            if text.contains(&format!("\"{key}\"")) || text.contains(&format!("'{key}'")) {
                SourceError::UnknownCaller
            } else {
                SourceError::invalid_tier(safe(reason(error)))
            }
        }
        _ => SourceError::unavailable(safe(reason(error))),
    }
}

/// Describes an error without any text from the database, except its code.
pub(in crate::source) fn reason(error: &Error) -> String {
    match error {
        Error::Database(_) => match &*code(error) {
            // An SQLSTATE has five characters, and SQLite's codes have up to four digits.
            code if code.len() <= 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                format!("the database returned the code {code}")
            }
            _ => "the database returned an error".to_owned(),
        },
        Error::Io(error) => format!("I/O error: {}", error.kind()),
        Error::Tls(_) => "TLS failed".to_owned(),
        Error::Protocol(_) => "the database sent an invalid response".to_owned(),
        Error::PoolTimedOut => "no connection of the pool became available in time".to_owned(),
        Error::PoolClosed => "the pool is closed".to_owned(),
        Error::Configuration(_) => "the connection settings are invalid".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

fn code(error: &Error) -> Cow<'_, str> {
    match error {
        Error::Database(error) => error.code().unwrap_or_default(),
        _ => Cow::default(),
    }
}

/// The class of an SQLSTATE, which has five characters. SQLite's codes are shorter and have no class.
fn class(code: &str) -> Option<&str> {
    code.get(..2).filter(|_| code.len() == 5)
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn a_code_of_sqlite_is_in_no_class_of_sqlstate() {
        assert_eq!(class("42703"), Some("42"));
        // SQLITE_NOLFS, SQLITE_WARNING and SQLITE_IOERR_BLOCKED.
        for code in ["22", "28", "2826", ""] {
            assert_eq!(class(code), None);
        }
    }
}
