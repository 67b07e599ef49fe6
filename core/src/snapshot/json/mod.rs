//! Writes and reads catalogues as JSON documents. The format is published as a JSON Schema.

mod declared;
mod document;
mod event_member;
mod limit_members;
mod members;

use self::declared::Declared;
use self::document::Document;
use self::event_member::EventMember;
use self::limit_members::{LimitMember, read_limits};
use self::members::{EndpointMember, FeatureMember, TierMember};
use crate::snapshot::error::SnapshotError;
use crate::snapshot::invisible_characters::without_byte_order_mark;
use crate::snapshot::need_row::{FeatureRow, RequiredTier};
use crate::snapshot::rows::TierRow;
use crate::snapshot::{Snapshot, limits};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;

/// The format's version. The version increases only if programs written for the previous version would
/// misinterpret new documents. New members alone don't increase the version, because these programs
/// ignore members that they don't know.
///
/// Version 2 added add-ons, plan versions and enforced tiers. A program for version 1 would misinterpret
/// an endpoint that accepts an add-on instead of the tier. Limits, quotas and events were added later: a
/// program that ignores them still knows who may call an endpoint.
const FORMAT_VERSION: u32 = 2;

/// The part of a document that is the same in every version of the format.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
impl Snapshot {
    /// The JSON Schema (draft 2020-12) for the documents that [`to_json`](Self::to_json) returns.
    pub const JSON_SCHEMA: &str = include_str!("../../../schema/catalogue-2.schema.json");

    /// Returns the catalogue as a JSON document. See [`Catalogue::json`](crate::Catalogue::json).
    pub fn to_json(&self) -> String {
        let document = Document {
            version: FORMAT_VERSION,
            tiers: self.tiers.iter().map(TierMember::from).collect(),
            features: self.features.iter().map(FeatureMember::from).collect(),
            quota: self.quota().iter().map(LimitMember::from).collect(),
            endpoints: self.endpoints.iter().map(EndpointMember::from).collect(),
            events: self.events.iter().map(EventMember::from).collect(),
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
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the catalogue has format version 9, but this program reads versions 1 and 2",
    /// );
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
        if !(1..=FORMAT_VERSION).contains(&version) {
            return Err(SnapshotError::new(format!(
                "the catalogue has format version {version}, but this program reads versions 1 and {FORMAT_VERSION}"
            )));
        }
        let document: Document =
            serde_json::from_str(text).map_err(|error| not_a_catalogue(&error))?;
        if version == 1 {
            check_version_1(&document)?;
        }
        let tiers: Vec<TierRow> = document.tiers.into_iter().map(TierRow::from).collect();
        let features = document.features.into_iter().map(FeatureRow::from);
        let features: Vec<FeatureRow> = features.collect();
        limits::check_tiers(&tiers)?;
        limits::check_features(&features)?;
        let declared = Declared {
            ranks: ranks_by_name(&tiers)?,
            lowest: tiers.first().map(RequiredTier::from),
            feature_names: names_by_key(&features)?,
        };
        let quota = read_limits(document.quota, &declared, None)
            .map_err(|problem| SnapshotError::new(format!("the quota: {problem}")))?;
        let endpoints = document.endpoints.into_iter();
        let endpoints = endpoints
            .map(|member| member.into_row(&declared))
            .collect::<Result<_, _>>()?;
        let events = document.events.into_iter();
        let events = events
            .map(|member| member.into_row(&declared))
            .collect::<Result<_, _>>()?;
        let snapshot = Self {
            tiers,
            features,
            quota,
            endpoints,
            events,
        };
        limits::check(&snapshot)?;
        Ok(snapshot)
    }
}

/// Rejects members that don't exist in version 1. Ignoring them would change who may call an endpoint.
fn check_version_1(document: &Document) -> Result<(), SnapshotError> {
    if !document.features.is_empty() {
        return Err(SnapshotError::new(
            "the document has add-ons; change the document's version to 2",
        ));
    }
    if !document.quota.is_empty() {
        return Err(SnapshotError::new(
            "the document has a quota; change the document's version to 2",
        ));
    }
    if !document.events.is_empty() {
        return Err(SnapshotError::new(
            "the document has events; change the document's version to 2",
        ));
    }
    match document
        .endpoints
        .iter()
        .find(|member| member.needs_version_2())
    {
        Some(member) => Err(SnapshotError::new(format!(
            "endpoint {:?} has members of version 2; change the document's version to 2",
            member.name()
        ))),
        None => Ok(()),
    }
}

fn ranks_by_name(tiers: &[TierRow]) -> Result<HashMap<&str, u32>, SnapshotError> {
    let mut ranks = HashMap::with_capacity(tiers.len());
    for tier in tiers {
        if ranks.insert(tier.name.as_str(), tier.rank).is_some() {
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
    Ok(ranks)
}

fn names_by_key(features: &[FeatureRow]) -> Result<HashMap<&str, &str>, SnapshotError> {
    let mut names = HashMap::with_capacity(features.len());
    for FeatureRow { key, name } in features {
        if names.insert(key.as_str(), name.as_str()).is_some() {
            return Err(SnapshotError::new(format!(
                "two add-ons have the key {key:?}; keys must be unique"
            )));
        }
    }
    Ok(names)
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
            (r#""required_tier": "Free""#, "a tier needs its rank"),
            (
                r#""public_reason": "x", "required_tier": "Free", "required_rank": 0"#,
                "expected either a requirement",
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

    /// Reads a document of version 2 with one endpoint.
    fn read_version_2(endpoint: &str) -> Result<Snapshot, String> {
        let text = format!(
            r#"{{"version": 2, "tiers": [{{"name": "Free", "rank": 0, "aliases": []}},
                {{"name": "Plus", "rank": 1, "aliases": ["Team", "p"]}}],
                "features": [{{"key": "radio", "name": "Radio"}}],
                "endpoints": [{{"name": "x", "summary": "", "module": "", {endpoint}}}]}}"#
        );
        Snapshot::from_json(&text).map_err(|error| error.to_string())
    }

    const PLUS: &str = r#""required_tier": "Plus", "required_rank": 1"#;

    #[test]
    fn requirements_survive_a_round_trip() {
        for requirement in [
            r#""required_feature": "radio", "feature_rule": "and""#,
            r#""required_feature": "radio", "feature_rule": "or""#,
            r#""enforced_tier": "Free", "enforced_rank": 0"#,
            r#""until_versions": [{"version": 3, "required_tier": "Free", "required_rank": 0}]"#,
        ] {
            let snapshot = read_version_2(&format!("{PLUS}, {requirement}")).unwrap();
            assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
        }
        let only = r#""required_feature": "radio", "feature_rule": "only""#;
        let snapshot = read_version_2(only).unwrap();
        assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
    }

    #[test]
    fn contradictory_requirements_are_rejected() {
        let version =
            r#""until_versions": [{"version": 3, "required_tier": "Free", "required_rank": 1}]"#;
        let drone = format!(r#"{PLUS}, "required_feature": "drone", "feature_rule": "and""#);
        let no_rule = format!(r#"{PLUS}, "required_feature": "radio""#);
        let no_feature = format!(r#"{PLUS}, "feature_rule": "or""#);
        let only_with_tier =
            format!(r#"{PLUS}, "required_feature": "radio", "feature_rule": "only""#);
        let wrong_rank = format!("{PLUS}, {version}");
        let no_rank = format!(r#"{PLUS}, "enforced_tier": "Free""#);
        let public = r#""public_reason": "x", "required_feature": "radio", "feature_rule": "only""#;
        for (endpoint, expected) in [
            (
                drone.as_str(),
                "the required add-on is not in this document",
            ),
            (&no_rule, "expected a required tier, an add-on, or both"),
            (&no_feature, "expected a required tier, an add-on, or both"),
            (
                &only_with_tier,
                "expected a required tier, an add-on, or both",
            ),
            (&wrong_rank, "are not those of a tier in this document"),
            (&no_rank, "a tier needs its rank"),
            (public, "expected either a requirement"),
            (
                r#""feature_rule": "xor""#,
                "not a catalogue in JSON: unknown variant",
            ),
        ] {
            let error = read_version_2(endpoint).unwrap_err();
            assert!(error.contains(expected), "{endpoint}: {error}");
        }
        let twice = r#"{"version": 2, "tiers": [], "endpoints": [],
            "features": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]}"#;
        let error = Snapshot::from_json(twice).unwrap_err().to_string();
        assert_eq!(error, "two add-ons have the key \"a\"; keys must be unique");
    }

    const DAY: &str = r#"{"amount": 100, "unit": "day", "seconds": 86400}"#;

    #[test]
    fn limits_survive_a_round_trip() {
        let limits = format!(
            r#"{PLUS}, "cost": 0, "until_versions": [{{"version": 3, "required_tier": "Free", "required_rank": 0}}],
                "limits": [{{"tier": "Free", "rank": 0, "windows": [{DAY}]}}, {{"tier": "Plus", "rank": 1, "windows": []}}]"#
        );
        let snapshot = read_version_2(&limits).unwrap();
        let endpoint = &snapshot.endpoints()[0];
        let limits: Vec<String> = endpoint.limits().iter().map(ToString::to_string).collect();
        assert_eq!(limits, ["100/day", "unlimited"]);
        assert_eq!(endpoint.cost(), 0);
        assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
        let quota = format!(
            r#"{{"version": 2, "tiers": [{{"name": "Free", "rank": 0}}], "endpoints": [],
                "quota": [{{"tier": "Free", "rank": 0, "windows": [{DAY}]}}]}}"#
        );
        let snapshot = Snapshot::from_json(&quota).unwrap();
        assert_eq!(snapshot.quota()[0].to_string(), "100/day");
        assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
    }

    #[test]
    fn invalid_limits_are_rejected() {
        let limit = |tier: &str, rank: u32, windows: &str| {
            format!(r#"{{"tier": "{tier}", "rank": {rank}, "windows": [{windows}]}}"#)
        };
        let free = limit("Free", 0, DAY);
        for (limits, expected) in [
            (limit("Gold", 0, DAY), "are not those of a tier"),
            (limit("Plus", 0, DAY), "are not those of a tier"),
            (format!("{free}, {free}"), "the lowest tier first"),
            (
                format!("{}, {free}", limit("Plus", 1, DAY)),
                "the lowest tier first",
            ),
            (
                limit("Free", 0, &format!("{DAY}, {DAY}")),
                "two limits with the same unit",
            ),
            (
                limit("Free", 0, &DAY.replace("100", "0")),
                "between 1 and 1000000000",
            ),
            (
                limit("Free", 0, &DAY.replace("100", "1000000001")),
                "between 1 and 1000000000",
            ),
            (
                limit("Free", 0, &DAY.replace("86400", "60")),
                "the unit of a limit",
            ),
            (
                limit("Free", 0, &DAY.replace("day", "week")),
                "the unit of a limit",
            ),
            (
                r#"{"tier": "Free", "rank": 0}"#.to_owned(),
                "missing field `windows`",
            ),
        ] {
            let error = read_version_2(&format!(r#"{PLUS}, "limits": [{limits}]"#)).unwrap_err();
            assert!(error.contains(expected), "{limits}: {error}");
            let quota = format!(
                r#"{{"version": 2, "endpoints": [], "quota": [{limits}],
                    "tiers": [{{"name": "Free", "rank": 0}}, {{"name": "Plus", "rank": 1}}]}}"#
            );
            let error = Snapshot::from_json(&quota).unwrap_err().to_string();
            assert!(error.contains(expected), "{limits}: {error}");
        }
        for member in [format!(r#""limits": [{free}]"#), r#""cost": 2"#.to_owned()] {
            let error = read_version_2(&format!(r#""public_reason": "x", {member}"#)).unwrap_err();
            assert!(
                error.contains("a public endpoint has neither limits nor a cost"),
                "{error}"
            );
        }
        let without_tiers =
            format!(r#"{{"version": 2, "tiers": [], "endpoints": [], "quota": [{free}]}}"#);
        let error = Snapshot::from_json(&without_tiers).unwrap_err().to_string();
        assert_eq!(error, "the quota: limits need a tier");
    }

    #[test]
    fn version_1_has_neither_features_nor_other_requirements() {
        let text = r#"{"version": 1, "tiers": [], "endpoints": [],
            "features": [{"key": "a", "name": "A"}]}"#;
        assert!(Snapshot::from_json(text).is_err());
        let text = format!(
            r#"{{"version": 1, "tiers": [{{"name": "Free", "rank": 0}}], "endpoints": [],
                "quota": [{{"tier": "Free", "rank": 0, "windows": [{DAY}]}}]}}"#
        );
        assert!(Snapshot::from_json(&text).is_err());
        for member in [
            r#""required_tier": "Free", "required_rank": 0, "cost": 2"#,
            r#""required_tier": "Free", "required_rank": 0, "limits": [{"tier": "Free", "rank": 0, "windows": []}]"#,
            r#""required_tier": "Free", "required_rank": 0, "enforced_tier": "Free", "enforced_rank": 0"#,
            r#""required_feature": "radio", "feature_rule": "only""#,
        ] {
            let error = error(member);
            assert_eq!(
                error,
                "endpoint \"x\" has members of version 2; change the document's version to 2"
            );
        }
        let version_1 =
            r#"{"version": 1, "tiers": [{"name": "Free", "rank": 0}], "endpoints": []}"#;
        let snapshot = Snapshot::from_json(version_1).unwrap();
        assert!(snapshot.to_json().contains("\"version\": 2"));
        assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
    }

    #[test]
    fn members_of_later_releases_are_ignored() {
        let text = r#"{"version": 1, "tiers": [], "endpoints": [], "made_by": "a later release"}"#;
        assert!(Snapshot::from_json(text).is_ok());
    }
}
