//! Calls: what dispatchers work on, and the emergency calls that lead to them.

use super::{Community, Key, Object, ROW_LIMIT, array, expiry, now};
use crate::error::CadError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

/// One call as SQLite makes it to JSON, from `calls AS call`.
const CALL_JSON: &str = "json_set(call.body,
    '$.callId', call.id,
    '$.serverId', call.server_id,
    '$.createdAt', call.created_at,
    '$.closedAt', call.closed_at,
    '$.notes', json((SELECT json_group_array(json_object(
                         'label', label, 'note', note, 'createdAt', created_at))
                     FROM call_notes WHERE community = call.community AND call_id = call.id)),
    '$.units', json((SELECT json_group_array(json_object(
                         'accId', account.id, 'username', account.username))
                     FROM call_units AS unit JOIN accounts AS account
                         ON account.community = unit.community AND account.id = unit.account
                     WHERE unit.community = call.community AND unit.call_id = call.id))
)";

/// A call that a dispatcher opens.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewCall {
    #[serde(skip_serializing)]
    pub(crate) server_id: i64,
    #[serde(default)]
    origin: i64,
    #[serde(default)]
    status: i64,
    #[serde(default)]
    priority: i64,
    #[serde(default)]
    block: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    postal: String,
    title: String,
    #[serde(default)]
    code: String,
    /// The identifier of the unit that leads.
    primary: Option<i64>,
    /// Whether the address follows the primary unit.
    #[serde(default)]
    track_primary: bool,
    #[serde(default)]
    description: String,
    #[serde(default, skip_serializing)]
    notes: Vec<Note>,
    #[serde(default)]
    meta_data: Object,
}

/// A note is a text, or one with a label.
#[derive(Deserialize)]
#[serde(untagged)]
enum Note {
    Text(String),
    Labelled { label: String, note: String },
}

/// An emergency call, as somebody who needs help makes it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewEmergencyCall {
    #[serde(skip_serializing)]
    pub(crate) server_id: i64,
    #[serde(default)]
    is_emergency: bool,
    caller: String,
    location: String,
    description: String,
    #[serde(default)]
    meta_data: Object,
    #[serde(skip_serializing)]
    delete_after_minutes: Option<f64>,
}

/// Which calls are listed.
pub(crate) struct CallFilter {
    pub(crate) server_id: i64,
    pub(crate) closed_limit: i64,
    pub(crate) closed_offset: i64,
}

impl Community {
    /// Opens a call. The answer is its number.
    pub(crate) async fn open_call(&self, call: &NewCall) -> Result<i64, CadError> {
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, call.server_id).await?;
        let id = self.next(&mut transaction, "call").await?;
        sqlx::query(
            "INSERT INTO calls (community, id, server_id, body, created_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(call.server_id)
        .bind(serde_json::to_string(call)?)
        .bind(now())
        .execute(&mut *transaction)
        .await?;
        for note in &call.notes {
            let (label, text) = match note {
                Note::Text(text) => ("", text),
                Note::Labelled { label, note } => (label.as_str(), note),
            };
            self.insert_note(&mut transaction, id, label, text).await?;
        }
        transaction.commit().await?;
        Ok(id)
    }

    /// Fails unless the call is open on the server.
    async fn open_call_exists(
        &self,
        connection: &mut SqliteConnection,
        server_id: i64,
        id: i64,
    ) -> Result<(), CadError> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM calls
             WHERE community = ? AND server_id = ? AND id = ? AND closed_at IS NULL",
        )
        .bind(&*self.id)
        .bind(server_id)
        .bind(id)
        .fetch_optional(connection)
        .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(CadError::not_found(format!(
                "CALL {id} NOT FOUND ON SERVER {server_id}"
            ))),
        }
    }

    /// Puts units on a call, and off the ones they were on.
    pub(crate) async fn attach_units(
        &self,
        server_id: i64,
        call_id: i64,
        keys: &[Key],
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        for key in keys {
            let account = self.unit_on(&mut transaction, key, server_id).await?;
            sqlx::query(
                "INSERT INTO call_units (community, account, call_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET call_id = ?3",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(call_id)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Takes units off their calls.
    pub(crate) async fn detach_units(&self, server_id: i64, keys: &[Key]) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        for key in keys {
            let account = self.unit_on(&mut transaction, key, server_id).await?;
            let detached =
                sqlx::query("DELETE FROM call_units WHERE community = ? AND account = ?")
                    .bind(&*self.id)
                    .bind(&account.id)
                    .execute(&mut *transaction)
                    .await?;
            if detached.rows_affected() == 0 {
                return Err(CadError::not_found(format!(
                    "UNIT {} IS ON NO CALL",
                    account.username
                )));
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Adds a note to an open call.
    pub(crate) async fn add_note(
        &self,
        server_id: i64,
        call_id: i64,
        label: &str,
        note: &str,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        self.insert_note(&mut transaction, call_id, label, note)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn insert_note(
        &self,
        connection: &mut SqliteConnection,
        call_id: i64,
        label: &str,
        note: &str,
    ) -> Result<(), CadError> {
        let id = self.next(&mut *connection, "note").await?;
        sqlx::query(
            "INSERT INTO call_notes (community, call_id, id, label, note, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&*self.id)
        .bind(call_id)
        .bind(id)
        .bind(label)
        .bind(note)
        .bind(now())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Closes a call; its units are free again.
    pub(crate) async fn close_call(&self, server_id: i64, call_id: i64) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        for query in [
            "UPDATE calls SET closed_at = ?3 WHERE community = ?1 AND id = ?2",
            "DELETE FROM call_units WHERE community = ?1 AND call_id = ?2",
        ] {
            sqlx::query(query)
                .bind(&*self.id)
                .bind(call_id)
                .bind(now())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Moves an open call to a postal code.
    pub(crate) async fn set_call_postal(
        &self,
        server_id: i64,
        call_id: i64,
        postal: &str,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        sqlx::query(
            "UPDATE calls SET body = json_set(body, '$.postal', ?3)
             WHERE community = ?1 AND id = ?2",
        )
        .bind(&*self.id)
        .bind(call_id)
        .bind(postal)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The calls of a server: the open ones, the emergency calls, and a page of the closed ones.
    pub(crate) async fn calls(&self, filter: &CallFilter) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let mut lists = Vec::new();
        for (condition, limit, offset) in [
            ("call.closed_at IS NULL ORDER BY call.id", ROW_LIMIT, 0),
            (
                "call.closed_at IS NOT NULL ORDER BY call.closed_at DESC, call.id DESC",
                filter.closed_limit.clamp(0, ROW_LIMIT),
                filter.closed_offset.max(0),
            ),
        ] {
            let query = format!(
                "SELECT {CALL_JSON} FROM calls AS call
                 WHERE call.community = ? AND call.server_id = ? AND {condition} LIMIT ? OFFSET ?"
            );
            // What is put into the text are constants of this file.
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .bind(&*self.id)
                .bind(filter.server_id)
                .bind(limit)
                .bind(offset)
                .fetch_all(&mut *transaction)
                .await?;
            lists.push(array(&rows)?);
        }
        let emergency_calls: Vec<String> = sqlx::query_scalar(
            "SELECT json_set(body, '$.callId', id, '$.serverId', server_id,
                             '$.createdAt', created_at)
             FROM emergency_calls
             WHERE community = ? AND server_id = ? AND (expires_at IS NULL OR expires_at > ?)
             ORDER BY id LIMIT ?",
        )
        .bind(&*self.id)
        .bind(filter.server_id)
        .bind(now())
        .bind(ROW_LIMIT)
        .fetch_all(&mut *transaction)
        .await?;
        let closed_calls = lists.pop();
        let active_calls = lists.pop();
        Ok(json!({
            "activeCalls": active_calls,
            "emergencyCalls": array(&emergency_calls)?,
            "closedCalls": closed_calls,
        }))
    }

    /// Takes an emergency call. The answer is its number.
    pub(crate) async fn add_emergency_call(
        &self,
        call: &NewEmergencyCall,
    ) -> Result<i64, CadError> {
        let expires_at = expiry(call.delete_after_minutes)?;
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, call.server_id).await?;
        // A good moment to forget the ones that nobody sees any more.
        sqlx::query("DELETE FROM emergency_calls WHERE community = ? AND expires_at <= ?")
            .bind(&*self.id)
            .bind(now())
            .execute(&mut *transaction)
            .await?;
        let id = self.next(&mut transaction, "emergency call").await?;
        sqlx::query(
            "INSERT INTO emergency_calls (community, id, server_id, body, created_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(call.server_id)
        .bind(serde_json::to_string(call)?)
        .bind(now())
        .bind(expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Removes an emergency call.
    pub(crate) async fn remove_emergency_call(
        &self,
        server_id: i64,
        call_id: i64,
    ) -> Result<(), CadError> {
        let removed = sqlx::query(
            "DELETE FROM emergency_calls WHERE community = ? AND server_id = ? AND id = ?
             AND (expires_at IS NULL OR expires_at > ?)",
        )
        .bind(&*self.id)
        .bind(server_id)
        .bind(call_id)
        .bind(now())
        .execute(&self.pool)
        .await?;
        if removed.rows_affected() == 0 {
            return Err(CadError::not_found(format!(
                "EMERGENCY CALL {call_id} NOT FOUND ON SERVER {server_id}"
            )));
        }
        Ok(())
    }
}
