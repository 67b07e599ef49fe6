//! The member of a JSON document that describes an event.

use crate::snapshot::error::SnapshotError;
use crate::snapshot::json::declared::Declared;
use crate::snapshot::json::members::{EndpointMember, RuleMember, VersionMember};
use crate::snapshot::rows::EndpointRow;
use serde::{Deserialize, Serialize};

/// An event. The members have the same meaning as for an endpoint.
#[derive(Serialize, Deserialize)]
pub(super) struct EventMember {
    name: String,
    required_tier: Option<String>,
    required_rank: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    required_feature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feature_rule: Option<RuleMember>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    until_versions: Vec<VersionMember>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enforced_tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enforced_rank: Option<u32>,
    summary: String,
    module: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
}

impl EventMember {
    pub(super) fn into_row(self, declared: &Declared<'_>) -> Result<EndpointRow, SnapshotError> {
        let name = self.name.clone();
        self.try_into_row(declared)
            .map_err(|problem| SnapshotError::new(format!("event {name:?}: {problem}")))
    }

    fn try_into_row(self, declared: &Declared<'_>) -> Result<EndpointRow, &'static str> {
        let member = EndpointMember::from(self);
        if !member.has_requirement() {
            return Err("expected a requirement, such as a required tier and its rank");
        }
        let row = member.try_into_row(declared)?;
        Ok(EndpointRow {
            is_event: true,
            ..row
        })
    }
}

/// Converts an event to an endpoint without a route and without limits.
impl From<EventMember> for EndpointMember {
    fn from(event: EventMember) -> Self {
        Self {
            name: event.name,
            method: None,
            path: None,
            required_tier: event.required_tier,
            required_rank: event.required_rank,
            required_feature: event.required_feature,
            feature_rule: event.feature_rule,
            until_versions: event.until_versions,
            enforced_tier: event.enforced_tier,
            enforced_rank: event.enforced_rank,
            limits: Vec::new(),
            cost: None,
            public_reason: None,
            summary: event.summary,
            module: event.module,
            deprecated: event.deprecated,
        }
    }
}

impl From<&EndpointRow> for EventMember {
    fn from(row: &EndpointRow) -> Self {
        let member = EndpointMember::from(row);
        Self {
            name: member.name,
            required_tier: member.required_tier,
            required_rank: member.required_rank,
            required_feature: member.required_feature,
            feature_rule: member.feature_rule,
            until_versions: member.until_versions,
            enforced_tier: member.enforced_tier,
            enforced_rank: member.enforced_rank,
            summary: member.summary,
            module: member.module,
            deprecated: member.deprecated,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::snapshot::Snapshot;

    /// Reads a document with one event.
    fn read(version: u32, event: &str) -> Result<Snapshot, String> {
        let text = format!(
            r#"{{"version": {version}, "tiers": [{{"name": "Free", "rank": 0}}, {{"name": "Plus", "rank": 1}}],
                "features": [], "endpoints": [],
                "events": [{{"name": "E", "summary": "s", "module": "m", {event}}}]}}"#
        );
        Snapshot::from_json(&text).map_err(|error| error.to_string())
    }

    const PLUS: &str = r#""required_tier": "Plus", "required_rank": 1"#;

    #[test]
    fn events_survive_a_round_trip() {
        for event in [
            PLUS.to_owned(),
            format!(r#"{PLUS}, "enforced_tier": "Free", "enforced_rank": 0, "deprecated": true"#),
            format!(
                r#"{PLUS}, "until_versions": [{{"version": 3, "required_tier": "Free", "required_rank": 0}}]"#
            ),
        ] {
            let snapshot = read(2, &event).unwrap();
            let [row] = snapshot.events() else {
                panic!("{snapshot:?}")
            };
            assert!(row.is_event() && snapshot.endpoints().is_empty());
            assert_eq!((row.name(), row.summary(), row.module()), ("E", "s", "m"));
            let json = snapshot.to_json();
            assert!(!json.contains("\"method\"") && !json.contains("public"));
            assert_eq!(Snapshot::from_json(&json), Ok(snapshot));
        }
    }

    #[test]
    fn invalid_events_are_rejected() {
        let no_requirement = "event \"E\": expected a requirement, such as";
        for (event, expected) in [
            (r#""required_tier": null"#, no_requirement),
            (r#""public_reason": "x""#, no_requirement),
            (
                r#""required_tier": "Gold", "required_rank": 7"#,
                "event \"E\": the tier and the rank are not those",
            ),
            (
                r#""required_tier": "Plus""#,
                "event \"E\": a tier needs its rank",
            ),
        ] {
            let error = read(2, event).unwrap_err();
            assert!(error.contains(expected), "{event}: {error}");
        }
        assert_eq!(
            read(1, PLUS).unwrap_err(),
            "the document has events; change the document's version to 2"
        );
    }

    #[test]
    fn documents_without_events_have_no_such_member() {
        let text = r#"{"version": 2, "tiers": [], "features": [], "endpoints": []}"#;
        let snapshot = Snapshot::from_json(text).unwrap();
        assert!(!snapshot.to_json().contains("events"));
    }
}
