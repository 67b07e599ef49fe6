//! Merges a catalogue into an existing OpenAPI document in JSON.

use crate::export::openapi::Export;
use crate::export::openapi::merge_report::{Merged, Missing, Unlisted};
use crate::export::openapi::operation_description::describe_operation;
use crate::export::openapi::operation_route::{ANY, OperationKey, OperationRoute, PATH_MATCHERS};
use crate::export::openapi::refusal_responses::RefusalResponses;
use crate::export::openapi::validated_document::{
    MergeError, OPERATION_METHODS, ValidatedDocument,
};
use crate::snapshot::rows::EndpointRow;
use serde_json::Value;
use std::collections::HashMap;

impl Export<'_> {
    /// Writes the catalogue into an OpenAPI 3 document in JSON. The document can come from any library.
    ///
    /// The merge matches endpoints to operations by HTTP method and path, regardless of parameter names.
    /// Each operation describes one endpoint. Sometimes several endpoints match the same operation,
    /// because OpenAPI can't distinguish `/files/{name}` from `/files/{*rest}`. In this case, the merge
    /// chooses the endpoint whose path is identical to the operation's path. If no path is identical, the
    /// merge chooses the first endpoint whose path has the same kinds of parameters as the operation's
    /// path. If no such endpoint exists, the merge chooses the first matching endpoint.
    /// [`Merged::missing`] reports the endpoints that weren't chosen.
    ///
    /// If a path item or a webhook references another path item in the document, the merge replaces the
    /// reference with a copy of that path item. The merge doesn't follow references to other files.
    ///
    /// # Errors
    /// Returns a [`MergeError`] if the document isn't an OpenAPI 3 document. In this case, the document
    /// stays unchanged.
    ///
    /// ```
    /// use serde_json::json;
    /// use tiergate::{Snapshot, openapi::Export};
    ///
    /// let snapshot = Snapshot::from_lock("version 1\ntier 0 Free\ngate /units GET Free units\n")?;
    /// // With aide, `serde_json::to_value(&api)?`; with poem-openapi, a parsed `service.spec()`.
    /// let mut document = json!({
    ///     "openapi": "3.0.3",
    ///     "info": { "title": "Units", "version": "1" },
    ///     "paths": { "/units": { "get": { "responses": {} } } },
    /// });
    /// let merged = Export::new(&snapshot).merge_json(&mut document)?;
    /// assert!(merged.is_complete(), "{merged}");
    /// assert_eq!(document["paths"]["/units"]["get"]["x-required-tier"], "Free");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge_json(&self, document: &mut Value) -> Result<Merged, MergeError> {
        let mut validated_document = ValidatedDocument::new(document.clone())?;
        let merged = self.merge_validated(&mut validated_document);
        *document = validated_document.into_value();
        Ok(merged)
    }

    fn merge_validated(&self, document: &mut ValidatedDocument) -> Merged {
        let Some(components) = document.components() else {
            return self.report_all_missing();
        };
        let refusals =
            RefusalResponses::add(self.snapshot, self.replaced_refusal.as_ref(), components);
        self.add_payload_schemas(components);
        let operations: Vec<(OperationRoute, &str)> = document
            .operations()
            .into_iter()
            .map(|(path, method)| (OperationRoute::new(&method.to_uppercase(), &path), method))
            .collect();
        let mut operations_by_key: HashMap<OperationKey, Vec<&OperationRoute>> = HashMap::new();
        for (operation, _) in &operations {
            let same_key = operations_by_key.entry(operation.key()).or_default();
            same_key.push(operation);
        }
        let endpoints = self.snapshot.endpoints();
        let endpoint_routes: Vec<Option<OperationRoute>> = endpoints
            .iter()
            .map(|endpoint| self.operation_route(endpoint))
            .collect();
        let operations_like = |route: &OperationRoute| {
            let same_key = operations_by_key.get(&route.key());
            same_key.into_iter().flatten().copied()
        };

        let mut endpoint_of_operation: HashMap<&OperationRoute, &EndpointRow> = HashMap::new();
        let mut are_described = vec![false; endpoints.len()];
        for paths_match in PATH_MATCHERS {
            let endpoints = endpoints.iter().zip(&endpoint_routes);
            for ((endpoint, route), is_described) in endpoints.zip(&mut are_described) {
                let Some(route) = route.as_ref().filter(|_| !*is_described) else {
                    continue;
                };
                let matching_operation = operations_like(route).find(|operation| {
                    !endpoint_of_operation.contains_key(operation)
                        && paths_match(&route.path, &operation.path)
                });
                if let Some(operation) = matching_operation {
                    endpoint_of_operation.insert(operation, endpoint);
                    *is_described = true;
                }
            }
        }

        // Each operation that doesn't describe an endpoint yet describes the `any` endpoint with the same
        // path as the operation, if there is one.
        let endpoints_with_routes = endpoints.iter().zip(&endpoint_routes);
        for ((endpoint, route), is_described) in endpoints_with_routes.zip(&mut are_described) {
            let any_route = route.as_ref().filter(|route| route.method == ANY);
            let route_with_method = |method: &str| {
                any_route.map(|route| OperationRoute::new(&method.to_uppercase(), &route.path))
            };
            for route in OPERATION_METHODS.into_iter().filter_map(route_with_method) {
                for operation in operations_like(&route) {
                    if !endpoint_of_operation.contains_key(operation) {
                        endpoint_of_operation.insert(operation, endpoint);
                        *is_described = true;
                    }
                }
            }
        }

        let mut merged = Merged::default();
        let endpoints_with_routes = endpoints.iter().zip(&endpoint_routes);
        for ((endpoint, route), is_described) in endpoints_with_routes.zip(are_described) {
            if is_described {
                continue;
            }
            let operation = route
                .as_ref()
                .and_then(|route| operations_like(route).next());
            let described_instead =
                operation.and_then(|operation| endpoint_of_operation.get(operation));
            merged.missing.push(Missing {
                endpoint: endpoint.clone(),
                described_instead: described_instead.copied().cloned(),
            });
        }
        let missing = document.change_webhooks(|webhooks| self.write_webhooks(webhooks));
        let missing = missing.into_iter().map(|event| Missing {
            endpoint: event.clone(),
            described_instead: None,
        });
        merged.missing.extend(missing);
        for (route, method) in &operations {
            let endpoint = endpoint_of_operation.get(route);
            match (endpoint, document.operation(&route.path, method)) {
                (Some(endpoint), Some(operation)) => {
                    describe_operation(endpoint, operation, &refusals);
                }
                _ => merged.unlisted.push(Unlisted {
                    method: route.method.clone(),
                    path: route.path.clone(),
                }),
            }
        }
        merged
    }

    /// Reports every endpoint as missing.
    pub(super) fn report_all_missing(&self) -> Merged {
        let missing = self.snapshot.endpoints().iter().map(|endpoint| Missing {
            endpoint: endpoint.clone(),
            described_instead: None,
        });
        Merged {
            missing: missing.collect(),
            unlisted: Vec::new(),
        }
    }
}
