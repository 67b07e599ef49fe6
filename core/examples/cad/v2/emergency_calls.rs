//! Emergency calls, which lead to dispatch calls.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Path};
use super::target::OneCall;
use crate::Tier;
use crate::object::Object;
use crate::store::{Cad, EmergencyCall, NewEmergencyCall};
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(create_emergency_call, delete_emergency_call)
)]
pub(crate) struct EmergencyCalls;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(create_emergency_call),
        operation(delete_emergency_call),
    ]
}

/// An emergency call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmergencyCallAnswer {
    call_id: i64,
    #[serde(flatten)]
    #[schemars(with = "NewEmergencyCall")]
    body: Object,
}

pub(super) fn emergency_call(call: EmergencyCall) -> EmergencyCallAnswer {
    EmergencyCallAnswer {
        call_id: call.call_id,
        body: call.body,
    }
}

/// Adds an emergency call.
#[requires_tier(
    Standard,
    post = "/v2/emergency/servers/{serverId}/calls/911",
    limit = "10/minute",
    cost = 0
)]
async fn create_emergency_call(
    server: OnServer,
    Body(new): Body<NewEmergencyCall>,
) -> Document<EmergencyCallAnswer> {
    let call = server.community.add_emergency_call(server.id, &new).await?;
    Ok(Json(emergency_call(call)))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RemovedAnswer {
    call_id: i64,
    server_id: i64,
}

/// Removes an emergency call.
#[requires_tier(
    Standard,
    delete = "/v2/emergency/servers/{serverId}/calls/911/{callId}",
    limit = "10/minute",
    cost = 0
)]
async fn delete_emergency_call(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
) -> Document<RemovedAnswer> {
    server
        .community
        .remove_emergency_call(server.id, call_id)
        .await?;
    Ok(Json(RemovedAnswer {
        call_id,
        server_id: server.id,
    }))
}
