//! Endpoints for units, calls and the map.

use crate::error::CadError;
use crate::json::{And, MANY_ITEMS, unique};
use crate::lenient::OneOrMany;
use crate::object::Object;
use crate::store::{
    AddNote, Blip, Cad, CallFilter, CallTypes, Callout, Community, Coordinates, Key, Kick, NewCall,
    NewEmergencyCall, SignConfig, SignText, UnitFilter, UnitLocation,
};
use crate::v1::fields::{
    OfAccount, OfServer, OnServer, ServerId, UnitKeys, all_rows, no_id, one_key, yes,
};
use crate::v1::protocol::{Document, Many, Maybe, One, Text, in_range};
use crate::{AddOn, Tier};
use axum::Json;
use serde::Deserialize;
use serde_json::json;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        unit_location,
        unit_panic,
        unit_status,
        kick_unit,
        call_911,
        remove_911,
        get_account_identifiers,
        new_dispatch,
        attach_unit,
        detach_unit,
        add_call_note,
        close_call,
        get_active_units,
        get_calls,
        set_call_postal,
        set_streetsign_config,
        update_streetsign,
        get_blips,
        add_blip,
        modify_blip,
        remove_blip,
        set_available_callouts,
        set_stations,
    )
)]
pub(crate) struct Emergency;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    api_id: String,
    location: String,
    coordinates: Option<Coordinates>,
}

/// Moves units on the map.
#[requires_tier(Standard, post = "/emergency/unit_location")]
async fn unit_location(community: Community, Many(moves): Many<Location>) -> Text {
    let moves: Vec<_> = moves
        .into_iter()
        .map(|unit| UnitLocation {
            key: Key::ApiId(unit.api_id),
            location: unit.location,
            coordinates: unit.coordinates,
        })
        .collect();
    community.locate_units(&moves, None).await?;
    Ok("UNIT LOCATION UPDATED".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Panic {
    is_panic: bool,
}

/// Sets or clears the panic state of units.
#[requires_tier(Standard, post = "/emergency/unit_panic")]
async fn unit_panic(community: Community, Many(panics): Many<And<UnitKeys, Panic>>) -> Text {
    let panics = panics.into_iter();
    let panics = panics.map(|And(units, panic)| Ok((units.all()?, panic.is_panic)));
    let panics: Result<Vec<_>, CadError> = panics.collect();
    community.set_panic(&panics?, None).await?;
    Ok("UNIT PANIC UPDATED".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status: i64,
    server_id: Option<ServerId>,
}

/// Sets the status of units.
#[requires_tier(Standard, post = "/emergency/unit_status")]
async fn unit_status(
    community: Community,
    One(And(units, new)): One<And<UnitKeys, Status>>,
) -> Text {
    in_range("status", new.status, &(0..=99))?;
    let server_id = new.server_id.map(|server| server.0);
    if let Some(server_id) = server_id {
        community.check_server(server_id).await?;
    }
    community
        .set_status(&units.all()?, new.status, server_id)
        .await?;
    Ok("UNIT STATUS UPDATED".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KickUnits {
    api_id: OneOrMany<String>,
    reason: String,
    #[serde(default)]
    server_id: ServerId,
}

/// Takes units off duty.
#[requires_tier(Standard, post = "/emergency/kick_unit")]
async fn kick_unit(community: Community, Many(kicks): Many<KickUnits>) -> Text {
    let kicks: Vec<_> = kicks
        .into_iter()
        .map(|kick| Kick {
            units: Key::all(None, kick.api_id.into_vec(), Vec::new()),
            reason: kick.reason,
            server_id: kick.server_id.0,
        })
        .collect();
    if let Some(index) = kicks.iter().position(|kick| kick.units.is_empty()) {
        return Err(no_id(&format!("data[{index}].apiId")));
    }
    community.kick_units(&kicks).await?;
    Ok("UNIT KICKED".to_owned())
}

/// Adds an emergency call.
#[requires_tier(Standard, post = "/emergency/call_911")]
async fn call_911(
    community: Community,
    One(And(server, new)): One<And<OnServer, NewEmergencyCall>>,
) -> Text {
    let call = community
        .add_emergency_call(server.server_id.0, &new)
        .await?;
    Ok(format!("EMERGENCY CALL ADDED ID: {}", call.call_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneCall {
    #[serde(default)]
    server_id: ServerId,
    call_id: i64,
}

/// Removes an emergency call.
#[requires_tier(Standard, post = "/emergency/remove_911")]
async fn remove_911(community: Community, One(call): One<OneCall>) -> Text {
    community
        .remove_emergency_call(call.server_id.0, call.call_id)
        .await?;
    Ok("EMERGENCY CALL REMOVED".to_owned())
}

/// Lists the identifiers of an account and marks the selected one.
#[requires_tier(Standard, post = "/emergency/get_account_identifiers")]
async fn get_account_identifiers(community: Community, One(of): One<OfAccount>) -> Document {
    let key = one_key(of.account, of.api_id, None)?;
    Ok(Json(json!(community.identifiers(&key).await?)))
}

/// The units to attach to a new call: API ids, and ids of accounts.
#[derive(Deserialize)]
struct CallUnits {
    #[serde(default)]
    units: Vec<String>,
    #[serde(default)]
    accounts: Vec<String>,
}

/// Opens a dispatch call.
#[requires_tier(Plus, post = "/emergency/new_dispatch")]
async fn new_dispatch(
    community: Community,
    One(And(And(server, new), attach)): One<And<And<OnServer, NewCall>, CallUnits>>,
) -> Text {
    let accounts = attach.accounts.into_iter().map(Key::Account);
    let units: Vec<Key> = attach
        .units
        .into_iter()
        .map(Key::ApiId)
        .chain(accounts)
        .collect();
    let call = community
        .open_call(server.server_id.0, &new, &units)
        .await?;
    Ok(format!("NEW DISPATCH CREATED - ID: {}", call.call_id))
}

/// Attaches units to a dispatch call.
#[requires_tier(Plus, post = "/emergency/attach_unit")]
async fn attach_unit(
    community: Community,
    One(And(call, units)): One<And<OneCall, UnitKeys>>,
) -> Text {
    community
        .attach_units(call.server_id.0, call.call_id, &units.all()?)
        .await?;
    Ok("UNITS ATTACHED".to_owned())
}

/// Detaches units from their dispatch calls.
#[requires_tier(Plus, post = "/emergency/detach_unit")]
async fn detach_unit(
    community: Community,
    One(And(of, units)): One<And<OfServer, UnitKeys>>,
) -> Text {
    community
        .detach_units(of.server_id.0, &units.all()?)
        .await?;
    Ok("UNITS DETACHED".to_owned())
}

/// Adds a note to a dispatch call.
#[requires_tier(Plus, post = "/emergency/add_call_note")]
async fn add_call_note(
    community: Community,
    One(And(call, new)): One<And<OneCall, AddNote>>,
) -> Text {
    let (server_id, call_id) = (call.server_id.0, call.call_id);
    community.add_note(server_id, call_id, &new).await?;
    Ok(format!("NOTE '{}' added to call #{call_id}", new.note))
}

/// Closes a dispatch call.
#[requires_tier(Plus, post = "/emergency/close_call")]
async fn close_call(community: Community, One(call): One<OneCall>) -> Text {
    community
        .close_calls(call.server_id.0, &[call.call_id])
        .await?;
    Ok("CALL CLOSED".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListUnits {
    #[serde(default)]
    server_id: ServerId,
    /// Whether to list the units of all servers.
    #[serde(default)]
    all_servers: bool,
    #[serde(default = "yes")]
    only_units: bool,
    #[serde(default)]
    include_offline: bool,
    #[serde(default = "all_rows")]
    limit: i64,
    #[serde(default)]
    offset: i64,
}

/// Lists the units of a server, or of all servers with the add-on Cross-server dispatch.
// The add-on extends this endpoint, and doesn't replace the tier. The vendor's table has one tier for each
// endpoint, and customers know the refusals that name this tier. With `or_feature`, a refusal would also
// name the add-on. The handler therefore checks the add-on for the one field that needs it.
#[requires_tier(Plus, post = "/emergency/get_active_units", guard = pass)]
async fn get_active_units(community: Community, Maybe(list): Maybe<ListUnits>) -> Document {
    if list.all_servers {
        pass.require_feature(AddOn::CrossServer)?;
    }
    let filter = UnitFilter {
        server_id: (!list.all_servers).then_some(list.server_id.0),
        account: None,
        only_units: list.only_units,
        include_offline: list.include_offline,
        limit: list.limit,
        offset: list.offset,
    };
    Ok(Json(json!(community.units(&filter).await?)))
}

/// The default number of closed calls in an answer.
fn ten() -> i64 {
    10
}

/// The largest number of closed calls in an answer.
const CLOSED_LIMIT: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListCalls {
    #[serde(default)]
    server_id: ServerId,
    #[serde(default = "ten")]
    closed_limit: i64,
    #[serde(default)]
    closed_offset: i64,
    #[serde(default, rename = "type")]
    types: CallTypes,
}

/// Lists the dispatch calls and the emergency calls of a server.
#[requires_tier(Plus, post = "/emergency/get_calls")]
async fn get_calls(community: Community, Maybe(list): Maybe<ListCalls>) -> Document {
    let filter = CallFilter {
        server_id: list.server_id.0,
        types: list.types,
        closed_limit: list.closed_limit.min(CLOSED_LIMIT),
        closed_offset: list.closed_offset,
    };
    Ok(Json(json!(community.calls(&filter).await?)))
}

#[derive(Deserialize)]
struct CallPostal {
    postal: String,
}

/// Sets the postal code of a dispatch call.
#[requires_tier(Plus, post = "/emergency/set_call_postal")]
async fn set_call_postal(
    community: Community,
    One(And(call, set)): One<And<OneCall, CallPostal>>,
) -> Text {
    let (server_id, call_id) = (call.server_id.0, call.call_id);
    community
        .set_call_postal(server_id, call_id, &set.postal)
        .await?;
    Ok(format!("CALL {call_id} POSTAL SET TO {}", set.postal))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signs {
    #[serde(default)]
    server_id: ServerId,
    sign_config: Vec<SignConfig>,
}

/// Sets the street signs of a server.
#[requires_tier(Pro, post = "/emergency/set_streetsign_config")]
async fn set_streetsign_config(community: Community, One(set): One<Signs, MANY_ITEMS>) -> Text {
    let ids = set.sign_config.iter().map(|sign| sign.id);
    unique("data[0].signConfig[].id", ids)?;
    community
        .set_signs(set.server_id.0, &set.sign_config)
        .await?;
    Ok("Street sign config updated".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShowOnSigns {
    #[serde(default)]
    server_id: ServerId,
    sign_data: SignText,
}

/// Changes the text of street signs.
#[requires_tier(Pro, post = "/emergency/update_streetsign")]
async fn update_streetsign(community: Community, One(show): One<ShowOnSigns>) -> Text {
    community
        .show_on_signs(show.server_id.0, &show.sign_data)
        .await?;
    Ok("Street signs updated".to_owned())
}

/// Lists the blips on the map of a server.
#[requires_tier(Pro, post = "/emergency/get_blips")]
async fn get_blips(community: Community, Maybe(of): Maybe<OfServer>) -> Document {
    Ok(Json(community.blips(of.server_id.0).await?.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewBlip {
    #[serde(default)]
    server_id: ServerId,
    blip: Blip,
}

/// Adds blips to the map of a server.
#[requires_tier(Pro, post = "/emergency/add_blip")]
async fn add_blip(community: Community, Many(new): Many<NewBlip>) -> Document {
    if let Some(index) = new.iter().position(|new| new.blip.coordinates.is_none()) {
        return Err(CadError::bad(format!(
            "data[{index}].blip.coordinates: missing field"
        )));
    }
    let blips: Vec<_> = new
        .into_iter()
        .map(|new| (new.server_id.0, new.blip))
        .collect();
    Ok(Json(json!(community.add_blips(&blips).await?)))
}

#[derive(Deserialize)]
struct BlipId {
    id: i64,
}

/// Changes blips.
#[requires_tier(Pro, post = "/emergency/modify_blip")]
async fn modify_blip(community: Community, Many(changes): Many<And<BlipId, Blip>>) -> Text {
    let changes: Vec<_> = changes
        .into_iter()
        .map(|And(of, blip)| (of.id, blip))
        .collect();
    community.modify_blips(None, &changes).await?;
    Ok(format!(
        "Blip {} modified!",
        joined(changes.iter().map(|(id, _)| *id))
    ))
}

#[derive(Deserialize)]
struct Ids {
    ids: OneOrMany<i64>,
}

/// Removes blips.
#[requires_tier(Pro, post = "/emergency/remove_blip")]
async fn remove_blip(community: Community, One(remove): One<Ids>) -> Text {
    let ids = remove.ids.into_vec();
    community.remove_blips(None, &ids).await?;
    Ok(format!("Blip {} removed!", joined(ids.into_iter())))
}

fn joined(ids: impl Iterator<Item = i64>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Callouts {
    #[serde(default)]
    server_id: ServerId,
    callouts: Vec<Callout>,
}

/// Sets the callouts of a server.
#[requires_tier(Pro, post = "/emergency/set_available_callouts")]
async fn set_available_callouts(community: Community, One(set): One<Callouts, MANY_ITEMS>) -> Text {
    let ids = set.callouts.iter().map(|callout| &callout.id);
    unique("data[0].callouts[].id", ids)?;
    community
        .set_callouts(set.server_id.0, &set.callouts)
        .await?;
    Ok(format!("Updated {} callouts", set.callouts.len()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stations {
    #[serde(default)]
    server_id: ServerId,
    config: Object,
}

/// Sets the stations of a server.
#[requires_tier(Plus, post = "/emergency/set_stations")]
async fn set_stations(community: Community, One(set): One<Stations, MANY_ITEMS>) -> Text {
    community.set_stations(set.server_id.0, &set.config).await?;
    Ok("Updated station config!".to_owned())
}
