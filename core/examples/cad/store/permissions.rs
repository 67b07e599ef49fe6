//! The permissions of accounts.

use super::accounts::Account;
use super::limits::indexed;
use super::status::Status;
use super::{Community, Key};
use crate::store::error::{Missing, StoreError};
use sqlx::AnyConnection;
use std::collections::HashSet;

/// A change to the permissions of an account.
pub(crate) struct Permissions {
    pub(crate) active: Option<bool>,
    pub(crate) set: Option<Vec<String>>,
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
    pub(crate) join: bool,
}

impl Community {
    /// Grants an account the permissions of a permission key.
    pub(crate) async fn apply_permission_key(
        &self,
        account: &Key,
        key: &str,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, account).await?;
        let permissions: Vec<String> = sqlx::query_scalar(
            "SELECT permission FROM permission_keys WHERE community = $1 AND key = $2",
        )
        .bind(&*self.id)
        .bind(key)
        .fetch_all(&mut *transaction)
        .await?;
        if permissions.is_empty() {
            return Err(Missing::PermissionKey(key.to_owned()).into());
        }
        self.permit(&mut transaction, &account, &permissions)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn permit(
        &self,
        connection: &mut AnyConnection,
        account: &Account,
        permissions: &[String],
    ) -> Result<(), StoreError> {
        for permission in permissions {
            sqlx::query(
                "INSERT INTO permissions (community, account, permission)
                 VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(indexed(permission)?)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    /// Changes the permissions of an account. Applies `set` first, then `add` and `remove`.
    pub(crate) async fn set_permissions(
        &self,
        key: &Key,
        change: Permissions,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let account = match key {
            Key::Username(username) if change.join => {
                self.find_or_add(&mut transaction, username).await?
            }
            key => self.find(&mut transaction, key).await?,
        };
        if let Some(active) = change.active {
            let status = if active {
                Status::Active
            } else {
                Status::Inactive
            };
            // A banned account stays banned. Only the ban endpoint lifts a ban.
            sqlx::query(
                "UPDATE accounts SET status = $1 WHERE community = $2 AND id = $3
                 AND status <> 'banned'",
            )
            .bind(status.name())
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        }
        if change.set.is_some() {
            sqlx::query("DELETE FROM permissions WHERE community = $1 AND account = $2")
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        for permission in &change.remove {
            sqlx::query(
                "DELETE FROM permissions
                 WHERE community = $1 AND account = $2 AND permission = $3",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(permission)
            .execute(&mut *transaction)
            .await?;
        }
        let mut granted = change.set.unwrap_or_default();
        granted.extend(change.add);
        let removed: HashSet<String> = change.remove.into_iter().collect();
        granted.retain(|permission| !removed.contains(permission));
        self.permit(&mut transaction, &account, &granted).await?;
        Ok(transaction.commit().await?)
    }
}
