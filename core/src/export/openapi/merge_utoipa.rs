//! Merges a catalogue into utoipa's types. The merge creates a copy of the document in JSON, and changes
//! this copy. Converting the whole copy back to utoipa's types could lose parts of the document, so the
//! merge transfers only its changes to the original document.

use crate::export::openapi::Export;
use crate::export::openapi::merge_report::Merged;
use crate::export::openapi::operation_description::EXTENSIONS;
use crate::export::openapi::refusal_responses::is_generated_component;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::{Components, Deprecated, Info, OpenApi, Ref, RefOr, Response};

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
        for (path, path_item) in &mut document.paths.paths {
            for (method, utoipa_operation) in utoipa_operations(path_item) {
                update_utoipa_operation(utoipa_operation, &merged_json["paths"][path][method]);
            }
        }
        merged
    }

    /// Generates a utoipa document from the catalogue alone. See [`document_json`](Self::document_json).
    pub fn document(&self) -> OpenApi {
        // utoipa can parse every document that `document_json` generates, so the fallback is never used.
        serde_json::from_value(self.document_json())
            .unwrap_or_else(|_| OpenApi::new(Info::new(&self.title, &self.version), Paths::new()))
    }
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
