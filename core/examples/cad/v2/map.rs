//! The blips on the map of a server.

use super::openapi::{Operation, operation, stored};
use super::request::{Body, Document, OnServer, Path};
use crate::Tier;
use crate::error::CadError;
use crate::store::{Blip, Cad};
use axum::Json;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// A blip on the map of a server.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct BlipAnswer(#[schemars(schema_with = "blip")] Value);

fn blip(generator: &mut SchemaGenerator) -> Schema {
    stored::<Blip>(generator, &["id", "serverId"])
}

/// Lists the blips on the map of a server.
#[requires_tier(
    Pro,
    get = "/v2/emergency/servers/{serverId}/blips",
    limit = "10/minute",
    cost = 0
)]
async fn list_blips(server: OnServer) -> Document<Vec<BlipAnswer>> {
    let blips = server.community.blips(server.id).await?;
    Ok(Json(blips.into_iter().map(BlipAnswer).collect()))
}

/// Adds a blip to the map of a server.
#[requires_tier(
    Pro,
    post = "/v2/emergency/servers/{serverId}/blips",
    limit = "30/minute",
    cost = 0
)]
async fn create_blip(server: OnServer, Body(blip): Body<Blip>) -> Document<BlipAnswer> {
    if blip.coordinates.is_none() {
        return Err(CadError::bad("coordinates: missing field").into());
    }
    let mut added = server.community.add_blips(&[(server.id, blip)]).await?;
    Ok(Json(BlipAnswer(added.pop().unwrap_or_default())))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BlipId {
    blip_id: i64,
}

#[derive(Serialize, JsonSchema)]
struct ChangedAnswer {
    id: i64,
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
) -> Document<ChangedAnswer> {
    server
        .community
        .modify_blips(Some(server.id), &[(blip_id, change)])
        .await?;
    Ok(Json(ChangedAnswer { id: blip_id }))
}

#[derive(Deserialize, Serialize, JsonSchema)]
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
async fn delete_blips(server: OnServer, Body(remove): Body<Ids>) -> Document<Ids> {
    server
        .community
        .remove_blips(Some(server.id), &remove.ids)
        .await?;
    Ok(Json(remove))
}
