use crate::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes of units. Units are identified by the identifiers of their accounts.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[event(Plus)]
pub(crate) enum UnitEvent {
    /// Units pressed or released their panic buttons.
    #[event(name = "EVENT_UNIT_PANIC")]
    #[serde(rename = "EVENT_UNIT_PANIC")]
    Panic { ident_ids: Vec<i64>, is_panic: bool },
    /// A unit is on duty.
    #[event(name = "EVENT_UNIT_LOGIN")]
    #[serde(rename = "EVENT_UNIT_LOGIN")]
    Login {
        unit: Value,
        is_dispatch: bool,
        self_dispatch: bool,
    },
    /// A unit is no longer on duty.
    #[event(name = "EVENT_UNIT_LOGOUT")]
    #[serde(rename = "EVENT_UNIT_LOGOUT")]
    Logout { ident_id: Option<i64> },
    /// Units have a new status.
    #[event(name = "EVENT_UNIT_STATUS")]
    #[serde(rename = "EVENT_UNIT_STATUS")]
    Status { ident_ids: Vec<i64>, status: i64 },
}
