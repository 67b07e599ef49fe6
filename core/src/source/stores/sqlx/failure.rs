//! Classifies errors of a database. Their text is not passed on, because it may repeat the key.

use crate::source::api_key::ApiKey;
use crate::source::error_log::safe;
use crate::source::{SourceError, error_log};
use sqlx::Error;
use std::borrow::Cow;

/// How to repeat a lookup that failed through no fault of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// On the same connection, with a statement that is prepared again.
    Statement,
    /// On another connection.
    Connection,
}

/// How to repeat a lookup after this error, if that may help.
pub(super) fn retry(error: &Error) -> Option<Retry> {
    match (error, &*code(error)) {
        // The plan's result type has changed, the statement is gone, or its name is taken, as behind
        // a pooler. The others are a conflict between transactions, which repeating resolves.
        (_, "0A000" | "26000" | "42P05" | "40001" | "40P01") => Some(Retry::Statement),
        // The server ends the connection, or another user of the pool left a transaction that failed.
        (_, "25P02" | "25P03" | "57P01" | "57P02" | "57P05") => Some(Retry::Connection),
        (_, code) if class(code) == Some("08") => Some(Retry::Connection),
        (Error::Io(_) | Error::Protocol(_), _) => Some(Retry::Connection),
        _ => None,
    }
}

/// Why a lookup failed.
pub(super) enum Failure {
    Lookup(Error),
    /// The database rejects the query, and possibly also to prepare it.
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
            // Of the connection, such as a wrong password.
            Self::Lookup(error) if is_mistake(error) => error_log::mistake(&reason(error)),
            Self::Lookup(error) => meaning(error, key),
            Self::Mistake(error, preparing) => error_log::mistake(&match preparing {
                // The database was not sent a key, so it cannot repeat one.
                Some(preparing) if code(preparing) == code(error) => preparing.to_string(),
                _ => reason(error),
            }),
        }
    }
}

/// Whether the query, a table, the database or the user is wrong, so that waiting does not help.
pub(super) fn is_mistake(error: &Error) -> bool {
    match &*code(error) {
        // A pooler has another statement of this name.
        "42P05" => false,
        // SQLite has one code for everything that it rejects.
        "1" => true,
        code => matches!(class(code), Some("0A" | "28" | "3D" | "3F" | "42")),
    }
}

/// The meaning of an error that is no mistake of the program.
fn meaning(error: &Error, key: &ApiKey) -> SourceError {
    match &*code(error) {
        // Text that the database cannot store. The only text in the request is the key.
        "22021" => SourceError::UnknownCaller,
        code if class(code) == Some("22") => {
            let text = error.to_string();
            let key = key.expose();
            // The key is not of the column's type, so no row has it. Otherwise the row is at fault.
            if text.contains(&format!("\"{key}\"")) || text.contains(&format!("'{key}'")) {
                SourceError::UnknownCaller
            } else {
                SourceError::unreadable(safe(reason(error)))
            }
        }
        _ => SourceError::unavailable(safe(reason(error))),
    }
}

/// A description of an error without any text of the database.
pub(in crate::source) fn reason(error: &Error) -> String {
    match error {
        Error::Database(_) => match &*code(error) {
            // An SQLSTATE has five characters, a code of SQLite up to four digits.
            code if code.len() <= 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                format!("the database answered with the code {code}")
            }
            _ => "the database answered with an error".to_owned(),
        },
        Error::Io(error) => format!("I/O error: {}", error.kind()),
        Error::Tls(_) => "TLS failed".to_owned(),
        Error::Protocol(_) => "the database's answer makes no sense".to_owned(),
        Error::PoolTimedOut => "no connection of the pool was free in time".to_owned(),
        Error::PoolClosed => "the pool is closed".to_owned(),
        Error::Configuration(_) => "the connection is configured wrongly".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

fn code(error: &Error) -> Cow<'_, str> {
    match error {
        Error::Database(error) => error.code().unwrap_or_default(),
        _ => Cow::default(),
    }
}

/// The class of a SQLSTATE, which has five characters. Codes of SQLite have fewer.
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
