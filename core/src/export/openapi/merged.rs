//! What a document and a catalogue do not have in common.

use crate::snapshot::EndpointRow;
use std::fmt;

/// What [`Export::merge_json`](super::Export::merge_json) could not bring together. As text, one line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "what is missing here is missing in the document"]
pub struct Merged {
    pub(super) missing: Vec<Missing>,
    pub(super) unlisted: Vec<Unlisted>,
}

/// An endpoint that no operation of the document describes. As text, it says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub(super) endpoint: EndpointRow,
    /// The endpoint that the only operation of this method and path describes.
    pub(super) described: Option<EndpointRow>,
}

/// An operation of the document that the catalogue lacks: nothing says which tier it requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    pub(super) method: String,
    pub(super) path: String,
}

impl Merged {
    /// The endpoints that the document lacks, and those that have no route by which it could be told.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The operations that the catalogue lacks.
    pub fn unlisted(&self) -> &[Unlisted] {
        &self.unlisted
    }

    /// Whether document and catalogue have the same endpoints.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unlisted.is_empty()
    }
}

impl Missing {
    /// The endpoint.
    pub fn endpoint(&self) -> &EndpointRow {
        &self.endpoint
    }
}

impl Unlisted {
    /// The HTTP method, in upper case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, as the document has it.
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
            return write!(
                f,
                "{name} has no route, so no operation can be found for it"
            );
        };
        write!(f, "{method} {path} ({}) ", self.endpoint.name())?;
        match &self.described {
            None => f.write_str("is not in the document"),
            Some(other) => {
                let path = other.path().unwrap_or_default();
                let name = other.name();
                write!(f, "shares the operation of {method} {path} ({name})")
            }
        }
    }
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is in no catalogue", self.method, self.path)
    }
}
