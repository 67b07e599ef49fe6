//! The events that the server sends to communities, with the tier that each event requires.
//!
//! No endpoint of this server triggers the following events. They are declared, because customers read about
//! them on the page: `EVENT_UNIT_GROUP_ADD`, `EVENT_UNIT_GROUP_CHANGE_NAME` and `EVENT_UNIT_GROUP_REMOVE`,
//! because units have no groups; `TOGGLE_BODYCAM`, `EVENT_TONE` and `EVENT_STATION_ALERT`, because
//! dispatchers trigger them in the vendor's application; `EVENT_CHAR_SELECTED`, because nobody selects a
//! character; and `EVENT_NEW_CALLOUT`, because the server only lists callouts and never starts one.

mod characters;
mod devices;
mod dispatch;
mod emergency;
mod groups;
mod records;
mod signs;
#[cfg(test)]
pub(crate) mod tests;
mod units;

pub(crate) use self::characters::CharacterEvent;
pub(crate) use self::devices::DeviceEvent;
pub(crate) use self::dispatch::DispatchEvent;
pub(crate) use self::emergency::EmergencyEvent;
pub(crate) use self::groups::GroupEvent;
pub(crate) use self::records::RecordEvent;
pub(crate) use self::signs::SignEvent;
pub(crate) use self::units::UnitEvent;

use crate::Tier;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiergate::{Caller, Cleared, Event, Overrides, Refusal};

/// Declares the enum of all events. Each variant contains the events of one subject.
macro_rules! any_event {
    ($($variant:ident($event:ty)),* $(,)?) => {
        /// Any event. Its JSON has the fields `type` and `data`.
        #[derive(Deserialize, Serialize)]
        #[serde(untagged)]
        pub(crate) enum AnyEvent {
            $($variant($event),)*
        }

        $(impl From<$event> for AnyEvent {
            fn from(event: $event) -> Self {
                Self::$variant(event)
            }
        })*

        impl AnyEvent {
            /// Checks whether a caller may receive the event, and returns what to send.
            ///
            /// # Errors
            /// Returns the refusal if the caller may not receive the event.
            pub(crate) fn cleared(
                self,
                caller: &Caller<Tier>,
                overrides: &Overrides<Tier>,
            ) -> Result<ClearedEvent, Refusal> {
                match self {
                    $(Self::$variant(event) => {
                        event.cleared_with(caller, overrides).map(ClearedEvent::new)
                    })*
                }
            }
        }
    };
}

any_event!(
    Character(CharacterEvent),
    Device(DeviceEvent),
    Dispatch(DispatchEvent),
    Emergency(EmergencyEvent),
    Group(GroupEvent),
    Record(RecordEvent),
    Sign(SignEvent),
    Unit(UnitEvent),
);

/// The JSON of an event that one caller may receive now. Whatever sends events takes only this type.
pub(crate) struct ClearedEvent {
    json: Result<Value, serde_json::Error>,
}

impl ClearedEvent {
    #[allow(clippy::needless_pass_by_value)] // Each clearance is used once.
    fn new<E: Event<Tier = Tier> + Serialize>(event: Cleared<E>) -> Self {
        Self {
            json: serde_json::to_value(&event),
        }
    }

    /// Returns the JSON, with another field.
    ///
    /// # Errors
    /// Returns an error if the event can't be serialised.
    pub(crate) fn with(self, name: &str, value: &str) -> Result<String, serde_json::Error> {
        let mut json = self.json?;
        json[name] = value.into();
        serde_json::to_string(&json)
    }
}
