//! One operation of a document.

use crate::export::markdown;
use crate::export::openapi::document::{Object, object_in};
use crate::export::openapi::refusals::Refusals;
use crate::snapshot::EndpointRow;
use serde_json::{Value, json};

pub(super) const TIER: &str = "x-required-tier";
pub(super) const REASON: &str = "x-public-reason";

/// What the two sentences begin with. The attribute puts them into a handler's documentation, which
/// other libraries copy into the document.
const REQUIRES: &str = "Requires the tier ";
const OPEN: &str = "Open to everybody: ";

/// Writes who may call into an operation. Replaces what an earlier export wrote.
pub(super) fn describe(endpoint: &EndpointRow, operation: &mut Object, refusals: &Refusals) {
    operation.remove(TIER);
    operation.remove(REASON);
    if let Some(responses) = object_in(operation, "responses") {
        responses.retain(|_, response| !refusals.wrote(response));
        if endpoint.required_tier().is_some() {
            for (status, reference) in refusals.responses() {
                let response = || json!({ "$ref": reference });
                responses.entry(status.clone()).or_insert_with(response);
            }
        }
    }
    let sentence = match endpoint.required_tier() {
        Some(tier) => {
            operation.insert(TIER.to_owned(), json!(tier.name()));
            format!("{REQUIRES}{}.", markdown::code(tier.name()))
        }
        None => {
            let reason = endpoint.public_reason().unwrap_or_default();
            operation.insert(REASON.to_owned(), json!(reason));
            format!("{OPEN}{}", markdown::text(reason))
        }
    };
    // The document may mark more operations as deprecated than there are deprecated handlers.
    if endpoint.is_deprecated() {
        operation.insert("deprecated".to_owned(), json!(true));
    }
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let description = with_sentence(text("description").unwrap_or_default(), &sentence);
    // Of a handler that has no other documentation.
    if text("summary").is_some_and(is_sentence) {
        operation.remove("summary");
    }
    operation.insert("description".to_owned(), json!(description));
}

/// A description with a sentence, where there was one before or at the end.
fn with_sentence(description: &str, sentence: &str) -> String {
    let mut paragraphs = Vec::new();
    let mut is_said = false;
    for paragraph in description.split("\n\n") {
        if !is_sentence(paragraph) {
            paragraphs.push(paragraph);
        } else if !is_said {
            paragraphs.push(sentence);
            is_said = true;
        }
    }
    if description.trim().is_empty() {
        paragraphs.clear();
    }
    if !is_said {
        paragraphs.push(sentence);
    }
    paragraphs.join("\n\n")
}

/// Whether a paragraph is one that `describe` or the attribute wrote, and nothing more.
fn is_sentence(paragraph: &str) -> bool {
    let paragraph = paragraph.trim();
    let is_code = |text: &str| {
        let fence = &text[..text.len() - text.trim_start_matches('`').len()];
        let code = text[fence.len()..].strip_suffix(fence);
        !fence.is_empty() && code.is_some_and(|code| !code.contains(fence))
    };
    paragraph.starts_with(OPEN)
        || paragraph
            .strip_prefix(REQUIRES)
            .and_then(|tier| tier.strip_suffix('.'))
            .is_some_and(is_code)
}

#[cfg(test)]
mod tests {
    use super::{is_sentence, with_sentence};

    #[test]
    fn only_our_own_sentences_are_replaced() {
        for own in [
            "Requires the tier `Plus`.",
            " Requires the tier ``a`b``.\n",
            "Requires the tier `` ` ``.",
            "Open to everybody: health checks\nhave no account",
        ] {
            assert!(is_sentence(own), "{own}");
        }
        for other in [
            "",
            "Requires the tier.",
            "Requires the tier Plus.",
            "Requires the tier `.",
            "Requires the tier `Plus` or `Pro`.",
            "Requires the tier `Plus`. More.",
            "It requires the tier `Plus`.",
        ] {
            assert!(!is_sentence(other), "{other}");
        }
    }

    #[test]
    fn a_sentence_stays_in_its_place() {
        let plus = "Requires the tier `Plus`.";
        for (before, after) in [
            ("", plus),
            ("Mine.", "Mine.\n\nRequires the tier `Plus`."),
            (
                "Requires the tier `Pro`.\n\nMine.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
            (
                "Open to everybody: x\n\nMine.\n\nRequires the tier `A`.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
        ] {
            assert_eq!(with_sentence(before, plus), after);
        }
    }
}
