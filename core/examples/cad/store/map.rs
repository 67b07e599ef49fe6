//! The map: blips and street signs.

use super::limits::{Room, at_least_one, stored};
use super::{Community, Coordinates, Object, ROW_LIMIT, with};
use crate::events::SignEvent;
use crate::store::error::{Missing, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::AnyConnection;

/// The properties of a blip. A change keeps the properties that it omits.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Blip {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) coordinates: Option<Coordinates>,
    #[serde(skip_serializing_if = "Option::is_none")]
    radius: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tooltip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Vec<Object>>,
}

/// A street sign on a server.
#[derive(Deserialize, JsonSchema, Serialize)]
pub(crate) struct SignConfig {
    #[serde(skip_serializing)]
    pub(crate) id: i64,
    #[serde(default)]
    label: String,
    #[serde(default)]
    text1: String,
    #[serde(default)]
    text2: String,
    #[serde(default)]
    text3: String,
}

/// New text for street signs. Omitted lines stay unchanged.
#[derive(Deserialize, JsonSchema, Serialize)]
pub(crate) struct SignText {
    #[serde(skip_serializing)]
    pub(crate) ids: Vec<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text3: Option<String>,
}

impl Community {
    /// Lists the blips of a server.
    pub(crate) async fn blips(&self, server_id: i64) -> Result<Vec<Value>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT id, body FROM blips
             WHERE community = $1 AND server_id = $2 ORDER BY id LIMIT $3",
        )
        .bind(&*self.id)
        .bind(server_id)
        .bind(ROW_LIMIT)
        .fetch(&self.pool);
        let size = |(_, body): &(i64, String)| body.len();
        let rows = Room::new().rows(rows, size).await?;
        rows.iter()
            .map(|(id, body)| with(body, json!({ "id": id, "serverId": server_id })))
            .collect()
    }

    /// Adds blips and returns them with their ids.
    pub(crate) async fn add_blips(&self, blips: &[(i64, Blip)]) -> Result<Vec<Value>, StoreError> {
        let mut transaction = self.write().await?;
        let mut added = Vec::new();
        for (server_id, blip) in blips {
            self.server_exists(&mut transaction, *server_id).await?;
            let id = self.next(&mut transaction, "blip").await?;
            let body = stored(blip)?;
            added.push(with(&body, json!({ "id": id, "serverId": server_id }))?);
            sqlx::query(
                "INSERT INTO blips (community, id, server_id, body) VALUES ($1, $2, $3, $4)",
            )
            .bind(&*self.id)
            .bind(id)
            .bind(server_id)
            .bind(body)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(added)
    }

    /// Changes blips by their ids, of a server or of all servers.
    pub(crate) async fn modify_blips(
        &self,
        server_id: Option<i64>,
        changes: &[(i64, Blip)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for (id, change) in changes {
            let body: Option<String> = sqlx::query_scalar(
                "SELECT body FROM blips
                 WHERE community = $1 AND id = $2 AND server_id = coalesce($3, server_id)",
            )
            .bind(&*self.id)
            .bind(id)
            .bind(server_id)
            .fetch_optional(&mut *transaction)
            .await?;
            let body = body.ok_or(Missing::Blip(*id))?;
            sqlx::query("UPDATE blips SET body = $3 WHERE community = $1 AND id = $2")
                .bind(&*self.id)
                .bind(id)
                .bind(stored(&with(&body, serde_json::to_value(change)?)?)?)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Removes blips by their ids, of a server or of all servers.
    pub(crate) async fn remove_blips(
        &self,
        server_id: Option<i64>,
        ids: &[i64],
    ) -> Result<(), StoreError> {
        at_least_one("BLIP", ids)?;
        let mut transaction = self.write().await?;
        for id in ids {
            let removed = sqlx::query(
                "DELETE FROM blips
                 WHERE community = $1 AND id = $2 AND server_id = coalesce($3, server_id)",
            )
            .bind(&*self.id)
            .bind(id)
            .bind(server_id)
            .execute(&mut *transaction)
            .await?;
            if removed.rows_affected() == 0 {
                return Err(Missing::Blip(*id).into());
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Replaces the street signs of a server.
    pub(crate) async fn set_signs(
        &self,
        server_id: i64,
        signs: &[SignConfig],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        sqlx::query("DELETE FROM street_signs WHERE community = $1 AND server_id = $2")
            .bind(&*self.id)
            .bind(server_id)
            .execute(&mut *transaction)
            .await?;
        for sign in signs {
            sqlx::query(
                "INSERT INTO street_signs (community, server_id, id, body) VALUES ($1, $2, $3, $4)",
            )
            .bind(&*self.id)
            .bind(server_id)
            .bind(sign.id)
            .bind(stored(sign)?)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Changes the text of street signs.
    pub(crate) async fn show_on_signs(
        &self,
        server_id: i64,
        text: &SignText,
    ) -> Result<(), StoreError> {
        at_least_one("STREET SIGN", &text.ids)?;
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        for id in &text.ids {
            let body: Option<String> = sqlx::query_scalar(
                "SELECT body FROM street_signs
                 WHERE community = $1 AND server_id = $2 AND id = $3",
            )
            .bind(&*self.id)
            .bind(server_id)
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
            let id = *id;
            let body = body.ok_or(Missing::StreetSign { id, server_id })?;
            sqlx::query(
                "UPDATE street_signs SET body = $4
                 WHERE community = $1 AND server_id = $2 AND id = $3",
            )
            .bind(&*self.id)
            .bind(server_id)
            .bind(id)
            .bind(stored(&with(&body, serde_json::to_value(text)?)?)?)
            .execute(&mut *transaction)
            .await?;
        }
        let mut sign_data = serde_json::to_value(text)?;
        sign_data["ids"] = json!(text.ids);
        let updated = SignEvent::Updated { sign_data };
        self.trigger(&mut transaction, updated).await?;
        Ok(transaction.commit().await?)
    }

    /// Returns an error unless the community has the server.
    pub(super) async fn server_exists(
        &self,
        connection: &mut AnyConnection,
        id: i64,
    ) -> Result<(), StoreError> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT id FROM servers WHERE community = $1 AND id = $2")
                .bind(&*self.id)
                .bind(id)
                .fetch_optional(connection)
                .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(Missing::Server(id).into()),
        }
    }
}
