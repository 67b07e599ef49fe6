//! The JSON document of a catalogue.

use crate::snapshot::json::event_member::EventMember;
use crate::snapshot::json::limit_members::LimitMember;
use crate::snapshot::json::members::{EndpointMember, FeatureMember, TierMember};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) version: u32,
    pub(super) tiers: Vec<TierMember>,
    /// Documents of version 1 omit this member.
    #[serde(default)]
    pub(super) features: Vec<FeatureMember>,
    /// Documents omit this member if the catalogue has no quota.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) quota: Vec<LimitMember>,
    pub(super) endpoints: Vec<EndpointMember>,
    /// Documents omit this member if the catalogue has no events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<EventMember>,
}
