//! Classifies database errors. The text of the errors is dropped, because it may contain the key.

use crate::source::api_key::ApiKey;
use crate::source::source_error::safe_reason::safe;
use crate::source::source_error::{SourceError, log};
use sqlx::Error;
use std::borrow::Cow;

/// How to retry a lookup that failed although its query is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Retry on the same connection, with a newly prepared statement.
    Statement,
    /// Retry on another connection.
    Connection,
}

/// Returns how to retry a lookup after this error, or `None` if a retry can't help.
pub(super) fn retry_after(error: &Error) -> Option<Retry> {
    match (error, &*database_code(error)) {
        // The first three codes concern the prepared statement: its result type has changed, it no
        // longer exists, or its name is already in use behind a pooler. The last two codes are
        // conflicts between transactions.
        (_, "0A000" | "26000" | "42P05" | "40001" | "40P01") => Some(Retry::Statement),
        // The server closes the connection, or other code that uses the pool left a failed transaction
        // open.
        (_, "25P02" | "25P03" | "57P01" | "57P02" | "57P05") => Some(Retry::Connection),
        (_, code) if sqlstate_class(code) == Some("08") => Some(Retry::Connection),
        (Error::Io(_) | Error::Protocol(_), _) => Some(Retry::Connection),
        _ => None,
    }
}

/// Why a lookup failed.
pub(super) enum LookupFailure {
    Lookup(Error),
    RejectedQuery {
        query_error: Error,
        /// The database's error from an attempt to prepare the query, if that attempt failed too.
        prepare_error: Option<Error>,
    },
}

impl From<Error> for LookupFailure {
    fn from(error: Error) -> Self {
        Self::Lookup(error)
    }
}

impl LookupFailure {
    pub(super) fn to_source_error(&self, key: &ApiKey) -> SourceError {
        match self {
            // An error in the connection's configuration, such as a wrong password.
            Self::Lookup(error) if needs_operator(error) => {
                log::log_rejected_query(&describe_sqlx_error(error))
            }
            Self::Lookup(error) => to_source_error(error, key),
            Self::RejectedQuery {
                query_error,
                prepare_error,
            } => log::log_rejected_query(&match prepare_error {
                // Preparing sends no key to the database, so this text can't contain the key.
                Some(prepare_error)
                    if database_code(prepare_error) == database_code(query_error) =>
                {
                    prepare_error.to_string()
                }
                _ => describe_sqlx_error(query_error),
            }),
        }
    }
}

/// Returns whether an operator must fix the query, the table, the database or the database user.
/// Waiting doesn't resolve such an error.
pub(super) fn needs_operator(error: &Error) -> bool {
    match &*database_code(error) {
        // Behind a pooler, another prepared statement already uses this name.
        "42P05" => false,
        // SQLite uses one code for every query that it rejects.
        "1" => true,
        code => matches!(sqlstate_class(code), Some("0A" | "28" | "3D" | "3F" | "42")),
    }
}

/// Converts an error for which [`needs_operator`] returns `false` to a [`SourceError`].
fn to_source_error(error: &Error, key: &ApiKey) -> SourceError {
    match &*database_code(error) {
        // The database can't encode a text that it received. The key is the only text that the lookup
        // sends.
        "22021" => SourceError::UnknownCaller,
        code if sqlstate_class(code) == Some("22") => {
            let message = error.to_string();
            let key = key.expose();
            // If the message quotes the key, the key doesn't have the column's type. No row can contain
            // such a key. Otherwise, a value in the row is invalid.
            if message.contains(&format!("\"{key}\"")) || message.contains(&format!("'{key}'")) {
                SourceError::UnknownCaller
            } else {
                SourceError::invalid_tier(safe(describe_sqlx_error(error)))
            }
        }
        _ => SourceError::unavailable(safe(describe_sqlx_error(error))),
    }
}

/// Describes an error. The error code is the only text from the database that the description can
/// contain.
pub(crate) fn describe_sqlx_error(error: &Error) -> String {
    match error {
        Error::Database(_) => match &*database_code(error) {
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

fn database_code(error: &Error) -> Cow<'_, str> {
    match error {
        Error::Database(error) => error.code().unwrap_or_default(),
        _ => Cow::default(),
    }
}

/// Returns the class of an SQLSTATE, which is the first two of its five characters. SQLite's codes are
/// shorter and have no class.
fn sqlstate_class(code: &str) -> Option<&str> {
    code.get(..2).filter(|_| code.len() == 5)
}

#[cfg(test)]
mod tests {
    use super::sqlstate_class;

    #[test]
    fn a_code_of_sqlite_is_in_no_class_of_sqlstate() {
        assert_eq!(sqlstate_class("42703"), Some("42"));
        // SQLITE_NOLFS, SQLITE_WARNING and SQLITE_IOERR_BLOCKED.
        for code in ["22", "28", "2826", ""] {
            assert_eq!(sqlstate_class(code), None);
        }
    }
}
