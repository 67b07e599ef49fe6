//! The schemas of event payloads.

use crate::export::openapi::Export;
use serde_json::Value;
use std::collections::BTreeMap;

/// The payloads by event name.
#[derive(Clone, Debug, Default)]
pub(super) struct EventPayloads(BTreeMap<String, Payload>);

/// The payload of an event.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) schema: Value,
    /// The schemas to which `schema` refers, by name.
    pub(super) components: Vec<(String, Value)>,
}

impl EventPayloads {
    pub(super) fn find(&self, event: &str) -> Option<&Payload> {
        self.0.get(event)
    }

    /// Sets the payload of an event.
    pub(super) fn insert(&mut self, event: &str, payload: Payload) {
        self.0.insert(event.to_owned(), payload);
    }
}

impl Export<'_> {
    /// Sets the JSON Schema of an event's payload. The event's webhook then has a request body with this
    /// schema. Has no effect if the catalogue has no event with this name.
    ///
    /// ```
    /// use serde_json::json;
    /// use tiergate::{Snapshot, openapi::Export};
    ///
    /// let snapshot = Snapshot::from_lock("version 4\ntier 0 Free\nevent EVENT_UNIT_STATUS Free\n")?;
    /// let schema = json!({ "type": "object", "properties": { "status": { "type": "integer" } } });
    /// let document = Export::new(&snapshot)
    ///     .event_schema_json("EVENT_UNIT_STATUS", schema.clone())
    ///     .document_json();
    /// let webhook = &document["webhooks"]["EVENT_UNIT_STATUS"]["post"];
    /// assert_eq!(webhook["requestBody"]["content"]["application/json"]["schema"], schema);
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn event_schema_json(mut self, event: &str, schema: Value) -> Self {
        let components = Vec::new();
        self.payloads.insert(event, Payload { schema, components });
        self
    }
}
