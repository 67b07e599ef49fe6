//! Tiers in OpenAPI documents that another library wrote, or into which tiers were merged before.

use serde_json::{Value, json};
use tiergate::Snapshot;
use tiergate::openapi::Export;
use utoipa::openapi::OpenApi;

fn catalogue(endpoints: &str) -> Snapshot {
    let tiers = "version 1\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\n";
    Snapshot::from_lock(&format!("{tiers}{endpoints}")).unwrap()
}

/// Builds a document with an operation for each method and path.
fn document(operations: &[(&str, &str)]) -> OpenApi {
    let mut paths = json!({});
    for (method, path) in operations {
        paths[path][method] = json!({ "responses": {} });
    }
    read(&json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": paths,
    }))
}

fn read(document: &Value) -> OpenApi {
    serde_json::from_value(document.clone()).unwrap()
}

fn written(document: &OpenApi) -> Value {
    serde_json::from_str(&document.to_json().unwrap()).unwrap()
}

#[test]
fn an_operation_is_described_once() {
    let both = catalogue("gate /f/{n} GET Pro one\ngate /f/{*rest} GET Free all\n");
    let reversed = catalogue("gate /f/{*rest} GET Free all\ngate /f/{n} GET Pro one\n");
    for (catalogue, path, id, tier) in [
        (&both, "/f/{n}", "one", "Pro"),
        (&reversed, "/f/{rest}", "all", "Free"),
    ] {
        let own = written(&Export::new(catalogue).document());
        let paths = own["paths"].as_object().unwrap();
        assert_eq!(paths.keys().collect::<Vec<_>>(), [path]);
        let operation = &paths[path]["get"];
        assert_eq!(operation["operationId"], id);
        assert_eq!(operation["x-required-tier"], tier);
        assert_eq!(
            operation["description"],
            format!("Requires the tier `{tier}`.")
        );
    }

    for (path, tier, missing) in [
        // The template with the same text wins.
        (
            "/f/{n}",
            "Pro",
            "GET /f/{*rest} (all) matches the same operation as GET /f/{n} (one)",
        ),
        (
            "/f/{rest}",
            "Free",
            "GET /f/{n} (one) matches the same operation as GET /f/{*rest} (all)",
        ),
        (
            "/f/{*rest}",
            "Free",
            "GET /f/{n} (one) matches the same operation as GET /f/{*rest} (all)",
        ),
        // Without the same text, the template with the same kind of parameter wins.
        (
            "/f/{other}",
            "Pro",
            "GET /f/{*rest} (all) matches the same operation as GET /f/{n} (one)",
        ),
        (
            "/f/{*other}",
            "Free",
            "GET /f/{n} (one) matches the same operation as GET /f/{*rest} (all)",
        ),
    ] {
        let mut document = document(&[("get", path)]);
        let merged = Export::new(&both).merge(&mut document);
        assert_eq!(merged.to_string(), missing, "{path}");
        assert_eq!(merged.missing().len(), 1);
        let operation = &written(&document)["paths"][path]["get"];
        assert_eq!(operation["x-required-tier"], tier, "{path}");
        assert_eq!(
            operation["description"],
            format!("Requires the tier `{tier}`.")
        );
    }

    // If the document has an operation for each endpoint, each gets its own tier.
    let mut two = document(&[("get", "/f/{n}"), ("get", "/f/{*rest}")]);
    let merged = Export::new(&both).merge(&mut two);
    assert!(merged.is_complete(), "{merged}");
    let two = written(&two);
    assert_eq!(two["paths"]["/f/{n}"]["get"]["x-required-tier"], "Pro");
    assert_eq!(two["paths"]["/f/{*rest}"]["get"]["x-required-tier"], "Free");
    let mut three = document(&[("get", "/f/{n}"), ("get", "/f/{m}")]);
    let merged = Export::new(&catalogue("gate /f/{n} GET Pro one\n")).merge(&mut three);
    assert_eq!(merged.to_string(), "GET /f/{m} is not in the catalogue");
}

#[test]
fn merging_again_replaces_the_earlier_result() {
    let own = json!({
        "description": "Mine.\n\nRequires the tier of a `Plus` customer.",
        "responses": { "403": { "description": "own" } },
    });
    let mut first = read(&json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "get": own }, "/b": { "get": own }, "/c": { "get": { "responses": {} } } },
    }));
    let once = catalogue("gate /a GET Plus a\ngate /b GET Plus b\nopen /c GET c \"a *reason*\"\n");
    let merged = Export::new(&once).merge(&mut first);
    assert!(merged.is_complete(), "{merged}");
    let mut saved = read(&written(&first));
    let _ = Export::new(&once).merge(&mut saved);
    assert_eq!(written(&saved), written(&first), "once is twice");

    let again = catalogue("gate /a GET Pro a\nopen /b GET b \"now free\"\ngate /c GET Free c\n");
    let merged = Export::new(&again).merge(&mut saved);
    assert!(merged.is_complete(), "{merged}");
    let saved = written(&saved);
    let mut expected = own.clone();
    expected["x-required-tier"] = json!("Pro");
    expected["description"] =
        json!("Mine.\n\nRequires the tier of a `Plus` customer.\n\nRequires the tier `Pro`.");
    for (status, name) in [("401", "UnknownCaller"), ("503", "TierUnavailable")] {
        expected["responses"][status] = json!({ "$ref": format!("#/components/responses/{name}") });
    }
    assert_eq!(saved["paths"]["/a"]["get"], expected);
    let mut expected = own;
    expected["x-public-reason"] = json!("now free");
    expected["description"] =
        json!("Mine.\n\nRequires the tier of a `Plus` customer.\n\nPublic endpoint: now free");
    assert_eq!(saved["paths"]["/b"]["get"], expected);
    let gated = &saved["paths"]["/c"]["get"];
    assert_eq!(gated["description"], "Requires the tier `Free`.");
    assert_eq!(gated.get("x-public-reason"), None);
    assert_eq!(gated["responses"].as_object().unwrap().len(), 3);
}

#[test]
fn changed_refusals_replace_the_earlier_ones() {
    let snapshot = catalogue("gate /a GET Plus a\n");
    let mut document = document(&[("get", "/a")]);
    let _ = Export::new(&snapshot).merge(&mut document);
    let _ = Export::new(&snapshot)
        .refusals(400, "text/plain")
        .merge(&mut document);
    let responses = &written(&document)["paths"]["/a"]["get"]["responses"];
    let expected = json!({ "400": { "$ref": "#/components/responses/TierRefusal" } });
    assert_eq!(*responses, expected);
}

#[test]
fn other_components_are_unchanged() {
    let others = json!({
        "responses": { "TierTooLow": { "description": "another's" } },
        "schemas": { "TierProblem": { "type": "string" } },
    });
    let mut document = read(&json!({
        "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "components": others,
        "paths": { "/a": { "get": { "responses": {
            "401": { "$ref": "#/components/responses/TierTooLow" },
        } } } },
    }));
    let snapshot = catalogue("gate /a GET Plus a\n");
    let _ = Export::new(&snapshot).merge(&mut document);
    let once = written(&document);
    let _ = Export::new(&snapshot).merge(&mut document);
    assert_eq!(written(&document), once);
    let components = &once["components"];
    assert_eq!(
        components["responses"]["TierTooLow"],
        others["responses"]["TierTooLow"]
    );
    assert_eq!(
        components["schemas"]["TierProblem"],
        others["schemas"]["TierProblem"]
    );
    let reference = |name: &str| format!("#/components/responses/{name}");
    let responses = &once["paths"]["/a"]["get"]["responses"];
    assert_eq!(responses["401"]["$ref"], reference("TierTooLow"));
    assert_eq!(responses["403"]["$ref"], reference("TierTooLow2"));
    let content = &components["responses"]["TierTooLow2"]["content"]["application/problem+json"];
    assert_eq!(
        content["schema"]["$ref"],
        "#/components/schemas/TierProblem2"
    );
    assert_eq!(components["schemas"]["TierProblem2"]["type"], "object");
}

#[test]
fn refusals_have_descriptions() {
    let document = written(&Export::new(&catalogue("gate /a GET Plus a\n")).document());
    let responses = &document["components"]["responses"];
    let text = responses["TierTooLow"]["description"].as_str().unwrap();
    assert!(text.contains("no subscription"), "{text}");
    let header = &responses["TierUnavailable"]["headers"]["Retry-After"];
    assert_eq!(header["schema"]["type"], "integer");
    let operation = &document["paths"]["/a"]["get"]["responses"];
    assert!(operation["503"]["$ref"].is_string());
}

#[test]
fn an_endpoint_without_a_route_is_reported() {
    let snapshot = catalogue("gate - - Plus job m\n");
    let merged = Export::new(&snapshot).merge(&mut document(&[]));
    assert_eq!(
        merged.to_string(),
        "job has no route, so no operation matches it"
    );
    assert!(!merged.is_complete());
    assert_eq!(merged.missing()[0].endpoint().name(), "job");
}

#[test]
fn documents_can_have_another_path_prefix() {
    // The router is nested, and the document contains whole paths.
    let short = catalogue("gate /a/{x} GET Plus a\nopen / GET root \"all\"\n");
    let mut whole = document(&[("get", "/api/v1/a/{id}"), ("get", "/api/v1")]);
    let merged = Export::new(&short).nested_at("/api/v1/").merge(&mut whole);
    assert!(merged.is_complete(), "{merged}");
    let whole = written(&whole);
    assert_eq!(
        whole["paths"]["/api/v1/a/{id}"]["get"]["x-required-tier"],
        "Plus"
    );
    let made = written(&Export::new(&short).nested_at("/api/v1").document());
    assert_eq!(
        made["paths"]["/api/v1/a/{x}"]["get"]["x-required-tier"],
        "Plus"
    );
    assert_eq!(made["paths"]["/api/v1"]["get"]["x-public-reason"], "all");

    // The URL of the document's server contains the prefix.
    let whole = catalogue("gate /api/v1/a/{x} GET Plus a\nopen /apple GET apple \"all\"\n");
    let mut short = document(&[("get", "/a/{id}")]);
    let merged = Export::new(&whole).server_path("/api/v1").merge(&mut short);
    assert_eq!(
        merged.to_string(),
        "GET /apple (apple) is not in the document"
    );
    assert_eq!(
        written(&short)["paths"]["/a/{id}"]["get"]["x-required-tier"],
        "Plus"
    );
    let made = written(&Export::new(&whole).server_path("/api/v1").document());
    assert_eq!(made["servers"], json!([{ "url": "/api/v1" }]));
    assert_eq!(made["paths"]["/a/{x}"]["get"]["x-required-tier"], "Plus");
    assert_eq!(
        made["paths"]["/apple"]["get"]["servers"],
        json!([{ "url": "/" }])
    );
}
