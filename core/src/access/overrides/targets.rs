//! What overrides can change.

use crate::access::overrides::invalid::EntryProblem;
use crate::access::overrides::override_entry::EndpointId;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limits;
use crate::tier::Tier;

/// The endpoints, the events and the quota of a catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Targets {
    pub(crate) endpoints: &'static [Endpoint],
    pub(crate) events: &'static [Endpoint],
    pub(crate) quota: Option<Limits>,
}

impl Targets {
    /// Returns the endpoints, and then the events.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Endpoint> + use<> {
        self.endpoints.iter().chain(self.events)
    }

    /// Finds an endpoint by its name, its route, or its constant.
    ///
    /// # Errors
    /// Returns an error if no endpoint or several endpoints match.
    pub(crate) fn find(&self, id: &EndpointId) -> Result<Endpoint, EntryProblem> {
        let is_identified = |endpoint: &Endpoint| match id {
            EndpointId::Endpoint(wanted) => endpoint == wanted,
            EndpointId::Text(text) => endpoint.is_identified_by(text),
        };
        let mut matches = self.all().filter(|endpoint| is_identified(endpoint));
        match (matches.next(), matches.next()) {
            (None, _) => Err(EntryProblem::UnknownEndpoint),
            (Some(endpoint), None) => Ok(*endpoint),
            (Some(_), Some(_)) => Err(EntryProblem::AmbiguousEndpoint),
        }
    }

    /// Returns the endpoint whose calls use the most units of the catalogue's quota, among the endpoints that
    /// every tier may call.
    pub(crate) fn costliest_for_all<T: Tier>(&self) -> Option<Endpoint> {
        let lowest = T::RANKS.iter().min().copied();
        let are_for_all = self.endpoints.iter().filter(|endpoint| {
            endpoint.required_rank() <= lowest
                && !endpoint.is_public()
                && endpoint.required_feature().is_none()
        });
        are_for_all.max_by_key(|endpoint| endpoint.cost()).copied()
    }
}
