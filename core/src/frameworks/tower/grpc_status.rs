//! The gRPC statuses of refusals.

use crate::access::refusal::Refusal;
use std::time::Duration;

/// Returns the number of the gRPC status that corresponds to a refusal's HTTP status.
pub(crate) fn grpc_code(http_status: u16) -> i32 {
    match http_status {
        // INVALID_ARGUMENT
        400 => 3,
        // UNAUTHENTICATED
        401 => 16,
        // PERMISSION_DENIED
        403 => 7,
        // UNIMPLEMENTED
        404 => 12,
        // RESOURCE_EXHAUSTED
        429 => 8,
        // UNAVAILABLE
        503 => 14,
        // INTERNAL
        _ => 13,
    }
}

/// The name of the metadata that [`retry_pushback`] returns.
pub(crate) const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// The longest time that a client library should wait before it retries a call by itself. During this wait,
/// the application waits too and doesn't know why. If the wait would be longer, the application decides what
/// to do.
const LONGEST_PUSHBACK: Duration = Duration::from_secs(10);

/// Returns the milliseconds after which a client library should retry a call that exceeds a quota, or -1 if it
/// shouldn't retry by itself. Without this number, a library that retries such calls would have to guess the
/// time, and most of its attempts would also be refused.
pub(crate) fn retry_pushback(refusal: &Refusal) -> Option<i32> {
    let Refusal::QuotaExceeded { .. } = refusal else {
        return None;
    };
    let wait = refusal
        .retry_after()
        .filter(|wait| *wait <= LONGEST_PUSHBACK);
    let pushback = wait.and_then(|wait| i32::try_from(wait.as_millis()).ok());
    Some(pushback.unwrap_or(-1))
}
