//! Logs each failed lookup once, without the error's text.

use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use crate::source::source_error::safe_reason::{into_logged, is_logged};
#[cfg(any(feature = "sqlx", feature = "redis"))]
use crate::source::source_error::safe_reason::{safe, with_type_name};

/// Logs an error that needs operator action, unless the error was logged before.
pub(crate) fn log_lookup_error(error: SourceError, key: Option<&ApiKey>) -> SourceError {
    let caller = || key.map(ApiKey::fingerprint);
    match &error {
        SourceError::Unavailable(reason) if !is_logged(reason) => {
            tracing::warn!(
                caller = caller(),
                "the lookup of a caller's tier failed: {error}"
            );
            SourceError::Unavailable(into_logged(reason))
        }
        SourceError::InvalidTier(reason) if !is_logged(reason) => {
            tracing::error!(
                caller = caller(),
                "the stored tier of a caller is invalid: {error}"
            );
            SourceError::InvalidTier(into_logged(reason))
        }
        _ => error,
    }
}

/// Logs that the store rejects the query, which the operator must fix. The calling code must make sure
/// that `reason` is safe to log.
///
/// Returns the same error as for an outage, so a cache can still serve known callers.
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(crate) fn log_rejected_query(reason: &str) -> SourceError {
    tracing::error!("the store rejects the query for a caller's tier: {reason}");
    SourceError::Unavailable(into_logged(&with_type_name(safe(reason.to_owned()))))
}
