//! A snapshot's rows, which describe tiers and endpoints.

use crate::endpoint::Endpoint;
use crate::route::method::Method;
use crate::snapshot::rustdoc_links::unlinked;

/// A tier in a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TierRow {
    pub(crate) name: String,
    pub(crate) rank: u32,
}

/// An endpoint in a [`Snapshot`](crate::Snapshot).
///
/// A value is empty if the snapshot was read from a document that doesn't contain the value. For
/// example, a lock file contains no documentation. Rows don't contain the handler's location in the
/// source code, because published documents don't need the location. Use [`Endpoint`] to get the
/// location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    pub(crate) name: String,
    /// The HTTP method and the path template.
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

impl TierRow {
    /// Returns the tier's name, as customers see it.
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

    /// Returns the HTTP method in upper case, or `None` if the endpoint has no route.
    pub fn method(&self) -> Option<&str> {
        self.route.as_ref().map(|(method, _)| method.as_str())
    }

    /// Returns the path template, or `None` if the endpoint has no route.
    pub fn path(&self) -> Option<&str> {
        self.route.as_ref().map(|(_, path)| path.as_str())
    }

    /// Returns the name of the lowest tier that may call the endpoint, or `None` if the endpoint is
    /// public.
    pub fn required_tier(&self) -> Option<&str> {
        self.required_row().map(TierRow::name)
    }

    /// Returns the rank of the lowest tier that may call the endpoint, or `None` if the endpoint is
    /// public.
    pub fn required_rank(&self) -> Option<u32> {
        self.required_row().map(TierRow::rank)
    }

    /// Returns why the endpoint is public, or `None` if it requires a tier.
    pub fn public_reason(&self) -> Option<&str> {
        match &self.access {
            AccessRow::Tier(_) => None,
            AccessRow::Public { reason } => Some(reason),
        }
    }

    /// Returns the first paragraph of the handler's documentation. Each link is replaced with its text.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the path of the module that contains the handler.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Returns whether the handler is `#[deprecated]`. Always returns `false` if the snapshot was read
    /// from a lock file, because lock files don't store this value.
    pub fn is_deprecated(&self) -> bool {
        self.is_deprecated
    }

    /// Checks that an HTTP method and a path from a document are valid for an endpoint.
    ///
    /// # Errors
    /// Returns a message that describes which part is invalid.
    pub(crate) fn checked_route(
        method: Option<String>,
        path: Option<String>,
    ) -> Result<Option<(String, String)>, &'static str> {
        match (method, path) {
            (None, None) => Ok(None),
            (Some(method), Some(path)) => {
                if Method::of(&method).is_none() {
                    return Err("unknown method");
                }
                if !path.starts_with('/') {
                    return Err("the path does not start with `/`");
                }
                Ok(Some((method, path)))
            }
            _ => Err("a method needs a path, and a path needs a method"),
        }
    }

    pub(crate) fn required_row(&self) -> Option<&TierRow> {
        match &self.access {
            AccessRow::Tier(tier) => Some(tier),
            AccessRow::Public { .. } => None,
        }
    }
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        let access = match (endpoint.required_tier(), endpoint.required_rank()) {
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
