//! The refusals, as components of a document.

use crate::Refusal;
use serde_json::json;
use std::collections::HashSet;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Components, Content, Ref, RefOr, Response, ResponseBuilder};

/// How an application answers refusals, if not by the problem document.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    pub(super) status: u16,
    pub(super) media_type: String,
}

/// The responses that are in a document for refusals.
pub(super) struct Refusals {
    /// Status, and name of the component.
    responses: Vec<(String, String)>,
    /// Where all of them are, also those of another export.
    places: HashSet<String>,
}

const MEDIA_TYPE: &str = "application/problem+json";
const UNAVAILABLE: &str = "TierUnavailable";

/// By which a component is known as one of ours, whatever its name.
const MARK: (&str, &str) = ("x-generated-by", "tiergate");

impl Refusals {
    /// Puts the responses among the components, in the place of our own of before.
    pub(super) fn add(replaced: Option<&Replaced>, components: &mut Components) -> Self {
        let content = match replaced {
            Some(_) => Content::new(Some(ObjectBuilder::new().schema_type(Type::String).build())),
            None => Content::new(Some(Ref::from_schema_name(add_schema(components)))),
        };
        let media_type = replaced.map_or(MEDIA_TYPE, |replaced| &replaced.media_type);
        let mut responses = Vec::new();
        for (status, name, description) in kinds(replaced) {
            let response = ResponseBuilder::new()
                .description(description)
                .content(media_type, content.clone())
                .extensions(Some(mark()));
            let response = match name {
                UNAVAILABLE => response.header("Retry-After", retry_after()),
                _ => response,
            };
            let is_ours = |response: &RefOr<Response>| {
                is_marked(response)
                    && matches!(response, RefOr::T(response) if response.content.contains_key(media_type))
            };
            let name = free_name(name, |name| {
                components.responses.get(name).is_none_or(is_ours)
            });
            components
                .responses
                .insert(name.clone(), response.build().into());
            responses.push((status, name));
        }
        let marked = components.responses.iter();
        let marked = marked.filter(|(_, response)| is_marked(response));
        Self {
            places: marked
                .map(|(name, _)| Ref::from_response_name(name).ref_location)
                .collect(),
            responses,
        }
    }

    /// Status, and name of the component, of each refusal.
    pub(super) fn responses(&self) -> &[(String, String)] {
        &self.responses
    }

    /// Whether an operation's response is one of ours.
    pub(super) fn wrote(&self, response: &RefOr<Response>) -> bool {
        matches!(response, RefOr::Ref(to) if self.places.contains(&to.ref_location))
    }
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

fn mark() -> Extensions {
    [MARK].into_iter().collect()
}

fn is_mark(extensions: Option<&Extensions>) -> bool {
    extensions.is_some_and(|extensions| extensions.get(MARK.0) == Some(&json!(MARK.1)))
}

fn is_marked(response: &RefOr<Response>) -> bool {
    matches!(response, RefOr::T(response) if is_mark(response.extensions.as_ref()))
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0));
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("How many seconds to wait before trying again."))
        .build()
}

/// Puts the schema of the problem document among the components, and gives its name.
fn add_schema(components: &mut Components) -> String {
    let is_ours = |schema: &RefOr<Schema>| matches!(schema, RefOr::T(Schema::Object(schema)) if is_mark(schema.extensions.as_ref()));
    let schemas = &mut components.schemas;
    let name = free_name("TierProblem", |name| schemas.get(name).is_none_or(is_ours));
    schemas.insert(name.clone(), problem_schema());
    name
}

/// What `Problem` writes for a refusal.
fn problem_schema() -> RefOr<Schema> {
    let text = |description: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(description))
    };
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("An RFC 9457 problem document."))
        .property("title", text("What is wrong, in general."))
        .property(
            "status",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .description(Some("The HTTP status.")),
        )
        .property("detail", text("What is wrong with this call."))
        .property("instance", text("The path of the request."))
        .property(
            "code",
            text("What is wrong, for machines.").enum_values(Some(Refusal::CODES)),
        )
        .property("endpoint", text("The name of the endpoint."))
        .property("required_tier", text("The tier that is required."))
        .property("actual_tier", text("The tier that the caller has."))
        .property("upgrade_url", text("Where to buy a higher tier."))
        .required("title")
        .required("status")
        .required("detail")
        .required("code")
        .required("endpoint")
        .extensions(Some(mark()))
        .build()
        .into()
}
