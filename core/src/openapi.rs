//! Tiers in OpenAPI 3.1 documents (feature `utoipa`).

mod merged;
mod operation;
mod refusals;

pub use merged::{Merged, Missing, Unlisted};

use crate::Snapshot;
use crate::modules::Modules;
use crate::route::nameless;
use crate::snapshot::EndpointRow;
use operation::{METHODS, describe, has, slot};
use refusals::{Refusals, Replaced};
use std::collections::HashMap;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Info, OpenApi, Required, Response, Server};

/// Writes a catalogue into an OpenAPI document.
///
/// An operation gets the extension `x-required-tier`, or `x-public-reason`; a sentence in its
/// description; and the refusals, 401, 403 and 503 with the
/// [problem document](crate#what-happens-to-a-request), as responses. What it has already stays, but
/// for what an earlier export wrote, which is replaced.
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
    replaced: Option<Replaced>,
    /// Before the catalogue's paths in the document.
    nested_at: String,
    /// Before the document's paths in the catalogue.
    server_path: String,
}

impl<'a> Export<'a> {
    /// The export of a catalogue.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            title: "API".to_owned(),
            version: "1".to_owned(),
            replaced: None,
            nested_at: String::new(),
            server_path: String::new(),
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
        self.replaced = Some(Replaced {
            status,
            media_type: media_type.into(),
        });
        self
    }

    /// The path that the application nests the catalogue's routes at: in the document, `/units` of the
    /// catalogue is `/api/v1/units`.
    ///
    /// ```
    /// # use tiergate::{Snapshot, openapi::Export};
    /// # fn document() -> Result<(), Box<dyn std::error::Error>> {
    /// let snapshot = Snapshot::from_lock("version 1\ntier 0 Free\ngate /units GET Free units\n")?;
    /// let document = Export::new(&snapshot).nested_at("/api/v1").document();
    /// assert!(document.paths.paths.contains_key("/api/v1/units"));
    /// # Ok(())
    /// # }
    /// # document().unwrap();
    /// ```
    pub fn nested_at(mut self, path: &str) -> Self {
        self.nested_at = beginning(path);
        self
    }

    /// The path in the URL of the document's `servers`, with which the catalogue's paths begin: in the
    /// document, `/api/v1/units` of the catalogue is `/units`.
    ///
    /// ```
    /// # use tiergate::{Snapshot, openapi::Export};
    /// # fn document() -> Result<(), Box<dyn std::error::Error>> {
    /// let lock = "version 1\ntier 0 Free\ngate /api/v1/units GET Free units\n";
    /// let snapshot = Snapshot::from_lock(lock)?;
    /// let document = Export::new(&snapshot).server_path("/api/v1").document();
    /// assert!(document.paths.paths.contains_key("/units"));
    /// assert_eq!(document.servers.unwrap()[0].url, "/api/v1");
    /// # Ok(())
    /// # }
    /// # document().unwrap();
    /// ```
    pub fn server_path(mut self, path: &str) -> Self {
        self.server_path = beginning(path);
        self
    }

    /// Writes the catalogue into a document that was made elsewhere.
    ///
    /// An operation is found by its method and path, whatever the path's parameters are called. It is
    /// described once: where several endpoints have it, by the one whose path reads the same, else by
    /// the first with the same kinds of parameters (OpenAPI cannot tell `/files/{name}` from
    /// `/files/{*rest}`), else by the first. The others are reported.
    pub fn merge(&self, document: &mut OpenApi) -> Merged {
        let components = document.components.get_or_insert_default();
        let refusals = Refusals::add(self.replaced.as_ref(), components);
        let mut places: HashMap<Place, Vec<Place>> = HashMap::new();
        let mut all = Vec::new();
        for (path, item) in &document.paths.paths {
            for method in METHODS.into_iter().filter(|method| has(item, method)) {
                let place = Place::new(method, path);
                places
                    .entry(place.nameless())
                    .or_default()
                    .push(place.clone());
                all.push(place);
            }
        }
        let rows = self.snapshot.endpoints();
        let own: Vec<Option<Place>> = rows.iter().map(|row| self.place(row)).collect();
        let sharing = |own: &Place| places.get(&own.nameless()).into_iter().flatten();

        let mut taken: HashMap<&Place, &EndpointRow> = HashMap::new();
        let mut described = vec![false; rows.len()];
        for is_like in LIKENESS {
            for ((row, own), is_described) in rows.iter().zip(&own).zip(&mut described) {
                let Some(own) = own.as_ref().filter(|_| !*is_described) else {
                    continue;
                };
                let free = sharing(own)
                    .find(|place| !taken.contains_key(place) && is_like(&own.path, &place.path));
                if let Some(place) = free {
                    taken.insert(place, row);
                    *is_described = true;
                }
            }
        }

        // What no other endpoint has, an endpoint for every method has.
        for ((row, own), is_described) in rows.iter().zip(&own).zip(&mut described) {
            let own = own.as_ref().filter(|own| own.method == ANY);
            let of_method = |method| own.map(|own| Place::new(method, &own.path));
            for place in METHODS.into_iter().filter_map(of_method) {
                for place in places.get(&place.nameless()).into_iter().flatten() {
                    if !taken.contains_key(place) {
                        taken.insert(place, row);
                        *is_described = true;
                    }
                }
            }
        }

        let mut merged = Merged::default();
        for ((row, own), _) in rows.iter().zip(&own).zip(described).filter(|(_, is)| !is) {
            let other = own.as_ref().and_then(|own| sharing(own).next());
            merged.missing.push(Missing {
                endpoint: row.clone(),
                described: other.and_then(|place| taken.get(place).copied().cloned()),
            });
        }
        for place in &all {
            let item = document.paths.paths.get_mut(&place.path);
            let slot = item.and_then(|item| slot(item, &place.method));
            match (taken.get(place), slot.and_then(Option::as_mut)) {
                (Some(row), Some(operation)) => describe(row, operation, &refusals),
                _ => merged.unlisted.push(Unlisted {
                    method: place.method.clone(),
                    path: place.path.clone(),
                }),
            }
        }
        merged
    }

    /// A document of the catalogue alone: paths with their parameters, summaries, tiers and refusals.
    ///
    /// Endpoints without a route are not in it, nor are those for `CONNECT`, a method that OpenAPI does
    /// not have. An `any` endpoint is in it under the first method that no other endpoint has, mostly
    /// `GET`. OpenAPI cannot tell `/files/{name}` from
    /// `/files/{*rest}`; where a method has both, the first in the catalogue is in the document.
    pub fn document(&self) -> OpenApi {
        let mut document = OpenApi::new(Info::new(&self.title, &self.version), Paths::new());
        if !self.server_path.is_empty() {
            document.servers = Some(vec![Server::new(&self.server_path)]);
        }
        let components = document.components.get_or_insert_default();
        let refusals = Refusals::add(self.replaced.as_ref(), components);
        let modules = Modules::of(self.snapshot.endpoints());
        let mut names: HashMap<&str, usize> = HashMap::new();
        for endpoint in self.snapshot.endpoints() {
            *names.entry(endpoint.name()).or_default() += 1;
        }
        let mut templates: HashMap<String, String> = HashMap::new();
        let (any, others): (Vec<_>, Vec<_>) =
            (self.snapshot.endpoints().iter()).partition(|endpoint| endpoint.method() == Some(ANY));
        for endpoint in others.into_iter().chain(any) {
            let Some((method, own)) = &endpoint.route else {
                continue;
            };
            if method != ANY && !METHODS.contains(&method.as_str()) {
                continue;
            }
            let (path, is_elsewhere) = match self.place(endpoint) {
                Some(place) => (documented(&place.path), false),
                None => (documented(own), true),
            };
            let template = templates.entry(nameless(&path)).or_insert(path);
            let item = document.paths.paths.entry(template.clone()).or_default();
            let method = match method.as_str() {
                ANY => METHODS.into_iter().find(|method| !has(item, method)),
                method => Some(method),
            };
            let Some(method) = method else { continue };
            let Some(slot @ None) = slot(item, method) else {
                continue;
            };
            let id = match names.get(endpoint.name()) {
                Some(1) => endpoint.name().to_owned(),
                _ => format!("{method} {template}"),
            };
            let mut operation = OperationBuilder::new()
                .operation_id(Some(id))
                .tag(modules.name(endpoint))
                .summary((!endpoint.summary().is_empty()).then(|| endpoint.summary()))
                .parameters(Some(parameters(template)))
                .response("default", Response::new("The answer of the endpoint."))
                .build();
            if is_elsewhere {
                operation.servers = Some(vec![Server::new("/")]);
            }
            describe(endpoint, &mut operation, &refusals);
            *slot = Some(operation);
        }
        document
    }

    /// Where an endpoint is in the document; `None` if it has no route, or one that does not begin
    /// with the server's path.
    fn place(&self, endpoint: &EndpointRow) -> Option<Place> {
        let (method, path) = endpoint.route.as_ref()?;
        let path = path.strip_prefix(&self.server_path)?;
        let path = match (path, self.nested_at.as_str()) {
            ("", _) => "/".to_owned(),
            ("/", nested_at) if !nested_at.is_empty() => nested_at.to_owned(),
            (path, nested_at) if path.starts_with('/') => format!("{nested_at}{path}"),
            _ => return None,
        };
        Some(Place::new(method, &path))
    }
}

/// The method of an endpoint for every method.
const ANY: &str = "ANY";

/// Method and path of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    method: String,
    path: String,
}

impl Place {
    fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    /// What it has in common with the places that OpenAPI cannot tell from it.
    fn nameless(&self) -> Self {
        Self::new(&self.method, &nameless(&documented(&self.path)))
    }
}

/// How like an operation's path an endpoint's is, the most like first.
const LIKENESS: [fn(&str, &str) -> bool; 4] = [
    |own, documents| own == documents,
    |own, documents| documented(own) == documents,
    |own, documents| own.contains("{*") == documents.contains("{*"),
    |_, _| true,
];

/// The beginning of a path: nothing, or with a `/` in front and none at its end.
fn beginning(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
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
