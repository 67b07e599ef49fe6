//! Units: accounts that are on duty.

use super::accounts::Account;
use super::{Community, Coordinates, Key, ROW_LIMIT, array, now};
use crate::error::CadError;
use serde_json::Value;
use sqlx::SqliteConnection;

/// A unit that was not heard of for longer than this is offline: 15 minutes.
const OFFLINE_AFTER: i64 = 15 * 60 * 1000;

/// Where a unit is.
pub(crate) struct UnitLocation {
    pub(crate) key: Key,
    pub(crate) location: String,
    pub(crate) coordinates: Option<Coordinates>,
}

/// Which units are listed.
pub(crate) struct UnitFilter {
    pub(crate) server_id: i64,
    pub(crate) only_units: bool,
    pub(crate) include_offline: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

impl Community {
    /// The account's unit, which comes into being when it is first heard of.
    async fn hear_of(
        &self,
        connection: &mut SqliteConnection,
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
             VALUES (?1, ?2, coalesce(?3, 1), ?4)
             ON CONFLICT DO UPDATE SET seen_at = ?4, server_id = coalesce(?3, server_id)",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(server_id)
        .bind(now())
        .execute(connection)
        .await?;
        Ok(account)
    }

    /// Moves units, and the calls that follow their primary unit.
    pub(crate) async fn locate_units(&self, moves: &[UnitLocation]) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for unit in moves {
            let account = self.hear_of(&mut transaction, &unit.key, None).await?;
            sqlx::query(
                "UPDATE units SET location = ?3, x = coalesce(?4, x), y = coalesce(?5, y)
                 WHERE community = ?1 AND account = ?2",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(&unit.location)
            .bind(unit.coordinates.map(|at| at.x))
            .bind(unit.coordinates.map(|at| at.y))
            .execute(&mut *transaction)
            .await?;
            sqlx::query(
                "UPDATE calls SET body = json_set(body, '$.address', ?3)
                 WHERE community = ?1 AND closed_at IS NULL AND body ->> 'trackPrimary'
                 AND body ->> 'primary' IN
                     (SELECT id FROM identifiers WHERE community = ?1 AND account = ?2)",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(&unit.location)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Says whether units are in danger.
    pub(crate) async fn set_panic(&self, keys: &[Key], is_panic: bool) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for key in keys {
            let account = self.hear_of(&mut transaction, key, None).await?;
            sqlx::query("UPDATE units SET is_panic = ? WHERE community = ? AND account = ?")
                .bind(is_panic)
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Says what units are doing, and on which server.
    pub(crate) async fn set_status(
        &self,
        keys: &[Key],
        status: i64,
        server_id: Option<i64>,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for key in keys {
            let account = self.hear_of(&mut transaction, key, server_id).await?;
            sqlx::query("UPDATE units SET status = ? WHERE community = ? AND account = ?")
                .bind(status)
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Takes a unit off duty. Its account keeps the reason.
    pub(crate) async fn kick_unit(
        &self,
        key: &Key,
        reason: &str,
        server_id: i64,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let kicked =
            sqlx::query("DELETE FROM units WHERE community = ? AND account = ? AND server_id = ?")
                .bind(&*self.id)
                .bind(&account.id)
                .bind(server_id)
                .execute(&mut *transaction)
                .await?;
        if kicked.rows_affected() == 0 {
            return Err(no_unit(&account, server_id));
        }
        sqlx::query("UPDATE accounts SET last_kick_reason = ? WHERE community = ? AND id = ?")
            .bind(reason)
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The account of a unit that is on duty on a server.
    pub(super) async fn unit_on(
        &self,
        connection: &mut SqliteConnection,
        key: &Key,
        server_id: i64,
    ) -> Result<Account, CadError> {
        let account = self.find(connection, key).await?;
        let on_duty: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM units WHERE community = ? AND account = ? AND server_id = ?",
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

    /// The units of a server.
    pub(crate) async fn units(&self, filter: &UnitFilter) -> Result<Value, CadError> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT json_object(
                 'id', (SELECT min(id) FROM identifiers
                        WHERE community = unit.community AND account = unit.account),
                 'accId', unit.account,
                 'username', account.username,
                 'apiIds', (SELECT json_group_array(api_id) FROM api_ids
                            WHERE community = unit.community AND account = unit.account),
                 'serverId', unit.server_id,
                 'status', unit.status,
                 'location', unit.location,
                 'coordinates', iif(unit.x IS NULL, NULL, json_object('x', unit.x, 'y', unit.y)),
                 'isPanic', json(iif(unit.is_panic, 'true', 'false')),
                 'isOnline', json(iif(unit.seen_at > ?3, 'true', 'false')),
                 'isDispatch', json(iif(dispatch.permission IS NULL, 'false', 'true')),
                 'callId', (SELECT call_id FROM call_units
                            WHERE community = unit.community AND account = unit.account))
             FROM units AS unit
             JOIN accounts AS account
                 ON account.community = unit.community AND account.id = unit.account
             LEFT JOIN permissions AS dispatch
                 ON dispatch.community = unit.community AND dispatch.account = unit.account
                 AND dispatch.permission = 'dispatch'
             WHERE unit.community = ?1 AND unit.server_id = ?2
                 AND (?4 OR unit.seen_at > ?3)
                 AND NOT (?5 AND dispatch.permission IS NOT NULL)
             ORDER BY account.username LIMIT ?6 OFFSET ?7",
        )
        .bind(&*self.id)
        .bind(filter.server_id)
        .bind(now() - OFFLINE_AFTER)
        .bind(filter.include_offline)
        .bind(filter.only_units)
        .bind(filter.limit.clamp(0, ROW_LIMIT))
        .bind(filter.offset.max(0))
        .fetch_all(&self.pool)
        .await?;
        array(&rows)
    }
}

fn no_unit(account: &Account, server_id: i64) -> CadError {
    CadError::not_found(format!(
        "UNIT {} NOT FOUND ON SERVER {server_id}",
        account.username
    ))
}
