//! Access control: guards, tier checks and refusals.

pub(crate) mod denied;
#[cfg(any(feature = "_http", feature = "source"))]
pub(crate) mod gate;
pub(crate) mod guard;
#[cfg(feature = "coverage")]
pub(crate) mod observer;
#[cfg(feature = "_extractor")]
pub(crate) mod on_refusal;
pub(crate) mod refusal;
pub(crate) mod subscriber;
#[cfg(any(feature = "_http", feature = "source"))]
pub(crate) mod telemetry;
