use crate::Tier;
use crate::object::Object;
use serde::{Deserialize, Serialize};

/// What dispatchers trigger on devices in the game. The fields are undocumented.
#[derive(tiergate::Event, Deserialize, Serialize)]
#[serde(tag = "type", content = "data")]
#[event(Pro)]
pub(crate) enum DeviceEvent {
    /// A body camera was switched on or off.
    #[event(name = "TOGGLE_BODYCAM")]
    #[serde(rename = "TOGGLE_BODYCAM")]
    Bodycam(Object),
    /// A tone was played.
    #[event(name = "EVENT_TONE")]
    #[serde(rename = "EVENT_TONE")]
    Tone(Object),
    /// A callout was started.
    #[event(name = "EVENT_NEW_CALLOUT")]
    #[serde(rename = "EVENT_NEW_CALLOUT")]
    Callout(Object),
    /// A station was alerted.
    #[event(Plus, name = "EVENT_STATION_ALERT")]
    #[serde(rename = "EVENT_STATION_ALERT")]
    StationAlert(Object),
}
