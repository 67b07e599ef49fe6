//! Lookups of records by their contents.

use super::records::record;
use super::request::{Body, Document};
use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, Community, Lookup, ROW_LIMIT};
use axum::Json;
use serde::Deserialize;
use serde_json::Value;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(look_up_records, look_up_value))]
pub(crate) struct Lookups;

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
