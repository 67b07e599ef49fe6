//! The clock that counts windows in memory.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock that never goes backwards. Returns the nanoseconds since an arbitrary start.
#[derive(Clone)]
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

impl fmt::Debug for MonotonicClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MonotonicClock")
    }
}
