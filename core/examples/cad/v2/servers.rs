//! The community's plan and its game servers.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer};
use crate::Tier;
use crate::extract::PresentedKey;
use crate::json::unique;
use crate::store::{Cad, Community, ServerList};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
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

/// Returns the community's tier.
#[requires_tier(
    Free,
    get = "/v2/general/version",
    limit = "10/minute",
    cost = 0,
    guard = pass
)]
async fn version() -> Document {
    let tier = pass.tier();
    let name = tier.name().to_uppercase();
    Ok(Json(json!({ "version": tier.rank(), "name": name })))
}

/// Lists the servers.
#[requires_tier(Standard, get = "/v2/general/servers", limit = "10/minute", cost = 0)]
async fn list_servers(community: Community) -> Document {
    let servers = community.server_list().await?;
    Ok(Json(json!({ "servers": servers })))
}

/// Replaces the list of servers.
#[requires_tier(Plus, put = "/v2/general/servers", limit = "10/minute", cost = 0)]
async fn replace_servers(
    community: Community,
    PresentedKey(key): PresentedKey,
    Body(list): Body<ServerList>,
) -> Document {
    let servers = list.servers();
    unique("servers[].id", servers.iter().map(|server| server.id))?;
    community.set_servers(&servers, &key).await?;
    let servers = community.server_list().await?;
    Ok(Json(json!({ "servers": servers })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Heartbeat {
    player_count: i64,
}

/// Records a heartbeat of a server.
#[requires_tier(
    Standard,
    post = "/v2/general/servers/{serverId}/heartbeat",
    limit = "10/minute",
    cost = 0
)]
async fn server_heartbeat(server: OnServer, Body(beat): Body<Heartbeat>) -> Document {
    server.community.heartbeat(server.id).await?;
    Ok(Json(json!({
        "serverId": server.id,
        "playerCount": beat.player_count,
        "receivedAtUtc": humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
    })))
}

/// Confirms that a server may show street signs.
#[requires_tier(
    Pro,
    post = "/v2/general/servers/{serverId}/street-sign-auth",
    limit = "10/minute",
    cost = 0
)]
async fn authorize_street_signs(server: OnServer) -> Document {
    Ok(Json(json!({ "authorized": true, "serverId": server.id })))
}
