//! Records, some of which are characters.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, Path};
use super::target;
use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::object::Object;
use crate::sections::{Sections, WholeRecord};
use crate::store::{
    Cad, Change, Community, Minutes, NewRecord, Record, RecordKind, Section, TemplateId,
};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        create_record,
        update_record,
        delete_record,
    )
)]
pub(crate) struct Records;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(create_record),
        operation(update_record),
        operation(delete_record),
    ]
}

/// A record, or a template without fields.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordAnswer {
    pub(super) record_type_id: i64,
    pub(super) id: i64,
    pub(super) name: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: i64,
    pub(super) sections: Vec<Section>,
}

/// Describes a record.
pub(super) fn record(record: &Record) -> RecordAnswer {
    RecordAnswer {
        record_type_id: record.kind,
        id: record.id,
        name: record.name(),
        kind: record.kind,
        sections: record.sections(),
    }
}

/// The fields of a record: those of a whole record, or those to replace.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    replace_values: Object,
    record: Option<WholeRecord>,
}

impl Content {
    /// Returns the template of a whole record.
    fn kind(&self) -> Option<TemplateId> {
        self.record.as_ref()?.kind
    }

    /// Returns all fields.
    fn fields(self) -> Object {
        let Sections(mut fields) = self
            .record
            .map(|record| record.sections)
            .unwrap_or_default();
        fields.extend(self.replace_values);
        fields
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CreateRecord {
    record_type_id: Option<TemplateId>,
    delete_after_minutes: Option<Minutes>,
}

/// Adds a record or a character to an account.
#[requires_tier(Plus, post = "/v2/general/records", limit = "30/minute", cost = 0)]
async fn create_record(
    community: Community,
    Body(And(of, And(new, content))): Body<And<target::Account, And<CreateRecord, Content>>>,
) -> Document<RecordAnswer> {
    let Some(template) = new.record_type_id.or_else(|| content.kind()) else {
        return Err(CadError::bad("recordTypeId: missing field").into());
    };
    let new = NewRecord {
        owner: of.key()?,
        template,
        fields: content.fields(),
        delete_after_minutes: new.delete_after_minutes,
    };
    Ok(Json(record(&community.add_record(new).await?)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateRecord {
    template_id: Option<TemplateId>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RecordId {
    record_id: i64,
}

/// Changes a record or a character.
#[requires_tier(
    Plus,
    patch = "/v2/general/records/{recordId}",
    limit = "10/minute",
    cost = 0
)]
async fn update_record(
    community: Community,
    Path(RecordId { record_id: id }): Path<RecordId>,
    Body(And(of, And(update, content))): Body<And<target::Account, And<UpdateRecord, Content>>>,
) -> Document<RecordAnswer> {
    let change = Change {
        id,
        owner: of.optional_key()?,
        template: update.template_id.or_else(|| content.kind()),
        fields: content.fields(),
        kind: RecordKind::Any,
    };
    Ok(Json(record(&community.edit_record(change).await?)))
}

/// Removes a record.
#[requires_tier(
    Plus,
    delete = "/v2/general/records/{recordId}",
    limit = "10/minute",
    cost = 0
)]
async fn delete_record(community: Community, Path(id): Path<RecordId>) -> Document<RecordId> {
    community
        .remove_record(id.record_id, RecordKind::Record)
        .await?;
    Ok(Json(id))
}
