//! Dispatch calls.

use super::emergency_calls::emergency_call;
use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Path, Query};
use super::target::{self, OneCall};
use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::lenient::Whole;
use crate::store::{AddNote, Cad, Call, CallFilter, CallTypes, Key, NewCall};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        list_calls,
        create_dispatch_call,
        attach_units,
        detach_units,
        create_call_note,
        close_calls,
        set_postal,
    )
)]
pub(crate) struct Calls;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(list_calls),
        operation(create_dispatch_call),
        operation(attach_units),
        operation(detach_units),
        operation(create_call_note),
        operation(close_calls),
        operation(set_postal),
    ]
}

/// The status of a closed call.
pub(super) const CLOSED: i64 = 2;

pub(super) fn dispatch_call(call: Call) -> Value {
    let mut fields = call.body;
    fields.insert("callId".to_owned(), call.call_id.into());
    fields.insert("notes".to_owned(), json!(call.notes));
    fields.insert("idents".to_owned(), call.idents.into());
    if call.closed_at.is_some() {
        fields.insert("status".to_owned(), CLOSED.into());
    }
    fields.into()
}

fn ten() -> i64 {
    10
}

/// The `type` of a list with all calls.
fn all_types() -> i64 {
    100
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListCalls {
    #[serde(default = "ten")]
    closed_limit: i64,
    #[serde(default)]
    closed_offset: i64,
    #[serde(default = "all_types", rename = "type")]
    table: i64,
}

/// Lists the dispatch calls and the emergency calls of a server.
#[requires_tier(
    Plus,
    get = "/v2/emergency/servers/{serverId}/calls",
    limit = "5/minute",
    cost = 0
)]
async fn list_calls(server: OnServer, Query(list): Query<ListCalls>) -> Document {
    let types = CallTypes::try_from(Whole(list.table));
    let filter = CallFilter {
        server_id: server.id,
        types: types.map_err(|reason| CadError::bad(format!("type: {reason}")))?,
        closed_limit: list.closed_limit,
        closed_offset: list.closed_offset,
    };
    let calls = server.community.calls(&filter).await?;
    let active: Vec<_> = calls.active_calls.into_iter().map(dispatch_call).collect();
    let closed: Vec<_> = calls.closed_calls.into_iter().map(dispatch_call).collect();
    let emergency = calls.emergency_calls.into_iter().map(emergency_call);
    Ok(Json(json!({
        "ActiveCalls": active,
        "EmergencyCalls": emergency.collect::<Value>(),
        "ClosedCalls": closed,
        "ClosedCallCount": calls.closed_count,
    })))
}

/// The units to attach to a new call. An empty list is for a call without units.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FirstUnits {
    community_user_ids: Option<Vec<String>>,
    accounts: Option<Vec<String>>,
}

impl FirstUnits {
    fn keys(self) -> Result<Vec<Key>, CadError> {
        if self.community_user_ids.is_none() && self.accounts.is_none() {
            return Err(CadError::bad(
                "expected one of communityUserIds and accounts; a list may be empty",
            ));
        }
        let users = self.community_user_ids.into_iter().flatten();
        let accounts = self.accounts.into_iter().flatten();
        let keys = users.map(Key::ApiId).chain(accounts.map(Key::Account));
        Ok(keys.collect())
    }
}

/// Opens a dispatch call.
#[requires_tier(
    Plus,
    post = "/v2/emergency/servers/{serverId}/dispatch-calls",
    limit = "20/minute",
    cost = 0
)]
async fn create_dispatch_call(
    server: OnServer,
    Body(And(new, units)): Body<And<NewCall, FirstUnits>>,
) -> Document {
    let units = units.keys()?;
    let call = server.community.open_call(server.id, &new, &units).await?;
    Ok(Json(dispatch_call(call)))
}

/// Attaches units to a dispatch call.
#[requires_tier(
    Plus,
    post = "/v2/emergency/servers/{serverId}/dispatch-calls/{callId}/attachments",
    limit = "10/minute",
    cost = 0
)]
async fn attach_units(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
    Body(units): Body<target::Units>,
) -> Document {
    let identifiers = server
        .community
        .attach_units(server.id, call_id, &units.keys()?)
        .await?;
    Ok(Json(json!({ "callId": call_id, "identIds": identifiers })))
}

/// Detaches units from their dispatch calls.
#[requires_tier(
    Plus,
    delete = "/v2/emergency/servers/{serverId}/dispatch-calls/attachments",
    limit = "10/minute",
    cost = 0
)]
async fn detach_units(server: OnServer, Body(units): Body<target::Units>) -> Document {
    let identifiers = server
        .community
        .detach_units(server.id, &units.keys()?)
        .await?;
    Ok(Json(json!({ "identIds": identifiers })))
}

/// Adds a note to a dispatch call.
#[requires_tier(
    Plus,
    post = "/v2/emergency/servers/{serverId}/dispatch-calls/{callId}/notes",
    limit = "60/minute",
    cost = 0
)]
async fn create_call_note(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
    Body(new): Body<AddNote>,
) -> Document {
    server.community.add_note(server.id, call_id, &new).await?;
    Ok(Json(json!({ "callId": call_id, "note": new.note })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CallIds {
    call_ids: Vec<i64>,
}

/// Closes dispatch calls.
#[requires_tier(
    Plus,
    post = "/v2/emergency/servers/{serverId}/dispatch-calls/close",
    limit = "20/minute",
    cost = 0
)]
async fn close_calls(server: OnServer, Body(close): Body<CallIds>) -> Document {
    server
        .community
        .close_calls(server.id, &close.call_ids)
        .await?;
    Ok(Json(json!({ "callIds": close.call_ids })))
}

#[derive(Deserialize, JsonSchema)]
struct Postal {
    postal: String,
}

/// Sets the postal code of a dispatch call.
#[requires_tier(
    Plus,
    patch = "/v2/emergency/servers/{serverId}/dispatch-calls/{callId}/postal",
    limit = "20/minute",
    cost = 0
)]
async fn set_postal(
    server: OnServer,
    Path(OneCall { call_id }): Path<OneCall>,
    Body(Postal { postal }): Body<Postal>,
) -> Document {
    server
        .community
        .set_call_postal(server.id, call_id, &postal)
        .await?;
    Ok(Json(json!({ "callId": call_id, "postal": postal })))
}
