//! Writes tiers into OpenAPI documents. The `openapi` feature supports JSON documents from any library,
//! and the `utoipa` feature supports utoipa's types.

pub(crate) mod event_payloads;
pub(crate) mod generated_code;
pub(crate) mod generated_sentences;
pub(crate) mod limit_members;
pub(crate) mod limit_sentences;
pub(crate) mod merge_json;
pub(crate) mod merge_report;
#[cfg(feature = "utoipa")]
pub(crate) mod merge_utoipa;
pub(crate) mod operation_description;
pub(crate) mod operation_route;
pub(crate) mod refusal_responses;
pub(crate) mod standalone_document;
#[cfg(feature = "utoipa")]
pub(crate) mod utoipa_payloads;
pub(crate) mod validated_document;
pub(crate) mod webhooks;

pub use self::merge_report::{Merged, Missing, Unlisted};
pub use self::validated_document::MergeError;

use self::event_payloads::EventPayloads;
use self::operation_route::{OperationRoute, path_prefix};
use self::refusal_responses::ReplacedRefusal;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::EndpointRow;

/// Writes a catalogue into an OpenAPI document.
///
/// A gated operation gets extensions, a sentence in its description, and the responses 401, 403 and 503
/// with the [problem document](crate#responses-to-refused-calls). A public operation gets the extension
/// `x-public-reason` and a sentence in its description. The operation of a `#[deprecated]` handler gets
/// `deprecated: true`.
///
/// | extension of a gated operation | value |
/// | --- | --- |
/// | `x-required-tier` | the name of the required tier; missing if only an add-on is required |
/// | `x-required-feature` | the key of the add-on, if there is one |
/// | `x-feature-rule` | `and` if the tier and the add-on are required, `or` if either of them suffices, `only` if only the add-on is required |
/// | `x-until-version` | the lower tiers of customers with an older plan version, each with `version` and `required-tier` |
/// | `x-limits` | the limits from each tier upwards, if the endpoint has limits. Each has the `tier`, and `windows` with `amount`, `unit` and `seconds`; without windows, the tier is unlimited |
/// | `x-cost` | the units of the catalogue's quota that a call uses, if it isn't 1 |
///
/// If limits or the catalogue's quota apply to a gated operation, its description states the limits, and it
/// gets the response 429 with the headers `RateLimit-Policy`, `RateLimit` and `Retry-After`. The description
/// of this response and its extension `x-quota` state the quota.
///
/// Each [event](crate::Event) becomes a webhook: a `POST` with the extensions of a gated operation and a
/// sentence in its description. [`event_schema`](Self::event_schema_json) adds the schema of the payload. If
/// the document already has a webhook with the event's name, the export adds the extensions and the sentence
/// to its operations. OpenAPI 3.0 has no webhooks, so documents of version 3.0 get the extension `x-webhooks`.
///
/// The document states the requirement in the attribute, even if a lower tier is
/// [enforced](macro@crate::requires_tier) for now. If you export to the same document again, the new
/// export replaces everything that the previous export wrote, except `deprecated`. The rest of the
/// document stays unchanged. If you export two catalogues to one document, the document therefore contains
/// only the webhooks of the second catalogue.
///
/// [`merge_json`](Self::merge_json) accepts a document from any library, such as utoipa, aide, okapi or
/// poem-openapi. [`merge`](Self::merge) accepts utoipa 6's types:
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
    replaced_refusal: Option<ReplacedRefusal>,
    payloads: EventPayloads,
    /// A prefix that the paths in the document have and the paths in the catalogue lack.
    nested_at: String,
    /// A prefix that the paths in the catalogue have and the paths in the document lack.
    server_path: String,
}

impl<'a> Export<'a> {
    /// Creates an export of a catalogue.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            title: "API".to_owned(),
            version: "1".to_owned(),
            replaced_refusal: None,
            payloads: EventPayloads::default(),
            nested_at: String::new(),
            server_path: String::new(),
        }
    }

    /// Sets the API's title and version for [`document_json`](Self::document_json).
    pub fn info(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.title = title.into();
        self.version = version.into();
        self
    }

    /// Sets the status and the media type of refusals. Use this method if your application replaces
    /// problem documents with other responses, such as plain text.
    pub fn refusals(mut self, status: u16, media_type: impl Into<String>) -> Self {
        self.replaced_refusal = Some(ReplacedRefusal {
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

    /// Sets the path in the URL of the document's `servers`, and removes this path from the catalogue's
    /// paths. With `/api/v1`, the catalogue's `/api/v1/units` becomes `/units` in the document.
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

    /// Returns the route of an endpoint's operation in the document. Returns `None` if the endpoint has
    /// no route or if its path doesn't start with `server_path`.
    fn operation_route(&self, endpoint: &EndpointRow) -> Option<OperationRoute> {
        let (method, path) = endpoint.route.as_ref()?;
        let path = path.strip_prefix(&self.server_path)?;
        let path = match (path, self.nested_at.as_str()) {
            ("", _) => "/".to_owned(),
            ("/", nested_at) if !nested_at.is_empty() => nested_at.to_owned(),
            (path, nested_at) if path.starts_with('/') => format!("{nested_at}{path}"),
            _ => return None,
        };
        Some(OperationRoute::new(method, &path))
    }
}
