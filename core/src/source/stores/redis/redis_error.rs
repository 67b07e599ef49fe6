//! Classifies Redis errors. Their text is dropped, because it may repeat the key.

use crate::source::error_log::safe;
use crate::source::{SourceError, error_log};
use redis::{ErrorKind, RedisError};

/// Whether to repeat a lookup on another connection, because this one returned nothing or invalid data.
pub(super) fn is_repeated(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound
    )
}

/// Whether the value has the wrong type, such as a list.
fn is_other_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE") || error.kind() == ErrorKind::UnexpectedReturnType
}

/// Whether an error concerns only one key, so the connection still works.
pub(super) fn is_of_one_key(error: &RedisError) -> bool {
    is_other_type(error) || is_elsewhere(error)
}

/// Whether the key belongs to another server of a cluster.
fn is_elsewhere(error: &RedisError) -> bool {
    matches!(error.code(), Some("MOVED" | "ASK" | "CROSSSLOT"))
}

/// Converts the error of a lookup to a [`SourceError`].
pub(super) fn meaning(error: &RedisError) -> SourceError {
    if is_other_type(error) {
        return SourceError::invalid_tier(safe(reason(error)));
    }
    if is_elsewhere(error) {
        return error_log::mistake(
            "the server is part of a Redis Cluster: give `RedisSource` a \
             `redis::cluster::ClusterClient` instead of a `redis::Client` (feature `redis-cluster`)",
        );
    }
    SourceError::unavailable(safe(reason(error)))
}

/// The codes that are safe to log. A code is the first word of the server's message, so an unknown code
/// could be anything.
const CODES: [&str; 16] = [
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "ERR",
    "EXECABORT",
    "LOADING",
    "MASTERDOWN",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "WRONGPASS",
    "WRONGTYPE",
];

/// Describes an error. The only text from the server is a known code.
pub(super) fn reason(error: &RedisError) -> String {
    match error.code() {
        _ if error.is_connection_refusal() => "I/O error: connection refused".to_owned(),
        _ if error.is_timeout() => "I/O error: timed out".to_owned(),
        _ if error.is_connection_dropped() => "I/O error: the connection was lost".to_owned(),
        Some(code) if CODES.contains(&code) => {
            format!("Redis returned the code {code}")
        }
        Some(_) => "Redis returned an error".to_owned(),
        None => error.category().to_owned(),
    }
}
