//! Units: accounts that are on duty.

use super::accounts::Account;
use super::limits::Room;
use super::transaction::WriteTransaction;
use super::visible::visible;
use super::{Community, Coordinates, Key, ROW_LIMIT, Status, now};
use crate::events::UnitEvent;
use crate::store::error::{Missing, StoreError};
use serde::Serialize;
use sqlx::AnyConnection;
use std::collections::HashMap;

/// A unit is offline if its last message is older than this: 15 minutes.
const OFFLINE_AFTER: i64 = 15 * 60 * 1000;

/// The new location of a unit.
pub(crate) struct UnitLocation {
    pub(crate) key: Key,
    pub(crate) location: String,
    pub(crate) coordinates: Option<Coordinates>,
}

/// Selects the units to list.
pub(crate) struct UnitFilter {
    /// `None` selects the units of all servers.
    pub(crate) server_id: Option<i64>,
    /// The id of an account. `None` selects the units of all accounts.
    pub(crate) account: Option<String>,
    pub(crate) only_units: bool,
    pub(crate) include_offline: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// Units to take off duty, and the reason.
pub(crate) struct Kick {
    pub(crate) units: Vec<Key>,
    pub(crate) reason: String,
    pub(crate) server_id: i64,
}

/// A unit on duty.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unit {
    /// The identifier of the account.
    pub(crate) id: Option<i64>,
    pub(crate) acc_id: String,
    pub(crate) username: String,
    pub(crate) server_id: i64,
    pub(crate) status: i64,
    pub(crate) location: String,
    pub(crate) coordinates: Option<Coordinates>,
    pub(crate) is_panic: bool,
    pub(crate) is_online: bool,
    pub(crate) is_dispatch: bool,
    pub(crate) call_id: Option<i64>,
    pub(crate) data: UnitData,
}

/// How a unit appears to others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnitData {
    pub(crate) api_ids: Vec<String>,
    /// The number on the radio, which is that of the identifier.
    unit_num: String,
    name: String,
}

impl UnitData {
    fn new(id: Option<i64>, username: &str, api_ids: Vec<String>) -> Self {
        Self {
            api_ids,
            unit_num: id.map_or_else(String::new, |id| id.to_string()),
            name: username.to_owned(),
        }
    }
}

impl Community {
    /// Records a message from an account's unit, and creates the unit if necessary. Returns the account.
    async fn touch_unit(
        &self,
        transaction: &mut WriteTransaction,
        key: &Key,
        server_id: Option<i64>,
    ) -> Result<Account, StoreError> {
        let account = self.find(transaction, key).await?;
        if account.status != Status::Active {
            return Err(StoreError::NotActive {
                username: account.username,
                status: account.status,
            });
        }
        let updated = sqlx::query(
            "UPDATE units SET seen_at = $4, server_id = coalesce($3, server_id)
             WHERE community = $1 AND account = $2",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .bind(now())
        .execute(&mut **transaction)
        .await?;
        if updated.rows_affected() == 0 {
            self.log_in(transaction, &account, server_id.unwrap_or(1))
                .await?;
        }
        Ok(account)
    }

    /// Creates the unit of an account.
    async fn log_in(
        &self,
        transaction: &mut WriteTransaction,
        account: &Account,
        server_id: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO units (community, account, server_id, seen_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .bind(now())
        .execute(&mut **transaction)
        .await?;
        sqlx::query("UPDATE accounts SET last_login_at = $3 WHERE community = $1 AND id = $2")
            .bind(&*self.id)
            .bind(&account.id)
            .bind(now())
            .execute(&mut **transaction)
            .await?;
        if transaction.waiting.is_none() {
            return Ok(());
        }
        let unit = self.new_unit(transaction, account, server_id).await?;
        let login = UnitEvent::Login {
            is_dispatch: unit.is_dispatch,
            unit: serde_json::to_value(unit)?,
            self_dispatch: false,
        };
        self.trigger(transaction, login).await
    }

    /// Describes a unit that was just created.
    async fn new_unit(
        &self,
        connection: &mut AnyConnection,
        account: &Account,
        server_id: i64,
    ) -> Result<Unit, StoreError> {
        let dispatch: Option<String> = sqlx::query_scalar(
            "SELECT permission FROM permissions
             WHERE community = $1 AND account = $2 AND permission = 'dispatch'",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .fetch_optional(&mut *connection)
        .await?;
        let api_ids = sqlx::query_scalar(
            "SELECT api_id FROM api_ids WHERE community = $1 AND account = $2
             ORDER BY api_id LIMIT 10",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .fetch_all(&mut *connection)
        .await?;
        let id = self.identifier_of(connection, &account.id).await?;
        Ok(Unit {
            id,
            data: UnitData::new(id, &account.username, api_ids),
            acc_id: account.id.clone(),
            username: account.username.clone(),
            server_id,
            status: 0,
            location: String::new(),
            coordinates: None,
            is_panic: false,
            is_online: true,
            is_dispatch: dispatch.is_some(),
            call_id: None,
        })
    }

    /// Moves units, and the calls that follow them. Sets their server, if one is given.
    pub(crate) async fn locate_units(
        &self,
        moves: &[UnitLocation],
        server_id: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        // A call follows its unit to the last location only.
        let mut locations = HashMap::new();
        for unit in moves {
            let account = self
                .touch_unit(&mut transaction, &unit.key, server_id)
                .await?;
            sqlx::query(
                "UPDATE units SET location = $3, x = coalesce($4, x), y = coalesce($5, y)
                 WHERE community = $1 AND account = $2",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(&unit.location)
            .bind(unit.coordinates.map(|at| at.x))
            .bind(unit.coordinates.map(|at| at.y))
            .execute(&mut *transaction)
            .await?;
            locations.insert(account.id, &*unit.location);
        }
        self.move_tracked_calls(&mut transaction, &locations)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Sets or clears the panic state of units and, if given, their server.
    pub(crate) async fn set_panic(
        &self,
        panics: &[(Vec<Key>, bool)],
        server_id: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for (keys, is_panic) in panics {
            let mut ident_ids = Vec::new();
            for key in keys {
                let account = self.touch_unit(&mut transaction, key, server_id).await?;
                ident_ids.extend(self.identifier_of(&mut transaction, &account.id).await?);
                sqlx::query("UPDATE units SET is_panic = $1 WHERE community = $2 AND account = $3")
                    .bind(i64::from(*is_panic))
                    .bind(&*self.id)
                    .bind(&account.id)
                    .execute(&mut *transaction)
                    .await?;
            }
            let panic = UnitEvent::Panic {
                ident_ids,
                is_panic: *is_panic,
            };
            self.trigger(&mut transaction, panic).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Sets the status of units and, if given, their server.
    pub(crate) async fn set_status(
        &self,
        keys: &[Key],
        status: i64,
        server_id: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let mut ident_ids = Vec::new();
        for key in keys {
            let account = self.touch_unit(&mut transaction, key, server_id).await?;
            ident_ids.extend(self.identifier_of(&mut transaction, &account.id).await?);
            sqlx::query("UPDATE units SET status = $1 WHERE community = $2 AND account = $3")
                .bind(status)
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        let event = UnitEvent::Status { ident_ids, status };
        self.trigger(&mut transaction, event).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes units off duty and stores the reasons in their accounts. Returns their identifiers.
    pub(crate) async fn kick_units(&self, kicks: &[Kick]) -> Result<Vec<Option<i64>>, StoreError> {
        let mut transaction = self.write().await?;
        let mut identifiers = Vec::new();
        for kick in kicks {
            for unit in &kick.units {
                let account = self.unit_on(&mut transaction, unit, kick.server_id).await?;
                sqlx::query("DELETE FROM units WHERE community = $1 AND account = $2")
                    .bind(&*self.id)
                    .bind(&account.id)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query(
                    "UPDATE accounts SET last_kick_reason = $1 WHERE community = $2 AND id = $3",
                )
                .bind(&*kick.reason)
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
                let ident_id = self.identifier_of(&mut transaction, &account.id).await?;
                let logout = UnitEvent::Logout { ident_id };
                self.trigger(&mut transaction, logout).await?;
                identifiers.push(ident_id);
            }
        }
        transaction.commit().await?;
        Ok(identifiers)
    }

    /// Returns the account of a unit, or an error if the unit is not on duty on the server.
    pub(super) async fn unit_on(
        &self,
        connection: &mut AnyConnection,
        key: &Key,
        server_id: i64,
    ) -> Result<Account, StoreError> {
        let account = self.find(connection, key).await?;
        let on_duty: Option<i64> = sqlx::query_scalar(
            "SELECT server_id FROM units WHERE community = $1 AND account = $2 AND server_id = $3",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .fetch_optional(connection)
        .await?;
        match on_duty {
            Some(_) => Ok(account),
            None => {
                let username = account.username;
                Err(Missing::Unit {
                    username,
                    server_id,
                }
                .into())
            }
        }
    }

    /// Lists the units of a server, or of all servers.
    pub(crate) async fn units(&self, filter: &UnitFilter) -> Result<Vec<Unit>, StoreError> {
        let mut transaction = self.read().await?;
        let seen_after = now() - OFFLINE_AFTER;
        let rows = sqlx::query_as(concat!(
            "SELECT (SELECT min(id) FROM identifiers
                     WHERE community = unit.community AND account = unit.account) AS id,
                 unit.account, account.username, unit.server_id, unit.status, unit.location, unit.x, unit.y,
                 unit.is_panic, unit.seen_at, dispatch.permission, call.id AS call_id
             FROM units AS unit
             JOIN accounts AS account
                 ON account.community = unit.community AND account.id = unit.account
             LEFT JOIN permissions AS dispatch
                 ON dispatch.community = unit.community AND dispatch.account = unit.account
                 AND dispatch.permission = 'dispatch'
             LEFT JOIN call_units AS on_call
                 ON on_call.community = unit.community AND on_call.account = unit.account
             LEFT JOIN calls AS call ON call.id = on_call.call_id AND ",
            visible!("call"),
            "
             WHERE unit.community = $1 AND unit.server_id = coalesce($3, unit.server_id)
                 AND unit.seen_at > $4
                 AND ($5 = 0 OR dispatch.permission IS NULL)
                 AND unit.account = coalesce($8, unit.account)
             ORDER BY account.username LIMIT $6 OFFSET $7"
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(filter.server_id)
        .bind(if filter.include_offline {
            i64::MIN
        } else {
            seen_after
        })
        .bind(i64::from(filter.only_units))
        .bind(filter.limit.clamp(0, ROW_LIMIT))
        .bind(filter.offset.max(0))
        .bind(filter.account.as_deref())
        .fetch(&mut *transaction);
        let mut room = Room::new();
        let size = |row: &UnitRow| row.account.len() + row.username.len() + row.location.len();
        let rows = room.rows(rows, size).await?;
        let accounts: Vec<&str> = rows.iter().map(|row| row.account.as_str()).collect();
        let mut api_ids = self.api_ids(&mut transaction, &accounts, &mut room).await?;
        let units = rows.into_iter().map(|row| Unit {
            data: UnitData::new(
                row.id,
                &row.username,
                api_ids.remove(&row.account).unwrap_or_default(),
            ),
            id: row.id,
            acc_id: row.account,
            username: row.username,
            server_id: row.server_id,
            status: row.status,
            location: row.location,
            coordinates: row.x.zip(row.y).map(|(x, y)| Coordinates { x, y }),
            is_panic: row.is_panic != 0,
            is_online: row.seen_at > seen_after,
            is_dispatch: row.permission.is_some(),
            call_id: row.call_id,
        });
        Ok(units.collect())
    }
}

/// A unit in the database, joined with its account and call.
#[derive(sqlx::FromRow)]
struct UnitRow {
    id: Option<i64>,
    account: String,
    username: String,
    server_id: i64,
    status: i64,
    location: String,
    x: Option<f64>,
    y: Option<f64>,
    is_panic: i64,
    seen_at: i64,
    permission: Option<String>,
    call_id: Option<i64>,
}
