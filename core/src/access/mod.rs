//! Access control: callers, guards, tier checks and refusals.

pub(crate) mod caller;
#[cfg(feature = "_check")]
pub(crate) mod check;
pub(crate) mod cleared;
pub(crate) mod decision;
#[cfg(feature = "_check")]
pub(crate) mod decision_sink;
pub(crate) mod denied;
pub(crate) mod direct_check;
pub(crate) mod event_methods;
pub(crate) mod guard;
#[cfg(feature = "coverage")]
pub(crate) mod observer;
#[cfg(feature = "_extractor")]
pub(crate) mod on_refusal;
pub(crate) mod overrides;
pub(crate) mod policy_name;
pub(crate) mod refusal;
#[cfg(any(feature = "_check", feature = "metrics", feature = "tracing"))]
pub(crate) mod telemetry;
pub(crate) mod time;
#[cfg(feature = "watch")]
pub(crate) mod watch;
