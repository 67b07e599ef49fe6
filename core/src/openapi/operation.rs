//! One operation of a document.

use super::refusals::Refusals;
use crate::markdown;
use crate::snapshot::EndpointRow;
use serde_json::json;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Ref, RefOr};

pub(super) const METHODS: [&str; 8] = [
    "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
];

const TIER: &str = "x-required-tier";
const REASON: &str = "x-public-reason";

/// What the two sentences begin with. The attribute puts them into a handler's documentation, where
/// utoipa finds them.
const REQUIRES: &str = "Requires the tier ";
const OPEN: &str = "Open to everybody: ";

pub(super) fn slot<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Option<Operation>> {
    match method {
        "GET" => Some(&mut item.get),
        "PUT" => Some(&mut item.put),
        "POST" => Some(&mut item.post),
        "DELETE" => Some(&mut item.delete),
        "OPTIONS" => Some(&mut item.options),
        "HEAD" => Some(&mut item.head),
        "PATCH" => Some(&mut item.patch),
        "TRACE" => Some(&mut item.trace),
        _ => None,
    }
}

pub(super) fn has(item: &PathItem, method: &str) -> bool {
    match method {
        "GET" => item.get.is_some(),
        "PUT" => item.put.is_some(),
        "POST" => item.post.is_some(),
        "DELETE" => item.delete.is_some(),
        "OPTIONS" => item.options.is_some(),
        "HEAD" => item.head.is_some(),
        "PATCH" => item.patch.is_some(),
        _ => item.trace.is_some(),
    }
}

/// Writes who may call into an operation, in the place of what this wrote before.
pub(super) fn describe(endpoint: &EndpointRow, operation: &mut Operation, refusals: &Refusals) {
    // Just one: utoipa keeps them without an order, and a document should be the same each time.
    let extensions = operation.extensions.get_or_insert_default();
    extensions.remove(TIER);
    extensions.remove(REASON);
    let responses = &mut operation.responses.responses;
    responses.retain(|_, response| !refusals.wrote(response));
    let sentence = match endpoint.required_tier() {
        Some(tier) => {
            extensions.insert(TIER.to_owned(), json!(tier.name()));
            for (status, name) in refusals.responses() {
                let response = RefOr::Ref(Ref::from_response_name(name));
                responses.entry(status.clone()).or_insert(response);
            }
            format!("{REQUIRES}{}.", markdown::code(tier.name()))
        }
        None => {
            let reason = endpoint.public_reason().unwrap_or_default();
            extensions.insert(REASON.to_owned(), json!(reason));
            format!("{OPEN}{}", markdown::text(reason))
        }
    };
    // Of a handler that has no other documentation.
    operation.summary.take_if(|summary| is_sentence(summary));
    let description = operation.description.get_or_insert_default();
    *description = with_sentence(description, &sentence);
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
