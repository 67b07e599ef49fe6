//! Catalogues as plain data. Documents are rendered from this data, and catalogues of two releases can
//! be compared.

pub(crate) mod diff;
#[cfg(feature = "json")]
pub(crate) mod json;
pub(crate) mod lock;
pub(crate) mod text;

pub(crate) mod limits;

use self::text::unlinked;
use crate::endpoint::Endpoint;
use crate::route::method::Method;
use std::error::Error;
use std::fmt;

/// A catalogue at one point in time, independent of the types of its program.
///
/// Create a snapshot from a program's catalogue, or read one that an earlier release of the program
/// wrote as a JSON document or a [lock file](crate::Catalogue::assert_locked).
///
/// # Limits
/// A document may come from an untrusted source, and the output rendered from it can be much larger
/// than the document itself. [`from_json`](Self::from_json) and [`from_lock`](Self::from_lock)
/// therefore return an error for a document that exceeds one of these limits:
///
/// | limit | at most |
/// | --- | --- |
/// | the document | 16 MiB |
/// | tiers | 100, with names of 256 bytes |
/// | endpoints | 50,000 |
/// | endpoints × tiers | 500,000 |
/// | modules × the names of all tiers | 2,000,000 bytes |
/// | a name, a path, a module | 16 KiB |
/// | a summary, a reason | 64 KiB |
///
/// Within these limits, reading, comparing and rendering take time proportional to the size of the
/// document and to endpoints × tiers. [`of`](Self::of) has no limits.
///
/// ```
/// use tiergate::{Catalogue, Snapshot, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/units")]
/// fn units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units))]
/// struct Api;
///
/// let snapshot = Snapshot::of::<Api>();
/// assert_eq!(snapshot.tiers()[1].name(), "Plus");
/// assert_eq!(snapshot.endpoints()[0].path(), Some("/units"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub(crate) tiers: Vec<TierRow>,
    pub(crate) endpoints: Vec<EndpointRow>,
}

/// A tier of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TierRow {
    pub(crate) name: String,
    pub(crate) rank: u32,
}

/// An endpoint of a [`Snapshot`].
///
/// Values that the snapshot's source doesn't contain are empty. For example, a lock file contains no
/// documentation. Only [`Endpoint`] contains the handler's location in the source code, because
/// published documents have no use for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    pub(crate) name: String,
    /// The method and the path.
    pub(crate) route: Option<(String, String)>,
    pub(crate) access: AccessRow,
    pub(crate) summary: String,
    pub(crate) module: String,
    pub(crate) is_deprecated: bool,
}

/// Who may call an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AccessRow {
    Tier(TierRow),
    Public { reason: String },
}

impl Snapshot {
    /// Returns the tiers, lowest first.
    pub fn tiers(&self) -> &[TierRow] {
        &self.tiers
    }

    /// Returns the endpoints, in the catalogue's order.
    pub fn endpoints(&self) -> &[EndpointRow] {
        &self.endpoints
    }
}

impl TierRow {
    /// Returns the tier's name, as customers read it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the tier's rank. Higher tiers have higher ranks.
    pub fn rank(&self) -> u32 {
        self.rank
    }
}

impl EndpointRow {
    /// Returns the endpoint's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the HTTP method, in upper case.
    pub fn method(&self) -> Option<&str> {
        self.route.as_ref().map(|(method, _)| method.as_str())
    }

    /// Returns the path template.
    pub fn path(&self) -> Option<&str> {
        self.route.as_ref().map(|(_, path)| path.as_str())
    }

    /// Returns the name of the lowest tier that may call, or `None` if the endpoint is public.
    pub fn required(&self) -> Option<&str> {
        self.required_tier().map(TierRow::name)
    }

    /// Returns the rank of the lowest tier that may call, or `None` if the endpoint is public.
    pub fn required_rank(&self) -> Option<u32> {
        self.required_tier().map(TierRow::rank)
    }

    /// Returns why the endpoint is public, or `None` if it requires a tier.
    pub fn public_reason(&self) -> Option<&str> {
        match &self.access {
            AccessRow::Tier(_) => None,
            AccessRow::Public { reason } => Some(reason),
        }
    }

    /// Returns the first paragraph of the handler's documentation, with each link replaced by its text.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the path of the module that contains the handler.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Returns whether the handler is `#[deprecated]`. Lock files don't record this.
    pub fn is_deprecated(&self) -> bool {
        self.is_deprecated
    }

    /// Checks that a document's method and path are valid for an endpoint.
    ///
    /// # Errors
    /// Returns a description of the invalid part.
    pub(crate) fn checked_route(
        method: Option<String>,
        path: Option<String>,
    ) -> Result<Option<(String, String)>, &'static str> {
        match (method, path) {
            (None, None) => Ok(None),
            (Some(method), Some(path)) => {
                if Method::of(&method).is_none() {
                    return Err("an unknown method");
                }
                if !path.starts_with('/') {
                    return Err("a path that does not start with `/`");
                }
                Ok(Some((method, path)))
            }
            _ => Err("a method without a path, or a path without a method"),
        }
    }

    pub(crate) fn required_tier(&self) -> Option<&TierRow> {
        match &self.access {
            AccessRow::Tier(tier) => Some(tier),
            AccessRow::Public { .. } => None,
        }
    }
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        let access = match (endpoint.required(), endpoint.required_rank()) {
            (Some(name), Some(rank)) => AccessRow::Tier(TierRow {
                name: name.to_owned(),
                rank,
            }),
            _ => AccessRow::Public {
                reason: endpoint.public_reason().unwrap_or_default().to_owned(),
            },
        };
        Self {
            name: endpoint.name().to_owned(),
            route: endpoint
                .route()
                .map(|(method, path)| (method.as_str().to_owned(), path.to_owned())),
            access,
            summary: unlinked(endpoint.summary()),
            module: endpoint.module().to_owned(),
            is_deprecated: endpoint.is_deprecated(),
        }
    }
}

/// Removes the byte order mark that some editors write.
pub(crate) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The error for a text that isn't a valid snapshot. Its message states what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    message: String,
}

impl SnapshotError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for SnapshotError {}
