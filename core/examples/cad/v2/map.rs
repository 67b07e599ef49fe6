//! The blips on the map of a server.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Path};
use crate::Tier;
use crate::error::CadError;
use crate::store::{Blip, Cad};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(list_blips, create_blip, update_blip, delete_blips)
)]
pub(crate) struct Map;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(list_blips),
        operation(create_blip),
        operation(update_blip),
        operation(delete_blips),
    ]
}

/// Lists the blips on the map of a server.
#[requires_tier(
    Pro,
    get = "/v2/emergency/servers/{serverId}/blips",
    limit = "10/minute",
    cost = 0
)]
async fn list_blips(server: OnServer) -> Document {
    Ok(Json(server.community.blips(server.id).await?))
}

/// Adds a blip to the map of a server.
#[requires_tier(
    Pro,
    post = "/v2/emergency/servers/{serverId}/blips",
    limit = "30/minute",
    cost = 0
)]
async fn create_blip(server: OnServer, Body(blip): Body<Blip>) -> Document {
    if blip.coordinates.is_none() {
        return Err(CadError::bad("coordinates: missing field").into());
    }
    let mut added = server.community.add_blips(&[(server.id, blip)]).await?;
    Ok(Json(added.pop().unwrap_or_default()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BlipId {
    blip_id: i64,
}

/// Changes a blip.
#[requires_tier(
    Pro,
    patch = "/v2/emergency/servers/{serverId}/blips/{blipId}",
    limit = "30/minute",
    cost = 0
)]
async fn update_blip(
    server: OnServer,
    Path(BlipId { blip_id }): Path<BlipId>,
    Body(change): Body<Blip>,
) -> Document {
    server
        .community
        .modify_blips(Some(server.id), &[(blip_id, change)])
        .await?;
    Ok(Json(json!({ "id": blip_id })))
}

#[derive(Deserialize, JsonSchema)]
struct Ids {
    ids: Vec<i64>,
}

/// Removes blips.
#[requires_tier(
    Pro,
    post = "/v2/emergency/servers/{serverId}/blips/delete",
    limit = "30/minute",
    cost = 0
)]
async fn delete_blips(server: OnServer, Body(Ids { ids }): Body<Ids>) -> Document {
    server.community.remove_blips(Some(server.id), &ids).await?;
    Ok(Json(json!({ "ids": ids })))
}
