//! Accounts: people, with the ids that games know them by, and what they are permitted.

use super::{Community, ROW_LIMIT, array, now};
use crate::error::CadError;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

/// One account as SQLite makes it to JSON, from `accounts AS account`.
const ACCOUNT_JSON: &str = "json_object(
    'id', account.id,
    'username', account.username,
    'status', account.status,
    'isBanned', json(iif(account.status = 'banned', 'true', 'false')),
    'lastKickReason', account.last_kick_reason,
    'apiIds', (SELECT json_group_array(api_id) FROM api_ids
               WHERE community = account.community AND account = account.id),
    'permissions', (SELECT json_group_array(permission) FROM permissions
                    WHERE community = account.community AND account = account.id),
    'photos', (SELECT json_group_array(json_object('id', id, 'url', url, 'sentAt', sent_at))
               FROM photos WHERE community = account.community AND account = account.id)
)";

/// How a request names an account.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    ApiId(String),
    Account(String),
    Username(String),
    Identifier(i64),
    /// The field `user` of records, which is an API id or an account.
    User(String),
}

impl Key {
    /// The keys of a request. Clients send fields that they do not use as empty texts.
    pub(crate) fn all(
        account: Option<String>,
        api_ids: impl IntoIterator<Item = String>,
        identifiers: Vec<i64>,
    ) -> Vec<Self> {
        let account = account.into_iter().map(Self::Account);
        let api_ids = api_ids.into_iter().map(Self::ApiId);
        let identifiers = identifiers.into_iter().map(Self::Identifier);
        account
            .chain(api_ids)
            .chain(identifiers)
            .filter(|key| !key.is_empty())
            .collect()
    }

    /// The one account that a request names, where the account's own id goes before the others.
    ///
    /// # Errors
    /// 400, if no field names one.
    pub(crate) fn one(
        account: Option<String>,
        api_id: Option<String>,
        username: Option<String>,
    ) -> Result<Self, CadError> {
        Self::optional(account, api_id, username)
            .ok_or_else(|| CadError::bad("data[0]: a field that names the account is required"))
    }

    /// As [`one`](Self::one), where naming nobody is fine.
    pub(crate) fn optional(
        account: Option<String>,
        api_id: Option<String>,
        username: Option<String>,
    ) -> Option<Self> {
        let keys = [
            account.map(Self::Account),
            api_id.map(Self::ApiId),
            username.map(Self::Username),
        ];
        keys.into_iter().flatten().find(|key| !key.is_empty())
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::ApiId(text) | Self::Account(text) | Self::Username(text) | Self::User(text) => {
                text.is_empty()
            }
            Self::Identifier(_) => false,
        }
    }

    fn unknown(&self) -> CadError {
        CadError::not_found(match self {
            Self::ApiId(api_id) => format!("API ID {api_id} NOT FOUND"),
            Self::Account(id) => format!("ACCOUNT {id} NOT FOUND"),
            Self::Username(user) | Self::User(user) => format!("USER {user} NOT FOUND"),
            Self::Identifier(id) => format!("IDENTIFIER {id} NOT FOUND"),
        })
    }
}

/// Who an account is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) status: String,
}

/// A change of what an account is permitted.
pub(crate) struct Permissions {
    pub(crate) active: Option<bool>,
    pub(crate) set: Option<Vec<String>>,
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
    pub(crate) join: bool,
}

impl Community {
    /// The account that a key names.
    pub(super) async fn find(
        &self,
        connection: &mut SqliteConnection,
        key: &Key,
    ) -> Result<Account, CadError> {
        let query = match key {
            Key::ApiId(_) => {
                "SELECT id, username, status FROM accounts WHERE community = ?1 AND id =
                 (SELECT account FROM api_ids WHERE community = ?1 AND api_id = ?2)"
            }
            Key::Identifier(_) => {
                "SELECT id, username, status FROM accounts WHERE community = ?1 AND id =
                 (SELECT account FROM identifiers WHERE community = ?1 AND id = ?2)"
            }
            Key::User(_) => {
                "SELECT id, username, status FROM accounts WHERE community = ?1 AND id = coalesce(
                 (SELECT account FROM api_ids WHERE community = ?1 AND api_id = ?2), ?2)"
            }
            Key::Account(_) => {
                "SELECT id, username, status FROM accounts WHERE community = ?1 AND id = ?2"
            }
            Key::Username(_) => {
                "SELECT id, username, status FROM accounts WHERE community = ?1 AND username = ?2"
            }
        };
        let query = sqlx::query_as(query).bind(&*self.id);
        let query = match key {
            Key::Identifier(id) => query.bind(*id),
            Key::ApiId(text) | Key::User(text) | Key::Account(text) | Key::Username(text) => {
                query.bind(text)
            }
        };
        let account: Option<Account> = query.fetch_optional(connection).await?;
        account.ok_or_else(|| key.unknown())
    }

    /// The account of this name, which is made on its first mention.
    async fn find_or_add(
        &self,
        connection: &mut SqliteConnection,
        username: &str,
    ) -> Result<Account, CadError> {
        let key = Key::Username(username.to_owned());
        match self.find(connection, &key).await {
            Err(CadError::Refused(..)) => {}
            other => return other,
        }
        // A random UUID, version 4.
        sqlx::query(
            "INSERT INTO accounts (community, username, id) VALUES (?, ?, lower(
                hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||
                substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' ||
                hex(randomblob(6))))",
        )
        .bind(&*self.id)
        .bind(username)
        .execute(&mut *connection)
        .await?;
        let account = self.find(connection, &key).await?;
        let identifier = self.next(connection, "identifier").await?;
        sqlx::query("INSERT INTO identifiers (community, id, account, name) VALUES (?, ?, ?, ?)")
            .bind(&*self.id)
            .bind(identifier)
            .bind(&account.id)
            .bind(username)
            .execute(connection)
            .await?;
        Ok(account)
    }

    /// The name of the account that has an API id.
    pub(crate) async fn check_api_id(&self, api_id: String) -> Result<String, CadError> {
        let mut connection = self.pool.acquire().await?;
        let account = self.find(&mut connection, &Key::ApiId(api_id)).await?;
        Ok(account.username)
    }

    /// Gives an account these API ids: instead of its own, or with `add` besides them.
    pub(crate) async fn set_api_ids(
        &self,
        key: &Key,
        api_ids: &[String],
        add: bool,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = match key {
            Key::Username(username) => self.find_or_add(&mut transaction, username).await?,
            key => self.find(&mut transaction, key).await?,
        };
        if !add {
            sqlx::query("DELETE FROM api_ids WHERE community = ? AND account = ?")
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        for api_id in api_ids {
            // Taking an id away from its account has to be said, there: it is how games log in.
            let owner: String = sqlx::query_scalar(
                "INSERT INTO api_ids (community, api_id, account) VALUES (?, ?, ?)
                 ON CONFLICT DO UPDATE SET account = account RETURNING account",
            )
            .bind(&*self.id)
            .bind(api_id)
            .bind(&account.id)
            .fetch_one(&mut *transaction)
            .await?;
            if owner != account.id {
                return Err(CadError::bad(format!(
                    "API ID {api_id} BELONGS TO ANOTHER ACCOUNT"
                )));
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Gives an account the permissions that a key stands for.
    pub(crate) async fn apply_permission_key(
        &self,
        account: &Key,
        key: &str,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, account).await?;
        let permissions: Vec<String> = sqlx::query_scalar(
            "SELECT permission FROM permission_keys WHERE community = ? AND key = ?",
        )
        .bind(&*self.id)
        .bind(key)
        .fetch_all(&mut *transaction)
        .await?;
        if permissions.is_empty() {
            return Err(CadError::not_found(format!(
                "PERMISSION KEY {key} NOT FOUND"
            )));
        }
        self.permit(&mut transaction, &account, &permissions)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn permit(
        &self,
        connection: &mut SqliteConnection,
        account: &Account,
        permissions: &[String],
    ) -> Result<(), CadError> {
        for permission in permissions {
            sqlx::query(
                "INSERT OR IGNORE INTO permissions (community, account, permission)
                 VALUES (?, ?, ?)",
            )
            .bind(&*self.id)
            .bind(&account.id)
            .bind(permission)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    /// Changes the permissions of an account: first what is set, then what is added and removed.
    pub(crate) async fn set_permissions(
        &self,
        key: &Key,
        change: Permissions,
    ) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = match key {
            Key::Username(username) if change.join => {
                self.find_or_add(&mut transaction, username).await?
            }
            key => self.find(&mut transaction, key).await?,
        };
        if let Some(active) = change.active {
            // Who is banned stays banned: that is ended by its own endpoint.
            sqlx::query(
                "UPDATE accounts SET status = ? WHERE community = ? AND id = ?
                 AND status <> 'banned'",
            )
            .bind(if active { "active" } else { "inactive" })
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        }
        // All of them for `set`, else those to remove; null is no list and means all.
        let remove = match change.set {
            Some(_) => Value::Null,
            None => json!(change.remove),
        };
        sqlx::query(
            "DELETE FROM permissions WHERE community = ?1 AND account = ?2
             AND (?3 = 'null' OR permission IN (SELECT value FROM json_each(?3)))",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .bind(remove.to_string())
        .execute(&mut *transaction)
        .await?;
        let mut granted = change.set.unwrap_or_default();
        granted.extend(change.add);
        granted.retain(|permission| !change.remove.contains(permission));
        self.permit(&mut transaction, &account, &granted).await?;
        Ok(transaction.commit().await?)
    }

    /// Bans an account, or ends its ban, and with `kick` puts it out of the community's servers.
    /// The answer is the account's id.
    pub(crate) async fn ban(&self, key: &Key, ban: bool, kick: bool) -> Result<String, CadError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let status = match (ban, kick) {
            (true, _) => "banned",
            (false, true) => "kicked",
            (false, false) => "active",
        };
        sqlx::query("UPDATE accounts SET status = ? WHERE community = ? AND id = ?")
            .bind(status)
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        if ban || kick {
            sqlx::query("DELETE FROM units WHERE community = ? AND account = ?")
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(account.id)
    }

    /// Everything about one account.
    pub(crate) async fn account(&self, key: &Key) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let account = self.find(&mut transaction, key).await?;
        let query = format!(
            "SELECT {ACCOUNT_JSON} FROM accounts AS account WHERE community = ? AND id = ?"
        );
        // What is put into the text is a constant of this file.
        let row: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .bind(&*self.id)
            .bind(&account.id)
            .fetch_one(&mut *transaction)
            .await?;
        Ok(serde_json::from_str(&row)?)
    }

    /// A page of the accounts, of one status or of all.
    pub(crate) async fn accounts(
        &self,
        status: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<Value, CadError> {
        let (limit, offset) = (limit.clamp(0, ROW_LIMIT), offset.max(0));
        let mut transaction = self.read().await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM accounts WHERE community = ?1 AND (?2 IS NULL OR status = ?2)",
        )
        .bind(&*self.id)
        .bind(status)
        .fetch_one(&mut *transaction)
        .await?;
        let query = format!(
            "SELECT {ACCOUNT_JSON} FROM accounts AS account
             WHERE community = ?1 AND (?2 IS NULL OR status = ?2)
             ORDER BY username LIMIT ?3 OFFSET ?4"
        );
        // As above.
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .bind(&*self.id)
            .bind(status)
            .bind(limit)
            .bind(offset)
            .fetch_all(&mut *transaction)
            .await?;
        Ok(json!({
            "pagination": { "limit": limit, "offset": offset, "total": total },
            "accounts": array(&rows)?,
        }))
    }

    /// The identifiers of an account, and which of them it uses.
    pub(crate) async fn identifiers(&self, key: &Key) -> Result<Value, CadError> {
        let mut transaction = self.read().await?;
        let account = self.find(&mut transaction, key).await?;
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT id, name FROM identifiers WHERE community = ? AND account = ? ORDER BY id",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .fetch_all(&mut *transaction)
        .await?;
        let selected = rows.first().map(|(id, _)| *id);
        let identifiers: Vec<Value> = rows
            .into_iter()
            .map(|(id, name)| json!({ "id": id, "name": name }))
            .collect();
        Ok(json!({ "selectedIdent": selected, "identifiers": identifiers }))
    }

    /// Keeps a photo of an account's, by its address.
    pub(crate) async fn add_photo(&self, key: &Key, url: &str) -> Result<(), CadError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let id = self.next(&mut transaction, "photo").await?;
        sqlx::query(
            "INSERT INTO photos (community, id, account, url, sent_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(&account.id)
        .bind(url)
        .bind(now())
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }
}
