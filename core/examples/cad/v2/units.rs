//! Units: accounts that are on duty.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, OnServer, Query, hundred, yes};
use super::target;
use crate::Tier;
use crate::error::CadError;
use crate::json::{And, FromObject};
use crate::store::{self, Cad, Coordinates, Key, Unit, UnitFilter, UnitLocation};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        list_units,
        locate_units,
        set_units_panic,
        set_units_status,
        kick_units,
        delete_units,
    )
)]
pub(crate) struct Units;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(list_units),
        operation(locate_units),
        operation(set_units_panic),
        operation(set_units_status),
        operation(kick_units),
        operation(delete_units),
    ]
}

/// The names of the statuses.
const STATUSES: [(i64, &str); 6] = [
    (0, "UNAVAILABLE"),
    (1, "BUSY"),
    (2, "AVAILABLE"),
    (3, "ENROUTE"),
    (4, "ON_SCENE"),
    (100, "OFFLINE"),
];

/// A unit on duty.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnitAnswer {
    id: Option<i64>,
    acc_id: String,
    status: i64,
    is_panic: bool,
    location: String,
    coordinates: Option<Coordinates>,
    data: UnitData,
    is_dispatch: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnitData {
    name: String,
    community_user_id: Option<String>,
}

pub(super) fn unit(unit: Unit) -> UnitAnswer {
    UnitAnswer {
        id: unit.id,
        acc_id: unit.acc_id,
        status: unit.status,
        is_panic: unit.is_panic,
        location: unit.location,
        coordinates: unit.coordinates,
        data: UnitData {
            name: unit.username,
            community_user_id: unit.data.api_ids.into_iter().next(),
        },
        is_dispatch: unit.is_dispatch,
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListUnits {
    #[serde(default)]
    include_offline: bool,
    #[serde(default = "yes")]
    only_units: bool,
    #[serde(default = "hundred")]
    limit: i64,
    #[serde(default)]
    offset: i64,
}

/// Lists the units of a server.
#[requires_tier(
    Plus,
    get = "/v2/emergency/servers/{serverId}/units",
    limit = "3/minute",
    cost = 0
)]
async fn list_units(server: OnServer, Query(list): Query<ListUnits>) -> Document<Vec<UnitAnswer>> {
    let filter = UnitFilter {
        server_id: Some(server.id),
        account: None,
        only_units: list.only_units,
        include_offline: list.include_offline,
        limit: list.limit,
        offset: list.offset,
    };
    let units = server.community.units(&filter).await?;
    Ok(Json(units.into_iter().map(unit).collect()))
}

#[derive(Deserialize, JsonSchema)]
struct Moves {
    updates: Vec<Move>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Move {
    community_user_id: String,
    location: String,
    coordinates: Option<Coordinates>,
}

#[derive(Serialize, JsonSchema)]
struct MovedAnswer {
    updated: usize,
}

/// Moves units on the map.
#[requires_tier(
    Standard,
    patch = "/v2/emergency/servers/{serverId}/unit-locations",
    limit = "12/minute",
    cost = 0
)]
async fn locate_units(server: OnServer, Body(moves): Body<Moves>) -> Document<MovedAnswer> {
    let moves: Vec<_> = moves
        .updates
        .into_iter()
        .map(|update| UnitLocation {
            key: Key::ApiId(update.community_user_id),
            location: update.location,
            coordinates: update.coordinates,
        })
        .collect();
    server
        .community
        .locate_units(&moves, Some(server.id))
        .await?;
    Ok(Json(MovedAnswer {
        updated: moves.len(),
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Panic {
    is_panic: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PanicAnswer {
    updated: usize,
    is_panic: bool,
}

/// Sets or clears the panic state of units.
#[requires_tier(
    Standard,
    patch = "/v2/emergency/servers/{serverId}/units/panic",
    limit = "20/minute",
    cost = 0
)]
async fn set_units_panic(
    server: OnServer,
    Body(And(units, Panic { is_panic })): Body<And<target::Units, Panic>>,
) -> Document<PanicAnswer> {
    let units = units.keys()?;
    let updated = units.len();
    server
        .community
        .set_panic(&[(units, is_panic)], Some(server.id))
        .await?;
    Ok(Json(PanicAnswer { updated, is_panic }))
}

#[derive(Deserialize, JsonSchema)]
struct Status {
    status: i64,
}

#[derive(Serialize, JsonSchema)]
struct StatusAnswer {
    updated: usize,
    status: &'static str,
}

/// Sets the status of units.
#[requires_tier(
    Standard,
    patch = "/v2/emergency/servers/{serverId}/units/status",
    limit = "30/minute",
    cost = 0
)]
async fn set_units_status(
    server: OnServer,
    Body(And(units, Status { status })): Body<And<target::Units, Status>>,
) -> Document<StatusAnswer> {
    let known = STATUSES.iter().find(|(number, _)| *number == status);
    let (_, name) = known.ok_or_else(|| CadError::bad(format!("status: {status} is unknown")))?;
    let units = units.keys()?;
    server
        .community
        .set_status(&units, status, Some(server.id))
        .await?;
    Ok(Json(StatusAnswer {
        updated: units.len(),
        status: name,
    }))
}

/// One unit, or several units.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Kicks {
    One(Kick),
    Several(Vec<Kick>),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Kick {
    community_user_id: String,
    reason: String,
}

impl FromObject for Kicks {
    fn from_object(root: &str, value: Value) -> Result<Self, CadError> {
        let Value::Array(values) = value else {
            return Kick::from_object(root, value).map(Self::One);
        };
        let kicks = values.into_iter().enumerate();
        let kicks = kicks.map(|(index, kick)| Kick::from_object(&format!("{root}[{index}]"), kick));
        kicks.collect::<Result<_, _>>().map(Self::Several)
    }
}

/// One unit, or several units, as in the request.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum KickAnswer {
    One(Kicked),
    Several { count: usize, kicked: Vec<Kicked> },
}

#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Kicked {
    ident_id: Option<i64>,
    community_user_id: String,
    reason: String,
}

/// Takes units off duty.
#[requires_tier(
    Standard,
    post = "/v2/emergency/servers/{serverId}/units/kick",
    limit = "20/minute",
    cost = 0
)]
async fn kick_units(server: OnServer, Body(kicks): Body<Kicks>) -> Document<KickAnswer> {
    kick(server, kicks).await
}

/// Takes units off duty, for clients that don't use POST.
// The vendor's Python client is one.
#[requires_tier(
    Standard,
    delete = "/v2/emergency/servers/{serverId}/units/kick",
    limit = "20/minute",
    cost = 0
)]
async fn delete_units(server: OnServer, Body(kicks): Body<Kicks>) -> Document<KickAnswer> {
    kick(server, kicks).await
}

async fn kick(server: OnServer, kicks: Kicks) -> Document<KickAnswer> {
    let (all, is_one) = match kicks {
        Kicks::One(kick) => (vec![kick], true),
        Kicks::Several(kicks) => (kicks, false),
    };
    let kicked: Vec<_> = all
        .iter()
        .map(|kick| store::Kick {
            units: vec![Key::ApiId(kick.community_user_id.clone())],
            reason: kick.reason.clone(),
            server_id: server.id,
        })
        .collect();
    let identifiers = server.community.kick_units(&kicked).await?;
    let kicked = all.into_iter().zip(identifiers);
    let mut kicked: Vec<_> = kicked
        .map(|(kick, ident_id)| Kicked {
            ident_id,
            community_user_id: kick.community_user_id,
            reason: kick.reason,
        })
        .collect();
    Ok(Json(if is_one {
        KickAnswer::One(kicked.pop().unwrap_or_default())
    } else {
        KickAnswer::Several {
            count: kicked.len(),
            kicked,
        }
    }))
}
