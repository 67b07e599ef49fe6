//! API ids, which games use to identify accounts.

use super::limits::{Room, indexed, pair};
use super::{Community, Key, of_accounts};
use crate::store::error::StoreError;
use sqlx::AnyConnection;
use std::collections::HashMap;

impl Community {
    /// Moves an API id to an account, even from another account.
    pub(crate) async fn move_api_id(&self, account: &Key, api_id: &str) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, account).await?;
        sqlx::query(
            "INSERT INTO api_ids (community, api_id, account) VALUES ($1, $2, $3)
             ON CONFLICT (community, api_id) DO UPDATE SET account = $3",
        )
        .bind(&*self.id)
        .bind(indexed(api_id)?)
        .bind(&account.id)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Replaces the API ids of an account, or adds to them with `add`.
    pub(crate) async fn set_api_ids(
        &self,
        key: &Key,
        api_ids: &[String],
        add: bool,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let account = match key {
            Key::Username(username) => self.find_or_add(&mut transaction, username).await?,
            key => self.find(&mut transaction, key).await?,
        };
        if !add {
            sqlx::query("DELETE FROM api_ids WHERE community = $1 AND account = $2")
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        for api_id in api_ids {
            // Games log in with API ids, so an id never moves to another account implicitly.
            let owner: String = sqlx::query_scalar(
                "INSERT INTO api_ids (community, api_id, account) VALUES ($1, $2, $3)
                 ON CONFLICT (community, api_id)
                 DO UPDATE SET account = api_ids.account RETURNING account",
            )
            .bind(&*self.id)
            .bind(indexed(api_id)?)
            .bind(&account.id)
            .fetch_one(&mut *transaction)
            .await?;
            if owner != account.id {
                return Err(StoreError::ApiIdTaken(api_id.clone()));
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Returns the API ids of each of these accounts.
    pub(super) async fn api_ids(
        &self,
        connection: &mut AnyConnection,
        accounts: &[&str],
        room: &mut Room,
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let query = of_accounts("account, api_id FROM api_ids", "api_id", accounts);
        let mut rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(&*self.id);
        for account in accounts {
            rows = rows.bind(*account);
        }
        let rows = room.rows(rows.fetch(connection), pair).await?;
        let mut api_ids: HashMap<String, Vec<String>> = HashMap::new();
        for (account, api_id) in rows {
            api_ids.entry(account).or_default().push(api_id);
        }
        Ok(api_ids)
    }
}
