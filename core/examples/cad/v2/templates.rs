//! The templates of records.

use super::openapi::{Operation, operation};
use super::records::RecordAnswer;
use super::request::{Document, Path};
use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, TEMPLATES, Template};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(list_templates, show_template))]
pub(crate) struct Templates;

pub(super) fn operations() -> Vec<Operation> {
    vec![operation(list_templates), operation(show_template)]
}

/// Describes a template, which has the form of a record without fields.
fn template(template: &Template) -> RecordAnswer {
    RecordAnswer {
        record_type_id: template.id,
        id: 0,
        name: template.name,
        kind: template.id,
        sections: Vec::new(),
    }
}

/// Lists the templates of records.
#[requires_tier(Standard, get = "/v2/general/templates", limit = "10/minute", cost = 0)]
async fn list_templates() -> Document<Vec<RecordAnswer>> {
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
async fn show_template(
    Path(OfTemplate { record_type_id: id }): Path<OfTemplate>,
) -> Document<RecordAnswer> {
    match TEMPLATES.iter().find(|template| template.id == id) {
        Some(found) => Ok(Json(template(found))),
        None => Err(CadError::not_found(format!("TEMPLATE {id} NOT FOUND")).into()),
    }
}
