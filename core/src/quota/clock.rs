//! The clock that counts windows in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock that never goes backwards. Returns the nanoseconds since an arbitrary start.
pub(crate) enum MonotonicClock {
    System(Instant),
    Manual(Arc<dyn Fn() -> Duration + Send + Sync>),
}

impl MonotonicClock {
    pub(crate) fn system() -> Self {
        Self::System(Instant::now())
    }

    pub(crate) fn now(&self) -> u64 {
        let elapsed = match self {
            Self::System(start) => start.elapsed(),
            Self::Manual(now) => now(),
        };
        u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
    }
}
