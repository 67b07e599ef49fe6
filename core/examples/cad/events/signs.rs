use crate::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes of street signs.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub(crate) enum SignEvent {
    /// Street signs show a new text.
    #[event(Pro, name = "EVENT_STREETSIGN_UPDATED")]
    #[serde(rename = "EVENT_STREETSIGN_UPDATED")]
    Updated { sign_data: Value },
}
