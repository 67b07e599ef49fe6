//! Dispatch calls.

use super::emergency_calls::{EmergencyCallAnswer, emergency_call};
use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Path, Query};
use super::target::{self, OneCall};
use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::lenient::Whole;
use crate::object::Object;
use crate::store::{AddNote, Cad, Call, CallFilter, CallNote, CallTypes, Key, NewCall};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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

/// A dispatch call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallAnswer {
    call_id: i64,
    notes: Vec<CallNote>,
    /// The identifiers of the units.
    idents: Vec<i64>,
    #[serde(flatten)]
    #[schemars(with = "NewCall")]
    body: Object,
}

pub(super) fn dispatch_call(call: Call) -> CallAnswer {
    let mut body = call.body;
    if call.closed_at.is_some() {
        body.insert("status".to_owned(), CLOSED.into());
    }
    CallAnswer {
        call_id: call.call_id,
        notes: call.notes,
        idents: call.idents,
        body,
    }
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

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CallsAnswer {
    active_calls: Vec<CallAnswer>,
    emergency_calls: Vec<EmergencyCallAnswer>,
    closed_calls: Vec<CallAnswer>,
    /// The number of all closed calls.
    closed_call_count: i64,
}

/// Lists the dispatch calls and the emergency calls of a server.
#[requires_tier(
    Plus,
    get = "/v2/emergency/servers/{serverId}/calls",
    limit = "5/minute",
    cost = 0
)]
async fn list_calls(server: OnServer, Query(list): Query<ListCalls>) -> Document<CallsAnswer> {
    let types = CallTypes::try_from(Whole(list.table));
    let filter = CallFilter {
        server_id: server.id,
        types: types.map_err(|reason| CadError::bad(format!("type: {reason}")))?,
        closed_limit: list.closed_limit,
        closed_offset: list.closed_offset,
    };
    let calls = server.community.calls(&filter).await?;
    let emergency_calls = calls.emergency_calls.into_iter();
    Ok(Json(CallsAnswer {
        active_calls: calls.active_calls.into_iter().map(dispatch_call).collect(),
        emergency_calls: emergency_calls.map(emergency_call).collect(),
        closed_calls: calls.closed_calls.into_iter().map(dispatch_call).collect(),
        closed_call_count: calls.closed_count,
    }))
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
) -> Document<CallAnswer> {
    let units = units.keys()?;
    let call = server.community.open_call(server.id, &new, &units).await?;
    Ok(Json(dispatch_call(call)))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AttachedAnswer {
    call_id: i64,
    ident_ids: Vec<Option<i64>>,
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
) -> Document<AttachedAnswer> {
    let ident_ids = server
        .community
        .attach_units(server.id, call_id, &units.keys()?)
        .await?;
    Ok(Json(AttachedAnswer { call_id, ident_ids }))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DetachedAnswer {
    ident_ids: Vec<Option<i64>>,
}

/// Detaches units from their dispatch calls.
#[requires_tier(
    Plus,
    delete = "/v2/emergency/servers/{serverId}/dispatch-calls/attachments",
    limit = "10/minute",
    cost = 0
)]
async fn detach_units(
    server: OnServer,
    Body(units): Body<target::Units>,
) -> Document<DetachedAnswer> {
    let ident_ids = server
        .community
        .detach_units(server.id, &units.keys()?)
        .await?;
    Ok(Json(DetachedAnswer { ident_ids }))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NoteAnswer {
    call_id: i64,
    note: String,
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
) -> Document<NoteAnswer> {
    server.community.add_note(server.id, call_id, &new).await?;
    Ok(Json(NoteAnswer {
        call_id,
        note: new.note,
    }))
}

#[derive(Deserialize, Serialize, JsonSchema)]
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
async fn close_calls(server: OnServer, Body(close): Body<CallIds>) -> Document<CallIds> {
    server
        .community
        .close_calls(server.id, &close.call_ids)
        .await?;
    Ok(Json(close))
}

#[derive(Deserialize, JsonSchema)]
struct Postal {
    postal: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PostalAnswer {
    call_id: i64,
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
) -> Document<PostalAnswer> {
    server
        .community
        .set_call_postal(server.id, call_id, &postal)
        .await?;
    Ok(Json(PostalAnswer { call_id, postal }))
}
