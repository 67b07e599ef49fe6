use crate::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes of dispatch calls. The origin is the unit that made the change, or `None` for changes through the
/// API.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[event(Plus)]
pub(crate) enum DispatchEvent {
    /// A dispatch call was opened.
    #[event(name = "EVENT_DISPATCH_NEW")]
    #[serde(rename = "EVENT_DISPATCH_NEW")]
    New {
        event_origin_ident: Option<i64>,
        dispatch: Value,
    },
    /// A dispatch call was changed.
    #[event(name = "EVENT_DISPATCH_EDIT")]
    #[serde(rename = "EVENT_DISPATCH_EDIT")]
    Edit {
        event_origin_ident: Option<i64>,
        dispatch: Value,
    },
    /// Dispatch calls were closed.
    #[event(name = "EVENT_DISPATCH_CLOSED")]
    #[serde(rename = "EVENT_DISPATCH_CLOSED")]
    Closed {
        event_origin_ident: Option<i64>,
        call_ids: Vec<i64>,
    },
    /// A note was added to a dispatch call.
    #[event(name = "EVENT_DISPATCH_NOTE")]
    #[serde(rename = "EVENT_DISPATCH_NOTE")]
    Note { call_id: i64, note: Value },
    /// Units were attached to a dispatch call.
    #[event(name = "EVENT_DISPATCH_UNIT_ATTACH")]
    #[serde(rename = "EVENT_DISPATCH_UNIT_ATTACH")]
    Attach {
        event_origin_ident: Option<i64>,
        idents: Vec<i64>,
        call_id: i64,
    },
    /// Units were detached from a dispatch call.
    #[event(name = "EVENT_DISPATCH_UNIT_DETACH")]
    #[serde(rename = "EVENT_DISPATCH_UNIT_DETACH")]
    Detach {
        event_origin_ident: Option<i64>,
        idents: Vec<i64>,
        call_id: i64,
    },
}
