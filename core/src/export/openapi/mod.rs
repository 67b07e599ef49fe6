//! Tiers in OpenAPI documents: JSON documents of any library (feature `openapi`) and utoipa's types
//! (feature `utoipa`).

pub(crate) mod document;
pub(crate) mod merge;
pub(crate) mod operation;
pub(crate) mod place;
pub(crate) mod refusals;
pub(crate) mod report;
pub(crate) mod standalone;
#[cfg(feature = "utoipa")]
pub(crate) mod utoipa_types;

pub use self::document::MergeError;
pub use self::report::{Merged, Missing, Unlisted};

use self::place::{Place, path_prefix};
use self::refusals::Replaced;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::EndpointRow;

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
#[must_use = "call `merge_json` or `document_json` to use the export"]
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
        self.nested_at = path_prefix(path);
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
        self.server_path = path_prefix(path);
        self
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
