//! Counts a cache's requests and lookups.

use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of requests and lookups since the cache was created. With the `metrics` feature, the
/// counter `tiergate_cache_total` also counts requests by `outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Requests that were served from memory.
    pub hits: u64,
    /// Requests that waited for a lookup, whether they started the lookup or shared it.
    pub misses: u64,
    /// Requests that were served an expired result because the store was down.
    pub stale: u64,
    /// Requests that failed because the store was down.
    pub errors: u64,
    /// Queries sent to the source.
    pub queries: u64,
}

#[derive(Default)]
pub(super) struct CacheCounters {
    hits: AtomicU64,
    misses: AtomicU64,
    stale: AtomicU64,
    errors: AtomicU64,
    queries: AtomicU64,
}

// With constant labels, incrementing the counter `tiergate_cache_total` allocates no memory.
macro_rules! increment {
    ($counter:expr, $outcome:literal) => {{
        $counter.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        metrics::counter!("tiergate_cache_total", "outcome" => $outcome).increment(1);
    }};
}

impl CacheCounters {
    pub(super) fn count_hit(&self) {
        increment!(self.hits, "hit");
    }

    pub(super) fn count_miss(&self) {
        increment!(self.misses, "miss");
    }

    pub(super) fn count_stale(&self) {
        increment!(self.stale, "stale");
    }

    pub(super) fn count_error(&self) {
        increment!(self.errors, "error");
    }

    pub(super) fn count_query(&self) {
        self.queries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn to_stats(&self) -> CacheStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            hits: read(&self.hits),
            misses: read(&self.misses),
            stale: read(&self.stale),
            errors: read(&self.errors),
            queries: read(&self.queries),
        }
    }
}
