//! Classifies Redis errors. The text of the errors is dropped, because it may contain the key.

use crate::source::source_error::safe_reason::safe;
use crate::source::source_error::{SourceError, log};
use redis::{ErrorKind, RedisError};

/// Returns whether the connection returned nothing or invalid data. In this case, a retry on another
/// connection may help.
pub(super) fn is_worth_retrying(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound
    )
}

/// Returns whether the stored value has the wrong type, such as a list.
fn is_wrong_value_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE") || error.kind() == ErrorKind::UnexpectedReturnType
}

/// Returns whether an error concerns only one key. The connection still works after such an error.
pub(crate) fn concerns_only_one_key(error: &RedisError) -> bool {
    is_wrong_value_type(error) || is_on_other_cluster_server(error)
}

/// Returns whether the lookup failed because the key is stored on another server of the cluster.
pub(crate) fn is_on_other_cluster_server(error: &RedisError) -> bool {
    matches!(error.code(), Some("MOVED" | "ASK" | "CROSSSLOT"))
}

/// Converts a lookup's error to a [`SourceError`].
pub(super) fn to_source_error(error: &RedisError) -> SourceError {
    if is_wrong_value_type(error) {
        return SourceError::invalid_tier(safe(describe_redis_error(error)));
    }
    if is_on_other_cluster_server(error) {
        return log::log_rejected_query(
            "the server is part of a Redis Cluster: give `RedisSource` a \
             `redis::cluster::ClusterClient` instead of a `redis::Client` (feature `redis-cluster`)",
        );
    }
    SourceError::unavailable(safe(describe_redis_error(error)))
}

/// The error codes that are safe to log. Any other code could be arbitrary text, because the code is
/// the first word of the server's message.
const SAFE_ERROR_CODES: [&str; 16] = [
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

/// Describes an error. The only text from the server that the description can contain is one of the
/// [`SAFE_ERROR_CODES`].
pub(crate) fn describe_redis_error(error: &RedisError) -> String {
    match error.code() {
        _ if error.is_connection_refusal() => "I/O error: connection refused".to_owned(),
        _ if error.is_timeout() => "I/O error: timed out".to_owned(),
        _ if error.is_connection_dropped() => "I/O error: the connection was lost".to_owned(),
        Some(code) if SAFE_ERROR_CODES.contains(&code) => {
            format!("Redis returned the code {code}")
        }
        Some(_) => "Redis returned an error".to_owned(),
        None => error.category().to_owned(),
    }
}
