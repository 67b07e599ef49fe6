//! Reports the differences between an OpenAPI document and a catalogue after a merge.

use crate::snapshot::rows::EndpointRow;
use std::fmt;

/// The endpoints and operations that [`Export::merge_json`](super::Export::merge_json) couldn't match.
/// `Display` writes one line for each endpoint and each operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "check which endpoints the document lacks"]
pub struct Merged {
    pub(super) missing: Vec<Missing>,
    pub(super) unlisted: Vec<Unlisted>,
}

/// An endpoint that no operation in the document describes, or an event whose webhook is in another file.
/// `Display` writes the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub(super) endpoint: EndpointRow,
    /// Another endpoint, which has the same HTTP method and path as this endpoint. The matching operation
    /// describes that other endpoint instead of this one.
    pub(super) described_instead: Option<EndpointRow>,
}

/// An operation in the document that matches no endpoint in the catalogue, so its tier is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    pub(super) method: String,
    pub(super) path: String,
}

impl Merged {
    /// The endpoints that the document doesn't describe. This includes every endpoint without a route, and
    /// every event whose webhook is a reference to another file.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The operations that match no endpoint in the catalogue.
    pub fn unlisted(&self) -> &[Unlisted] {
        &self.unlisted
    }

    /// Whether the document and the catalogue contain the same endpoints.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unlisted.is_empty()
    }
}

impl Missing {
    /// The endpoint or the event.
    pub fn endpoint(&self) -> &EndpointRow {
        &self.endpoint
    }
}

impl Unlisted {
    /// The HTTP method, in upper case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, as written in the document.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(Missing::to_string);
        let unlisted = self.unlisted.iter().map(Unlisted::to_string);
        let lines: Vec<String> = missing.chain(unlisted).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((method, path)) = &self.endpoint.route else {
            let name = self.endpoint.name();
            if self.endpoint.is_event() {
                return write!(f, "the webhook of the event {name} is in another file");
            }
            return write!(f, "{name} has no route, so no operation matches it");
        };
        write!(f, "{method} {path} ({}) ", self.endpoint.name())?;
        match &self.described_instead {
            None => f.write_str("is not in the document"),
            Some(other) => {
                let path = other.path().unwrap_or_default();
                let name = other.name();
                write!(f, "matches the same operation as {method} {path} ({name})")
            }
        }
    }
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is not in the catalogue", self.method, self.path)
    }
}
