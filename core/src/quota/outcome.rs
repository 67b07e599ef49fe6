//! The result that a store of counters returns.

use std::time::Duration;

/// The state of one counter after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CounterState {
    /// The units that were used in the current window.
    pub(crate) used: u32,
    /// The units that can be used now. Unused if the counter has no limit.
    pub(crate) remaining: u32,
    /// The time until there are more units.
    pub(crate) resets_in: Duration,
    /// Set if the counter refused the call.
    pub(crate) violation: Option<Violation>,
}

/// Why a counter refused a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The time until the counter allows the call, or `None` if it never does.
    pub(crate) wait: Option<Duration>,
    /// Whether this is the first refusal in the window.
    pub(crate) is_first: bool,
}
