//! Adds the schemas of utoipa's types to events.

use crate::access::cleared::Event;
use crate::export::openapi::Export;
use crate::export::openapi::event_payloads::Payload;
use serde_json::{Value, json};
use std::any::type_name;
use utoipa::ToSchema;

#[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
impl Export<'_> {
    /// Sets the schema of an event's payload to the schema of the event itself. If the type is an enum, each
    /// of its events gets the schema of the enum.
    ///
    /// If the document already contains a schema with the same name, this schema stays unchanged.
    ///
    /// ```
    /// use tiergate::{Catalogue, Snapshot, openapi::Export};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// /// A unit has a new status.
    /// #[derive(tiergate::Event, utoipa::ToSchema)]
    /// #[event(Plus, name = "EVENT_UNIT_STATUS")]
    /// struct UnitStatus { status: u8 }
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, events(UnitStatus))]
    /// struct Api;
    ///
    /// let snapshot = Snapshot::of::<Api>();
    /// let document = Export::new(&snapshot).event_schema::<UnitStatus>().document_json();
    /// let webhook = &document["webhooks"]["EVENT_UNIT_STATUS"]["post"];
    /// assert_eq!(webhook["x-required-tier"], "Plus");
    /// let schema = &webhook["requestBody"]["content"]["application/json"]["schema"];
    /// assert_eq!(schema["$ref"], "#/components/schemas/UnitStatus");
    /// ```
    pub fn event_schema<E: Event + ToSchema>(self) -> Self {
        self.event_schema_as::<E, E>()
    }

    /// Sets the schema of an event's payload to the schema of another type. Use this method if the server
    /// wraps the event or sends only parts of it.
    ///
    /// ```
    /// # use tiergate::{Catalogue, Snapshot, openapi::Export};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # #[derive(tiergate::Event, utoipa::ToSchema)]
    /// # #[event(Plus, name = "EVENT_UNIT_STATUS")]
    /// # struct UnitStatus { status: u8 }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, events(UnitStatus))]
    /// # struct Api;
    /// #[derive(utoipa::ToSchema)]
    /// struct Message<E> { key: String, data: E }
    ///
    /// let snapshot = Snapshot::of::<Api>();
    /// let export = Export::new(&snapshot).event_schema_as::<UnitStatus, Message<UnitStatus>>();
    /// let document = export.document_json();
    /// let body = &document["webhooks"]["EVENT_UNIT_STATUS"]["post"]["requestBody"];
    /// let schema = &body["content"]["application/json"]["schema"];
    /// assert_eq!(schema["properties"]["data"]["$ref"], "#/components/schemas/UnitStatus");
    /// ```
    pub fn event_schema_as<E: Event, P: ToSchema>(mut self) -> Self {
        let Some(payload) = payload_of::<P>() else {
            return self;
        };
        for event in E::RECORDS {
            self.payloads.insert(event.name(), payload.clone());
        }
        self
    }
}

/// Returns the schema of a type, and the schemas to which it refers.
fn payload_of<P: ToSchema>() -> Option<Payload> {
    let mut referenced = Vec::new();
    P::schemas(&mut referenced);
    let schema = serde_json::to_value(P::schema()).ok()?;
    let mut components: Vec<(String, Value)> = referenced
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    // All instances of a generic type have the same name.
    if type_name::<P>().contains('<') {
        return Some(Payload { schema, components });
    }
    let name = P::name().into_owned();
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    components.push((name, schema));
    Some(Payload {
        schema: reference,
        components,
    })
}
