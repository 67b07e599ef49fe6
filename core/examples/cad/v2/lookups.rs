//! Lookups of records by their contents.
//!
//! The fields `notifyCommunityUserId`, `notifyAccountUuid`, `notifyRoblox` and `notifyDiscord` have no effect. They
//! name a user who also sees the result on the screen, and this server has no screens.

use super::openapi::{Operation, operation};
use super::records::{RecordAnswer, record};
use super::request::{Body, Document, yes};
use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::lenient::Text;
use crate::search::{NameOrPlate, SearchType};
use crate::store::{Cad, Community, Lookup, ROW_LIMIT};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(look_up_records, look_up_value))]
pub(crate) struct Lookups;

pub(super) fn operations() -> Vec<Operation> {
    vec![operation(look_up_records), operation(look_up_value)]
}

/// The records of a search to return.
#[derive(Deserialize, JsonSchema)]
struct Results {
    #[serde(default)]
    types: Vec<i64>,
    /// By default, the most rows of an answer.
    limit: Option<i64>,
    #[serde(default)]
    offset: i64,
}

impl From<Results> for Lookup {
    fn from(results: Results) -> Self {
        Self {
            kinds: results.types,
            limit: results.limit.unwrap_or(ROW_LIMIT),
            offset: results.offset,
            ..Self::default()
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct LookUp {
    #[serde(default = "yes")]
    partial: bool,
}

/// Looks up records by a name or a plate.
#[requires_tier(Plus, post = "/v2/general/lookups", limit = "30/minute", cost = 0)]
async fn look_up_records(
    community: Community,
    Body(And(search, And(LookUp { partial }, results))): Body<
        And<NameOrPlate, And<LookUp, Results>>,
    >,
) -> Document<Vec<RecordAnswer>> {
    let Some(fields) = search.fields() else {
        return Err(CadError::bad("expected first, last, mi or plate").into());
    };
    let lookup = Lookup {
        fields,
        partial,
        ..Lookup::from(results)
    };
    found(&community, lookup).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LookUpValue {
    search_type: SearchType,
    value: Text,
    #[serde(default)]
    partial: bool,
}

/// Looks up records by their number, their account or the value of a field.
#[requires_tier(
    Plus,
    post = "/v2/general/lookups/by-value",
    limit = "30/minute",
    cost = 0
)]
async fn look_up_value(
    community: Community,
    Body(And(search, results)): Body<And<LookUpValue, Results>>,
) -> Document<Vec<RecordAnswer>> {
    let Text(value) = search.value;
    if value.is_empty() {
        return Err(CadError::bad("value: must not be empty").into());
    }
    let mut lookup = Lookup {
        partial: search.partial,
        ..Lookup::from(results)
    };
    let restricted = search.search_type.restrict(&mut lookup, value);
    restricted.map_err(|reason| CadError::bad(format!("value: {reason}")))?;
    found(&community, lookup).await
}

async fn found(community: &Community, lookup: Lookup) -> Document<Vec<RecordAnswer>> {
    let records = community.look_up(&lookup).await?;
    Ok(Json(records.iter().map(record).collect()))
}
