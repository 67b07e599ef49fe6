//! Limits for snapshots that are read from documents.
//!
//! A document may come from an attacker who wants to exhaust the program's memory. The output rendered
//! from a snapshot grows with the number of endpoints times the number of tiers: the page's matrix has
//! a cell for each pair, and each of the page's tables lists every tier.

use crate::snapshot::Snapshot;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use std::collections::HashSet;

/// The maximum length of a document, in bytes.
const DOCUMENT: usize = 16 * 1024 * 1024;
const TIERS: usize = 100;
const ENDPOINTS: usize = 50_000;
/// The maximum number of endpoints times tiers.
const PAIRS: usize = 500_000;
/// The maximum number of modules times the total length of all tier names, in bytes.
const HEADINGS: usize = 2_000_000;
/// The maximum length of a tier's name, in bytes.
const TIER_NAME: usize = 256;
/// The maximum length of a name, a path or a module, in bytes.
const NAME: usize = 16 * 1024;
/// The maximum length of a summary or a reason, in bytes.
const PROSE: usize = 64 * 1024;

/// Checks the length of a document before it is parsed.
pub(crate) fn check_document(text: &str) -> Result<(), SnapshotError> {
    at_most(DOCUMENT, text.len(), "the document has", "bytes")
}

/// Checks a snapshot after it was read.
pub(crate) fn check(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let Snapshot { tiers, endpoints } = snapshot;
    check_tiers(tiers)?;
    at_most(ENDPOINTS, endpoints.len(), "the snapshot has", "endpoints")?;
    for endpoint in endpoints {
        check_endpoint(endpoint)?;
    }
    let pairs = endpoints.len() * tiers.len();
    at_most(PAIRS, pairs, "the number of endpoints times tiers is", "")?;
    let modules: HashSet<&str> = endpoints.iter().map(EndpointRow::module).collect();
    let names: usize = tiers.iter().map(|tier| tier.name.len()).sum();
    at_most(
        HEADINGS,
        modules.len() * names,
        "the number of modules times the length of all tier names is",
        "bytes",
    )
}

/// Checks the tiers alone, before the endpoints' tiers are looked up among them.
pub(crate) fn check_tiers(tiers: &[TierRow]) -> Result<(), SnapshotError> {
    at_most(TIERS, tiers.len(), "the snapshot has", "tiers")?;
    for tier in tiers {
        at_most(TIER_NAME, tier.name.len(), "a tier's name has", "bytes")?;
    }
    Ok(())
}

fn check_endpoint(row: &EndpointRow) -> Result<(), SnapshotError> {
    at_most(NAME, row.name.len(), "an endpoint's name has", "bytes")?;
    let path = row.path().unwrap_or_default();
    at_most(NAME, path.len(), "a path has", "bytes")?;
    at_most(NAME, row.module.len(), "a module's path has", "bytes")?;
    at_most(PROSE, row.summary.len(), "a summary has", "bytes")?;
    match &row.access {
        AccessRow::Public { reason } => at_most(
            PROSE,
            reason.len(),
            "a reason for a public endpoint has",
            "bytes",
        ),
        AccessRow::Tier(_) => Ok(()),
    }
}

fn at_most(limit: usize, count: usize, what: &str, unit: &str) -> Result<(), SnapshotError> {
    if count <= limit {
        return Ok(());
    }
    let count = format!("{what} {count} {unit}");
    let message = format!("{}; the limit is {limit}", count.trim_end());
    Err(SnapshotError::new(message))
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENT, ENDPOINTS, NAME, PROSE, TIER_NAME, TIERS};
    use crate::snapshot::Snapshot;
    use std::fmt::Write as _;

    /// Returns a lock file with this many tiers and gated endpoints.
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
        assert!(Snapshot::from_lock(&lock(TIERS, 1, 5_000)).is_ok());
        refused(
            Snapshot::from_lock(&lock(40_000, 1, 1)),
            "the snapshot has 40000 tiers; the limit is 100",
        );
        assert!(Snapshot::from_lock(&lock(1, 1, ENDPOINTS)).is_ok());
        refused(
            Snapshot::from_lock(&lock(1, 1, ENDPOINTS + 1)),
            "the snapshot has 50001 endpoints; the limit is 50000",
        );
        refused(
            Snapshot::from_lock(&lock(TIERS, 1, 5_001)),
            "the number of endpoints times tiers is 500100; the limit is 500000",
        );
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
        assert!(Snapshot::from_lock(&endpoint(NAME, NAME, PROSE)).is_ok());
        for (path, name, reason, what) in [
            (NAME + 1, 1, 1, "a path has 16385 bytes"),
            (1, NAME + 1, 1, "an endpoint's name has 16385 bytes"),
            (
                1,
                1,
                PROSE + 1,
                "a reason for a public endpoint has 65537 bytes",
            ),
        ] {
            refused(Snapshot::from_lock(&endpoint(path, name, reason)), what);
        }
        let module = format!("version 1\nopen - - n r {}\n", "m".repeat(NAME + 1));
        refused(
            Snapshot::from_lock(&module),
            "a module's path has 16385 bytes",
        );
        assert!(Snapshot::from_lock(&lock(1, TIER_NAME, 1)).is_ok());
        refused(
            Snapshot::from_lock(&lock(1, TIER_NAME + 1, 1)),
            "a tier's name has 257 bytes",
        );
        refused(
            Snapshot::from_lock(&" ".repeat(DOCUMENT + 1)),
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
        assert!(Snapshot::from_json(&json(TIERS, 20, 1_000, 0)).is_ok());
        refused(
            Snapshot::from_json(&json(TIERS, 20, 1_001, 0)),
            "the number of modules times the length of all tier names is 2002000 bytes",
        );
        refused(Snapshot::from_json(&json(40_000, 1, 0, 0)), "40000 tiers");
        refused(
            Snapshot::from_json(&json(1, 1, 1, PROSE + 1)),
            "a summary has 65537 bytes",
        );
        refused(
            Snapshot::from_json(&json(1, 1, 1, DOCUMENT)),
            "the document has",
        );
    }
}
