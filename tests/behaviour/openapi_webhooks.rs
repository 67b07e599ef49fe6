//! Events as webhooks in OpenAPI documents of other libraries, as JSON.

use serde_json::{Value, json};
use tiergate::Snapshot;
use tiergate::openapi::Export;

fn catalogue(lines: &str) -> Snapshot {
    Snapshot::from_lock(&format!(
        "version 4\ntier 0 Free\ntier 1 Plus\nfeature radio `Radio\n{lines}"
    ))
    .unwrap()
}

fn document(webhooks: Value) -> Value {
    let mut document = json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" } });
    if !webhooks.is_null() {
        document["webhooks"] = webhooks;
    }
    document
}

/// Merges the events into a document that has no paths. Returns the document and the report.
fn merge(export: &Export<'_>, mut document: Value) -> (Value, String) {
    let merged = export.merge_json(&mut document).unwrap();
    (document, merged.to_string())
}

#[test]
fn events_become_webhooks() {
    let snapshot = catalogue("event A Plus or_feature radio until_version 3 Free enforced Free\n");
    let schema = json!({ "type": "string" });
    let export = Export::new(&snapshot).event_schema_json("A", schema.clone());
    let (merged, report) = merge(&export, document(Value::Null));
    assert_eq!(report, "");
    assert_eq!(
        merged["webhooks"],
        json!({ "A": { "post": {
            "description": "Requires the tier `Plus` or the add-on `` `Radio ``. With a plan version below 3, requires the tier `Free`.",
            "responses": { "2XX": { "description": "The receiver has accepted the event." } },
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "x-feature-rule": "or",
            "x-generated-by": "tiergate",
            "x-required-feature": "radio",
            "x-required-tier": "Plus",
            "x-until-version": [{ "version": 3, "required-tier": "Free" }],
        } } })
    );
    assert_eq!(merge(&export, merged.clone()).0, merged);

    // Later releases change the requirement, and then remove the event.
    let later = catalogue("event A Free\n");
    let (merged, _) = merge(&Export::new(&later), merged);
    let post = &merged["webhooks"]["A"]["post"];
    assert_eq!(post["description"], "Requires the tier `Free`.");
    assert_eq!(post.get("x-required-feature"), None);
    assert_eq!(post.get("requestBody"), None);
    let (merged, _) = merge(&Export::new(&catalogue("")), merged);
    assert_eq!(merged.get("webhooks"), None);
}

#[test]
fn documents_of_version_3_0_get_an_extension() {
    let snapshot = catalogue("event A Plus\n");
    let mut original = document(Value::Null);
    original["openapi"] = json!("3.0.3");
    let (merged, _) = merge(&Export::new(&snapshot), original);
    assert_eq!(merged.get("webhooks"), None);
    assert_eq!(merged["x-webhooks"]["A"]["post"]["x-required-tier"], "Plus");
    let (merged, _) = merge(&Export::new(&catalogue("")), merged);
    assert_eq!(merged.get("x-webhooks"), None);
}

#[test]
fn webhooks_of_the_author_stay() {
    let snapshot = catalogue("event A Plus\nevent B Plus\nevent C Plus\nevent D Plus\n");
    let shared = json!({ "put": { "responses": {} } });
    let body = json!({ "content": {} });
    let original = document(json!({
        "A": { "post": { "description": "Own words.", "requestBody": body, "responses": {} } },
        "B": { "$ref": "#/webhooks/other" },
        "C": { "$ref": "other.json#/webhooks/C" },
        "D": { "summary": "Own summary." },
        "other": shared,
        "empty": {},
    }));
    let export = Export::new(&snapshot).event_schema_json("A", json!({}));
    let (merged, report) = merge(&export, original.clone());
    assert_eq!(report, "the webhook of the event C is in another file");
    let webhooks = &merged["webhooks"];
    let post = &webhooks["A"]["post"];
    assert_eq!(
        post["description"],
        "Own words.\n\nRequires the tier `Plus`."
    );
    assert_eq!(post["requestBody"], body);
    assert_eq!(webhooks["B"]["put"]["x-required-tier"], "Plus");
    assert_eq!(webhooks["D"]["summary"], "Own summary.");
    assert_eq!(webhooks["D"]["post"]["x-required-tier"], "Plus");
    for name in ["C", "other", "empty"] {
        assert_eq!(webhooks[name], original["webhooks"][name], "{name}");
    }
    assert_eq!(merge(&export, merged.clone()).0, merged);
    // Without events, no webhook changes.
    let (unchanged, report) = merge(&Export::new(&catalogue("")), document(json!({})));
    assert_eq!(
        (unchanged["webhooks"].clone(), report),
        (json!({}), String::new())
    );
}

#[test]
fn documents_with_invalid_webhooks_are_refused() {
    let snapshot = catalogue("event A Plus\n");
    for (webhooks, expected) in [
        (json!([]), "webhooks is not a JSON object"),
        (json!({ "A": 1 }), "the webhook \"A\" is not a JSON object"),
        (
            json!({ "A": { "post": [] } }),
            "the post operation of \"A\" is not a JSON object",
        ),
        (
            json!({ "A": { "post": { "description": 1 } } }),
            "`description` in the post operation of \"A\" is not a string",
        ),
    ] {
        let original = document(webhooks);
        let mut changed = original.clone();
        let merged = Export::new(&snapshot).merge_json(&mut changed);
        assert_eq!(merged.unwrap_err().to_string(), expected);
        assert_eq!(changed, original);
    }
}

#[test]
fn payloads_that_utoipa_cannot_represent_are_omitted() {
    let snapshot = catalogue("event A Plus\ngate /a GET Free a\n");
    let export = Export::new(&snapshot).event_schema_json("A", json!(true));
    let document = export.document_json();
    let schema = &document["webhooks"]["A"]["post"]["requestBody"]["content"]["application/json"];
    assert_eq!(schema["schema"], true);
    let of_utoipa = export.document().to_json().unwrap();
    let of_utoipa: Value = serde_json::from_str(&of_utoipa).unwrap();
    assert!(of_utoipa["paths"]["/a"].is_object(), "{of_utoipa}");
    assert_eq!(
        of_utoipa["webhooks"]["A"]["post"]["x-required-tier"],
        "Plus"
    );
}
