//! Tiers in OpenAPI documents of other libraries, as JSON.
//!
//! `tests/documents/data/openapi` contains the documents that utoipa 5, aide, okapi (through
//! `rocket_okapi`) and poem-openapi write for the same five handlers.

use serde_json::{Value, json};
use tiergate::Snapshot;
use tiergate::openapi::Export;

const LOCK: &str = "version 1\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\n";

fn catalogue(endpoints: &str) -> Snapshot {
    Snapshot::from_lock(&format!("{LOCK}{endpoints}")).unwrap()
}

/// The endpoints that each document describes, except for `DELETE /nobodys`.
fn served() -> Snapshot {
    catalogue(concat!(
        "gate /units/{id} GET Plus unit\n",
        "gate /calls POST Pro new_call\n",
        "gate /files/{*rest} GET Free files\n",
        "open /health GET health \"health checks have no account\"\n",
    ))
}

const DOCUMENTS: [(&str, &str); 4] = [
    (
        "utoipa-5",
        include_str!("../documents/data/openapi/utoipa-5.json"),
    ),
    ("aide", include_str!("../documents/data/openapi/aide.json")),
    (
        "okapi",
        include_str!("../documents/data/openapi/okapi.json"),
    ),
    (
        "poem-openapi",
        include_str!("../documents/data/openapi/poem-openapi.json"),
    ),
];

/// Removes everything that a merge adds to a document.
fn without_tiers(document: &Value) -> Value {
    let mut document = document.clone();
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            let operation = operation.as_object_mut().unwrap();
            operation.retain(|key, _| !["x-required-tier", "x-public-reason"].contains(&&**key));
            let description = operation.get("description").and_then(Value::as_str);
            let own: Vec<_> = description
                .unwrap_or_default()
                .split("\n\n")
                .filter(|text| !text.starts_with("Requires the tier `"))
                .filter(|text| !text.starts_with("Public endpoint: "))
                .map(str::to_owned)
                .collect();
            match own.join("\n\n") {
                text if text.is_empty() => operation.remove("description"),
                text => operation.insert("description".to_owned(), json!(text)),
            };
            let responses = operation["responses"].as_object_mut().unwrap();
            let ours = ["UnknownCaller", "TierTooLow", "TierUnavailable"];
            let ours = ours.map(|name| json!({ "$ref": format!("#/components/responses/{name}") }));
            responses.retain(|_, response| !ours.contains(response));
        }
    }
    let document_object = document.as_object_mut().unwrap();
    let components = document_object["components"].as_object_mut().unwrap();
    for part in ["responses", "schemas"] {
        if let Some(part) = components.get_mut(part).and_then(Value::as_object_mut) {
            part.retain(|_, component| component.get("x-generated-by").is_none());
        }
        if components.get(part) == Some(&json!({})) {
            components.remove(part);
        }
    }
    if components.is_empty() {
        document_object.remove("components");
    }
    document
}

#[test]
fn documents_of_other_libraries_get_their_tiers() {
    for (library, text) in DOCUMENTS {
        let original: Value = serde_json::from_str(text).unwrap();
        let mut document = original.clone();
        let merged = Export::new(&served()).merge_json(&mut document).unwrap();
        assert_eq!(
            merged.to_string(),
            "DELETE /nobodys is not in the catalogue",
            "{library}"
        );
        let tiers = |method: &str, tier: Value, reason: Value| {
            let paths = document["paths"].as_object().unwrap();
            let mut found = paths.values().filter(|item| {
                item[method]["x-required-tier"] == tier && item[method]["x-public-reason"] == reason
            });
            let operation = &found.next().expect(library)[method];
            assert_eq!(found.next(), None, "{library}");
            operation
        };
        let unit = tiers("get", json!("Plus"), Value::Null);
        let description = unit["description"].as_str().unwrap();
        assert!(
            description.ends_with("Requires the tier `Plus`."),
            "{library}"
        );
        for status in ["401", "403", "503"] {
            assert!(unit["responses"][status].is_object(), "{library} {status}");
        }
        let new_call = tiers("post", json!("Pro"), Value::Null);
        assert_eq!(
            new_call["responses"]["401"]["$ref"],
            "#/components/responses/UnknownCaller"
        );
        let _ = tiers("get", json!("Free"), Value::Null);
        let health = tiers("get", Value::Null, json!("health checks have no account"));
        assert_eq!(health["responses"].get("401"), None, "{library}");
        assert_eq!(
            without_tiers(&document),
            without_tiers_of_original(&original),
            "{library}"
        );

        let once = document.clone();
        let again = Export::new(&served()).merge_json(&mut document).unwrap();
        assert_eq!(again, merged, "{library}");
        assert_eq!(document, once, "{library}");
    }
}

/// Removes empty components from an original, because `without_tiers` removes them too.
fn without_tiers_of_original(original: &Value) -> Value {
    let mut original = original.clone();
    original
        .as_object_mut()
        .unwrap()
        .entry("components")
        .or_insert_with(|| json!({}));
    without_tiers(&original)
}

#[test]
fn other_documents_are_unchanged() {
    let paths = |item: Value| json!({ "openapi": "3.1.0", "paths": item });
    for (document, expected) in [
        (json!([]), "expected a JSON object"),
        (
            json!({}),
            "the member `openapi`, which states the version, is missing",
        ),
        (json!({ "swagger": "2.0", "paths": {} }), "Swagger 2"),
        (
            json!({ "openapi": "4.0.0" }),
            "convert it to version 3.x first",
        ),
        (
            json!({ "openapi": 3 }),
            "the member `openapi`, which states the version, is missing",
        ),
        (paths(json!([])), "paths is not a JSON object"),
        (paths(json!({ "/a": 1 })), "the path item \"/a\" is not"),
        (
            paths(json!({ "/a": { "get": null } })),
            "the get operation of \"/a\" is not",
        ),
        (
            paths(json!({ "/a": { "get": { "responses": [] } } })),
            "`responses` in the get operation of \"/a\" is not",
        ),
        (
            paths(json!({ "/a": { "get": { "description": 1 } } })),
            "`description` in the get operation of \"/a\" is not a string",
        ),
        (
            json!({ "openapi": "3.0.0", "components": { "schemas": 1 } }),
            "components.schemas is not",
        ),
    ] {
        let mut changed = document.clone();
        let merged = Export::new(&catalogue("gate /a GET Plus a\n")).merge_json(&mut changed);
        let error = merged.unwrap_err().to_string();
        assert!(error.contains(expected), "{document}: {error}");
        assert_eq!(changed, document);
    }
}

#[test]
fn fields_that_are_not_operations_are_unchanged() {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1" },
        "paths": { "x-groups": ["a"], "/a": { "parameters": [], "x-owner": "me", "get": {} } },
        "webhooks": { "changed": { "post": { "responses": {} } } },
        "x-tags": 1,
    });
    let original = document.clone();
    let merged = Export::new(&catalogue("gate /a GET Plus a\n")).merge_json(&mut document);
    assert!(merged.unwrap().is_complete());
    assert_eq!(document["paths"]["/a"]["get"]["x-required-tier"], "Plus");
    for part in [
        "/paths/x-groups",
        "/paths/~1a/parameters",
        "/paths/~1a/x-owner",
        "/webhooks",
        "/x-tags",
    ] {
        assert_eq!(document.pointer(part), original.pointer(part), "{part}");
    }
}

#[test]
fn paths_are_found_in_every_notation() {
    for (template, documented) in [
        ("/units/{id}", "/units/{unit}"),
        ("/units/{id}", r"/units/{unit:\d{4}}"),
        ("/files/{*rest}", "/files/{path}"),
        ("/files/{*rest}", "/files/{path..}"),
        ("/files/{*rest}", "/files/{path:.*}"),
        ("/@{user}", "/@{name}"),
        ("/gr%C3%BCn", "/grün"),
    ] {
        let mut document = json!({ "openapi": "3.0.3", "paths": { documented: { "get": {} } } });
        let snapshot = catalogue(&format!("gate {template} GET Plus a\n"));
        let merged = Export::new(&snapshot).merge_json(&mut document).unwrap();
        assert!(merged.is_complete(), "{template} {documented}: {merged}");
        let operation = &document["paths"][documented]["get"];
        assert_eq!(operation["x-required-tier"], "Plus", "{documented}");
    }
}

#[test]
fn a_path_item_shared_by_two_paths_is_copied() {
    let shared = json!({ "get": { "responses": { "200": { "description": "ok" } } } });
    let mut document = json!({
        "openapi": "3.1.0",
        "paths": {
            "/a": { "$ref": "#/components/pathItems/Shared" },
            "/b": { "$ref": "#/components/pathItems/Shared" },
            "/elsewhere": { "$ref": "other.json#/paths/~1elsewhere" },
            "/loop": { "$ref": "#/paths/~1loop" },
        },
        "components": { "pathItems": { "Shared": shared } },
    });
    let snapshot = catalogue("gate /a GET Plus a\ngate /b GET Pro b\ngate /elsewhere GET Pro c\n");
    let merged = Export::new(&snapshot).merge_json(&mut document).unwrap();
    assert_eq!(
        merged.to_string(),
        "GET /elsewhere (c) is not in the document"
    );
    assert_eq!(document["paths"]["/a"]["get"]["x-required-tier"], "Plus");
    assert_eq!(document["paths"]["/b"]["get"]["x-required-tier"], "Pro");
    assert_eq!(document["components"]["pathItems"]["Shared"], shared);
}

#[test]
fn deprecated_endpoints_are_marked() {
    let text = json!({
        "version": 2,
        "tiers": [{ "name": "Free", "rank": 0 }],
        "features": [],
        "endpoints": [
            {
                "name": "old", "method": "GET", "path": "/old", "required_tier": "Free",
                "required_rank": 0, "public_reason": null, "summary": "Old.", "module": "m",
                "deprecated": true,
            },
            {
                "name": "new", "method": "GET", "path": "/new", "required_tier": "Free",
                "required_rank": 0, "public_reason": null, "summary": "New.", "module": "m",
            },
        ],
    });
    let snapshot = Snapshot::from_json(&text.to_string()).unwrap();
    let json: Value = serde_json::from_str(&snapshot.to_json()).unwrap();
    assert_eq!(json, text);

    let export = Export::new(&snapshot);
    let own = export.document_json();
    let mut other = json!({
        "openapi": "3.0.0",
        "paths": { "/old": { "get": {} }, "/new": { "get": { "deprecated": true } } },
    });
    assert!(export.merge_json(&mut other).unwrap().is_complete());
    for document in [&own, &other] {
        assert_eq!(document["paths"]["/old"]["get"]["deprecated"], true);
    }
    assert_eq!(own["paths"]["/new"]["get"].get("deprecated"), None);
    // A `deprecated` that the document already had is kept.
    assert_eq!(other["paths"]["/new"]["get"]["deprecated"], true);

    let markdown = snapshot.to_markdown();
    assert!(markdown.contains("| Deprecated. Old. |"), "{markdown}");
    assert!(markdown.contains("| New. |"), "{markdown}");
    let typescript = snapshot.to_typescript();
    let mark = "  /** @deprecated */\n  readonly \"GET /old\": ";
    assert!(typescript.contains(mark), "{typescript}");
    assert_eq!(typescript.matches("@deprecated").count(), 1);
    let page = tiergate::html::Page::new(&snapshot).render();
    assert_eq!(page.matches(">Deprecated</span>").count(), 1);
    assert_eq!(
        Snapshot::from_lock(&snapshot.to_lock()).unwrap().to_lock(),
        snapshot.to_lock()
    );
}

#[test]
fn utoipa_documents_get_the_same_additions_as_json() {
    let original: Value = serde_json::from_str(DOCUMENTS[0].1).unwrap();
    let mut typed: utoipa::openapi::OpenApi = serde_json::from_value(original).unwrap();
    let mut json = serde_json::to_value(&typed).unwrap();
    for snapshot in [
        served(),
        limited(),
        catalogue("gate /units/{u} GET Pro unit\nopen /calls POST c \"x\"\n"),
    ] {
        let of_json = Export::new(&snapshot).merge_json(&mut json).unwrap();
        let of_types = Export::new(&snapshot).merge(&mut typed);
        assert_eq!(of_types, of_json);
        assert_eq!(serde_json::to_value(&typed).unwrap(), json);
    }
    for snapshot in [json_snapshot(), limited()] {
        let export = Export::new(&snapshot).document_json();
        let typed = Export::new(&snapshot).document();
        assert_eq!(serde_json::to_value(typed).unwrap(), export);
    }
}

fn limited() -> Snapshot {
    let lock = LOCK.replace("version 1", "version 3")
        + "quota 100/day from Pro unlimited\n\
           gate /calls POST Pro new_call limit 60/minute cost 20\n\
           gate /free GET Free free cost 0\n\
           gate /units/{id} GET Plus unit limit 10/minute from Pro \"60/minute; 5000/day\"\n";
    Snapshot::from_lock(&lock).unwrap()
}

#[test]
fn limits_are_described() {
    let document = Export::new(&limited()).document_json();
    let operation = |path: &str, method: &str| &document["paths"][path][method];
    let unit = operation("/units/{id}", "get");
    assert_eq!(
        unit["description"],
        "Requires the tier `Plus`. Limits per caller: `10/minute` from the tier `Plus`, `60/minute` and `5000/day` from the tier `Pro`."
    );
    let minute = |amount: u32| json!({ "amount": amount, "unit": "minute", "seconds": 60 });
    let day = json!({ "amount": 5000, "unit": "day", "seconds": 86_400 });
    let expected = json!([
        { "tier": "Plus", "windows": [minute(10)] },
        { "tier": "Pro", "windows": [minute(60), day] },
    ]);
    assert_eq!(unit["x-limits"], expected);
    assert_eq!(unit.get("x-cost"), None);
    let calls = operation("/calls", "post");
    assert_eq!(
        calls["description"],
        "Requires the tier `Pro`. Limit per caller: `60/minute`. A call takes 20 units of the catalogue's quota."
    );
    assert_eq!(calls["x-cost"], 20);
    for operation in [unit, calls] {
        let responses = &operation["responses"];
        assert_eq!(
            responses["429"]["$ref"],
            "#/components/responses/QuotaExceeded"
        );
        for header in ["RateLimit", "RateLimit-Policy"] {
            assert!(responses["default"]["headers"][header].is_object());
        }
    }
    // Neither a limit nor the quota applies.
    let free = operation("/free", "get");
    assert_eq!(free["responses"].get("429"), None);
    assert_eq!(free["responses"]["default"].get("headers"), None);
    let components = &document["components"];
    let exceeded = &components["responses"]["QuotaExceeded"];
    assert_eq!(
        exceeded["x-quota"][1],
        json!({ "tier": "Pro", "windows": [] })
    );
    let schema = &components["schemas"]["TierProblem"]["properties"];
    assert!(schema["violated-policies"].is_object() && schema["type"].is_object());
    let codes = schema["code"]["enum"].as_array().unwrap();
    assert!(codes.contains(&json!("quota_exceeded")));
}

#[test]
fn a_later_export_replaces_limits() {
    let path = |description: &str| json!({ "get": { "description": description } });
    // The sentences of the handler's documentation.
    let own = "Mine.\n\nRequires the tier `Plus`. Limits per caller: `10/minute` from the tier `Plus`, unlimited from the tier `Pro`. A call takes 20 units of the catalogue's quota.";
    let original = json!({ "openapi": "3.1.0", "paths": { "/units/{id}": path(own) } });
    let unlimited = catalogue("gate /units/{id} GET Plus unit\n");
    let mut expected = original.clone();
    let _ = Export::new(&unlimited).merge_json(&mut expected).unwrap();
    let description = &expected["paths"]["/units/{id}"]["get"]["description"];
    assert_eq!(description, "Mine.\n\nRequires the tier `Plus`.");

    let mut document = original;
    let _ = Export::new(&limited()).merge_json(&mut document).unwrap();
    let once = document.clone();
    let operation = &once["paths"]["/units/{id}"]["get"];
    assert!(operation["x-limits"].is_array() && operation["responses"]["429"].is_object());
    let _ = Export::new(&limited()).merge_json(&mut document).unwrap();
    assert_eq!(document, once);
    let _ = Export::new(&unlimited).merge_json(&mut document).unwrap();
    assert_eq!(document["paths"], expected["paths"]);
}

#[test]
fn replaced_refusals_include_those_of_limits() {
    let snapshot = limited();
    let document = Export::new(&snapshot)
        .refusals(400, "text/plain")
        .document_json();
    let responses = &document["paths"]["/calls"]["post"]["responses"];
    assert!(responses["400"].is_object() && responses.get("429").is_none());
    let description = &document["components"]["responses"]["TierRefusal"]["description"];
    let description = description.as_str().unwrap();
    assert!(
        description.ends_with("or has used up a limit."),
        "{description}"
    );
}

fn json_snapshot() -> Snapshot {
    catalogue("gate /a/{x} GET Plus a\ngate /a/{x} POST Pro b\nopen / GET root \"all\"\n")
}

#[test]
fn requirements_are_described() {
    let lock = "version 2\ntier 0 Free\ntier 1 Plus\nfeature body_cam \"Body <camera>\"\n\
        gate /and GET Plus and feature body_cam enforced Free\n\
        gate /only GET - only feature body_cam\n\
        gate /or GET Plus or or_feature body_cam until_version 3 Free\n";
    let snapshot = Snapshot::from_lock(lock).unwrap();
    let export = Export::new(&snapshot);
    let own = export.document_json();
    let operations = |description: &str| json!({ "get": { "description": description } });
    // The sentences of the handlers' documentation contain the names of the variants.
    let mut merged = json!({
        "openapi": "3.1.0",
        "paths": {
            "/and": operations("Mine.\n\nRequires the tier `Plus` and the add-on `BodyCam`. For now, only the tier `Free` is enforced."),
            "/only": operations("Requires the add-on `BodyCam`."),
            "/or": operations("Requires the tier `Plus` or the add-on `BodyCam`. With a plan version below 3, requires the tier `Free`."),
        },
    });
    assert!(export.merge_json(&mut merged).unwrap().is_complete());
    for document in [&own, &merged] {
        let operation = |path: &str| &document["paths"][path]["get"];
        let and = operation("/and");
        assert_eq!(and["x-required-tier"], "Plus");
        assert_eq!(and["x-required-feature"], "body_cam");
        assert_eq!(and["x-feature-rule"], "and");
        assert_eq!(and.get("x-until-version"), None);
        assert!(!and.to_string().contains("Free"), "{and}");
        let only = operation("/only");
        assert_eq!(only.get("x-required-tier"), None);
        assert_eq!(only["x-feature-rule"], "only");
        assert_eq!(only["description"], "Requires the add-on `Body <camera>`.");
        let or = operation("/or");
        assert_eq!(or["x-feature-rule"], "or");
        let versions = json!([{ "version": 3, "required-tier": "Free" }]);
        assert_eq!(or["x-until-version"], versions);
        assert_eq!(
            or["description"],
            "Requires the tier `Plus` or the add-on `Body <camera>`. With a plan version below 3, requires the tier `Free`."
        );
        for path in ["/and", "/only", "/or"] {
            for status in ["401", "403", "503"] {
                assert!(
                    operation(path)["responses"][status].is_object(),
                    "{path} {status}"
                );
            }
        }
        let components = &document["components"];
        let codes = &components["schemas"]["TierProblem"]["properties"]["code"]["enum"];
        for code in ["feature_missing", "subscription_expired", "endpoint_closed"] {
            assert!(codes.as_array().unwrap().contains(&json!(code)), "{codes}");
        }
        let headers = &components["responses"]["TierUnavailable"]["headers"];
        assert!(headers["Retry-After"].is_object());
    }
    // A later export removes the extensions of an earlier one.
    let lock = "version 2\ntier 0 Free\ngate /and GET Free and\nopen /only GET only why\ngate /or GET Free or\n";
    let snapshot = Snapshot::from_lock(lock).unwrap();
    assert!(
        Export::new(&snapshot)
            .merge_json(&mut merged)
            .unwrap()
            .is_complete()
    );
    for path in ["/and", "/only", "/or"] {
        let text = merged["paths"][path].to_string();
        assert!(
            !text.contains("feature") && !text.contains("until"),
            "{text}"
        );
    }
}
