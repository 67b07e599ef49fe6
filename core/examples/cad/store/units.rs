//! Units: accounts that are on duty.

use super::accounts::Account;
use super::limits::Room;
use super::{Community, Coordinates, Key, ROW_LIMIT, now};
use crate::error::CadError;
use serde_json::{Value, json};
use sqlx::AnyConnection;

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
    pub(crate) only_units: bool,
    pub(crate) include_offline: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

impl Community {
    /// Records a message from an account's unit, and creates the unit if necessary. Returns the account.
    async fn touch_unit(
        &self,
        connection: &mut AnyConnection,
        key: &Key,
        server_id: Option<i64>,
    ) -> Result<Account, CadError> {
        let account = self.find(connection, key).await?;
        if account.status != "active" {
            return Err(CadError::bad(format!(
                "USER {} IS {}",
                account.username,
                account.status.to_uppercase()
            )));
        }
        sqlx::query(
            "INSERT INTO units (community, account, server_id, seen_at)
             VALUES ($1, $2, coalesce($3, 1), $4)
             ON CONFLICT (community, account)
             DO UPDATE SET seen_at = $4, server_id = coalesce($3, units.server_id)",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .bind(now())
        .execute(connection)
        .await?;
        Ok(account)
    }

    /// Moves units, and the calls that follow them.
    pub(crate) async fn locate_units(&self, moves: &[UnitLocation]) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for unit in moves {
            let account = self.touch_unit(&mut transaction, &unit.key, None).await?;
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
            self.move_tracked_calls(&mut transaction, &account.id, &unit.location)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Sets or clears the panic state of units.
    pub(crate) async fn set_panic(&self, keys: &[Key], is_panic: bool) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for key in keys {
            let account = self.touch_unit(&mut transaction, key, None).await?;
            sqlx::query("UPDATE units SET is_panic = $1 WHERE community = $2 AND account = $3")
                .bind(i64::from(is_panic))
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Sets the status of units and, if given, their server.
    pub(crate) async fn set_status(
        &self,
        keys: &[Key],
        status: i64,
        server_id: Option<i64>,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for key in keys {
            let account = self.touch_unit(&mut transaction, key, server_id).await?;
            sqlx::query("UPDATE units SET status = $1 WHERE community = $2 AND account = $3")
                .bind(status)
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Takes a unit off duty and stores the reason in its account.
    pub(crate) async fn kick_unit(
        &self,
        key: &Key,
        reason: &str,
        server_id: i64,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let kicked = sqlx::query(
            "DELETE FROM units WHERE community = $1 AND account = $2 AND server_id = $3",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .execute(&mut *transaction)
        .await?;
        if kicked.rows_affected() == 0 {
            return Err(no_unit(&account, server_id));
        }
        sqlx::query("UPDATE accounts SET last_kick_reason = $1 WHERE community = $2 AND id = $3")
            .bind(reason)
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Returns the account of a unit, or an error if the unit is not on duty on the server.
    pub(super) async fn unit_on(
        &self,
        connection: &mut AnyConnection,
        key: &Key,
        server_id: i64,
    ) -> Result<Account, CadError> {
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
            None => Err(no_unit(&account, server_id)),
        }
    }

    /// Lists the units of a server, or of all servers.
    pub(crate) async fn units(&self, filter: &UnitFilter) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let seen_after = now() - OFFLINE_AFTER;
        let rows = sqlx::query_as(
            "SELECT (SELECT min(id) FROM identifiers
                     WHERE community = unit.community AND account = unit.account) AS id,
                 unit.account, account.username, unit.server_id, unit.status, unit.location, unit.x, unit.y,
                 unit.is_panic, unit.seen_at, dispatch.permission, on_call.call_id
             FROM units AS unit
             JOIN accounts AS account
                 ON account.community = unit.community AND account.id = unit.account
             LEFT JOIN permissions AS dispatch
                 ON dispatch.community = unit.community AND dispatch.account = unit.account
                 AND dispatch.permission = 'dispatch'
             LEFT JOIN call_units AS on_call
                 ON on_call.community = unit.community AND on_call.account = unit.account
             WHERE unit.community = $1 AND unit.server_id = coalesce($2, unit.server_id)
                 AND unit.seen_at > $3
                 AND ($4 = 0 OR dispatch.permission IS NULL)
             ORDER BY account.username LIMIT $5 OFFSET $6",
        )
        .bind(&*self.id)
        .bind(filter.server_id)
        .bind(if filter.include_offline {
            i64::MIN
        } else {
            seen_after
        })
        .bind(i64::from(filter.only_units))
        .bind(filter.limit.clamp(0, ROW_LIMIT))
        .bind(filter.offset.max(0))
        .fetch(&mut *transaction);
        let mut room = Room::new();
        let size = |row: &UnitRow| row.account.len() + row.username.len() + row.location.len();
        let rows = room.rows(rows, size).await?;
        let accounts: Vec<&str> = rows.iter().map(|row| row.account.as_str()).collect();
        let mut api_ids = self.api_ids(&mut transaction, &accounts, &mut room).await?;
        let units = rows.iter().map(|row| {
            json!({
                "id": row.id,
                "accId": row.account,
                "username": row.username,
                "apiIds": api_ids.remove(&row.account).unwrap_or_default(),
                "serverId": row.server_id,
                "status": row.status,
                "location": row.location,
                "coordinates": row.x.zip(row.y).map(|(x, y)| Coordinates { x, y }),
                "isPanic": row.is_panic != 0,
                "isOnline": row.seen_at > seen_after,
                "isDispatch": row.permission.is_some(),
                "callId": row.call_id,
            })
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

fn no_unit(account: &Account, server_id: i64) -> CadError {
    CadError::not_found(format!(
        "UNIT {} NOT FOUND ON SERVER {server_id}",
        account.username
    ))
}
