//! A valid endpoint: who may call it, its name and its route.

use crate::requirement::model::Requirement;
use crate::route::Route;

/// An endpoint whose options are valid.
pub(super) struct Endpoint {
    pub(super) access: Access,
    pub(super) name: String,
    pub(super) route: Option<Route>,
}

/// The callers that an endpoint accepts.
pub(super) enum Access {
    /// Callers who meet this requirement.
    Gated(Requirement),
    /// Everyone. The string states why the endpoint is public.
    Public(String),
}

impl Access {
    pub(super) fn is_gated(&self) -> bool {
        matches!(self, Self::Gated(_))
    }
}
