//! Whether this program uses quotas.

use crate::endpoint::Endpoint;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this program has created quotas. If not, guards don't look for quotas in requests.
static ARE_USED: AtomicBool = AtomicBool::new(false);

/// Makes guards look for quotas in requests from now on.
pub(crate) fn search_requests() {
    ARE_USED.store(true, Ordering::Relaxed);
}

/// Returns whether a guard of this endpoint must deduct the cost of the call.
#[inline]
pub(crate) fn may_limit(endpoint: Endpoint) -> bool {
    endpoint.has_limits() || ARE_USED.load(Ordering::Relaxed)
}
