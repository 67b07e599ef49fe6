//! The community's plan and its game servers.

use super::openapi::{Operation, operation, stored};
use super::request::{Body, Document, OnServer};
use crate::Tier;
use crate::extract::PresentedKey;
use crate::json::unique;
use crate::store::{Cad, Community, Server, ServerList};
use axum::Json;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::SystemTime;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(version, list_servers, replace_servers, server_heartbeat, authorize_street_signs)
)]
pub(crate) struct Servers;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(version),
        operation(list_servers),
        operation(replace_servers),
        operation(server_heartbeat),
        operation(authorize_street_signs),
    ]
}

#[derive(Serialize, JsonSchema)]
struct VersionAnswer {
    name: String,
    version: u32,
}

/// Returns the community's tier.
#[requires_tier(
    Free,
    get = "/v2/general/version",
    limit = "10/minute",
    cost = 0,
    guard = pass
)]
async fn version() -> Document<VersionAnswer> {
    let tier = pass.tier();
    Ok(Json(VersionAnswer {
        name: tier.name().to_uppercase(),
        version: tier.rank(),
    }))
}

#[derive(Serialize, JsonSchema)]
struct ServersAnswer {
    servers: Vec<ServerAnswer>,
}

/// A game server.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct ServerAnswer(#[schemars(schema_with = "server")] Value);

fn server(generator: &mut SchemaGenerator) -> Schema {
    stored::<Server>(generator, &["id"])
}

async fn servers_of(community: &Community) -> Document<ServersAnswer> {
    let servers = community.server_list().await?.into_iter();
    Ok(Json(ServersAnswer {
        servers: servers.map(ServerAnswer).collect(),
    }))
}

/// Lists the servers.
#[requires_tier(Standard, get = "/v2/general/servers", limit = "10/minute", cost = 0)]
async fn list_servers(community: Community) -> Document<ServersAnswer> {
    servers_of(&community).await
}

/// Replaces the list of servers.
#[requires_tier(Plus, put = "/v2/general/servers", limit = "10/minute", cost = 0)]
async fn replace_servers(
    community: Community,
    PresentedKey(key): PresentedKey,
    Body(list): Body<ServerList>,
) -> Document<ServersAnswer> {
    let servers = list.servers();
    unique("servers[].id", servers.iter().map(|server| server.id))?;
    community.set_servers(&servers, &key).await?;
    servers_of(&community).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Heartbeat {
    player_count: i64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HeartbeatAnswer {
    server_id: i64,
    player_count: i64,
    received_at_utc: String,
}

/// Records a heartbeat of a server.
#[requires_tier(
    Standard,
    post = "/v2/general/servers/{serverId}/heartbeat",
    limit = "10/minute",
    cost = 0
)]
async fn server_heartbeat(
    server: OnServer,
    Body(beat): Body<Heartbeat>,
) -> Document<HeartbeatAnswer> {
    server.community.heartbeat(server.id).await?;
    Ok(Json(HeartbeatAnswer {
        server_id: server.id,
        player_count: beat.player_count,
        received_at_utc: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
    }))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AuthorizedAnswer {
    authorized: bool,
    server_id: i64,
}

/// Confirms that a server may show street signs.
#[requires_tier(
    Pro,
    post = "/v2/general/servers/{serverId}/street-sign-auth",
    limit = "10/minute",
    cost = 0
)]
async fn authorize_street_signs(server: OnServer) -> Document<AuthorizedAnswer> {
    Ok(Json(AuthorizedAnswer {
        authorized: true,
        server_id: server.id,
    }))
}
