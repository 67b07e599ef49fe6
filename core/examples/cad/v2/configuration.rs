//! The configuration of a server: its street signs, callouts and stations.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, ServerId};
use crate::Tier;
use crate::json::{MANY_ITEMS, unique};
use crate::object::Object;
use crate::store::{Cad, Callout, SignConfig, SignText};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(replace_street_signs, update_street_signs, replace_callouts, replace_stations)
)]
pub(crate) struct Configuration;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(replace_street_signs),
        operation(update_street_signs),
        operation(replace_callouts),
        operation(replace_stations),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct Signs {
    signs: Vec<SignConfig>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SignsAnswer {
    server_id: i64,
    signs: usize,
}

/// Replaces the street signs of a server.
#[requires_tier(
    Pro,
    put = "/v2/emergency/servers/{serverId}/street-sign-config",
    limit = "2/minute",
    cost = 0
)]
async fn replace_street_signs(
    server: OnServer,
    Body(Signs { signs }): Body<Signs, MANY_ITEMS>,
) -> Document<SignsAnswer> {
    unique("signs[].id", signs.iter().map(|sign| sign.id))?;
    server.community.set_signs(server.id, &signs).await?;
    Ok(Json(SignsAnswer {
        server_id: server.id,
        signs: signs.len(),
    }))
}

#[derive(Serialize, JsonSchema)]
struct TextAnswer {
    ids: Vec<i64>,
}

/// Changes the text of street signs.
#[requires_tier(
    Pro,
    patch = "/v2/emergency/servers/{serverId}/street-signs",
    limit = "10/minute",
    cost = 0
)]
async fn update_street_signs(server: OnServer, Body(text): Body<SignText>) -> Document<TextAnswer> {
    server.community.show_on_signs(server.id, &text).await?;
    Ok(Json(TextAnswer { ids: text.ids }))
}

#[derive(Deserialize, JsonSchema)]
struct Callouts {
    callouts: Vec<Callout>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CalloutsAnswer {
    server_id: i64,
    callouts: usize,
}

/// Replaces the callouts of a server.
#[requires_tier(
    Pro,
    put = "/v2/emergency/servers/{serverId}/callouts",
    limit = "2/minute",
    cost = 0
)]
async fn replace_callouts(
    server: OnServer,
    Body(Callouts { callouts }): Body<Callouts, MANY_ITEMS>,
) -> Document<CalloutsAnswer> {
    unique("callouts[].id", callouts.iter().map(|callout| &callout.id))?;
    server.community.set_callouts(server.id, &callouts).await?;
    Ok(Json(CalloutsAnswer {
        server_id: server.id,
        callouts: callouts.len(),
    }))
}

/// Replaces the stations of a server. The body is the configuration itself.
#[requires_tier(
    Plus,
    put = "/v2/emergency/servers/{serverId}/stations",
    limit = "2/minute",
    cost = 0
)]
async fn replace_stations(
    server: OnServer,
    Body(stations): Body<Object, MANY_ITEMS>,
) -> Document<ServerId> {
    server.community.set_stations(server.id, &stations).await?;
    Ok(Json(ServerId {
        server_id: server.id,
    }))
}
