//! An OpenAPI document in JSON, validated before the merge writes to it.

use serde_json::{Map, Value};
use std::error::Error;
use std::fmt;

pub(super) type Object = Map<String, Value>;

/// The members of a path item that contain operations.
pub(super) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The error of a merge into an invalid document. The message describes the mistake and its location.
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

/// A valid OpenAPI 3 document. Every part that a merge writes to has the right type.
#[derive(Clone, Debug)]
pub(super) struct Document(Value);

impl Document {
    /// # Errors
    /// Returns a [`MergeError`] if this is not an OpenAPI 3 document.
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

    /// Returns the `components` object, and creates it if it is missing.
    pub(super) fn components(&mut self) -> Option<&mut Object> {
        object_in(self.0.as_object_mut()?, "components")
    }

    pub(super) fn operation(&mut self, path: &str, method: &str) -> Option<&mut Object> {
        let item = self.0.get_mut("paths")?.get_mut(path)?;
        item.get_mut(method)?.as_object_mut()
    }

    /// Returns the path and the method of every operation.
    pub(super) fn operations(&self) -> Vec<(String, &'static str)> {
        let paths = self.0.get("paths").and_then(Value::as_object);
        let items = paths.into_iter().flatten();
        items
            .flat_map(|(path, item)| {
                let methods = METHODS.into_iter();
                let methods = methods.filter(|method| item.get(method).is_some());
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
        for part in ["responses", "schemas"] {
            let components = document.get("components");
            let components = components.and_then(|components| components.get(part));
            check_object(components, &format!("components.{part}"))?;
        }
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            // An extension is not a path.
            if path.starts_with("x-") {
                continue;
            }
            check_object(Some(item), &format!("the path item {path:?}"))?;
            for method in METHODS {
                let Some(operation) = item.get(method) else {
                    continue;
                };
                let place = format!("the {method} operation of {path:?}");
                check_object(Some(operation), &place)?;
                check_object(
                    operation.get("responses"),
                    &format!("`responses` in {place}"),
                )?;
                for text in ["summary", "description"] {
                    if operation.get(text).is_some_and(|text| !text.is_string()) {
                        return Err(MergeError::new(format!(
                            "`{text}` in {place} is not a string"
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    /// Replaces references between path items with copies, because two paths that share an item may
    /// require different tiers.
    fn inline_path_items(&mut self) {
        let paths = self.0.get("paths").and_then(Value::as_object);
        let copies: Vec<(String, Value)> = paths
            .into_iter()
            .flatten()
            .filter(|(_, item)| item.get("$ref").is_some())
            .filter_map(|(path, item)| Some((path.clone(), self.resolved(item)?)))
            .collect();
        for (path, copy) in copies {
            if let Some(item) = self
                .0
                .get_mut("paths")
                .and_then(|paths| paths.get_mut(path))
            {
                *item = copy;
            }
        }
    }

    /// Follows the references of a path item within this document.
    fn resolved(&self, item: &Value) -> Option<Value> {
        let mut item = item;
        // The limit stops circular references.
        for _ in 0..8 {
            let Some(reference) = item.get("$ref") else {
                return Some(item.clone());
            };
            item = self.0.pointer(reference.as_str()?.strip_prefix('#')?)?;
        }
        None
    }
}

fn check_object(value: Option<&Value>, what: &str) -> Result<(), MergeError> {
    match value {
        Some(value) if !value.is_object() => {
            Err(MergeError::new(format!("{what} is not a JSON object")))
        }
        _ => Ok(()),
    }
}

/// Returns the object under this key, and inserts an empty one if the key is missing.
pub(super) fn object_in<'a>(object: &'a mut Object, key: &str) -> Option<&'a mut Object> {
    let value = object
        .entry(key)
        .or_insert_with(|| Value::Object(Object::new()));
    value.as_object_mut()
}
