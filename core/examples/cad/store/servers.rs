//! Servers, and what a community configures for them.

use super::{Community, Object, array, now, unique};
use crate::error::CadError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A game server. What else its configuration has is the community's own business.
#[derive(Deserialize, Serialize)]
pub(crate) struct Server {
    #[serde(skip_serializing)]
    id: i64,
    name: String,
    #[serde(flatten)]
    more: Object,
}

/// A callout that a server offers.
#[derive(Deserialize)]
pub(crate) struct Callout {
    id: String,
    #[serde(default)]
    data: Object,
}

/// An offence, and what it costs.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PenalCode {
    code: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    #[serde(default)]
    bond_type: String,
    #[serde(default)]
    jail_time: String,
    #[serde(default)]
    bond_amount: f64,
}

/// A postal code, and where it is.
#[derive(Deserialize)]
pub(crate) struct Postal {
    code: String,
    x: f64,
    y: f64,
}

impl Community {
    /// The servers, with everything that was configured for them.
    pub(crate) async fn servers(&self) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let servers: Vec<String> = sqlx::query_scalar(
            "SELECT json_set(body, '$.id', server.id,
                 '$.lastHeartbeat', heartbeat_at,
                 '$.stations', json(coalesce(stations, 'null')),
                 '$.streetSigns', json((
                     SELECT json_group_array(json_set(body, '$.id', id)) FROM street_signs
                     WHERE community = server.community AND server_id = server.id)),
                 '$.callouts', json((
                     SELECT json_group_array(json_object('id', id, 'data', json(body)))
                     FROM callouts WHERE community = server.community AND server_id = server.id)))
             FROM servers AS server WHERE community = ? ORDER BY server.id",
        )
        .bind(&*self.id)
        .fetch_all(&mut *transaction)
        .await?;
        let penal_codes: Vec<String> =
            sqlx::query_scalar("SELECT body FROM penal_codes WHERE community = ? ORDER BY code")
                .bind(&*self.id)
                .fetch_all(&mut *transaction)
                .await?;
        let postals: Vec<String> = sqlx::query_scalar(
            "SELECT json_object('code', code, 'x', x, 'y', y) FROM postals
             WHERE community = ? ORDER BY code",
        )
        .bind(&*self.id)
        .fetch_all(&mut *transaction)
        .await?;
        Ok(json!({
            "servers": array(&servers)?,
            "penalCodes": array(&penal_codes)?,
            "postals": array(&postals)?,
        }))
    }

    /// Sets which servers there are. One that stays keeps what was configured for it.
    pub(crate) async fn set_servers(&self, servers: &[Server]) -> Result<(), CadError> {
        unique("data[].id", servers.iter().map(|server| server.id))?;
        let ids: Vec<i64> = servers.iter().map(|server| server.id).collect();
        let mut transaction = self.write().await?;
        sqlx::query(
            "DELETE FROM servers WHERE community = ?
             AND id NOT IN (SELECT value FROM json_each(?))",
        )
        .bind(&*self.id)
        .bind(serde_json::to_string(&ids)?)
        .execute(&mut *transaction)
        .await?;
        for server in servers {
            sqlx::query(
                "INSERT INTO servers (community, id, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET body = ?3",
            )
            .bind(&*self.id)
            .bind(server.id)
            .bind(serde_json::to_string(server)?)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Notes that a server is alive.
    pub(crate) async fn heartbeat(&self, server_id: i64) -> Result<(), CadError> {
        let updated =
            sqlx::query("UPDATE servers SET heartbeat_at = ? WHERE community = ? AND id = ?")
                .bind(now())
                .bind(&*self.id)
                .bind(server_id)
                .execute(&self.pool)
                .await?;
        found(updated.rows_affected(), server_id)
    }

    /// Fails unless the community has the server.
    pub(crate) async fn check_server(&self, server_id: i64) -> Result<(), CadError> {
        let mut connection = self.pool.acquire().await?;
        self.server_exists(&mut connection, server_id).await
    }

    /// Sets the stations of a server.
    pub(crate) async fn set_stations(
        &self,
        server_id: i64,
        config: &Object,
    ) -> Result<(), CadError> {
        let updated = sqlx::query("UPDATE servers SET stations = ? WHERE community = ? AND id = ?")
            .bind(serde_json::to_string(config)?)
            .bind(&*self.id)
            .bind(server_id)
            .execute(&self.pool)
            .await?;
        found(updated.rows_affected(), server_id)
    }

    /// Sets the callouts that a server offers, instead of those it had.
    pub(crate) async fn set_callouts(
        &self,
        server_id: i64,
        callouts: &[Callout],
    ) -> Result<(), CadError> {
        let ids = callouts.iter().map(|callout| &callout.id);
        unique("data[0].callouts[].id", ids)?;
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        sqlx::query("DELETE FROM callouts WHERE community = ? AND server_id = ?")
            .bind(&*self.id)
            .bind(server_id)
            .execute(&mut *transaction)
            .await?;
        for callout in callouts {
            sqlx::query(
                "INSERT INTO callouts (community, server_id, id, body) VALUES (?, ?, ?, ?)",
            )
            .bind(&*self.id)
            .bind(server_id)
            .bind(&callout.id)
            .bind(serde_json::to_string(&callout.data)?)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Sets the penal codes, instead of those there were.
    pub(crate) async fn set_penal_codes(&self, codes: &[PenalCode]) -> Result<(), CadError> {
        unique("data[].code", codes.iter().map(|code| &code.code))?;
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM penal_codes WHERE community = ?")
            .bind(&*self.id)
            .execute(&mut *transaction)
            .await?;
        for code in codes {
            sqlx::query("INSERT INTO penal_codes (community, code, body) VALUES (?, ?, ?)")
                .bind(&*self.id)
                .bind(&code.code)
                .bind(serde_json::to_string(code)?)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Sets the postal codes, instead of those there were.
    pub(crate) async fn set_postals(&self, postals: &[Postal]) -> Result<(), CadError> {
        unique("data[].code", postals.iter().map(|postal| &postal.code))?;
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM postals WHERE community = ?")
            .bind(&*self.id)
            .execute(&mut *transaction)
            .await?;
        for postal in postals {
            sqlx::query("INSERT INTO postals (community, code, x, y) VALUES (?, ?, ?, ?)")
                .bind(&*self.id)
                .bind(&postal.code)
                .bind(postal.x)
                .bind(postal.y)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

fn found(rows: u64, server_id: i64) -> Result<(), CadError> {
    if rows == 0 {
        return Err(CadError::not_found(format!("SERVER {server_id} NOT FOUND")));
    }
    Ok(())
}
