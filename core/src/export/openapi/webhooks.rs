//! Describes each event as a webhook.

use crate::export::openapi::Export;
use crate::export::openapi::operation_description::describe_event;
use crate::export::openapi::refusal_responses::{GENERATED_MARK, is_generated_component};
use crate::export::openapi::validated_document::{JsonObject, OPERATION_METHODS, object_in};
use crate::snapshot::rows::EndpointRow;
use serde_json::{Value, json};
use std::collections::HashSet;

impl Export<'_> {
    /// Writes a webhook for each event. Removes the operations that an earlier export added. Returns the events
    /// whose webhooks are in other files, so they can't be changed.
    pub(super) fn write_webhooks(&self, webhooks: &mut JsonObject) -> Vec<&EndpointRow> {
        webhooks.retain(|_, webhook| !is_generated(webhook) || !is_empty_without_post(webhook));
        // Two events can have the same name if the catalogue fails its audit.
        let mut written = HashSet::new();
        let events = self.snapshot.events().iter();
        let distinct = events.filter(|event| written.insert(event.name()));
        distinct
            .filter(|event| !self.write_webhook(event, webhooks))
            .collect()
    }

    /// Writes the webhook of an event. Returns whether its operations could be changed.
    fn write_webhook(&self, event: &EndpointRow, webhooks: &mut JsonObject) -> bool {
        let Some(webhook) = object_in(webhooks, event.name()) else {
            return false;
        };
        if webhook.contains_key("$ref") {
            return false;
        }
        if !OPERATION_METHODS
            .iter()
            .any(|method| webhook.contains_key(*method))
        {
            webhook.insert("post".to_owned(), generated_operation(event));
        }
        for method in OPERATION_METHODS {
            let Some(operation) = webhook.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            describe_event(event, operation);
            if let Some(payload) = self.payloads.find(event.name()) {
                let body = || request_body(&payload.schema);
                operation
                    .entry("requestBody".to_owned())
                    .or_insert_with(body);
            }
        }
        true
    }

    /// Adds the schemas of the payloads to the components. A schema that the document already contains stays
    /// unchanged.
    pub(super) fn add_payload_schemas(&self, components: &mut JsonObject) {
        for (name, schema) in self.payload_schemas() {
            if let Some(schemas) = object_in(components, "schemas") {
                let component = schemas.entry(name.clone());
                component.or_insert_with(|| schema.clone());
            }
        }
    }

    /// Returns the schemas to which the payloads of the catalogue's events refer, by name.
    pub(super) fn payload_schemas(&self) -> impl Iterator<Item = &(String, Value)> {
        let events = self.snapshot.events().iter();
        let payloads = events.filter_map(|event| self.payloads.find(event.name()));
        payloads.flat_map(|payload| &payload.components)
    }
}

/// Removes the operation `post` from a webhook. Returns whether the webhook has no other members.
fn is_empty_without_post(webhook: &mut Value) -> bool {
    webhook.as_object_mut().is_none_or(|webhook| {
        webhook.remove("post");
        webhook.is_empty()
    })
}

/// Returns whether an export added the operation of the webhook.
pub(super) fn is_generated(webhook: &Value) -> bool {
    webhook.get("post").is_some_and(is_generated_component)
}

/// Returns the operation of an event, without its requirement and its payload.
fn generated_operation(event: &EndpointRow) -> Value {
    let mut operation = json!({
        "responses": { "2XX": { "description": "The receiver has accepted the event." } },
        GENERATED_MARK.0: GENERATED_MARK.1,
    });
    if !event.summary().is_empty() {
        operation["summary"] = json!(event.summary());
    }
    operation
}

fn request_body(schema: &Value) -> Value {
    json!({ "required": true, "content": { "application/json": { "schema": schema } } })
}
