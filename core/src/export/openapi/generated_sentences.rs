//! The generated sentences about what an endpoint requires.
//!
//! `#[requires_tier]` adds the same sentences to a handler's documentation, and other libraries copy this
//! documentation into the OpenAPI document.

use crate::endpoint::need::FeatureRule;
use crate::export::markdown::{code, text};
use crate::export::openapi::generated_code::after_code;
use crate::export::openapi::limit_sentences::after_limits;
use crate::snapshot::need_row::NeedRow;

const TIER: &str = "Requires the tier ";
const FEATURE: &str = "Requires the add-on ";
const AND_FEATURE: &str = " and the add-on ";
const OR_FEATURE: &str = " or the add-on ";
const VERSION: &str = " With a plan version below ";
const VERSION_TIER: &str = ", requires the tier ";
/// A handler's documentation can contain this sentence. OpenAPI documents don't, because customers read
/// them.
const ENFORCED: (&str, &str) = (" For now, only the tier ", " is enforced.");
const PUBLIC: &str = "Public endpoint: ";

/// Returns the sentence about a public endpoint.
pub(super) fn public_sentence(reason: &str) -> String {
    format!("{PUBLIC}{}", text(reason))
}

/// Returns the sentences about what an endpoint requires.
pub(super) fn requirement_sentences(need: &NeedRow) -> String {
    let feature = need.feature.as_ref().map(|feature| code(&feature.name));
    let mut sentences = match (&need.tier, feature) {
        (Some(tier), None) => format!("{TIER}{}.", code(&tier.name)),
        (Some(tier), Some(feature)) => {
            let combined = match need.rule {
                FeatureRule::OrTier => OR_FEATURE,
                _ => AND_FEATURE,
            };
            format!("{TIER}{}{combined}{feature}.", code(&tier.name))
        }
        (None, feature) => format!("{FEATURE}{}.", feature.unwrap_or_default()),
    };
    for version in &need.versions {
        let tier = code(&version.tier.name);
        let below = version.below.to_string();
        sentences += &[VERSION, &below, VERSION_TIER, &tier, "."].concat();
    }
    sentences
}

/// Returns whether a paragraph consists only of generated sentences.
pub(super) fn is_generated_paragraph(paragraph: &str) -> bool {
    let paragraph = paragraph.trim();
    let is_requirement = || after_requirement(paragraph).and_then(after_limits) == Some("");
    paragraph.starts_with(PUBLIC) || is_requirement()
}

/// Returns the text after the sentences about a requirement, or `None` if the text doesn't start with them.
fn after_requirement(paragraph: &str) -> Option<&str> {
    let mut rest = match paragraph.strip_prefix(FEATURE) {
        Some(rest) => after_code(rest)?,
        None => {
            let rest = after_code(paragraph.strip_prefix(TIER)?)?;
            let feature = rest.strip_prefix(AND_FEATURE);
            match feature.or_else(|| rest.strip_prefix(OR_FEATURE)) {
                Some(rest) => after_code(rest)?,
                None => rest,
            }
        }
    };
    rest = rest.strip_prefix('.')?;
    while let Some(version) = rest.strip_prefix(VERSION) {
        let version = version.trim_start_matches(|digit: char| digit.is_ascii_digit());
        rest = after_code(version.strip_prefix(VERSION_TIER)?)?.strip_prefix('.')?;
    }
    match rest.strip_prefix(ENFORCED.0) {
        Some(rest) => after_code(rest)?.strip_prefix(ENFORCED.1),
        None => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_generated_paragraph, requirement_sentences};
    use crate::snapshot::Snapshot;

    #[test]
    fn only_generated_sentences_are_recognised() {
        for own in [
            "Requires the tier `Plus`.",
            " Requires the tier ``a`b``.\n",
            "Requires the tier `` ` ``.",
            "Requires the add-on `Radio`.",
            "Requires the tier `Plus` and the add-on `Radio`.",
            "Requires the tier `Pro` or the add-on `Radio`. With a plan version below 2, requires the tier `Free`. With a plan version below 3, requires the tier `Plus`. For now, only the tier `Plus` is enforced.",
            "Requires the tier `Plus`. Limit per caller: `60/minute`. A call takes 20 units of the catalogue's quota.",
            "Public endpoint: health checks\nhave no account",
        ] {
            assert!(is_generated_paragraph(own), "{own}");
        }
        for other in [
            "",
            "Requires the tier.",
            "Requires the tier Plus.",
            "Requires the tier `.",
            "Requires the tier `Plus` or `Pro`.",
            "Requires the tier `Plus`. More.",
            "Requires the tier `Plus` and the add-on Radio.",
            "Requires the tier `Plus`. With a plan version below 2, it is free.",
            "Requires the tier `Plus`. Limit per caller: `60/minute`. More.",
            "It requires the tier `Plus`.",
        ] {
            assert!(!is_generated_paragraph(other), "{other}");
        }
    }

    #[test]
    fn every_requirement_is_recognised() {
        let lock = "version 2\ntier 0 Free\ntier 1 \"`Plus` ``\"\nfeature radio \"`Radio\"\n";
        for requirement in [
            "Free a",
            "Free a feature radio",
            "Free a or_feature radio",
            "- a feature radio",
            "\"`Plus` ``\" a or_feature radio until_version 2 Free until_version 30 \"`Plus` ``\"",
        ] {
            let lock = format!("{lock}gate /a GET {requirement}\n");
            let snapshot = Snapshot::from_lock(&lock).unwrap();
            let need = snapshot.endpoints()[0].need_row().unwrap();
            let sentences = requirement_sentences(need);
            assert!(is_generated_paragraph(&sentences), "{sentences}");
        }
    }
}
