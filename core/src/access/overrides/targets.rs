//! What overrides can change.

use crate::access::overrides::invalid::EntryProblem;
use crate::access::overrides::override_entry::EndpointId;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limits;

/// The endpoints and the quota of a catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Targets {
    pub(crate) endpoints: &'static [Endpoint],
    pub(crate) quota: Option<Limits>,
}

impl Targets {
    /// Finds an endpoint by its name, its route, or its constant.
    ///
    /// # Errors
    /// Returns an error if no endpoint or several endpoints match.
    pub(crate) fn find(&self, id: &EndpointId) -> Result<Endpoint, EntryProblem> {
        let is_identified = |endpoint: &Endpoint| match id {
            EndpointId::Endpoint(wanted) => endpoint == wanted,
            EndpointId::Text(text) => endpoint.is_identified_by(text),
        };
        let mut matches = self
            .endpoints
            .iter()
            .filter(|endpoint| is_identified(endpoint));
        match (matches.next(), matches.next()) {
            (None, _) => Err(EntryProblem::UnknownEndpoint),
            (Some(endpoint), None) => Ok(*endpoint),
            (Some(_), Some(_)) => Err(EntryProblem::AmbiguousEndpoint),
        }
    }

    /// Returns the endpoint whose calls take the most units from the catalogue's quota.
    pub(crate) fn costliest(&self) -> Option<Endpoint> {
        let counted = self
            .endpoints
            .iter()
            .filter(|endpoint| !endpoint.is_public());
        counted.max_by_key(|endpoint| endpoint.cost()).copied()
    }
}
