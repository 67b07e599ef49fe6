use crate::Tier;
use serde::{Deserialize, Serialize};

/// Changes of the characters that people play.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub(crate) enum CharacterEvent {
    /// A user selected a character.
    #[event(Pro, name = "EVENT_CHAR_SELECTED")]
    #[serde(rename = "EVENT_CHAR_SELECTED")]
    Selected { acc_id: String, id: i64 },
}
