//! Merges a catalogue into utoipa's types. The merge creates a copy of the document in JSON, and changes
//! this copy. Converting the whole copy back to utoipa's types could lose parts of the document, so the
//! merge transfers only its changes to the original document.

use crate::export::openapi::Export;
use crate::export::openapi::event_payloads::EventPayloads;
use crate::export::openapi::merge_report::Merged;
use crate::export::openapi::operation_description::EXTENSIONS;
use crate::export::openapi::refusal_responses::is_generated_component;
use crate::export::openapi::webhooks::is_generated;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::{Components, Deprecated, Info, OpenApi, Ref, RefOr, Response, Schema};

#[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
impl Export<'_> {
    /// Writes the catalogue into a utoipa document. See [`merge_json`](Self::merge_json).
    pub fn merge(&self, document: &mut OpenApi) -> Merged {
        let Ok(mut merged_json) = serde_json::to_value(&*document) else {
            return self.report_all_missing();
        };
        let Ok(merged) = self.merge_json(&mut merged_json) else {
            return self.report_all_missing();
        };
        let utoipa_components = document.components.get_or_insert_default();
        update_utoipa_components(utoipa_components, &merged_json["components"]);
        self.add_utoipa_schemas(utoipa_components);
        let merged_webhooks = &merged_json["webhooks"];
        if merged_webhooks.is_object() || document.webhooks.is_some() {
            let webhooks = document.webhooks.get_or_insert_default();
            self.update_utoipa_webhooks(webhooks, merged_webhooks);
        }
        document.webhooks.take_if(|_| !merged_webhooks.is_object());
        for (path, path_item) in &mut document.paths.paths {
            for (method, utoipa_operation) in utoipa_operations(path_item) {
                update_utoipa_operation(utoipa_operation, &merged_json["paths"][path][method]);
            }
        }
        merged
    }

    /// Generates a utoipa document from the catalogue alone. See [`document_json`](Self::document_json).
    ///
    /// utoipa's types can't represent every JSON Schema. If they can't represent a schema of
    /// [`event_schema_json`](Self::event_schema_json), the document contains no payloads.
    pub fn document(&self) -> OpenApi {
        let parsed = |export: &Self| serde_json::from_value(export.document_json()).ok();
        let without_payloads = || {
            parsed(&Self {
                payloads: EventPayloads::default(),
                ..self.clone()
            })
        };
        // utoipa can parse every document without payloads, so the second fallback is never used.
        parsed(self)
            .or_else(without_payloads)
            .unwrap_or_else(|| OpenApi::new(Info::new(&self.title, &self.version), Paths::new()))
    }

    /// Adds the schemas of payloads that the document lacks.
    fn add_utoipa_schemas(&self, components: &mut Components) {
        for (name, schema) in self.payload_schemas() {
            if let Ok(schema) = RefOr::<Schema>::deserialize(schema) {
                let component = components.schemas.entry(name.clone());
                component.or_insert(schema);
            }
        }
    }

    /// Transfers the webhooks of events.
    fn update_utoipa_webhooks(&self, webhooks: &mut Paths, merged_json: &Value) {
        let webhooks = &mut webhooks.paths;
        webhooks.retain(|name, _| merged_json.get(name).is_some());
        for (name, webhook) in webhooks.iter_mut() {
            if merged_json[name].get("post").is_none() {
                webhook.post = None;
            }
        }
        for event in self.snapshot.events() {
            let Some(merged) = merged_json.get(event.name()) else {
                continue;
            };
            match webhooks.get_mut(event.name()) {
                Some(webhook) if !is_generated(merged) => {
                    for (method, operation) in utoipa_operations(webhook) {
                        update_utoipa_operation(operation, &merged[method]);
                    }
                }
                _ => {
                    if let Some(webhook) = utoipa_path_item(merged) {
                        webhooks.insert(event.name().to_owned(), webhook);
                    }
                }
            }
        }
    }
}

/// Parses a webhook. Omits its payload if utoipa's types can't represent the payload's schema.
fn utoipa_path_item(webhook: &Value) -> Option<PathItem> {
    let parsed = PathItem::deserialize(webhook);
    let without_payload = || {
        let mut webhook = webhook.clone();
        let operation = webhook.get_mut("post")?.as_object_mut()?;
        operation.remove("requestBody");
        PathItem::deserialize(webhook).ok()
    };
    parsed.ok().or_else(without_payload)
}

fn utoipa_operations(
    path_item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let optional_operations = [
        ("get", &mut path_item.get),
        ("put", &mut path_item.put),
        ("post", &mut path_item.post),
        ("delete", &mut path_item.delete),
        ("options", &mut path_item.options),
        ("head", &mut path_item.head),
        ("patch", &mut path_item.patch),
        ("trace", &mut path_item.trace),
    ];
    let optional_operations = optional_operations.into_iter();
    optional_operations.filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn update_utoipa_components(components: &mut Components, merged_json: &Value) {
    insert_generated_components(&mut components.responses, &merged_json["responses"]);
    insert_generated_components(&mut components.schemas, &merged_json["schemas"]);
}

fn insert_generated_components<T: DeserializeOwned>(
    utoipa_components: &mut BTreeMap<String, T>,
    merged_json: &Value,
) {
    for (name, component_json) in merged_json.as_object().into_iter().flatten() {
        if !is_generated_component(component_json) {
            continue;
        }
        if let Ok(component) = T::deserialize(component_json) {
            utoipa_components.insert(name.clone(), component);
        }
    }
}

fn update_utoipa_operation(operation: &mut Operation, merged_json: &Value) {
    let merged_text = |key: &str| {
        merged_json
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    operation.summary = merged_text("summary");
    operation.description = merged_text("description");
    if merged_json["deprecated"] == true {
        operation.deprecated = Some(Deprecated::True);
    }
    let extensions = operation.extensions.get_or_insert_default();
    for key in EXTENSIONS {
        match merged_json.get(key) {
            Some(value) => extensions.insert(key.to_owned(), value.clone()),
            None => extensions.remove(key),
        };
    }
    if operation.request_body.is_none()
        && let Some(body) = merged_json.get("requestBody")
    {
        operation.request_body = RefOr::<RequestBody>::deserialize(body).ok();
    }
    let utoipa_responses = &mut operation.responses.responses;
    utoipa_responses.retain(|status, _| merged_json["responses"].get(status).is_some());
    for (status, response_json) in merged_json["responses"].as_object().into_iter().flatten() {
        if let Some(reference) = response_json.get("$ref").and_then(Value::as_str) {
            let response = || RefOr::<Response>::Ref(Ref::new(reference));
            utoipa_responses
                .entry(status.clone())
                .or_insert_with(response);
        }
    }
}
