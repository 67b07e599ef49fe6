//! Dispatch calls.

use super::emergency_calls::EmergencyCall;
use super::limits::{Room, at_least_one, stored};
use super::minutes::Minutes;
use super::notes::{CallNote, NewNote};
use super::outbox::EVENT_BYTES;
use super::transaction::WriteTransaction;
use super::visible::visible;
use super::{Community, Key, Object, ROW_LIMIT, now, with};
use crate::events::DispatchEvent;
use crate::lenient::{self, Whole};
use crate::store::error::{Missing, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use std::collections::{BTreeMap, HashMap};

/// The most open calls of a community. A request that moves units reads all of them.
const OPEN_CALLS: i64 = 500;

/// A request to open a dispatch call.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewCall {
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
    /// The identifier of the primary unit.
    primary: Option<i64>,
    /// Whether the address follows the primary unit.
    #[serde(default)]
    track_primary: bool,
    #[serde(default)]
    description: String,
    #[serde(default, skip_serializing)]
    notes: Vec<NewNote>,
    #[serde(default, deserialize_with = "lenient::object")]
    meta_data: Object,
    #[serde(skip_serializing)]
    delete_after_minutes: Option<Minutes>,
}

/// A dispatch call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    pub(crate) call_id: i64,
    pub(crate) server_id: i64,
    pub(crate) created_at: i64,
    pub(crate) closed_at: Option<i64>,
    pub(crate) notes: Vec<CallNote>,
    units: Vec<CallUnit>,
    /// The identifiers of the units.
    pub(crate) idents: Vec<i64>,
    /// The fields of the request that opened the call.
    #[serde(flatten)]
    pub(crate) body: Object,
}

/// A unit that is attached to a dispatch call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallUnit {
    acc_id: String,
    username: String,
}

/// The calls of a server.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Calls {
    pub(crate) active_calls: Vec<Call>,
    pub(crate) emergency_calls: Vec<EmergencyCall>,
    pub(crate) closed_calls: Vec<Call>,
    /// The number of all closed calls that have not expired.
    #[serde(skip)]
    pub(crate) closed_count: i64,
}

/// The kinds of calls to list.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Whole")]
pub(crate) enum CallTypes {
    Dispatch,
    Emergency,
    #[default]
    All,
}

impl TryFrom<Whole> for CallTypes {
    type Error = String;

    fn try_from(Whole(number): Whole) -> Result<Self, String> {
        match number {
            0 => Ok(Self::Dispatch),
            1 => Ok(Self::Emergency),
            100 => Ok(Self::All),
            other => Err(format!("{other} is unknown")),
        }
    }
}

/// Selects the calls to list.
pub(crate) struct CallFilter {
    pub(crate) server_id: i64,
    pub(crate) types: CallTypes,
    pub(crate) closed_limit: i64,
    pub(crate) closed_offset: i64,
}

/// A call's number and body, and the times when it was opened and closed.
type CallRow = (i64, String, i64, Option<i64>);

impl Community {
    /// Opens a call and attaches units to it.
    pub(crate) async fn open_call(
        &self,
        server_id: i64,
        call: &NewCall,
        units: &[Key],
    ) -> Result<Call, StoreError> {
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        // Expired calls are already hidden. Deleting them here keeps the table small.
        sqlx::query("DELETE FROM calls WHERE community = $1 AND expires_at <= $2")
            .bind(&*self.id)
            .bind(now())
            .execute(&mut *transaction)
            .await?;
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM calls WHERE community = $1 AND closed_at IS NULL",
        )
        .bind(&*self.id)
        .fetch_one(&mut *transaction)
        .await?;
        if open >= OPEN_CALLS {
            return Err(StoreError::TooManyCalls { limit: OPEN_CALLS });
        }
        let id = self.next(&mut transaction, "call").await?;
        let (body, created_at) = (stored(call)?, now());
        sqlx::query(
            "INSERT INTO calls (community, id, server_id, body, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(server_id)
        .bind(&body)
        .bind(created_at)
        .bind(call.delete_after_minutes.and_then(Minutes::after_now))
        .execute(&mut *transaction)
        .await?;
        for note in &call.notes {
            self.insert_note(&mut transaction, id, note).await?;
        }
        self.attach(&mut transaction, server_id, id, units).await?;
        let rows = vec![(id, body, created_at, None)];
        let mut described = self
            .describe_calls(&mut transaction, server_id, rows, &mut Room::new())
            .await?;
        let missing = || StoreError::Bug("a new call is missing");
        let call = described.pop().ok_or_else(missing)?;
        let opened = DispatchEvent::New {
            event_origin_ident: None,
            dispatch: serde_json::to_value(&call)?,
        };
        self.trigger(&mut transaction, opened).await?;
        transaction.commit().await?;
        Ok(call)
    }

    /// Returns an error unless the call is open on the server.
    pub(super) async fn open_call_exists(
        &self,
        connection: &mut AnyConnection,
        server_id: i64,
        id: i64,
    ) -> Result<(), StoreError> {
        let found: Option<i64> = sqlx::query_scalar(concat!(
            "SELECT id FROM calls WHERE ",
            visible!("calls"),
            " AND server_id = $3 AND id = $4 AND closed_at IS NULL"
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(server_id)
        .bind(id)
        .fetch_optional(connection)
        .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(Missing::Call { id, server_id }.into()),
        }
    }

    /// Attaches units to a call and detaches them from their previous calls. Returns their identifiers.
    pub(crate) async fn attach_units(
        &self,
        server_id: i64,
        call_id: i64,
        keys: &[Key],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        let identifiers = self
            .attach(&mut transaction, server_id, call_id, keys)
            .await?;
        let attached = DispatchEvent::Attach {
            event_origin_ident: None,
            idents: identifiers.iter().copied().flatten().collect(),
            call_id,
        };
        self.trigger(&mut transaction, attached).await?;
        transaction.commit().await?;
        Ok(identifiers)
    }

    async fn attach(
        &self,
        connection: &mut AnyConnection,
        server_id: i64,
        call_id: i64,
        keys: &[Key],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let mut identifiers = Vec::new();
        for key in keys {
            let account = self.unit_on(&mut *connection, key, server_id).await?;
            sqlx::query(
                "INSERT INTO call_units (community, account, call_id) VALUES ($1, $2, $3)
                 ON CONFLICT (community, account) DO UPDATE SET call_id = $3",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(call_id)
            .execute(&mut *connection)
            .await?;
            identifiers.push(self.identifier_of(&mut *connection, &account.id).await?);
        }
        Ok(identifiers)
    }

    /// Detaches units from their calls. Returns their identifiers.
    pub(crate) async fn detach_units(
        &self,
        server_id: i64,
        keys: &[Key],
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let mut transaction = self.write().await?;
        let mut identifiers = Vec::new();
        let mut by_call: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for key in keys {
            let account = self.unit_on(&mut transaction, key, server_id).await?;
            let call_id: Option<i64> = sqlx::query_scalar(concat!(
                "DELETE FROM call_units WHERE community = $1 AND account = $3 AND EXISTS
                     (SELECT id FROM calls WHERE id = call_units.call_id AND ",
                visible!("calls"),
                ") RETURNING call_id"
            ))
            .bind(&*self.id)
            .bind(now())
            .bind(&account.id)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(call_id) = call_id else {
                let username = account.username;
                return Err(Missing::CallOfUnit { username }.into());
            };
            let identifier = self.identifier_of(&mut transaction, &account.id).await?;
            by_call.entry(call_id).or_default().extend(identifier);
            identifiers.push(identifier);
        }
        for (call_id, idents) in by_call {
            let detached = DispatchEvent::Detach {
                event_origin_ident: None,
                idents,
                call_id,
            };
            self.trigger(&mut transaction, detached).await?;
        }
        transaction.commit().await?;
        Ok(identifiers)
    }

    /// Closes calls and detaches their units.
    pub(crate) async fn close_calls(
        &self,
        server_id: i64,
        calls: &[i64],
    ) -> Result<(), StoreError> {
        at_least_one("CALL", calls)?;
        let mut transaction = self.write().await?;
        for call_id in calls {
            self.open_call_exists(&mut transaction, server_id, *call_id)
                .await?;
            sqlx::query("UPDATE calls SET closed_at = $3 WHERE community = $1 AND id = $2")
                .bind(&*self.id)
                .bind(call_id)
                .bind(now())
                .execute(&mut *transaction)
                .await?;
            sqlx::query("DELETE FROM call_units WHERE community = $1 AND call_id = $2")
                .bind(&*self.id)
                .bind(call_id)
                .execute(&mut *transaction)
                .await?;
        }
        let closed = DispatchEvent::Closed {
            event_origin_ident: None,
            call_ids: calls.to_vec(),
        };
        self.trigger(&mut transaction, closed).await?;
        Ok(transaction.commit().await?)
    }

    /// Sets the postal code of an open call.
    pub(crate) async fn set_call_postal(
        &self,
        server_id: i64,
        call_id: i64,
        postal: &str,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        let postal = json!({ "postal": postal });
        self.edit_call(&mut transaction, call_id, postal).await?;
        Ok(transaction.commit().await?)
    }

    /// Replaces these fields of a call.
    pub(super) async fn edit_call(
        &self,
        transaction: &mut WriteTransaction,
        call_id: i64,
        fields: Value,
    ) -> Result<(), StoreError> {
        let body: String =
            sqlx::query_scalar("SELECT body FROM calls WHERE community = $1 AND id = $2")
                .bind(&*self.id)
                .bind(call_id)
                .fetch_one(&mut **transaction)
                .await?;
        sqlx::query("UPDATE calls SET body = $3 WHERE community = $1 AND id = $2")
            .bind(&*self.id)
            .bind(call_id)
            .bind(stored(&with(&body, fields)?)?)
            .execute(&mut **transaction)
            .await?;
        if transaction.waiting.is_none() {
            return Ok(());
        }
        let edited = DispatchEvent::Edit {
            event_origin_ident: None,
            dispatch: serde_json::to_value(self.call_for_event(transaction, call_id).await?)?,
        };
        self.trigger(transaction, edited).await
    }

    /// Describes an open call for an event, without its notes and units if they are too long for one.
    async fn call_for_event(
        &self,
        connection: &mut AnyConnection,
        call_id: i64,
    ) -> Result<Call, StoreError> {
        // The fields of the call and the escapes of JSON need the rest of the event.
        let room = Room::of(EVENT_BYTES / 4);
        match self.open_call_of(&mut *connection, call_id, room).await {
            Err(StoreError::AnswerTooLarge { .. }) => {
                let (server_id, (_, body, created_at, _)) =
                    self.open_call_row(connection, call_id).await?;
                Ok(Call {
                    call_id,
                    server_id,
                    created_at,
                    closed_at: None,
                    notes: Vec::new(),
                    units: Vec::new(),
                    idents: Vec::new(),
                    body: serde_json::from_str(&body)?,
                })
            }
            described => described,
        }
    }

    /// Describes an open call.
    ///
    /// # Errors
    /// Returns an error if its notes and units are too long for the room.
    pub(super) async fn open_call_of(
        &self,
        connection: &mut AnyConnection,
        call_id: i64,
        mut room: Room,
    ) -> Result<Call, StoreError> {
        let (server_id, row) = self.open_call_row(&mut *connection, call_id).await?;
        let described = self.describe_calls(connection, server_id, vec![row], &mut room);
        let call = described.await?.pop();
        call.ok_or(StoreError::Bug("a call is missing"))
    }

    /// Returns the server and the row of an open call.
    async fn open_call_row(
        &self,
        connection: &mut AnyConnection,
        call_id: i64,
    ) -> Result<(i64, CallRow), StoreError> {
        let (server_id, body, created_at): (i64, String, i64) = sqlx::query_as(
            "SELECT server_id, body, created_at FROM calls WHERE community = $1 AND id = $2",
        )
        .bind(&*self.id)
        .bind(call_id)
        .fetch_one(connection)
        .await?;
        Ok((server_id, (call_id, body, created_at, None)))
    }

    /// Lists the calls of a server: open calls, emergency calls and a page of closed calls.
    pub(crate) async fn calls(&self, filter: &CallFilter) -> Result<Calls, StoreError> {
        let mut transaction = self.read().await?;
        let mut lists = Vec::new();
        let mut room = Room::new();
        for (condition, limit, offset) in [
            ("call.closed_at IS NULL ORDER BY call.id", ROW_LIMIT, 0),
            (
                "call.closed_at IS NOT NULL ORDER BY call.closed_at DESC, call.id DESC",
                filter.closed_limit.clamp(0, ROW_LIMIT),
                filter.closed_offset.max(0),
            ),
        ] {
            let query = format!(
                "SELECT id, body, created_at, closed_at FROM calls AS call
                 WHERE {} AND server_id = $3 AND {condition} LIMIT $4 OFFSET $5",
                visible!("call")
            );
            // The query is safe: `condition` is a constant of this file.
            let rows = sqlx::query_as(sqlx::AssertSqlSafe(query))
                .bind(&*self.id)
                .bind(now())
                .bind(filter.server_id)
                .bind(limit)
                .bind(offset)
                .fetch(&mut *transaction);
            let size = |(_, body, ..): &CallRow| body.len();
            let rows = room.rows(rows, size).await?;
            lists.push(
                self.describe_calls(&mut transaction, filter.server_id, rows, &mut room)
                    .await?,
            );
        }
        let emergency_calls = self
            .emergency_calls(&mut transaction, filter.server_id, &mut room)
            .await?;
        let closed_count = sqlx::query_scalar(concat!(
            "SELECT count(*) FROM calls WHERE ",
            visible!("calls"),
            " AND server_id = $3 AND closed_at IS NOT NULL"
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(filter.server_id)
        .fetch_one(&mut *transaction)
        .await?;
        let closed_calls = lists.pop().unwrap_or_default();
        let active_calls = lists.pop().unwrap_or_default();
        let mut calls = Calls {
            active_calls,
            emergency_calls,
            closed_calls,
            closed_count,
        };
        match filter.types {
            CallTypes::Dispatch => calls.emergency_calls.clear(),
            CallTypes::Emergency => {
                calls.active_calls.clear();
                calls.closed_calls.clear();
            }
            CallTypes::All => {}
        }
        Ok(calls)
    }

    /// Reads the notes and units of calls.
    async fn describe_calls(
        &self,
        connection: &mut AnyConnection,
        server_id: i64,
        rows: Vec<CallRow>,
        room: &mut Room,
    ) -> Result<Vec<Call>, StoreError> {
        let ids: Vec<String> = rows.iter().map(|(id, ..)| id.to_string()).collect();
        // The query contains only numbers. An empty list would be invalid SQL.
        let ids = if ids.is_empty() {
            "NULL".to_owned()
        } else {
            ids.join(", ")
        };
        let mut notes = self.notes(&mut *connection, &ids, room).await?;
        let query = format!(
            "SELECT unit.call_id, account.id, account.username,
                 (SELECT min(id) FROM identifiers
                  WHERE community = unit.community AND account = unit.account) AS identifier
             FROM call_units AS unit
             JOIN accounts AS account
                 ON account.community = unit.community AND account.id = unit.account
             WHERE unit.community = $1 AND unit.call_id IN ({ids}) ORDER BY identifier, account.id"
        );
        let found = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .persistent(false)
            .bind(&*self.id)
            .fetch(connection);
        let size = |(_, id, name, _): &(i64, String, String, Option<i64>)| id.len() + name.len();
        let found = room.rows(found, size).await?;
        let mut units: HashMap<i64, (Vec<CallUnit>, Vec<i64>)> = HashMap::new();
        for (call, acc_id, username, identifier) in found {
            let (units, identifiers) = units.entry(call).or_default();
            units.push(CallUnit { acc_id, username });
            identifiers.extend(identifier);
        }
        rows.into_iter()
            .map(|(id, body, created_at, closed_at)| {
                let (units, idents) = units.remove(&id).unwrap_or_default();
                Ok(Call {
                    call_id: id,
                    server_id,
                    created_at,
                    closed_at,
                    notes: notes.remove(&id).unwrap_or_default(),
                    units,
                    idents,
                    body: serde_json::from_str(&body)?,
                })
            })
            .collect()
    }
}
