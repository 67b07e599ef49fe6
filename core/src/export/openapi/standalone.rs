//! A document of the catalogue alone.

use crate::export::module_names::Modules;
use crate::export::openapi::Export;
use crate::export::openapi::document::{METHODS, Object, object_in};
use crate::export::openapi::operation::describe;
use crate::export::openapi::place::{ANY, documented, nameless};
use crate::export::openapi::refusals::Refusals;
use serde_json::{Value, json};
use std::collections::HashMap;

impl Export<'_> {
    /// Returns an OpenAPI 3.1 document of the catalogue alone: paths with their parameters, summaries,
    /// tiers and refusals.
    ///
    /// The document omits endpoints without a route. It also omits `CONNECT` endpoints, because OpenAPI
    /// doesn't support that method. An `any` endpoint gets the first method that no other endpoint of
    /// its path uses, usually `GET`. OpenAPI can't distinguish `/files/{name}` from `/files/{*rest}`. If
    /// one method has both, the document contains the first one in the catalogue.
    pub fn document_json(&self) -> Value {
        let mut components = Object::new();
        let refusals = Refusals::add(self.replaced.as_ref(), &mut components);
        let modules = Modules::of(self.snapshot.endpoints());
        let mut names: HashMap<&str, usize> = HashMap::new();
        for endpoint in self.snapshot.endpoints() {
            *names.entry(endpoint.name()).or_default() += 1;
        }
        let mut templates: HashMap<Vec<Option<u8>>, String> = HashMap::new();
        let mut paths = Object::new();
        let (any, others): (Vec<_>, Vec<_>) =
            (self.snapshot.endpoints().iter()).partition(|endpoint| endpoint.method() == Some(ANY));
        for endpoint in others.into_iter().chain(any) {
            let Some((method, own)) = &endpoint.route else {
                continue;
            };
            let (path, is_elsewhere) = match self.place(endpoint) {
                Some(place) => (documented(&place.path), false),
                None => (documented(own), true),
            };
            let template = templates.entry(nameless(&path)).or_insert(path);
            let Some(item) = object_in(&mut paths, template) else {
                continue;
            };
            let is_free = |key: &&str| !item.contains_key(*key);
            let key = match method.as_str() {
                ANY => METHODS.into_iter().find(is_free),
                method => {
                    let own = METHODS
                        .into_iter()
                        .find(|key| key.eq_ignore_ascii_case(method));
                    own.filter(is_free)
                }
            };
            let Some(key) = key else { continue };
            let id = match names.get(endpoint.name()) {
                Some(1) => endpoint.name().to_owned(),
                _ => format!("{} {template}", key.to_uppercase()),
            };
            let mut operation = Object::new();
            operation.insert("operationId".to_owned(), json!(id));
            operation.insert("tags".to_owned(), json!([modules.name(endpoint)]));
            if !endpoint.summary().is_empty() {
                operation.insert("summary".to_owned(), json!(endpoint.summary()));
            }
            let parameters = parameters(template);
            if !parameters.is_empty() {
                operation.insert("parameters".to_owned(), json!(parameters));
            }
            let answer = json!({ "default": { "description": "The endpoint's response." } });
            operation.insert("responses".to_owned(), answer);
            if is_elsewhere {
                operation.insert("servers".to_owned(), json!([{ "url": "/" }]));
            }
            describe(endpoint, &mut operation, &refusals);
            item.insert(key.to_owned(), Value::Object(operation));
        }
        // Removes paths whose only method OpenAPI doesn't support.
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
        let mut document = json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": self.version },
            "paths": paths,
            "components": components,
        });
        if !self.server_path.is_empty() {
            document["servers"] = json!([{ "url": self.server_path }]);
        }
        document
    }
}

fn parameters(template: &str) -> Vec<Value> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect()
}
