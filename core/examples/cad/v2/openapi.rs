//! Completes the OpenAPI document. The catalogue contains the routes and the tiers. The types of the handlers
//! describe the requests and the answers.

use super::failure::Problem;
use super::request::{Body, Document, OnServer, Path, Query, ServerId};
use crate::extract::PresentedKey;
use crate::json::And;
use crate::object::Object;
use crate::store::Community;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use tiergate::{Endpoint, Gated, Guard};

/// The name of the security scheme.
const API_KEY: &str = "apiKey";

/// The operation of a handler.
pub(super) struct Operation {
    endpoint: Endpoint,
    parameters: Vec<Value>,
    /// The schema of the request's body.
    body: Option<Value>,
    /// The schema of the answer.
    answer: Value,
}

/// Describes a handler.
pub(super) fn operation<T, H: Handler<T>>(_: H) -> Operation {
    H::operation()
}

/// Completes the operations of version 2 in the document of a catalogue.
pub(crate) fn describe(document: &mut Value) {
    document["components"]["securitySchemes"][API_KEY] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "The API key of a community.",
    });
    for operation in super::operations() {
        operation.write(document);
    }
}

impl Operation {
    fn write(self, document: &mut Value) {
        let endpoint = self.endpoint;
        let (Some(path), Some(method)) = (endpoint.path(), endpoint.method()) else {
            return;
        };
        let operation = &mut document["paths"][path][method.to_lowercase()];
        operation["security"] = json!([{ API_KEY: [] }]);
        operation["parameters"] = json!(self.parameters);
        if let Some(schema) = self.body {
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema } },
            });
        }
        let responses = &mut operation["responses"];
        // The catalogue describes one response, whose headers state the limits.
        let headers = responses["default"]["headers"].take();
        responses["200"] = json!({
            "description": "The answer.",
            "headers": headers,
            "content": { "application/json": { "schema": self.answer } },
        });
        responses["default"] = json!({
            "description": "The call failed.",
            "headers": headers,
            "content": { "application/problem+json": { "schema": answer::<Problem>() } },
        });
    }

    /// Adds the fields of `T` as parameters of the path or the query.
    fn add_parameters<T: JsonSchema>(&mut self, place: &str) {
        let schema = request::<T>();
        let required = schema["required"].as_array();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            self.parameters.push(json!({
                "name": name,
                "in": place,
                "required": required.is_some_and(|required| required.iter().any(|field| field == name)),
                "schema": schema,
            }));
        }
    }
}

/// Returns the schema of what clients may send as `T`.
fn request<T: JsonSchema>() -> Value {
    schema::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// Returns the schema of what the server sends as `T`.
fn answer<T: JsonSchema>() -> Value {
    schema::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    settings.into_generator().subschema_for::<T>().to_value()
}

/// Returns the schema of an object of the store: the fields of `T`, and the numbers that identify the object.
pub(super) fn stored<T: JsonSchema>(generator: &mut SchemaGenerator, numbers: &[&str]) -> Schema {
    let number = |name: &&str| ((*name).to_owned(), i64::json_schema(generator).to_value());
    let properties: Object = numbers.iter().map(number).collect();
    json_schema!({
        "type": "object",
        "allOf": [generator.subschema_for::<T>()],
        "properties": properties,
        "required": numbers,
    })
}

/// A handler whose types describe its operation.
pub(super) trait Handler<Types> {
    fn operation() -> Operation;
}

/// A parameter of a handler.
pub(super) trait Parameter {
    /// Describes what the client sends.
    fn describe(operation: &mut Operation);
}

/// Implements [`Handler`] for functions with these parameters after the guard.
macro_rules! handler {
    ($($parameter:ident)*) => {
        impl<F, E, $($parameter,)* R, A> Handler<(E, $($parameter,)* R, A)> for F
        where
            F: Fn(Guard<E>, $($parameter),*) -> R,
            E: Gated,
            $($parameter: Parameter,)*
            R: Future<Output = Document<A>>,
            A: JsonSchema,
        {
            #[allow(unused_mut)]
            fn operation() -> Operation {
                let mut operation = Operation {
                    endpoint: E::ENDPOINT,
                    parameters: Vec::new(),
                    body: None,
                    answer: answer::<A>(),
                };
                $($parameter::describe(&mut operation);)*
                operation
            }
        }
    };
}

handler!();
handler!(P1);
handler!(P1 P2);
handler!(P1 P2 P3);

/// The community comes from the API key.
impl Parameter for Community {
    fn describe(_: &mut Operation) {}
}

impl Parameter for PresentedKey {
    fn describe(_: &mut Operation) {}
}

impl Parameter for OnServer {
    fn describe(operation: &mut Operation) {
        Path::<ServerId>::describe(operation);
    }
}

impl<T: JsonSchema> Parameter for Path<T> {
    fn describe(operation: &mut Operation) {
        operation.add_parameters::<T>("path");
    }
}

impl<T: JsonSchema> Parameter for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.add_parameters::<T>("query");
    }
}

impl<T: JsonSchema, const LIMIT: usize> Parameter for Body<T, LIMIT> {
    fn describe(operation: &mut Operation) {
        operation.body = Some(request::<T>());
    }
}

impl<A: JsonSchema, B: JsonSchema> JsonSchema for And<A, B> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_and_{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let both = [
            generator.subschema_for::<A>(),
            generator.subschema_for::<B>(),
        ];
        json_schema!({ "allOf": both })
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::run;
    use crate::v2::V2;
    use serde_json::{Value, json};

    /// The only `POST` without a body.
    const WITHOUT_BODY: &str = "authorize_street_signs";

    /// The only `DELETE`s with a body.
    const WITH_BODY: [&str; 2] = ["detach_units", "delete_units"];

    fn names_of<'a>(parameters: &'a Value, place: &str) -> Vec<&'a str> {
        let parameters = parameters.as_array().expect("a list").iter();
        let in_place = parameters.filter(|parameter| parameter["in"] == place);
        let names = in_place.map(|parameter| parameter["name"].as_str().expect("a name"));
        names.collect()
    }

    #[test]
    fn every_operation_is_complete() {
        let (_, document) = run(&["catalogue", "--format", "openapi"]);
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let schemes = &document["components"]["securitySchemes"];
        assert_eq!(schemes["apiKey"]["scheme"], "bearer");
        for endpoint in V2::ENDPOINTS {
            let (method, path) = endpoint.method().zip(endpoint.path()).expect("a route");
            let name = endpoint.name();
            let operation = &document["paths"][path][method.to_lowercase()];
            assert_eq!(operation["operationId"], name);
            assert_eq!(operation["security"], json!([{ "apiKey": [] }]), "{name}");
            for parameter in operation["parameters"].as_array().expect("a list") {
                assert!(
                    !parameter["schema"]["type"].is_null(),
                    "{name}: {parameter}"
                );
            }
            let in_path = path.split('{').skip(1);
            let in_path = in_path.filter_map(|rest| Some(rest.split_once('}')?.0));
            assert_eq!(
                names_of(&operation["parameters"], "path"),
                in_path.collect::<Vec<_>>()
            );
            let has_body = match method {
                "GET" => false,
                "DELETE" => WITH_BODY.contains(&name),
                _ => name != WITHOUT_BODY,
            };
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(body.is_object(), has_body, "{name}");
            let answer = &operation["responses"]["200"];
            let schema = &answer["content"]["application/json"]["schema"];
            let is_described = ["type", "anyOf", "allOf"].map(|key| !schema[key].is_null());
            assert!(is_described.contains(&true), "{name}: {schema}");
            assert!(answer["headers"]["RateLimit"].is_object(), "{name}");
            let failure = &operation["responses"]["default"]["content"];
            assert!(failure["application/problem+json"].is_object(), "{name}");
        }
    }

    #[test]
    fn requests_have_the_fields_that_the_server_reads() {
        let (_, document) = run(&["catalogue", "--format", "openapi"]);
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let operation = |path: &str, method| document["paths"][path][method].clone();
        let units = operation("/v2/emergency/servers/{serverId}/units", "get");
        let server = json!({
            "name": "serverId",
            "in": "path",
            "required": true,
            "schema": { "type": "integer", "format": "int64" },
        });
        assert_eq!(units["parameters"][0], server);
        let query = ["includeOffline", "limit", "offset", "onlyUnits"];
        assert_eq!(names_of(&units["parameters"], "query"), query);
        let limit = &units["parameters"][2];
        assert_eq!(
            (&limit["required"], &limit["schema"]["default"]),
            (&json!(false), &json!(100))
        );
        let servers = operation("/v2/general/servers", "put");
        let body = &servers["requestBody"]["content"]["application/json"]["schema"];
        let server = &body["properties"]["servers"]["items"];
        assert_eq!(server["required"], json!(["id", "name"]));
    }
}
