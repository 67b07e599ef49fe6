//! Records, some of which are characters.

use super::request::{Body, Document, Path};
use super::target;
use crate::Tier;
use crate::error::CadError;
use crate::json::{And, Object};
use crate::store::{
    Cad, Change, Community, Minutes, NewRecord, Record, RecordKind, TEMPLATES, TemplateId,
};
use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};
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

/// Describes a record. All fields are in one section.
pub(super) fn record(record: &Record) -> Value {
    let template = TEMPLATES.iter().find(|template| template.id == record.kind);
    let name = template.map_or("", |template| template.name);
    let fields = record.fields.iter().map(|(field, value)| {
        let text = value.as_str().map(str::to_owned);
        json!({ "label": field, "uid": field, "value": text.unwrap_or_else(|| value.to_string()) })
    });
    json!({
        "recordTypeId": record.kind,
        "id": record.id,
        "name": name,
        "type": record.kind,
        "sections": [{ "category": 0, "label": name, "fields": fields.collect::<Value>() }],
    })
}

/// The fields of a record: those of a whole record, or those to replace.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    replace_values: Object,
    record: Option<WholeRecord>,
}

/// A record in the format of answers.
#[derive(Deserialize)]
struct WholeRecord {
    #[serde(rename = "type")]
    kind: Option<TemplateId>,
    #[serde(default)]
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    uid: String,
    value: Value,
}

impl Content {
    /// Returns all fields.
    fn fields(self) -> Object {
        let sections = self.record.map_or_else(Vec::new, |record| record.sections);
        let fields = sections.into_iter().flat_map(|section| section.fields);
        let whole = fields.map(|field| (field.uid, field.value));
        whole.chain(self.replace_values).collect()
    }
}

#[derive(Deserialize)]
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
) -> Document {
    let kind = content.record.as_ref().and_then(|record| record.kind);
    let Some(template) = new.record_type_id.or(kind) else {
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

#[derive(Deserialize)]
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
    Body(And(of, content)): Body<And<target::Account, Content>>,
) -> Document {
    let change = Change {
        id,
        owner: of.optional_key()?,
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
async fn delete_record(
    community: Community,
    Path(RecordId { record_id: id }): Path<RecordId>,
) -> Document {
    community.remove_record(id, RecordKind::Record).await?;
    Ok(Json(json!({ "recordId": id })))
}
