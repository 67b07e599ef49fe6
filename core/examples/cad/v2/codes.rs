//! The community's penal codes and postal codes.

use super::openapi::{Operation, operation};
use super::request::{Body, Document};
use crate::Tier;
use crate::json::{MANY_ITEMS, unique};
use crate::store::{Cad, Community, PenalCode, Postal};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(list_penal_codes, replace_penal_codes, replace_postals)
)]
pub(crate) struct Codes;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(list_penal_codes),
        operation(replace_penal_codes),
        operation(replace_postals),
    ]
}

/// Lists the penal codes.
#[requires_tier(
    Standard,
    get = "/v2/general/penal-codes",
    limit = "4/minute",
    cost = 0
)]
async fn list_penal_codes(community: Community) -> Document<Vec<PenalCode>> {
    Ok(Json(community.penal_codes().await?))
}

#[derive(Deserialize, JsonSchema)]
struct PenalCodes {
    codes: Vec<PenalCode>,
}

#[derive(Serialize, JsonSchema)]
struct UpdatedAnswer {
    updated: usize,
}

/// Replaces the penal codes.
#[requires_tier(
    Standard,
    put = "/v2/general/penal-codes",
    limit = "4/minute",
    cost = 0
)]
async fn replace_penal_codes(
    community: Community,
    Body(PenalCodes { codes }): Body<PenalCodes, MANY_ITEMS>,
) -> Document<UpdatedAnswer> {
    unique("codes[].code", codes.iter().map(|code| &code.code))?;
    community.set_penal_codes(&codes).await?;
    Ok(Json(UpdatedAnswer {
        updated: codes.len(),
    }))
}

#[derive(Deserialize, JsonSchema)]
struct Postals {
    postals: Vec<Postal>,
}

/// Replaces the postal codes.
#[requires_tier(Pro, put = "/v2/general/postals", limit = "10/minute", cost = 0)]
async fn replace_postals(
    community: Community,
    Body(Postals { postals }): Body<Postals, MANY_ITEMS>,
) -> Document<UpdatedAnswer> {
    unique("postals[].code", postals.iter().map(|postal| &postal.code))?;
    community.set_postals(&postals).await?;
    Ok(Json(UpdatedAnswer {
        updated: postals.len(),
    }))
}
