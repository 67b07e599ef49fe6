use crate::Tier;
use crate::object::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes of emergency calls.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[event(Plus)]
pub(crate) enum EmergencyEvent {
    /// An emergency call was added.
    #[event(name = "EVENT_911")]
    #[serde(rename = "EVENT_911")]
    Add {
        call: Value,
        /// The API ids of the person who called, which calls through the API don't name.
        api_ids: Vec<String>,
        community_user_id: Option<String>,
        meta_data: Object,
    },
    /// Emergency calls were removed.
    #[event(name = "EVENT_REMOVE_911")]
    #[serde(rename = "EVENT_REMOVE_911")]
    Remove { call_ids: Vec<i64> },
}
