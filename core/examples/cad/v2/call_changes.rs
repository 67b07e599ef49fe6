//! Changes of open dispatch calls.

use super::calls::{CLOSED, CallAnswer, dispatch_call};
use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Path};
use super::target::OneCall;
use crate::Tier;
use crate::error::CadError;
use crate::store::{Cad, CallChange};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(update_dispatch_call, set_primary))]
pub(crate) struct CallChanges;

pub(super) fn operations() -> Vec<Operation> {
    vec![operation(update_dispatch_call), operation(set_primary)]
}

/// Changes a dispatch call.
#[requires_tier(
    Plus,
    patch = "/v2/emergency/servers/{serverId}/dispatch-calls/{callId}",
    limit = "10/minute",
    cost = 0
)]
async fn update_dispatch_call(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
    Body(change): Body<CallChange>,
) -> Document<CallAnswer> {
    if change.status == Some(CLOSED) {
        return Err(CadError::bad(format!(
            "status: {CLOSED} is for closed calls; use POST …/dispatch-calls/close to close a call"
        ))
        .into());
    }
    let changed = server.community.change_call(server.id, call_id, &change);
    Ok(Json(dispatch_call(changed.await?)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Primary {
    ident_id: i64,
    #[serde(default)]
    track_primary: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PrimaryAnswer {
    call_id: i64,
    ident_id: i64,
    track_primary: bool,
}

/// Sets the primary unit of a dispatch call.
#[requires_tier(
    Plus,
    patch = "/v2/emergency/servers/{serverId}/dispatch-calls/{callId}/primary",
    limit = "10/minute",
    cost = 0
)]
async fn set_primary(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
    Body(primary): Body<Primary>,
) -> Document<PrimaryAnswer> {
    let change = CallChange::primary(primary.ident_id, primary.track_primary);
    server
        .community
        .change_call(server.id, call_id, &change)
        .await?;
    Ok(Json(PrimaryAnswer {
        call_id,
        ident_id: primary.ident_id,
        track_primary: primary.track_primary,
    }))
}
