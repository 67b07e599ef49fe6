//! Emergency calls, from people who need help.

use super::limits::{Room, stored};
use super::minutes::Minutes;
use super::visible::visible;
use super::{Community, Object, ROW_LIMIT, now};
use crate::events::EmergencyEvent;
use crate::lenient;
use crate::store::error::{Missing, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

/// An emergency call from somebody who needs help.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewEmergencyCall {
    #[serde(default)]
    is_emergency: bool,
    caller: String,
    location: String,
    description: String,
    #[serde(default, deserialize_with = "lenient::object")]
    meta_data: Object,
    #[serde(skip_serializing)]
    delete_after_minutes: Option<Minutes>,
}

/// An emergency call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmergencyCall {
    pub(crate) call_id: i64,
    server_id: i64,
    created_at: i64,
    /// The fields of the request that added the call.
    #[serde(flatten)]
    pub(crate) body: Object,
}

impl Community {
    /// Adds an emergency call.
    pub(crate) async fn add_emergency_call(
        &self,
        server_id: i64,
        call: &NewEmergencyCall,
    ) -> Result<EmergencyCall, StoreError> {
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        // Expired emergency calls are already hidden. Deleting them here keeps the table small.
        sqlx::query("DELETE FROM emergency_calls WHERE community = $1 AND expires_at <= $2")
            .bind(&*self.id)
            .bind(now())
            .execute(&mut *transaction)
            .await?;
        let call_id = self.next(&mut transaction, "emergency call").await?;
        let (body, created_at) = (stored(call)?, now());
        sqlx::query(
            "INSERT INTO emergency_calls (community, id, server_id, body, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&*self.id)
        .bind(call_id)
        .bind(server_id)
        .bind(&body)
        .bind(created_at)
        .bind(call.delete_after_minutes.and_then(Minutes::after_now))
        .execute(&mut *transaction)
        .await?;
        let added = EmergencyCall {
            call_id,
            server_id,
            created_at,
            body: serde_json::from_str(&body)?,
        };
        let event = EmergencyEvent::Add {
            call: serde_json::to_value(&added)?,
            api_ids: Vec::new(),
            community_user_id: None,
            meta_data: call.meta_data.clone(),
        };
        self.trigger(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(added)
    }

    /// Removes an emergency call.
    pub(crate) async fn remove_emergency_call(
        &self,
        server_id: i64,
        call_id: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let removed = sqlx::query(concat!(
            "DELETE FROM emergency_calls WHERE ",
            visible!("emergency_calls"),
            " AND server_id = $3 AND id = $4"
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(server_id)
        .bind(call_id)
        .execute(&mut *transaction)
        .await?;
        if removed.rows_affected() == 0 {
            let id = call_id;
            return Err(Missing::EmergencyCall { id, server_id }.into());
        }
        let call_ids = vec![call_id];
        let removed = EmergencyEvent::Remove { call_ids };
        self.trigger(&mut transaction, removed).await?;
        Ok(transaction.commit().await?)
    }

    /// Lists the emergency calls of a server.
    pub(super) async fn emergency_calls(
        &self,
        connection: &mut AnyConnection,
        server_id: i64,
        room: &mut Room,
    ) -> Result<Vec<EmergencyCall>, StoreError> {
        let rows = sqlx::query_as(concat!(
            "SELECT id, body, created_at FROM emergency_calls WHERE ",
            visible!("emergency_calls"),
            " AND server_id = $3 ORDER BY id LIMIT $4"
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(server_id)
        .bind(ROW_LIMIT)
        .fetch(connection);
        let size = |(_, body, _): &(i64, String, i64)| body.len();
        let rows = room.rows(rows, size).await?;
        rows.into_iter()
            .map(|(call_id, body, created_at)| {
                Ok(EmergencyCall {
                    call_id,
                    server_id,
                    created_at,
                    body: serde_json::from_str(&body)?,
                })
            })
            .collect()
    }
}
