//! The responses to failed calls, for the OpenAPI document.

use crate::v1::V1;
use serde_json::{Value, json};
use tiergate::Endpoint;

const REFUSED: &str = "The request is malformed or too large, the caller is unknown, \
    the subscription is missing or doesn't include the endpoint, or the endpoint is closed for now.";
const NOT_FOUND: &str = "The request names something that doesn't exist.";
const UNAVAILABLE: &str =
    "The caller can't be looked up right now, or the database is unavailable.";

/// Replaces the library's responses of version 1, which are problem documents, with plain texts.
pub(crate) fn describe_failures(document: &mut Value) {
    let components = &mut document["components"]["responses"];
    let [exceeded, unavailable] =
        ["QuotaExceeded", "TierUnavailable"].map(|component| components[component].clone());
    let failures = [
        ("400", json!({ "description": REFUSED })),
        ("404", json!({ "description": NOT_FOUND })),
        (
            "429",
            json!({
                "description": exceeded["description"],
                "headers": exceeded["headers"],
                "x-quota": exceeded["x-quota"],
            }),
        ),
        (
            "503",
            json!({ "description": UNAVAILABLE, "headers": unavailable["headers"] }),
        ),
    ];
    let name = |status: &str| format!("Text{status}");
    for (status, response) in &failures {
        let mut response = response.clone();
        response["content"] = json!({ "text/plain": { "schema": { "type": "string" } } });
        components[name(status)] = response;
    }
    for path in V1::ENDPOINTS.iter().filter_map(Endpoint::path) {
        let responses = &mut document["paths"][path]["post"]["responses"];
        *responses = json!({ "default": responses["default"] });
        for (status, _) in &failures {
            let reference = format!("#/components/responses/{}", name(status));
            responses[status] = json!({ "$ref": reference });
        }
    }
}
