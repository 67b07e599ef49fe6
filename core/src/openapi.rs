//! Tiers in OpenAPI 3.1 documents (feature `utoipa`).

use crate::Snapshot;
use crate::markdown;
use crate::modules::Modules;
use crate::route::nameless;
use crate::snapshot::EndpointRow;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::fmt;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{
    Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths,
};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{
    Components, Content, Info, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
};

/// Writes a catalogue into an OpenAPI document.
///
/// An operation gets the extension `x-required-tier`, or `x-public-reason`; a sentence in its
/// description; and the refusals, 401 and 403 with the
/// [problem document](crate#what-happens-to-a-request), as responses. What it has already stays.
///
/// ```
/// use tiergate::{Catalogue, Snapshot, openapi::Export, requires_tier};
/// use utoipa::OpenApi;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/export")]
/// #[utoipa::path(get, path = "/export", responses((status = 200, body = String)))]
/// fn export() {}
///
/// #[requires_tier(Plus, get = "/forgotten")]
/// fn forgotten() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export, forgotten))]
/// struct Api;
///
/// #[derive(OpenApi)]
/// #[openapi(paths(export))]
/// struct Document;
///
/// let mut document = Document::openapi();
/// let merged = Export::new(&Snapshot::of::<Api>()).merge(&mut document);
/// assert_eq!(merged.to_string(), "GET /forgotten (forgotten) is not in the document");
///
/// let document: serde_json::Value = serde_json::from_str(&document.to_json()?)?;
/// let operation = &document["paths"]["/export"]["get"];
/// assert_eq!(operation["x-required-tier"], "Plus");
/// assert!(operation["responses"]["403"].is_object());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "an export is nothing until it is merged or made a document"]
pub struct Export<'a> {
    snapshot: &'a Snapshot,
    title: String,
    version: String,
    refusals: Option<(u16, String)>,
}

impl<'a> Export<'a> {
    /// The export of a catalogue.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            title: "API".to_owned(),
            version: "1".to_owned(),
            refusals: None,
        }
    }

    /// The title and the version of the API, for [`document`](Self::document).
    pub fn info(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.title = title.into();
        self.version = version.into();
        self
    }

    /// How the application answers refusals, if not by the problem document: a status, and the media
    /// type of a text.
    pub fn refusals(mut self, status: u16, media_type: impl Into<String>) -> Self {
        self.refusals = Some((status, media_type.into()));
        self
    }

    /// Writes the catalogue into a document that was made elsewhere.
    ///
    /// An operation is found by its method and path, whatever the path's parameters are called.
    pub fn merge(&self, document: &mut OpenApi) -> Merged {
        let mut templates: HashMap<String, String> = HashMap::new();
        for path in document.paths.paths.keys() {
            templates.insert(nameless(path), path.clone());
        }
        let mut merged = Merged::default();
        let mut known = HashSet::new();
        for endpoint in self.snapshot.endpoints() {
            let Some((method, path)) = &endpoint.route else {
                continue;
            };
            let operation = templates
                .get(&nameless(&documented(path)))
                .and_then(|path| document.paths.paths.get_mut(path))
                .and_then(|item| operation(item, method));
            match operation {
                Some(operation) => {
                    self.describe(endpoint, operation);
                    known.insert((nameless(&documented(path)), method.clone()));
                }
                None => merged.missing.push(endpoint.clone()),
            }
        }
        for (path, item) in &document.paths.paths {
            for method in METHODS {
                let is_known = known.contains(&(nameless(path), method.to_owned()));
                if has_operation(item, method) && !is_known {
                    merged.unlisted.push((method.to_owned(), path.clone()));
                }
            }
        }
        self.add_components(document.components.get_or_insert_default());
        merged
    }

    /// A document of the catalogue alone: paths with their parameters, summaries, tiers and refusals.
    ///
    /// OpenAPI cannot tell `/files/{name}` from `/files/{*rest}`; where a method has both, the first
    /// in the catalogue is in the document.
    pub fn document(&self) -> OpenApi {
        let modules = Modules::of(self.snapshot.endpoints());
        let mut names: HashMap<&str, usize> = HashMap::new();
        for endpoint in self.snapshot.endpoints() {
            *names.entry(endpoint.name()).or_default() += 1;
        }
        let mut templates: HashMap<String, String> = HashMap::new();
        let mut paths = Paths::new();
        for endpoint in self.snapshot.endpoints() {
            let Some((method, path)) = &endpoint.route else {
                continue;
            };
            let path = documented(path);
            let template = templates.entry(nameless(&path)).or_insert(path);
            let item = paths.paths.entry(template.clone()).or_default();
            let id = match names.get(endpoint.name()) {
                Some(1) => endpoint.name().to_owned(),
                _ => format!("{method} {template}"),
            };
            let operation = OperationBuilder::new()
                .operation_id(Some(id))
                .tag(modules.name(endpoint))
                .summary((!endpoint.summary().is_empty()).then(|| endpoint.summary()))
                .parameters(Some(parameters(template)))
                .response("default", Response::new("The answer of the endpoint."));
            if let Some(slot) = slot(item, method)
                && slot.is_none()
            {
                *slot = Some(operation.build());
            }
        }
        let mut document = OpenApi::new(Info::new(&self.title, &self.version), paths);
        // It has been made of what is merged.
        let _complete = self.merge(&mut document);
        document
    }

    fn describe(&self, endpoint: &EndpointRow, operation: &mut Operation) {
        let extensions = operation.extensions.get_or_insert_default();
        let (sentence, own): (_, Extensions) = match endpoint.required_tier() {
            Some(tier) => (
                format!("Requires the tier {}.", markdown::code(tier.name())),
                [("x-required-tier", json!(tier.name()))]
                    .into_iter()
                    .collect(),
            ),
            None => {
                let reason = endpoint.public_reason().unwrap_or_default();
                (
                    format!("Open to everybody: {}", markdown::text(reason)),
                    [("x-public-reason", json!(reason))].into_iter().collect(),
                )
            }
        };
        // Just one: utoipa keeps them without an order, and a document should be the same each time.
        extensions.merge(own);
        let description = operation.description.get_or_insert_default();
        // The attribute put it into the handler's documentation, where utoipa finds it. And merging
        // twice says it once.
        let reason = endpoint.public_reason().unwrap_or_default();
        let is_said = description.contains(&sentence)
            || (!reason.is_empty()
                && description.contains(&format!("Open to everybody: {reason}")));
        if !is_said {
            if !description.is_empty() {
                description.push_str("\n\n");
            }
            description.push_str(&sentence);
        }
        if endpoint.required_tier().is_some() {
            for (status, name, _) in self.responses() {
                let responses = &mut operation.responses.responses;
                let response = RefOr::Ref(Ref::from_response_name(name));
                responses.entry(status).or_insert(response);
            }
        }
    }

    /// Status, name and description of each refusal.
    fn responses(&self) -> Vec<(String, &'static str, &'static str)> {
        match &self.refusals {
            Some((status, _)) => vec![(
                status.to_string(),
                "TierRefusal",
                "The caller is unknown, or its subscription tier is too low.",
            )],
            None => vec![
                ("401".to_owned(), "UnknownCaller", "The caller is unknown."),
                (
                    "403".to_owned(),
                    "TierTooLow",
                    "The caller's subscription tier is too low.",
                ),
            ],
        }
    }

    fn add_components(&self, components: &mut Components) {
        let content = match &self.refusals {
            Some((_, media_type)) => {
                let text = ObjectBuilder::new().schema_type(Type::String).build();
                (media_type.clone(), Content::new(Some(text)))
            }
            None => {
                let schemas = &mut components.schemas;
                schemas
                    .entry("TierProblem".to_owned())
                    .or_insert_with(problem_schema);
                let problem = Ref::from_schema_name("TierProblem");
                (
                    "application/problem+json".to_owned(),
                    Content::new(Some(problem)),
                )
            }
        };
        for (_, name, description) in self.responses() {
            let response = ResponseBuilder::new()
                .description(description)
                .content(&content.0, content.1.clone());
            let responses = &mut components.responses;
            responses
                .entry(name.to_owned())
                .or_insert_with(|| response.build().into());
        }
    }
}

/// What [`Export::merge`] could not bring together. As text, one line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "what is missing here is missing in the document"]
pub struct Merged {
    missing: Vec<EndpointRow>,
    unlisted: Vec<(String, String)>,
}

impl Merged {
    /// The endpoints that the document lacks.
    pub fn missing(&self) -> &[EndpointRow] {
        &self.missing
    }

    /// The operations, method and path, that the catalogue lacks: nothing says which tier they
    /// require.
    pub fn unlisted(&self) -> &[(String, String)] {
        &self.unlisted
    }

    /// Whether document and catalogue have the same endpoints.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unlisted.is_empty()
    }
}

impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(|row| {
            let (method, path) = (
                row.method().unwrap_or_default(),
                row.path().unwrap_or_default(),
            );
            format!("{method} {path} ({}) is not in the document", row.name())
        });
        let unlisted = self.unlisted.iter();
        let unlisted = unlisted.map(|(method, path)| format!("{method} {path} is in no catalogue"));
        let lines: Vec<String> = missing.chain(unlisted).collect();
        f.write_str(&lines.join("\n"))
    }
}

const METHODS: [&str; 8] = [
    "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
];

fn slot<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Option<Operation>> {
    match method {
        "GET" => Some(&mut item.get),
        "PUT" => Some(&mut item.put),
        "POST" => Some(&mut item.post),
        "DELETE" => Some(&mut item.delete),
        "OPTIONS" => Some(&mut item.options),
        "HEAD" => Some(&mut item.head),
        "PATCH" => Some(&mut item.patch),
        "TRACE" => Some(&mut item.trace),
        _ => None,
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    slot(item, method)?.as_mut()
}

fn has_operation(item: &PathItem, method: &str) -> bool {
    match method {
        "GET" => item.get.is_some(),
        "PUT" => item.put.is_some(),
        "POST" => item.post.is_some(),
        "DELETE" => item.delete.is_some(),
        "OPTIONS" => item.options.is_some(),
        "HEAD" => item.head.is_some(),
        "PATCH" => item.patch.is_some(),
        _ => item.trace.is_some(),
    }
}

/// A template as OpenAPI has it, which knows no `{*rest}`.
fn documented(template: &str) -> String {
    template.replace("{*", "{")
}

fn parameters(template: &str) -> Vec<Parameter> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build()
        })
        .collect()
}

/// What `Problem` writes.
fn problem_schema() -> RefOr<Schema> {
    let text = |description: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(description))
    };
    let codes = ["tier_too_low", "unknown_caller", "missing_layer"];
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
            text("What is wrong, for machines.").enum_values(Some(codes)),
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
        .build()
        .into()
}
