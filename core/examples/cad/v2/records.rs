//! Records: characters, and the records that departments keep about them.

use super::request::{Body, Document, Path, Query};
use super::target;
use crate::Tier;
use crate::error::CadError;
use crate::json::{And, Object};
use crate::store::{
    Cad, Change, Community, Lookup, Minutes, NewRecord, ROW_LIMIT, Record, RecordKind, TEMPLATES,
    Template, TemplateId,
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
        list_characters,
        delete_character,
        list_templates,
        show_template,
        create_record,
        update_record,
        delete_record,
        look_up_records,
        look_up_value,
    )
)]
pub(crate) struct Records;

/// Describes a record. All fields are in one section.
fn record(record: &Record) -> Value {
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

fn template(template: &Template) -> Value {
    json!({
        "recordTypeId": template.id,
        "id": 0,
        "name": template.name,
        "type": template.id,
        "sections": [],
    })
}

/// Lists the characters of an account.
#[requires_tier(
    Standard,
    get = "/v2/civilian/characters",
    limit = "10/minute",
    cost = 0
)]
async fn list_characters(community: Community, Query(of): Query<target::Account>) -> Document {
    let characters = community.characters(of.key()?).await?;
    Ok(Json(characters.iter().map(record).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CharacterId {
    character_id: i64,
}

/// Removes a character.
#[requires_tier(
    Standard,
    delete = "/v2/civilian/characters/{characterId}",
    limit = "10/minute",
    cost = 0
)]
async fn delete_character(
    community: Community,
    Path(CharacterId { character_id }): Path<CharacterId>,
) -> Document {
    community
        .remove_record(character_id, RecordKind::Character)
        .await?;
    Ok(Json(json!({ "characterId": character_id })))
}

/// Lists the templates of records.
#[requires_tier(Standard, get = "/v2/general/templates", limit = "10/minute", cost = 0)]
async fn list_templates() -> Document {
    Ok(Json(TEMPLATES.iter().map(template).collect()))
}

#[derive(Deserialize)]
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

#[derive(Deserialize)]
struct LookUp {
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    mi: String,
    #[serde(default)]
    plate: String,
    #[serde(default)]
    types: Vec<i64>,
    #[serde(default = "yes")]
    partial: bool,
}

fn yes() -> bool {
    true
}

/// Looks up records by a name or a plate.
#[requires_tier(Plus, post = "/v2/general/lookups", limit = "30/minute", cost = 0)]
async fn look_up_records(community: Community, Body(search): Body<LookUp>) -> Document {
    let fields = [
        ("first", search.first),
        ("last", search.last),
        ("mi", search.mi),
        ("plate", search.plate),
    ];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if fields.is_empty() {
        return Err(CadError::bad("expected one of first, last, mi and plate").into());
    }
    let lookup = Lookup {
        kinds: search.types,
        fields,
        partial: search.partial,
        limit: ROW_LIMIT,
        ..Lookup::default()
    };
    found(&community, lookup).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LookUpValue {
    search_type: String,
    value: Value,
    #[serde(default)]
    types: Vec<i64>,
}

/// Looks up records by their number, or by the value of a field.
#[requires_tier(
    Plus,
    post = "/v2/general/lookups/by-value",
    limit = "30/minute",
    cost = 0
)]
async fn look_up_value(community: Community, Body(search): Body<LookUpValue>) -> Document {
    let value = match search.value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(CadError::bad("value: expected a text or a number").into()),
    };
    let mut lookup = Lookup {
        kinds: search.types,
        limit: ROW_LIMIT,
        ..Lookup::default()
    };
    if search.search_type == "NUMBER" {
        let number = value.parse();
        let number = number.map_err(|_| CadError::bad("value: expected a whole number"))?;
        lookup.id = Some(number);
    } else {
        lookup.fields.push((search.search_type, value));
    }
    found(&community, lookup).await
}

async fn found(community: &Community, lookup: Lookup) -> Document {
    let records = community.look_up(&lookup).await?;
    Ok(Json(records.iter().map(record).collect()))
}
