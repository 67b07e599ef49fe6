//! Generates a standalone OpenAPI document from the catalogue.

use crate::export::module_names::ModuleNames;
use crate::export::openapi::Export;
use crate::export::openapi::limit_members::rate_limit_headers;
use crate::export::openapi::operation_description::describe_operation;
use crate::export::openapi::operation_route::{ANY, nameless_path, openapi_path};
use crate::export::openapi::refusal_responses::RefusalResponses;
use crate::export::openapi::validated_document::{JsonObject, OPERATION_METHODS, object_in};
use crate::snapshot::rows::EndpointRow;
use serde_json::{Value, json};
use std::collections::HashMap;

impl Export<'_> {
    /// Generates an OpenAPI 3.1 document from the catalogue alone. The document contains the paths with
    /// their parameters, summaries, tiers, limits and refusals. The responses of limited operations have the
    /// headers `RateLimit-Policy` and `RateLimit`. Events are webhooks.
    ///
    /// The document omits endpoints without a route. It also omits `CONNECT` endpoints, because OpenAPI
    /// doesn't support this HTTP method. An `any` endpoint gets the first HTTP method that no other
    /// endpoint with the same path uses, usually `GET`. OpenAPI can't distinguish `/files/{name}` from
    /// `/files/{*rest}`. If the catalogue contains both paths for one HTTP method, the document contains
    /// only the first of the two endpoints.
    pub fn document_json(&self) -> Value {
        let mut components = JsonObject::new();
        let refusals = RefusalResponses::add(
            self.snapshot,
            self.replaced_refusal.as_ref(),
            &mut components,
        );
        let module_names = ModuleNames::of(self.snapshot.endpoints());
        let mut endpoint_name_counts: HashMap<&str, usize> = HashMap::new();
        for endpoint in self.snapshot.endpoints() {
            *endpoint_name_counts.entry(endpoint.name()).or_default() += 1;
        }
        let mut openapi_paths: HashMap<Vec<Option<u8>>, String> = HashMap::new();
        let mut path_items = JsonObject::new();
        let endpoints = self.snapshot.endpoints().iter();
        let (any_endpoints, other_endpoints): (Vec<_>, Vec<_>) =
            endpoints.partition(|endpoint| endpoint.method() == Some(ANY));
        for endpoint in other_endpoints.into_iter().chain(any_endpoints) {
            let Some((method, catalogue_path)) = &endpoint.route else {
                continue;
            };
            let (path, is_outside_server_path) = match self.operation_route(endpoint) {
                Some(operation_route) => (openapi_path(&operation_route.path), false),
                None => (openapi_path(catalogue_path), true),
            };
            let path = openapi_paths.entry(nameless_path(&path)).or_insert(path);
            let Some(path_item) = object_in(&mut path_items, path) else {
                continue;
            };
            let is_free = |method: &&str| !path_item.contains_key(*method);
            let operation_method = match method.as_str() {
                ANY => OPERATION_METHODS.into_iter().find(is_free),
                method => OPERATION_METHODS
                    .into_iter()
                    .find(|operation_method| operation_method.eq_ignore_ascii_case(method))
                    .filter(is_free),
            };
            let Some(operation_method) = operation_method else {
                continue;
            };
            let operation_id = match endpoint_name_counts.get(endpoint.name()) {
                Some(1) => endpoint.name().to_owned(),
                _ => format!("{} {path}", operation_method.to_uppercase()),
            };
            let module_name = module_names.name(endpoint);
            let mut operation = standalone_operation(endpoint, path, &operation_id, &module_name);
            let response = default_response(refusals.is_limited(endpoint));
            operation.insert("responses".to_owned(), json!({ "default": response }));
            if is_outside_server_path {
                operation.insert("servers".to_owned(), json!([{ "url": "/" }]));
            }
            describe_operation(endpoint, &mut operation, &refusals);
            path_item.insert(operation_method.to_owned(), Value::Object(operation));
        }
        // A path has no operation if OpenAPI doesn't support the HTTP methods of its endpoints. The
        // document omits such paths.
        path_items.retain(|_, path_item| {
            let operations = path_item.as_object();
            operations.is_some_and(|operations| !operations.is_empty())
        });
        self.add_payload_schemas(&mut components);
        let mut webhooks = JsonObject::new();
        // The document has no other webhooks, so none of them is missing.
        let _ = self.write_webhooks(&mut webhooks);
        let mut document = json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": self.version },
            "paths": path_items,
            "components": components,
        });
        if !webhooks.is_empty() {
            document["webhooks"] = Value::Object(webhooks);
        }
        if !self.server_path.is_empty() {
            document["servers"] = json!([{ "url": self.server_path }]);
        }
        document
    }
}

/// Generates an operation without responses and without the endpoint's tier. `describe_operation` adds the
/// tier later.
fn standalone_operation(
    endpoint: &EndpointRow,
    path: &str,
    operation_id: &str,
    module_name: &str,
) -> JsonObject {
    let mut operation = JsonObject::new();
    operation.insert("operationId".to_owned(), json!(operation_id));
    operation.insert("tags".to_owned(), json!([module_name]));
    if !endpoint.summary().is_empty() {
        operation.insert("summary".to_owned(), json!(endpoint.summary()));
    }
    let path_parameters = path_parameters(path);
    if !path_parameters.is_empty() {
        operation.insert("parameters".to_owned(), json!(path_parameters));
    }
    operation
}

/// Returns the response of an endpoint. `is_limited` is whether the response has headers about limits.
fn default_response(is_limited: bool) -> Value {
    let mut response = json!({ "description": "The endpoint's response." });
    if is_limited {
        response["headers"] = rate_limit_headers();
    }
    response
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('{')
        .skip(1)
        .filter_map(|from_parameter| from_parameter.split_once('}'))
        .map(|(name, _)| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect()
}
