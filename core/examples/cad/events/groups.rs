use crate::Tier;
use crate::object::Object;
use serde::{Deserialize, Serialize};

/// Changes of groups of units. The fields are undocumented.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data")]
#[event(Plus)]
pub(crate) enum GroupEvent {
    /// A group of units has a new name.
    #[event(name = "EVENT_UNIT_GROUP_CHANGE_NAME")]
    #[serde(rename = "EVENT_UNIT_GROUP_CHANGE_NAME")]
    ChangeName(Object),
    /// A unit joined a group.
    #[event(name = "EVENT_UNIT_GROUP_ADD")]
    #[serde(rename = "EVENT_UNIT_GROUP_ADD")]
    Add(Object),
    /// A unit left a group.
    #[event(name = "EVENT_UNIT_GROUP_REMOVE")]
    #[serde(rename = "EVENT_UNIT_GROUP_REMOVE")]
    Remove(Object),
}
