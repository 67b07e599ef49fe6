//! Tiers in OpenAPI documents: JSON documents of any library (feature `openapi`) and utoipa's types
//! (feature `utoipa`).

pub(crate) mod document;
pub(crate) mod merged;
pub(crate) mod operation;
pub(crate) mod place;
pub(crate) mod refusals;
#[cfg(feature = "utoipa")]
pub(crate) mod typed;

pub use document::MergeError;
pub use merged::{Merged, Missing, Unlisted};

use crate::export::module_names::Modules;
use crate::snapshot::{EndpointRow, Snapshot};
use document::{Document, METHODS, Object, object_in};
use operation::describe;
use place::{Key, LIKENESS, Place, documented, nameless};
use refusals::{Refusals, Replaced};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Writes a catalogue into an OpenAPI document.
///
/// A gated operation gets the extension `x-required-tier`, a sentence in its description, and the
/// responses 401, 403 and 503 with the [problem document](crate#responses-to-refused-calls). A public
/// operation gets `x-public-reason` and a sentence. The operation of a `#[deprecated]` handler gets
/// `deprecated: true`. A later export replaces the output of an earlier one, except `deprecated`, and
/// keeps everything in the document that tiergate didn't write.
///
/// [`merge_json`](Self::merge_json) accepts the document of any library, such as utoipa, aide, okapi
/// or poem-openapi. [`merge`](Self::merge) accepts the types of utoipa 6:
///
#[cfg_attr(feature = "utoipa", doc = "```")]
#[cfg_attr(not(feature = "utoipa"), doc = "```ignore")]
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
    /// The prefix that the document adds to the catalogue's paths.
    nested_at: String,
    /// The prefix that the document removes from the catalogue's paths.
    server_path: String,
}

impl<'a> Export<'a> {
    /// Creates an export of a catalogue.
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

    /// Sets the title and the version of the API for [`document_json`](Self::document_json).
    pub fn info(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.title = title.into();
        self.version = version.into();
        self
    }

    /// Sets the status and the media type of refusals, for an application that replaces the problem
    /// document with text.
    pub fn refusals(mut self, status: u16, media_type: impl Into<String>) -> Self {
        self.replaced = Some(Replaced {
            status,
            media_type: media_type.into(),
        });
        self
    }

    /// Sets the path under which the application nests the catalogue's routes. With `/api/v1`, the
    /// catalogue's `/units` becomes `/api/v1/units` in the document.
    ///
    /// ```
    /// # use tiergate::{Snapshot, openapi::Export};
    /// # fn document() -> Result<(), Box<dyn std::error::Error>> {
    /// let snapshot = Snapshot::from_lock("version 1\ntier 0 Free\ngate /units GET Free units\n")?;
    /// let document = Export::new(&snapshot).nested_at("/api/v1").document_json();
    /// assert!(document["paths"]["/api/v1/units"].is_object());
    /// # Ok(())
    /// # }
    /// # document().unwrap();
    /// ```
    pub fn nested_at(mut self, path: &str) -> Self {
        self.nested_at = beginning(path);
        self
    }

    /// Sets the path in the URL of the document's `servers`, which the catalogue's paths start with.
    /// With `/api/v1`, the catalogue's `/api/v1/units` becomes `/units` in the document.
    ///
    /// ```
    /// # use tiergate::{Snapshot, openapi::Export};
    /// # fn document() -> Result<(), Box<dyn std::error::Error>> {
    /// let lock = "version 1\ntier 0 Free\ngate /api/v1/units GET Free units\n";
    /// let snapshot = Snapshot::from_lock(lock)?;
    /// let document = Export::new(&snapshot).server_path("/api/v1").document_json();
    /// assert!(document["paths"]["/units"].is_object());
    /// assert_eq!(document["servers"][0]["url"], "/api/v1");
    /// # Ok(())
    /// # }
    /// # document().unwrap();
    /// ```
    pub fn server_path(mut self, path: &str) -> Self {
        self.server_path = beginning(path);
        self
    }

    /// Writes the catalogue into an OpenAPI 3 document in JSON. Any library may have generated the
    /// document.
    ///
    /// Endpoints match operations by method and path. Parameter names don't matter. Each operation
    /// describes one endpoint. If several endpoints match (OpenAPI can't distinguish `/files/{name}`
    /// from `/files/{*rest}`), the merge prefers an endpoint with an identical path, then the first one
    /// with the same kinds of parameters, then the first one. [`Merged::missing`] reports the others.
    ///
    /// A path item that references another one in the document is replaced with a copy. References to
    /// other files are not followed.
    ///
    /// # Errors
    /// Returns a [`MergeError`] if this is not an OpenAPI 3 document. The document is then unchanged.
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
        let mut checked = Document::new(document.clone())?;
        let merged = self.merge_checked(&mut checked);
        *document = checked.into_value();
        Ok(merged)
    }

    fn merge_checked(&self, document: &mut Document) -> Merged {
        let Some(components) = document.components() else {
            return self.merge_of_nothing();
        };
        let refusals = Refusals::add(self.replaced.as_ref(), components);
        let all: Vec<(Place, &str)> = document
            .operations()
            .into_iter()
            .map(|(path, method)| (Place::new(&method.to_uppercase(), &path), method))
            .collect();
        let mut places: HashMap<Key, Vec<&Place>> = HashMap::new();
        for (place, _) in &all {
            places.entry(place.key()).or_default().push(place);
        }
        let rows = self.snapshot.endpoints();
        let own: Vec<Option<Place>> = rows.iter().map(|row| self.place(row)).collect();
        let sharing = |own: &Place| places.get(&own.key()).into_iter().flatten().copied();

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

        // An `any` endpoint describes all operations of its path that no other endpoint matches.
        for ((row, own), is_described) in rows.iter().zip(&own).zip(&mut described) {
            let own = own.as_ref().filter(|own| own.method == ANY);
            let of_method =
                |method: &str| own.map(|own| Place::new(&method.to_uppercase(), &own.path));
            for place in METHODS.into_iter().filter_map(of_method) {
                for place in places.get(&place.key()).into_iter().flatten().copied() {
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
        for (place, method) in &all {
            match (taken.get(place), document.operation(&place.path, method)) {
                (Some(row), Some(operation)) => describe(row, operation, &refusals),
                _ => merged.unlisted.push(Unlisted {
                    method: place.method.clone(),
                    path: place.path.clone(),
                }),
            }
        }
        merged
    }

    /// Reports every endpoint as missing.
    fn merge_of_nothing(&self) -> Merged {
        let missing = self.snapshot.endpoints().iter().map(|row| Missing {
            endpoint: row.clone(),
            described: None,
        });
        Merged {
            missing: missing.collect(),
            unlisted: Vec::new(),
        }
    }

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
            let answer = json!({ "default": { "description": "The answer of the endpoint." } });
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

    /// Returns an endpoint's place in the document. Returns `None` if the endpoint has no route or if its
    /// path doesn't start with the server's path.
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

/// The method name of an `any` endpoint, which accepts every method.
const ANY: &str = "ANY";

/// Normalises a path prefix. The result is empty, or it starts with `/` and doesn't end with `/`.
fn beginning(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
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
