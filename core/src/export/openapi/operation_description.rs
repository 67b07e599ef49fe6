//! Writes the requirement of an endpoint or an event into the description and the extensions of its operation,
//! and the refusals of an endpoint into its responses.

use crate::export::openapi::generated_sentences::{
    is_generated_paragraph, public_sentence, requirement_sentences,
};
use crate::export::openapi::limit_members::limits_value;
use crate::export::openapi::limit_sentences::limit_sentences;
use crate::export::openapi::refusal_responses::RefusalResponses;
use crate::export::openapi::validated_document::{JsonObject, object_in};
use crate::snapshot::need_row::{NeedRow, rule_word};
use crate::snapshot::rows::{AccessRow, EndpointRow};
use serde_json::{Value, json};

const TIER_EXTENSION: &str = "x-required-tier";
const FEATURE_EXTENSION: &str = "x-required-feature";
const RULE_EXTENSION: &str = "x-feature-rule";
const VERSION_EXTENSION: &str = "x-until-version";
const LIMITS_EXTENSION: &str = "x-limits";
const COST_EXTENSION: &str = "x-cost";
const REASON_EXTENSION: &str = "x-public-reason";

/// Every extension that an export writes.
pub(super) const EXTENSIONS: [&str; 7] = [
    TIER_EXTENSION,
    FEATURE_EXTENSION,
    RULE_EXTENSION,
    VERSION_EXTENSION,
    LIMITS_EXTENSION,
    COST_EXTENSION,
    REASON_EXTENSION,
];

/// Adds what an endpoint requires, or the reason why it is public, to an operation. Replaces everything
/// that an earlier export added to the operation.
pub(super) fn describe_operation(
    endpoint: &EndpointRow,
    operation: &mut JsonObject,
    refusals: &RefusalResponses,
) {
    remove_extensions(operation);
    if let Some(responses) = object_in(operation, "responses") {
        responses.retain(|_, response| !refusals.is_referenced_by(response));
        for refusal in refusals.of(endpoint) {
            let refusal_response = || json!({ "$ref": refusal.reference });
            let response = responses.entry(refusal.status.clone());
            response.or_insert_with(refusal_response);
        }
    }
    let sentences = match &endpoint.access {
        AccessRow::Gated(need) => {
            add_requirement(operation, need);
            add_limits(operation, endpoint, refusals.has_quota());
            requirement_sentences(need) + &limit_sentences(endpoint, refusals.has_quota())
        }
        AccessRow::Public { reason } => {
            operation.insert(REASON_EXTENSION.to_owned(), json!(reason));
            public_sentence(reason)
        }
    };
    describe(endpoint, operation, &sentences);
}

/// Adds what an event requires to an operation of its webhook. Replaces everything that an earlier export
/// added to the operation, except the payload.
pub(super) fn describe_event(event: &EndpointRow, operation: &mut JsonObject) {
    remove_extensions(operation);
    if let Some(need) = event.need_row() {
        add_requirement(operation, need);
        describe(event, operation, &requirement_sentences(need));
    }
}

fn remove_extensions(operation: &mut JsonObject) {
    for extension in EXTENSIONS {
        operation.remove(extension);
    }
}

/// Adds the generated sentences and the `deprecated` flag to an operation.
fn describe(row: &EndpointRow, operation: &mut JsonObject, sentences: &str) {
    // If the endpoint isn't deprecated, an existing `deprecated` flag of the operation stays unchanged,
    // because the document's author may have set this flag.
    if row.is_deprecated() {
        operation.insert("deprecated".to_owned(), json!(true));
    }
    let operation_text = |key: &str| operation.get(key).and_then(Value::as_str);
    let old_description = operation_text("description").unwrap_or_default();
    let description = description_with_sentences(old_description, sentences);
    // A handler's documentation may consist only of the generated sentence. In this case, the library
    // that generated the document uses the sentence as the operation's summary.
    if operation_text("summary").is_some_and(is_generated_paragraph) {
        operation.remove("summary");
    }
    operation.insert("description".to_owned(), json!(description));
}

/// Adds the extensions of a requirement. They don't contain the tier that is enforced for now.
fn add_requirement(operation: &mut JsonObject, need: &NeedRow) {
    if let Some(tier) = &need.tier {
        operation.insert(TIER_EXTENSION.to_owned(), json!(tier.name));
    }
    if let (Some(feature), Some(rule)) = (&need.feature, rule_word(need.rule)) {
        operation.insert(FEATURE_EXTENSION.to_owned(), json!(feature.key));
        operation.insert(RULE_EXTENSION.to_owned(), json!(rule));
    }
    if !need.versions.is_empty() {
        let versions = need.versions.iter();
        let versions: Vec<Value> = versions
            .map(|version| json!({ "version": version.below, "required-tier": version.tier.name }))
            .collect();
        operation.insert(VERSION_EXTENSION.to_owned(), json!(versions));
    }
}

/// Adds the extensions of an endpoint's limits and cost.
fn add_limits(operation: &mut JsonObject, endpoint: &EndpointRow, has_quota: bool) {
    let limits = endpoint.declared_limits();
    if !limits.is_empty() {
        let limits = limits_value(limits.as_slice());
        operation.insert(LIMITS_EXTENSION.to_owned(), limits);
    }
    if has_quota && endpoint.cost() != 1 {
        operation.insert(COST_EXTENSION.to_owned(), json!(endpoint.cost()));
    }
}

/// Replaces the first generated paragraph in a description with `sentences`, and removes all other
/// generated paragraphs. Appends `sentences` if the description contains no generated paragraph.
fn description_with_sentences(description: &str, sentences: &str) -> String {
    let mut paragraphs = Vec::new();
    let mut has_sentences = false;
    for paragraph in description.split("\n\n") {
        if !is_generated_paragraph(paragraph) {
            paragraphs.push(paragraph);
        } else if !has_sentences {
            paragraphs.push(sentences);
            has_sentences = true;
        }
    }
    if description.trim().is_empty() {
        paragraphs.clear();
    }
    if !has_sentences {
        paragraphs.push(sentences);
    }
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::description_with_sentences;

    #[test]
    fn a_replaced_sentence_keeps_its_position() {
        let plus = "Requires the tier `Plus`.";
        for (before, after) in [
            ("", plus),
            ("Mine.", "Mine.\n\nRequires the tier `Plus`."),
            (
                "Requires the tier `Pro` or the add-on `Radio`.\n\nMine.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
            (
                "Public endpoint: x\n\nMine.\n\nRequires the tier `A`.",
                "Requires the tier `Plus`.\n\nMine.",
            ),
        ] {
            assert_eq!(description_with_sentences(before, plus), after);
        }
    }
}
