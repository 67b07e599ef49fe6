//! What a handler or an event requires: a tier, an add-on, and the lower tiers that are enough for some
//! callers.

pub(crate) mod gate;
pub(crate) mod model;
pub(crate) mod options;
mod until_version;
pub(crate) mod validate;
pub(crate) mod variant;
