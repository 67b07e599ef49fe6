//! The refusals, as components of a document.

use crate::access::refusal::Refusal;
use crate::export::openapi::document::{Object, object_in};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How an application answers refusals, if not by the problem document.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    pub(super) status: u16,
    pub(super) media_type: String,
}

/// The responses that are in a document for refusals.
pub(super) struct Refusals {
    /// Status, and the reference to the component.
    responses: Vec<(String, String)>,
    /// The references to all of them, including those of another export.
    places: HashSet<String>,
}

const MEDIA_TYPE: &str = "application/problem+json";
const UNAVAILABLE: &str = "TierUnavailable";

/// The extension that marks a component as one of ours, whatever its name.
const MARK: (&str, &str) = ("x-generated-by", "tiergate");

impl Refusals {
    /// Puts the responses among the components. Those of an earlier export are replaced.
    pub(super) fn add(replaced: Option<&Replaced>, components: &mut Object) -> Self {
        let schema = match replaced {
            Some(_) => json!({ "type": "string" }),
            None => json!({ "$ref": format!("#/components/schemas/{}", add_schema(components)) }),
        };
        let media_type = replaced.map_or(MEDIA_TYPE, |replaced| &replaced.media_type);
        let mut refusals = Self {
            responses: Vec::new(),
            places: HashSet::new(),
        };
        let Some(components) = object_in(components, "responses") else {
            return refusals;
        };
        for (status, name, description) in kinds(replaced) {
            let mut response = json!({
                "description": description,
                "content": { media_type: { "schema": schema } },
                MARK.0: MARK.1,
            });
            if name == UNAVAILABLE {
                response["headers"] = json!({ "Retry-After": retry_after() });
            }
            let is_ours = |response: &Value| {
                is_ours(response) && response["content"].get(media_type).is_some()
            };
            let name = free_name(name, |name| components.get(name).is_none_or(is_ours));
            refusals.responses.push((status, reference(&name)));
            components.insert(name, response);
        }
        let marked = components.iter().filter(|(_, response)| is_ours(response));
        refusals.places = marked.map(|(name, _)| reference(name)).collect();
        refusals
    }

    /// The status of each refusal, and the reference to its component.
    pub(super) fn responses(&self) -> &[(String, String)] {
        &self.responses
    }

    /// Whether an operation's response is one of ours.
    pub(super) fn wrote(&self, response: &Value) -> bool {
        let reference = response.get("$ref").and_then(Value::as_str);
        reference.is_some_and(|reference| self.places.contains(reference))
    }
}

/// Whether a component is one of ours.
pub(super) fn is_ours(component: &Value) -> bool {
    component.get(MARK.0).and_then(Value::as_str) == Some(MARK.1)
}

fn reference(name: &str) -> String {
    format!("#/components/responses/{name}")
}

/// Status, name and description of each refusal.
fn kinds(replaced: Option<&Replaced>) -> Vec<(String, &'static str, &'static str)> {
    let kind = |status: u16, name, description| (status.to_string(), name, description);
    match replaced {
        Some(replaced) => vec![kind(
            replaced.status,
            "TierRefusal",
            "The caller is unknown, has no subscription, or its subscription tier is too low.",
        )],
        None => vec![
            kind(401, "UnknownCaller", "The caller is unknown."),
            kind(
                403,
                "TierTooLow",
                "The caller has no subscription, or its subscription tier is too low.",
            ),
            kind(
                503,
                UNAVAILABLE,
                "The caller's subscription tier cannot be looked up now.",
            ),
        ],
    }
}

/// The name itself, or with a number.
fn free_name(name: &str, is_free: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while !is_free(&free) {
        free = format!("{name}{number}");
        number += 1;
    }
    free
}

fn retry_after() -> Value {
    json!({
        "schema": { "type": "integer", "minimum": 0 },
        "description": "How many seconds to wait before trying again.",
    })
}

/// Puts the schema of the problem document among the components, and gives its name.
fn add_schema(components: &mut Object) -> String {
    let name = "TierProblem";
    let Some(schemas) = object_in(components, "schemas") else {
        return name.to_owned();
    };
    let name = free_name(name, |name| schemas.get(name).is_none_or(is_ours));
    schemas.insert(name.clone(), problem_schema());
    name
}

/// What `Problem` writes for a refusal. OpenAPI 3.0 and 3.1 read it alike.
fn problem_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "An RFC 9457 problem document.",
        "required": ["title", "status", "detail", "code", "endpoint"],
        "properties": {
            "title": text("What is wrong, in general."),
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": text("What is wrong with this call."),
            "instance": text("The path of the request."),
            "code": {
                "type": "string",
                "description": "What is wrong, for machines.",
                "enum": Refusal::CODES,
            },
            "endpoint": text("The name of the endpoint."),
            "required_tier": text("The tier that is required."),
            "actual_tier": text("The tier that the caller has."),
            "upgrade_url": text("Where to buy a higher tier."),
        },
        MARK.0: MARK.1,
    })
}
