//! The templates of records.

use super::openapi::{Operation, operation};
use super::request::{Document, Path};
use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, TEMPLATES, Template};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(list_templates, show_template))]
pub(crate) struct Templates;

pub(super) fn operations() -> Vec<Operation> {
    vec![operation(list_templates), operation(show_template)]
}

fn template(template: &Template) -> Value {
    json!({
        "recordTypeId": template.id,
        "id": 0,
        "name": template.name,
        "type": template.id,
        "sections": [],
    })
}

/// Lists the templates of records.
#[requires_tier(Standard, get = "/v2/general/templates", limit = "10/minute", cost = 0)]
async fn list_templates() -> Document {
    Ok(Json(TEMPLATES.iter().map(template).collect()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OfTemplate {
    record_type_id: i64,
}

/// Returns a template.
#[requires_tier(
    Standard,
    get = "/v2/general/templates/{recordTypeId}",
    limit = "10/minute",
    cost = 0
)]
async fn show_template(Path(OfTemplate { record_type_id: id }): Path<OfTemplate>) -> Document {
    match TEMPLATES.iter().find(|template| template.id == id) {
        Some(found) => Ok(Json(template(found))),
        None => Err(CadError::not_found(format!("TEMPLATE {id} NOT FOUND")).into()),
    }
}
