//! The generated sentences about how often callers may call an endpoint.
//!
//! The macros add the same sentences to a handler's documentation.

use crate::endpoint::limits::Limit;
use crate::export::markdown::code;
use crate::export::openapi::generated_code::after_code;
use crate::snapshot::limit_rows::LimitRow;
use crate::snapshot::rows::EndpointRow;

const UNLIMITED: &str = " Calls are unlimited.";
const EVERY_TIER: &str = " Limit per caller: ";
const BY_TIER: &str = " Limits per caller: ";
const FROM_TIER: &str = " from the tier ";
const FREE: &str = " A call takes nothing from the catalogue's quota.";
const COST: (&str, &str, &str) = (" A call takes ", " unit", " of the catalogue's quota.");

/// Returns the sentences about an endpoint's limits and cost, each preceded by a space.
pub(super) fn limit_sentences(endpoint: &EndpointRow, has_quota: bool) -> String {
    let limits = endpoint.declared_limits();
    let mut sentences = match limits.as_slice() {
        [] => String::new(),
        [row] => format!("{EVERY_TIER}{}.", policy_text(row.limits())),
        rows => format!("{BY_TIER}{}.", policies_text(rows)),
    };
    match endpoint.cost() {
        0 if has_quota => sentences.push_str(FREE),
        units if has_quota && units != 1 => {
            let units = units.to_string();
            sentences += &[COST.0, &units, COST.1, "s", COST.2].concat();
        }
        _ => {}
    }
    sentences
}

/// Describes the limits from each tier upwards, such as `` `10/minute` from the tier `Free`, unlimited from
/// the tier `Plus` ``.
pub(super) fn policies_text(rows: &[LimitRow]) -> String {
    let text = |row: &LimitRow| [&policy_text(row.limits()), FROM_TIER, &code(row.tier())].concat();
    rows.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn policy_text(limits: &[Limit]) -> String {
    if limits.is_empty() {
        return "unlimited".to_owned();
    }
    let limits = limits.iter().map(|limit| code(&limit.to_string()));
    limits.collect::<Vec<_>>().join(" and ")
}

/// Returns the text after the sentences about limits and costs. Returns the whole text if it has no such
/// sentences, and `None` if such a sentence is incomplete.
pub(super) fn after_limits(text: &str) -> Option<&str> {
    let rest = if let Some(rest) = text.strip_prefix(UNLIMITED) {
        rest
    } else if let Some(policy) = text.strip_prefix(EVERY_TIER) {
        after_policy(policy)?.strip_prefix('.')?
    } else if let Some(policies) = text.strip_prefix(BY_TIER) {
        after_policies(policies)?.strip_prefix('.')?
    } else {
        text
    };
    if let Some(rest) = rest.strip_prefix(FREE) {
        return Some(rest);
    }
    let Some(units) = rest.strip_prefix(COST.0) else {
        return Some(rest);
    };
    let rest = units.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let rest = rest.strip_prefix(COST.1)?;
    rest.strip_prefix('s').unwrap_or(rest).strip_prefix(COST.2)
}

/// Returns the text after the limits of one or more tiers.
fn after_policies(mut text: &str) -> Option<&str> {
    loop {
        text = after_code(after_policy(text)?.strip_prefix(FROM_TIER)?)?;
        match text.strip_prefix(", ") {
            Some(rest) => text = rest,
            None => return Some(text),
        }
    }
}

/// Returns the text after the limits of a tier.
fn after_policy(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("unlimited") {
        return Some(rest);
    }
    let mut rest = after_code(text)?;
    while let Some(limit) = rest.strip_prefix(" and ") {
        rest = after_code(limit)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::{after_limits, limit_sentences};
    use crate::snapshot::Snapshot;

    fn sentences(gate: &str, has_quota: bool) -> String {
        let lock =
            format!("version 3\ntier 0 Free\ntier 1 \"`Plus`\"\ntier 2 Pro\ngate /a GET {gate}\n");
        let snapshot = Snapshot::from_lock(&lock).unwrap();
        limit_sentences(&snapshot.endpoints()[0], has_quota)
    }

    #[test]
    fn every_sentence_is_recognised() {
        for (gate, text) in [
            ("Free a", ""),
            (
                "Free a limit \"60/minute; 5000/day\"",
                " Limit per caller: `60/minute` and `5000/day`.",
            ),
            (
                "Free a limit 10/minute from `Plus` \"60/minute; 5000/day\" from Pro unlimited cost 20",
                " Limits per caller: `10/minute` from the tier `Free`, `60/minute` and `5000/day` from the tier `` `Plus` ``, unlimited from the tier `Pro`. A call takes 20 units of the catalogue's quota.",
            ),
            (
                "Free a cost 0",
                " A call takes nothing from the catalogue's quota.",
            ),
        ] {
            let sentences = sentences(gate, true);
            assert_eq!(sentences, text);
            assert_eq!(after_limits(&sentences), Some(""), "{gate}");
        }
        assert_eq!(sentences("Free a cost 20", false), "");
    }

    #[test]
    fn only_whole_sentences_are_recognised() {
        for (text, rest) in [
            (" Calls are unlimited.", Some("")),
            (" A call takes 1 unit of the catalogue's quota.", Some("")),
            (" Calls are cheap.", Some(" Calls are cheap.")),
            (" Limit per caller: `60/minute`", None),
            (" Limit per caller: 60/minute.", None),
            (" Limits per caller: `1/day`.", None),
            (" Limits per caller: `1/day` from the tier `Free`, .", None),
            (" A call takes 20 cents.", None),
        ] {
            assert_eq!(after_limits(text), rest, "{text}");
        }
    }
}
