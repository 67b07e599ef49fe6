//! The parts of documents that describe limits, costs and the catalogue's quota. Other catalogues' documents
//! don't have these parts.

use crate::snapshot::Snapshot;
use crate::snapshot::limit_text::limits_text;
use crate::snapshot::rows::EndpointRow;

/// The columns that a catalogue's document needs.
#[derive(Clone, Copy)]
pub(crate) struct LimitColumns {
    /// Whether any endpoint has limits besides the quota.
    pub(crate) has_limits: bool,
    /// Whether calls use different numbers of units of the quota.
    pub(crate) has_costs: bool,
}

impl LimitColumns {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let endpoints = snapshot.endpoints();
        let is_limited = |endpoint: &EndpointRow| !endpoint.declared_limits().is_empty();
        let has_other_cost = |endpoint: &EndpointRow| endpoint.cost() != 1;
        Self {
            has_limits: endpoints.iter().any(is_limited),
            has_costs: !snapshot.quota.is_empty() && endpoints.iter().any(has_other_cost),
        }
    }
}

/// Returns the number of units of the quota that a call uses, or `None` if the quota doesn't apply to the
/// endpoint.
pub(crate) fn cost_of(endpoint: &EndpointRow) -> Option<u32> {
    (!endpoint.is_public()).then_some(endpoint.cost())
}

/// Returns the quota of every tier, lowest tier first. Returns nothing if the catalogue has no quota.
pub(crate) fn quota_by_tier(snapshot: &Snapshot) -> Vec<(&str, String)> {
    if snapshot.quota.is_empty() {
        return Vec::new();
    }
    let tiers = snapshot.tiers().iter();
    let quota = |rank| limits_text(snapshot.quota.of_rank(Some(rank)));
    tiers
        .map(|tier| (tier.name(), quota(tier.rank())))
        .collect()
}
