//! Writes an endpoint's tier into the description, the extensions and the responses of its operation.

use crate::export::markdown;
use crate::export::openapi::refusal_responses::RefusalResponses;
use crate::export::openapi::validated_document::{JsonObject, object_in};
use crate::snapshot::rows::EndpointRow;
use serde_json::{Value, json};

pub(super) const TIER_EXTENSION: &str = "x-required-tier";
pub(super) const REASON_EXTENSION: &str = "x-public-reason";

/// The generated sentence about a gated endpoint starts with this text. `#[requires_tier]` adds the same
/// sentence to a handler's documentation, and other libraries copy this documentation into the OpenAPI
/// document.
const TIER_SENTENCE_START: &str = "Requires the tier ";
/// The generated sentence about a public endpoint starts with this text.
const PUBLIC_SENTENCE_START: &str = "Public endpoint: ";

/// Adds an endpoint's tier, or the reason why it is public, to an operation. Replaces everything that an
/// earlier export added to the operation.
pub(super) fn describe_operation(
    endpoint: &EndpointRow,
    operation: &mut JsonObject,
    refusals: &RefusalResponses,
) {
    operation.remove(TIER_EXTENSION);
    operation.remove(REASON_EXTENSION);
    if let Some(responses) = object_in(operation, "responses") {
        responses.retain(|_, response| !refusals.is_referenced_by(response));
        if endpoint.required_row().is_some() {
            for (status, reference) in refusals.by_status() {
                let refusal_response = || json!({ "$ref": reference });
                let response = responses.entry(status.clone());
                response.or_insert_with(refusal_response);
            }
        }
    }
    let sentence = match endpoint.required_row() {
        Some(tier) => {
            operation.insert(TIER_EXTENSION.to_owned(), json!(tier.name()));
            format!("{TIER_SENTENCE_START}{}.", markdown::code(tier.name()))
        }
        None => {
            let reason = endpoint.public_reason().unwrap_or_default();
            operation.insert(REASON_EXTENSION.to_owned(), json!(reason));
            format!("{PUBLIC_SENTENCE_START}{}", markdown::text(reason))
        }
    };
    // If the endpoint isn't deprecated, an existing `deprecated` flag of the operation stays unchanged,
    // because the document's author may have set this flag.
    if endpoint.is_deprecated() {
        operation.insert("deprecated".to_owned(), json!(true));
    }
    let operation_text = |key: &str| operation.get(key).and_then(Value::as_str);
    let old_description = operation_text("description").unwrap_or_default();
    let description = description_with_sentence(old_description, &sentence);
    // A handler's documentation may consist only of the generated sentence. In this case, the library
    // that generated the document uses the sentence as the operation's summary.
    if operation_text("summary").is_some_and(is_generated_sentence) {
        operation.remove("summary");
    }
    operation.insert("description".to_owned(), json!(description));
}

/// Replaces the first generated sentence in a description with `sentence`, and removes all other
/// generated sentences. Appends `sentence` if the description contains no generated sentence.
fn description_with_sentence(description: &str, sentence: &str) -> String {
    let mut paragraphs = Vec::new();
    let mut has_sentence = false;
    for paragraph in description.split("\n\n") {
        if !is_generated_sentence(paragraph) {
            paragraphs.push(paragraph);
        } else if !has_sentence {
            paragraphs.push(sentence);
            has_sentence = true;
        }
    }
    if description.trim().is_empty() {
        paragraphs.clear();
    }
    if !has_sentence {
        paragraphs.push(sentence);
    }
    paragraphs.join("\n\n")
}

/// Whether a paragraph consists only of a sentence that `describe_operation` or `#[requires_tier]`
/// generated.
fn is_generated_sentence(paragraph: &str) -> bool {
    let paragraph = paragraph.trim();
    let is_code_span = |text: &str| {
        let fence = &text[..text.len() - text.trim_start_matches('`').len()];
        let code = text[fence.len()..].strip_suffix(fence);
        !fence.is_empty() && code.is_some_and(|code| !code.contains(fence))
    };
    paragraph.starts_with(PUBLIC_SENTENCE_START)
        || paragraph
            .strip_prefix(TIER_SENTENCE_START)
            .and_then(|tier| tier.strip_suffix('.'))
            .is_some_and(is_code_span)
}

#[cfg(test)]
mod tests {
    use super::{description_with_sentence, is_generated_sentence};

    #[test]
    fn only_generated_sentences_are_recognised() {
        for own in [
            "Requires the tier `Plus`.",
            " Requires the tier ``a`b``.\n",
            "Requires the tier `` ` ``.",
            "Public endpoint: health checks\nhave no account",
        ] {
            assert!(is_generated_sentence(own), "{own}");
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
            assert!(!is_generated_sentence(other), "{other}");
        }
    }

    #[test]
    fn a_replaced_sentence_keeps_its_position() {
        let plus = "Requires the tier `Plus`.";
        for (before, after) in [
            ("", plus),
            ("Mine.", "Mine.\n\nRequires the tier `Plus`."),
            (
                "Requires the tier `Pro`.\n\nMine.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
            (
                "Public endpoint: x\n\nMine.\n\nRequires the tier `A`.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
        ] {
            assert_eq!(description_with_sentence(before, plus), after);
        }
    }
}
