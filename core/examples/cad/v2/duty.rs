//! The units and the current call of an account.

use super::accounts::AccountUuid;
use super::openapi::{Operation, operation};
use super::request::{Document, OnServer, Path, Query, hundred, yes};
use super::units::{UnitAnswer, unit};
use crate::Tier;
use crate::store::{Cad, Community, Key, UnitFilter};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(show_current_call, list_account_units))]
pub(crate) struct Duty;

pub(super) fn operations() -> Vec<Operation> {
    vec![operation(show_current_call), operation(list_account_units)]
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct CurrentCallAnswer {
    ident_id: Option<i64>,
    call_id: Option<i64>,
}

/// Returns the selected identifier of an account, and the call of its unit.
#[requires_tier(
    Plus,
    get = "/v2/emergency/accounts/{accountUuid}/current-call",
    limit = "10/minute",
    cost = 0
)]
async fn show_current_call(
    community: Community,
    Path(AccountUuid { account_uuid }): Path<AccountUuid>,
) -> Document<CurrentCallAnswer> {
    let current = community.current_call(&Key::Account(account_uuid)).await?;
    Ok(Json(CurrentCallAnswer {
        ident_id: current.ident_id,
        call_id: current.call_id,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListAccountUnits {
    #[serde(default = "yes")]
    only_online: bool,
    #[serde(default = "yes")]
    only_units: bool,
    #[serde(default = "hundred")]
    limit: i64,
    #[serde(default)]
    offset: i64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct UnitsAnswer {
    units: Vec<UnitAnswer>,
}

/// Lists the units of an account on a server.
#[requires_tier(
    Plus,
    get = "/v2/emergency/servers/{serverId}/accounts/{accountUuid}/units",
    limit = "10/minute",
    cost = 0
)]
async fn list_account_units(
    server: OnServer,
    Path(AccountUuid { account_uuid }): Path<AccountUuid>,
    Query(list): Query<ListAccountUnits>,
) -> Document<UnitsAnswer> {
    let account = Key::Account(account_uuid);
    let account = server.community.find_account(&account).await?;
    let filter = UnitFilter {
        server_id: Some(server.id),
        account: Some(account.id),
        only_units: list.only_units,
        include_offline: !list.only_online,
        limit: list.limit,
        offset: list.offset,
    };
    let units = server.community.units(&filter).await?;
    Ok(Json(UnitsAnswer {
        units: units.into_iter().map(unit).collect(),
    }))
}
