//! The limits for snapshots read from documents.
//!
//! A document may come from an attacker who wants to exhaust the program's memory. The size of a rendered
//! page grows with the number of endpoints and events times the number of tiers. The reason is that the page's
//! matrix has a cell for each pair of an endpoint or event and a tier. Each table on the page also lists every
//! tier.

use crate::snapshot::Snapshot;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::need_row::FeatureRow;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use std::collections::HashSet;

/// The maximum length of a document.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
const MAX_TIERS: usize = 100;
/// The maximum number of endpoints and events.
const MAX_ENDPOINTS: usize = 50_000;
/// The maximum product of the number of endpoints and events, and the number of tiers.
const MAX_ENDPOINTS_TIMES_TIERS: usize = 500_000;
/// The maximum product of the number of modules and the total length of all tier names. A page has a
/// table for each module and one for the events, and each table's heading contains every tier name.
const MAX_HEADING_BYTES: usize = 2_000_000;
/// The maximum length of a tier's name, of another text from which a tier is read, and of an add-on's
/// key and name.
const MAX_TIER_NAME_BYTES: usize = 256;
/// The maximum number of other texts from which a tier is read.
const MAX_ALIASES: usize = 32;
/// The maximum number of add-ons, which is the number of bits in a `FeatureSet`.
const MAX_FEATURES: usize = 64;
/// The maximum number of plan versions for which an endpoint or an event requires a lower tier.
const MAX_VERSIONS: usize = 16;
/// The maximum length of a name, a path or a module.
const MAX_NAME_BYTES: usize = 16 * 1024;
/// The maximum length of a summary, or of the reason why an endpoint is public.
const MAX_PROSE_BYTES: usize = 64 * 1024;

/// Checks the length of a document. This check runs before the document is parsed.
pub(crate) fn check_document(text: &str) -> Result<(), SnapshotError> {
    at_most(MAX_DOCUMENT_BYTES, text.len(), "the document has", "bytes")
}

/// Checks a snapshot that was read from a document.
pub(crate) fn check(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let Snapshot {
        tiers,
        features,
        // The limits of a quota or an endpoint are at most one for each tier.
        quota: _,
        endpoints,
        events,
    } = snapshot;
    check_tiers(tiers)?;
    check_features(features)?;
    let count = endpoints.len() + events.len();
    at_most(
        MAX_ENDPOINTS,
        count,
        "the snapshot has",
        "endpoints and events",
    )?;
    for endpoint in snapshot.endpoints_and_events() {
        check_endpoint(endpoint)?;
    }
    at_most(
        MAX_ENDPOINTS_TIMES_TIERS,
        count * tiers.len(),
        "the number of endpoints and events times tiers is",
        "",
    )?;
    let modules: HashSet<&str> = endpoints.iter().map(EndpointRow::module).collect();
    let table_count = modules.len() + usize::from(!events.is_empty());
    let tier_name_bytes: usize = tiers.iter().map(|tier| tier.name.len()).sum();
    at_most(
        MAX_HEADING_BYTES,
        table_count * tier_name_bytes,
        "the number of modules times the length of all tier names is",
        "bytes",
    )
}

/// Checks only the tiers of a snapshot. This check runs before the endpoints' required tiers are looked
/// up among them.
pub(crate) fn check_tiers(tiers: &[TierRow]) -> Result<(), SnapshotError> {
    at_most(MAX_TIERS, tiers.len(), "the snapshot has", "tiers")?;
    for tier in tiers {
        at_most(
            MAX_TIER_NAME_BYTES,
            tier.name.len(),
            "a tier's name has",
            "bytes",
        )?;
        let alias_count = tier.aliases().count();
        at_most(MAX_ALIASES, alias_count, "a tier has", "aliases")?;
        for alias in tier.aliases() {
            at_most(MAX_TIER_NAME_BYTES, alias.len(), "an alias has", "bytes")?;
        }
    }
    Ok(())
}

/// Checks only the add-ons of a snapshot. This check runs before the endpoints' add-ons are looked up
/// among them.
pub(crate) fn check_features(features: &[FeatureRow]) -> Result<(), SnapshotError> {
    at_most(MAX_FEATURES, features.len(), "the snapshot has", "add-ons")?;
    for FeatureRow { key, name } in features {
        at_most(
            MAX_TIER_NAME_BYTES,
            key.len(),
            "an add-on's key has",
            "bytes",
        )?;
        at_most(
            MAX_TIER_NAME_BYTES,
            name.len(),
            "an add-on's name has",
            "bytes",
        )?;
    }
    Ok(())
}

fn check_endpoint(row: &EndpointRow) -> Result<(), SnapshotError> {
    at_most(
        MAX_NAME_BYTES,
        row.name.len(),
        if row.is_event() {
            "an event's name has"
        } else {
            "an endpoint's name has"
        },
        "bytes",
    )?;
    let path = row.path().unwrap_or_default();
    at_most(MAX_NAME_BYTES, path.len(), "a path has", "bytes")?;
    at_most(
        MAX_NAME_BYTES,
        row.module.len(),
        "a module's path has",
        "bytes",
    )?;
    at_most(MAX_PROSE_BYTES, row.summary.len(), "a summary has", "bytes")?;
    match &row.access {
        AccessRow::Public { reason } => at_most(
            MAX_PROSE_BYTES,
            reason.len(),
            "a reason for a public endpoint has",
            "bytes",
        ),
        AccessRow::Gated(need) => at_most(
            MAX_VERSIONS,
            need.versions.len(),
            "an endpoint or event has",
            "plan versions",
        ),
    }
}

fn at_most(limit: usize, count: usize, subject: &str, unit: &str) -> Result<(), SnapshotError> {
    if count <= limit {
        return Ok(());
    }
    let excess = format!("{subject} {count} {unit}");
    let message = format!("{}; the limit is {limit}", excess.trim_end());
    Err(SnapshotError::new(message))
}

#[cfg(test)]
mod tests {
    use super::{
        MAX_ALIASES, MAX_DOCUMENT_BYTES, MAX_ENDPOINTS, MAX_FEATURES, MAX_NAME_BYTES,
        MAX_PROSE_BYTES, MAX_TIER_NAME_BYTES, MAX_TIERS, MAX_VERSIONS,
    };
    use crate::snapshot::Snapshot;
    use std::fmt::Write as _;

    /// Returns a lock file with the given number of tiers, length of each tier's name, and number of
    /// gated endpoints.
    fn lock(tiers: usize, tier_name: usize, endpoints: usize) -> String {
        let mut text = String::from("version 1\n");
        for rank in 0..tiers {
            writeln!(text, "tier {rank} {rank:a>tier_name$}").unwrap();
        }
        for index in 0..endpoints {
            let tier = format!("{:a>tier_name$}", 0);
            writeln!(text, "gate /{index} GET {tier} x").unwrap();
        }
        text
    }

    #[track_caller]
    fn refused(read: Result<Snapshot, crate::snapshot::error::SnapshotError>, expected: &str) {
        match read {
            Ok(_) => panic!("accepted, but expected the error: {expected}"),
            Err(error) => assert!(error.to_string().contains(expected), "{error}"),
        }
    }

    #[test]
    fn counts_are_limited() {
        assert!(Snapshot::from_lock(&lock(MAX_TIERS, 1, 5_000)).is_ok());
        refused(
            Snapshot::from_lock(&lock(40_000, 1, 1)),
            "the snapshot has 40000 tiers; the limit is 100",
        );
        assert!(Snapshot::from_lock(&lock(1, 1, MAX_ENDPOINTS)).is_ok());
        refused(
            Snapshot::from_lock(&lock(1, 1, MAX_ENDPOINTS + 1)),
            "the snapshot has 50001 endpoints and events; the limit is 50000",
        );
        let events = |count: usize| {
            let mut text = lock(1, 1, MAX_ENDPOINTS - 1).replace("version 1", "version 4");
            for index in 0..count {
                writeln!(text, "event {index} 0").unwrap();
            }
            text
        };
        assert!(Snapshot::from_lock(&events(1)).is_ok());
        refused(
            Snapshot::from_lock(&events(2)),
            "the snapshot has 50001 endpoints and events; the limit is 50000",
        );
        refused(
            Snapshot::from_lock(&lock(MAX_TIERS, 1, 5_001)),
            "the number of endpoints and events times tiers is 500100; the limit is 500000",
        );
    }

    #[test]
    fn lists_are_limited() {
        let lock = |aliases: usize, features: usize, versions: usize, key: usize| {
            let mut text = String::from("version 2\ntier 0 Free alias");
            for alias in 0..aliases {
                write!(text, " {alias:a>key$}").unwrap();
            }
            for feature in 0..features {
                write!(text, "\nfeature {feature:f>key$} {feature:n>key$}").unwrap();
            }
            text.push_str("\ngate /a GET Free a");
            for version in 1..=versions {
                write!(text, " until_version {version} Free").unwrap();
            }
            text
        };
        let most = lock(MAX_ALIASES, MAX_FEATURES, MAX_VERSIONS, MAX_TIER_NAME_BYTES);
        assert!(Snapshot::from_lock(&most).is_ok());
        for (text, what) in [
            (lock(MAX_ALIASES + 1, 0, 0, 1), "a tier has 33 aliases"),
            (
                lock(1, 0, 0, MAX_TIER_NAME_BYTES + 1),
                "an alias has 257 bytes",
            ),
            (
                lock(0, MAX_FEATURES + 1, 0, 1),
                "the snapshot has 65 add-ons",
            ),
            (
                lock(0, 1, 0, MAX_TIER_NAME_BYTES + 1),
                "an add-on's key has 257 bytes",
            ),
            (
                lock(0, 0, MAX_VERSIONS + 1, 1),
                "an endpoint or event has 17 plan versions",
            ),
        ] {
            refused(Snapshot::from_lock(&text), what);
        }
    }

    #[test]
    fn lengths_are_limited() {
        let endpoint = |path: usize, name: usize, reason: usize| {
            format!(
                "version 1\nopen /{} GET {} \"{}\"\n",
                "p".repeat(path - 1),
                "n".repeat(name),
                "r".repeat(reason)
            )
        };
        assert!(
            Snapshot::from_lock(&endpoint(MAX_NAME_BYTES, MAX_NAME_BYTES, MAX_PROSE_BYTES)).is_ok()
        );
        for (path, name, reason, what) in [
            (MAX_NAME_BYTES + 1, 1, 1, "a path has 16385 bytes"),
            (
                1,
                MAX_NAME_BYTES + 1,
                1,
                "an endpoint's name has 16385 bytes",
            ),
            (
                1,
                1,
                MAX_PROSE_BYTES + 1,
                "a reason for a public endpoint has 65537 bytes",
            ),
        ] {
            refused(Snapshot::from_lock(&endpoint(path, name, reason)), what);
        }
        let event =
            |name: usize| format!("version 4\ntier 0 Free\nevent {} Free\n", "e".repeat(name));
        assert!(Snapshot::from_lock(&event(MAX_NAME_BYTES)).is_ok());
        refused(
            Snapshot::from_lock(&event(MAX_NAME_BYTES + 1)),
            "an event's name has 16385 bytes",
        );
        let module = format!(
            "version 1\nopen - - n r {}\n",
            "m".repeat(MAX_NAME_BYTES + 1)
        );
        refused(
            Snapshot::from_lock(&module),
            "a module's path has 16385 bytes",
        );
        assert!(Snapshot::from_lock(&lock(1, MAX_TIER_NAME_BYTES, 1)).is_ok());
        refused(
            Snapshot::from_lock(&lock(1, MAX_TIER_NAME_BYTES + 1, 1)),
            "a tier's name has 257 bytes",
        );
        refused(
            Snapshot::from_lock(&" ".repeat(MAX_DOCUMENT_BYTES + 1)),
            "the document has 16777217 bytes",
        );
    }

    #[cfg(feature = "json")]
    #[test]
    fn json_has_the_same_limits() {
        let json = |tiers: usize, tier_name: usize, modules: usize, summary: usize| {
            let tiers: Vec<String> = (0..tiers)
                .map(|rank| format!(r#"{{"name": "{rank:a>tier_name$}", "rank": {rank}}}"#))
                .collect();
            let endpoints: Vec<String> = (0..modules)
                .map(|module| {
                    let summary = "s".repeat(summary);
                    format!(
                        r#"{{"name": "n", "public_reason": "r", "module": "m{module}", "summary": "{summary}"}}"#
                    )
                })
                .collect();
            let (tiers, endpoints) = (tiers.join(","), endpoints.join(","));
            format!(r#"{{"version": 1, "tiers": [{tiers}], "endpoints": [{endpoints}]}}"#)
        };
        assert!(Snapshot::from_json(&json(MAX_TIERS, 20, 1_000, 0)).is_ok());
        refused(
            Snapshot::from_json(&json(MAX_TIERS, 20, 1_001, 0)),
            "the number of modules times the length of all tier names is 2002000 bytes",
        );
        refused(Snapshot::from_json(&json(40_000, 1, 0, 0)), "40000 tiers");
        refused(
            Snapshot::from_json(&json(1, 1, 1, MAX_PROSE_BYTES + 1)),
            "a summary has 65537 bytes",
        );
        refused(
            Snapshot::from_json(&json(1, 1, 1, MAX_DOCUMENT_BYTES)),
            "the document has",
        );
    }
}
