//! Merging into the types of utoipa. The merge runs on the document's JSON. Only its changes are
//! written back, because a full conversion from JSON could lose parts of the document.

use crate::export::openapi::Export;
use crate::export::openapi::operation::{REASON, TIER};
use crate::export::openapi::refusals::is_ours;
use crate::export::openapi::report::Merged;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::{Components, Deprecated, Info, OpenApi, Ref, RefOr, Response};

#[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
impl Export<'_> {
    /// Writes the catalogue into a utoipa document. See [`merge_json`](Self::merge_json).
    pub fn merge(&self, document: &mut OpenApi) -> Merged {
        let Ok(mut written) = serde_json::to_value(&*document) else {
            return self.merge_of_nothing();
        };
        let Ok(merged) = self.merge_json(&mut written) else {
            return self.merge_of_nothing();
        };
        let components = document.components.get_or_insert_default();
        write_components(components, &written["components"]);
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                write_operation(operation, &written["paths"][path][method]);
            }
        }
        merged
    }

    /// Returns a utoipa document of the catalogue alone. See [`document_json`](Self::document_json).
    pub fn document(&self) -> OpenApi {
        // utoipa can parse every document from `document_json`, so the fallback is never used.
        serde_json::from_value(self.document_json())
            .unwrap_or_else(|_| OpenApi::new(Info::new(&self.title, &self.version), Paths::new()))
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let slots = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("options", &mut item.options),
        ("head", &mut item.head),
        ("patch", &mut item.patch),
        ("trace", &mut item.trace),
    ];
    let slots = slots.into_iter();
    slots.filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
}

fn write_components(components: &mut Components, written: &Value) {
    write_ours(&mut components.responses, &written["responses"]);
    write_ours(&mut components.schemas, &written["schemas"]);
}

fn write_ours<T: DeserializeOwned>(components: &mut BTreeMap<String, T>, written: &Value) {
    let written = written.as_object().into_iter().flatten();
    for (name, component) in written.filter(|(_, component)| is_ours(component)) {
        if let Ok(component) = T::deserialize(component) {
            components.insert(name.clone(), component);
        }
    }
}

fn write_operation(operation: &mut Operation, written: &Value) {
    let text = |key: &str| written.get(key).and_then(Value::as_str).map(str::to_owned);
    operation.summary = text("summary");
    operation.description = text("description");
    if written["deprecated"] == true {
        operation.deprecated = Some(Deprecated::True);
    }
    let extensions = operation.extensions.get_or_insert_default();
    for key in [TIER, REASON] {
        match written.get(key) {
            Some(value) => extensions.insert(key.to_owned(), value.clone()),
            None => extensions.remove(key),
        };
    }
    let responses = &mut operation.responses.responses;
    responses.retain(|status, _| written["responses"].get(status).is_some());
    for (status, response) in written["responses"].as_object().into_iter().flatten() {
        if let Some(reference) = response.get("$ref").and_then(Value::as_str) {
            let response = || RefOr::<Response>::Ref(Ref::new(reference));
            responses.entry(status.clone()).or_insert_with(response);
        }
    }
}
