use crate::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes of records. Characters are records too.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data")]
#[event(Pro)]
pub(crate) enum RecordEvent {
    /// A record was added.
    #[event(name = "EVENT_RECORD_ADD")]
    #[serde(rename = "EVENT_RECORD_ADD")]
    Add { record: Value },
    /// A record was changed.
    #[event(name = "EVENT_RECORD_EDIT")]
    #[serde(rename = "EVENT_RECORD_EDIT")]
    Edit { record: Value },
    /// A record was removed.
    #[event(name = "EVENT_RECORD_REMOVE")]
    #[serde(rename = "EVENT_RECORD_REMOVE")]
    Remove { record: Value },
}
