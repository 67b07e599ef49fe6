//! Writes and reads catalogues as JSON documents. The format is published as a JSON Schema.

use crate::snapshot::error::SnapshotError;
use crate::snapshot::invisible_characters::without_byte_order_mark;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::{Snapshot, limits};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;

/// The format's version. The version increases only if programs written for the previous version would
/// misinterpret new documents. New members alone don't increase the version, because these programs
/// ignore members that they don't know.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    tiers: Vec<TierMember>,
    endpoints: Vec<EndpointMember>,
}

/// The part of a document that is the same in every version of the format.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct TierMember {
    name: String,
    rank: u32,
}

#[derive(Serialize, Deserialize)]
struct EndpointMember {
    name: String,
    method: Option<String>,
    path: Option<String>,
    required_tier: Option<String>,
    required_rank: Option<u32>,
    public_reason: Option<String>,
    summary: String,
    module: String,
    /// Documents omit this member if its value is `false`. Documents that were written before this member
    /// existed omit it too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
}

#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
impl Snapshot {
    /// The JSON Schema (draft 2020-12) for the documents that [`to_json`](Self::to_json) returns.
    pub const JSON_SCHEMA: &str = include_str!("../../schema/catalogue-1.schema.json");

    /// Returns the catalogue as a JSON document. See [`Catalogue::json`](crate::Catalogue::json).
    pub fn to_json(&self) -> String {
        let document = Document {
            version: FORMAT_VERSION,
            tiers: self.tiers.iter().map(TierMember::from).collect(),
            endpoints: self.endpoints.iter().map(EndpointMember::from).collect(),
        };
        // Serialisation fails only if a map has non-string keys or if a `Serialize` implementation fails.
        // A `Document` contains no maps, and its `Serialize` implementations can't fail.
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }

    /// Reads a JSON document that [`to_json`](Self::to_json) wrote in this release or an earlier release.
    ///
    /// # Errors
    /// Returns [`SnapshotError`] if the text isn't a catalogue in JSON, if this release doesn't support
    /// the format version, if the document contradicts itself, or if it exceeds a [limit](Self#limits).
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let text = r#"{"version": 1, "tiers": [{"name": "Free", "rank": 0}], "endpoints": []}"#;
    /// let snapshot = Snapshot::from_json(text)?;
    /// assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
    ///
    /// let error = Snapshot::from_json(r#"{"version": 9}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "the catalogue has format version 9, but this program reads version 1");
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        let not_a_catalogue = |error: &dyn fmt::Display| {
            SnapshotError::new(format!("not a catalogue in JSON: {error}"))
        };
        limits::check_document(text)?;
        let text = without_byte_order_mark(text);
        // Rejects documents that are arrays. Without this check, serde would accept an array that
        // contains the values of an object's members instead of the object.
        if text.trim_start().starts_with('[') {
            return Err(not_a_catalogue(&"expected an object, found an array"));
        }
        let Versioned { version } =
            serde_json::from_str(text).map_err(|error| not_a_catalogue(&error))?;
        if version != FORMAT_VERSION {
            return Err(SnapshotError::new(format!(
                "the catalogue has format version {version}, but this program reads version {FORMAT_VERSION}"
            )));
        }
        let document: Document =
            serde_json::from_str(text).map_err(|error| not_a_catalogue(&error))?;
        let tiers: Vec<TierRow> = document.tiers.into_iter().map(TierRow::from).collect();
        limits::check_tiers(&tiers)?;
        let mut ranks: HashMap<&str, u32> = HashMap::with_capacity(tiers.len());
        for tier in &tiers {
            if ranks.insert(&tier.name, tier.rank).is_some() {
                return Err(SnapshotError::new(format!(
                    "two tiers have the name {:?}; tier names must be unique",
                    tier.name
                )));
            }
        }
        for pair in tiers.windows(2) {
            if pair[0].rank >= pair[1].rank {
                return Err(SnapshotError::new(format!(
                    "the tier {:?} must have a higher rank than the tier {:?} before it",
                    pair[1].name, pair[0].name
                )));
            }
        }
        let endpoints = document.endpoints.into_iter();
        let endpoints = endpoints
            .map(|member| member.into_row(&ranks))
            .collect::<Result<_, _>>()?;
        let snapshot = Self { tiers, endpoints };
        limits::check(&snapshot)?;
        Ok(snapshot)
    }
}

impl EndpointMember {
    fn into_row(self, ranks: &HashMap<&str, u32>) -> Result<EndpointRow, SnapshotError> {
        let error =
            |problem: &str| SnapshotError::new(format!("endpoint {:?}: {problem}", self.name));
        let access = match (self.required_tier, self.required_rank, self.public_reason) {
            (Some(name), Some(rank), None) => {
                if ranks.get(name.as_str()) != Some(&rank) {
                    return Err(error(
                        "the required tier and rank are not those of a tier in this document",
                    ));
                }
                AccessRow::Tier(TierRow { name, rank })
            }
            (None, None, Some(reason)) => AccessRow::Public { reason },
            _ => {
                return Err(error(
                    "expected either a required tier and its rank, or a reason why the endpoint is public",
                ));
            }
        };
        let route = EndpointRow::checked_route(self.method, self.path).map_err(error)?;
        Ok(EndpointRow {
            name: self.name,
            route,
            access,
            summary: self.summary,
            module: self.module,
            is_deprecated: self.deprecated,
        })
    }
}

impl From<TierMember> for TierRow {
    fn from(TierMember { name, rank }: TierMember) -> Self {
        Self { name, rank }
    }
}

impl From<&TierRow> for TierMember {
    fn from(tier: &TierRow) -> Self {
        Self {
            name: tier.name.clone(),
            rank: tier.rank,
        }
    }
}

impl From<&EndpointRow> for EndpointMember {
    fn from(row: &EndpointRow) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            name: row.name.clone(),
            method: owned(row.method()),
            path: owned(row.path()),
            required_tier: owned(row.required_tier()),
            required_rank: row.required_rank(),
            public_reason: owned(row.public_reason()),
            summary: row.summary.clone(),
            module: row.module.clone(),
            deprecated: row.is_deprecated(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Snapshot;

    fn error(endpoint: &str) -> String {
        let text = format!(
            r#"{{"version": 1, "tiers": [{{"name": "Free", "rank": 0}}], "endpoints": [
                {{"name": "x", "summary": "", "module": "", {endpoint}}}]}}"#
        );
        match Snapshot::from_json(&text) {
            Ok(snapshot) => panic!("{snapshot:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn contradictory_documents_are_rejected() {
        for (endpoint, expected) in [
            (
                r#""required_tier": "Plus", "required_rank": 1"#,
                "are not those of a tier",
            ),
            (
                r#""required_tier": "Free", "required_rank": 1"#,
                "are not those of a tier",
            ),
            (
                r#""required_tier": "Free""#,
                "expected either a required tier",
            ),
            (
                r#""public_reason": "x", "required_tier": "Free", "required_rank": 0"#,
                "expected either a required tier",
            ),
            (
                r#""public_reason": "x", "method": "GET""#,
                "a method needs a path",
            ),
            (
                r#""public_reason": "x", "method": "BREW", "path": "/""#,
                "unknown method",
            ),
            (
                r#""public_reason": "x", "method": "GET", "path": "x""#,
                "does not start with",
            ),
        ] {
            let error = error(endpoint);
            assert!(error.contains(expected), "{endpoint}: {error}");
        }
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"version": "1"}"#,
            r#"{"version": 1}"#,
        ] {
            let error = Snapshot::from_json(text).unwrap_err().to_string();
            assert!(error.starts_with("not a catalogue in JSON: "), "{error}");
        }
        let falling = r#"{"version": 1, "endpoints": [],
            "tiers": [{"name": "A", "rank": 1}, {"name": "B", "rank": 0}]}"#;
        let error = Snapshot::from_json(falling).unwrap_err().to_string();
        assert_eq!(
            error,
            "the tier \"B\" must have a higher rank than the tier \"A\" before it"
        );
    }

    #[test]
    fn tier_names_are_unique() {
        let text = r#"{"version": 1, "endpoints": [],
            "tiers": [{"name": "A", "rank": 0}, {"name": "B", "rank": 1}, {"name": "A", "rank": 2}]}"#;
        let error = Snapshot::from_json(text).unwrap_err().to_string();
        assert_eq!(
            error,
            "two tiers have the name \"A\"; tier names must be unique"
        );
    }

    #[test]
    fn arrays_are_rejected_and_byte_order_marks_are_skipped() {
        let array = r#"[1, [["Free", 0]], []]"#;
        let error = Snapshot::from_json(array).unwrap_err().to_string();
        assert_eq!(
            error,
            "not a catalogue in JSON: expected an object, found an array"
        );
        let text = "\u{feff}{\"version\": 1, \"tiers\": [], \"endpoints\": []}";
        assert_eq!(Snapshot::from_json(text), Ok(Snapshot::default()));
    }

    #[test]
    fn members_of_later_releases_are_ignored() {
        let text = r#"{"version": 1, "tiers": [], "endpoints": [], "made_by": "a later release"}"#;
        assert!(Snapshot::from_json(text).is_ok());
    }
}
