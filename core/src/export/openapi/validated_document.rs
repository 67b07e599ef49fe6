//! Validates an OpenAPI document in JSON before the merge writes to it.

use serde_json::{Map, Value};
use std::error::Error;
use std::fmt;

pub(super) type JsonObject = Map<String, Value>;

/// The keys under which a path item contains its operations.
pub(super) const OPERATION_METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The error for a document that isn't a valid OpenAPI 3 document. The message states what is wrong with
/// the document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError {
    message: String,
}

impl MergeError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for MergeError {}

/// An OpenAPI 3 document in which every member that the merge changes has the right type.
#[derive(Clone, Debug)]
pub(super) struct ValidatedDocument(Value);

impl ValidatedDocument {
    /// # Errors
    /// Returns a [`MergeError`] if the value isn't an OpenAPI 3 document.
    pub(super) fn new(value: Value) -> Result<Self, MergeError> {
        let mut document = Self(value);
        document.check_version()?;
        document.inline_path_items();
        document.check_types()?;
        Ok(document)
    }

    pub(super) fn into_value(self) -> Value {
        self.0
    }

    /// Returns the `components` object. Creates the object if it is missing.
    pub(super) fn components(&mut self) -> Option<&mut JsonObject> {
        object_in(self.0.as_object_mut()?, "components")
    }

    pub(super) fn operation(&mut self, path: &str, method: &str) -> Option<&mut JsonObject> {
        let path_item = self.0.get_mut("paths")?.get_mut(path)?;
        path_item.get_mut(method)?.as_object_mut()
    }

    /// Changes the webhooks. Creates the object with the webhooks if it is missing, and removes it if it
    /// stays empty. Returns the result of `change`.
    pub(super) fn change_webhooks<T: Default>(
        &mut self,
        change: impl FnOnce(&mut JsonObject) -> T,
    ) -> T {
        let member = self.webhooks_member();
        let Some(document) = self.0.as_object_mut() else {
            return T::default();
        };
        let was_present = document.contains_key(member);
        let Some(webhooks) = object_in(document, member) else {
            return T::default();
        };
        let was_empty = webhooks.is_empty();
        let result = change(webhooks);
        if webhooks.is_empty() && !(was_present && was_empty) {
            document.remove(member);
        }
        result
    }

    /// Returns the member with the webhooks. OpenAPI 3.0 has no such member, so this is an extension.
    fn webhooks_member(&self) -> &'static str {
        let version = self.0.get("openapi").and_then(Value::as_str);
        if version.is_some_and(|version| version.starts_with("3.0")) {
            "x-webhooks"
        } else {
            "webhooks"
        }
    }

    /// Returns the path and the HTTP method of every operation.
    pub(super) fn operations(&self) -> Vec<(String, &'static str)> {
        let paths = self.0.get("paths").and_then(Value::as_object);
        let path_items = paths.into_iter().flatten();
        path_items
            .flat_map(|(path, path_item)| {
                let methods = OPERATION_METHODS.into_iter();
                let methods = methods.filter(|method| path_item.get(method).is_some());
                methods.map(|method| (path.clone(), method))
            })
            .collect()
    }

    fn check_version(&self) -> Result<(), MergeError> {
        let Some(document) = self.0.as_object() else {
            return Err(MergeError::new(
                "not an OpenAPI document: expected a JSON object",
            ));
        };
        match document.get("openapi").and_then(Value::as_str) {
            Some(version) if version.starts_with("3.") => Ok(()),
            Some(version) => Err(MergeError::new(format!(
                "the document has the OpenAPI version {version:?}; convert it to version 3.x first"
            ))),
            None if document.contains_key("swagger") => Err(MergeError::new(
                "the document is in Swagger 2 format; convert it to OpenAPI 3 first",
            )),
            None => Err(MergeError::new(
                "not an OpenAPI document: the member `openapi`, which states the version, is missing",
            )),
        }
    }

    fn check_types(&self) -> Result<(), MergeError> {
        let document = &self.0;
        check_object(document.get("paths"), "paths")?;
        check_object(document.get("components"), "components")?;
        for component_kind in ["responses", "schemas"] {
            let components = document.get("components");
            let components = components.and_then(|components| components.get(component_kind));
            check_object(components, &format!("components.{component_kind}"))?;
        }
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, path_item) in paths.into_iter().flatten() {
            // Keys that start with `x-` are extensions, not paths.
            if !path.starts_with("x-") {
                check_path_item(path_item, path, "path item")?;
            }
        }
        let member = self.webhooks_member();
        check_object(document.get(member), member)?;
        let webhooks = document.get(member).and_then(Value::as_object);
        for (name, webhook) in webhooks.into_iter().flatten() {
            check_path_item(webhook, name, "webhook")?;
        }
        Ok(())
    }

    /// Replaces each reference to another path item with a copy of that path item. Two paths or webhooks may
    /// share a path item but require different tiers, so each of them needs its own copy.
    fn inline_path_items(&mut self) {
        for member in ["paths", self.webhooks_member()] {
            self.inline_path_items_of(member);
        }
    }

    fn inline_path_items_of(&mut self, member: &str) {
        let paths = self.0.get(member).and_then(Value::as_object);
        let resolved_path_items: Vec<(String, Value)> = paths
            .into_iter()
            .flatten()
            .filter(|(_, path_item)| path_item.get("$ref").is_some())
            .filter_map(|(path, path_item)| {
                Some((path.clone(), self.resolve_path_item(path_item)?))
            })
            .collect();
        for (path, resolved_path_item) in resolved_path_items {
            if let Some(path_item) = self.0.get_mut(member).and_then(|paths| paths.get_mut(path)) {
                *path_item = resolved_path_item;
            }
        }
    }

    /// Returns the path item that a path item references, directly or through other path items in this
    /// document.
    fn resolve_path_item(&self, path_item: &Value) -> Option<Value> {
        let mut path_item = path_item;
        // The limit of eight references ends the loop if the references are circular.
        for _ in 0..8 {
            let Some(reference) = path_item.get("$ref") else {
                return Some(path_item.clone());
            };
            path_item = self.0.pointer(reference.as_str()?.strip_prefix('#')?)?;
        }
        None
    }
}

/// Checks the types of a path item's members. `kind` is what error messages call the path item.
fn check_path_item(path_item: &Value, path: &str, kind: &str) -> Result<(), MergeError> {
    check_object(Some(path_item), &format!("the {kind} {path:?}"))?;
    for method in OPERATION_METHODS {
        let Some(operation) = path_item.get(method) else {
            continue;
        };
        let location = format!("the {method} operation of {path:?}");
        check_object(Some(operation), &location)?;
        check_object(
            operation.get("responses"),
            &format!("`responses` in {location}"),
        )?;
        for text in ["summary", "description"] {
            if operation.get(text).is_some_and(|text| !text.is_string()) {
                return Err(MergeError::new(format!(
                    "`{text}` in {location} is not a string"
                )));
            }
        }
    }
    Ok(())
}

fn check_object(value: Option<&Value>, location: &str) -> Result<(), MergeError> {
    match value {
        Some(value) if !value.is_object() => {
            Err(MergeError::new(format!("{location} is not a JSON object")))
        }
        _ => Ok(()),
    }
}

/// Returns the object with this key. Inserts an empty object if the key is missing.
pub(super) fn object_in<'a>(json: &'a mut JsonObject, key: &str) -> Option<&'a mut JsonObject> {
    let value = json
        .entry(key)
        .or_insert_with(|| Value::Object(JsonObject::new()));
    value.as_object_mut()
}
