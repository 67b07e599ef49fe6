//! Accounts of people.

use super::limits::{Room, indexed, pair};
use super::status::Status;
use super::{Community, Key, ROW_LIMIT, now, of_accounts};
use crate::events::UnitEvent;
use crate::store::error::{Missing, StoreError};
use crate::time::rfc3339;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::AnyConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// An account in the database.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) username: String,
    #[sqlx(try_from = "String")]
    pub(crate) status: Status,
    last_kick_reason: Option<String>,
    joined_at: Option<i64>,
    last_login_at: Option<i64>,
}

/// Selects accounts. The first parameter is the community.
const ACCOUNTS: &str = "SELECT id, username, status, last_kick_reason, joined_at, last_login_at
    FROM accounts WHERE community = $1";

/// Everything about one account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountDetails {
    pub(crate) uuid: String,
    pub(crate) username: String,
    pub(crate) status: Status,
    is_banned: bool,
    last_kick_reason: Option<String>,
    pub(crate) api_ids: Vec<String>,
    /// The account has all these permissions.
    pub(crate) permissions: BTreeMap<String, bool>,
    photos: Vec<Photo>,
    joined: Option<String>,
    last_login: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Photo {
    id: i64,
    url: String,
    sent_at: i64,
}

/// Selects the accounts to list.
pub(crate) struct AccountFilter {
    pub(crate) status: Option<String>,
    /// A part of the name, in upper or lower case.
    pub(crate) name: Option<String>,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// A page of the accounts.
#[derive(Serialize)]
pub(crate) struct AccountPage {
    pub(crate) pagination: Pagination,
    pub(crate) accounts: Vec<AccountDetails>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Pagination {
    limit: i64,
    offset: i64,
    total: i64,
}

/// The identifiers of an account.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identifiers {
    pub(crate) selected_ident: Option<i64>,
    pub(crate) identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
pub(crate) struct Identifier {
    pub(crate) id: i64,
    pub(crate) name: String,
}

impl Community {
    /// Looks up an account.
    pub(super) async fn find(
        &self,
        connection: &mut AnyConnection,
        key: &Key,
    ) -> Result<Account, StoreError> {
        let condition = match key {
            Key::ApiId(_) => {
                "id = (SELECT account FROM api_ids WHERE community = $1 AND api_id = $2)"
            }
            Key::Identifier(_) => {
                "id = (SELECT account FROM identifiers WHERE community = $1 AND id = $2)"
            }
            Key::User(_) => {
                "id = coalesce(
                     (SELECT account FROM api_ids WHERE community = $1 AND api_id = $2), $2)"
            }
            Key::Account(_) | Key::Secret(_) => "id = $2",
            Key::Username(_) => "username = $2",
        };
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!("{ACCOUNTS} AND {condition}"));
        let query = sqlx::query_as(query).bind(&*self.id);
        let query = match key {
            Key::Identifier(id) => query.bind(*id),
            Key::Secret(secret) => query.bind(self.id_by_secret(connection, secret).await?),
            Key::ApiId(text) | Key::User(text) | Key::Account(text) | Key::Username(text) => {
                query.bind(text)
            }
        };
        let account: Option<Account> = query.fetch_optional(connection).await?;
        account.ok_or_else(|| Missing::Account(key.clone()).into())
    }

    /// Looks up an account by its name, and creates the account if it doesn't exist.
    pub(super) async fn find_or_add(
        &self,
        connection: &mut AnyConnection,
        username: &str,
    ) -> Result<Account, StoreError> {
        let key = Key::Username(username.to_owned());
        match self.find(connection, &key).await {
            Err(StoreError::NotFound(_)) => {}
            other => return other,
        }
        sqlx::query(
            "INSERT INTO accounts (community, username, id, joined_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(&*self.id)
        .bind(indexed(username)?)
        .bind(Uuid::new_v4().to_string())
        .bind(now())
        .execute(&mut *connection)
        .await?;
        let account = self.find(connection, &key).await?;
        let identifier = self.next(connection, "identifier").await?;
        sqlx::query(
            "INSERT INTO identifiers (community, id, account, name) VALUES ($1, $2, $3, $4)",
        )
        .bind(&*self.id)
        .bind(identifier)
        .bind(&account.id)
        .bind(username)
        .execute(connection)
        .await?;
        Ok(account)
    }

    /// Looks up an account.
    pub(crate) async fn find_account(&self, key: &Key) -> Result<Account, StoreError> {
        let mut connection = self.pool.acquire().await?;
        self.find(&mut connection, key).await
    }

    /// Bans, kicks or unbans an account and returns its id. A ban or kick also removes the account's
    /// unit. A kick doesn't lift a ban.
    pub(crate) async fn ban(&self, key: &Key, ban: bool, kick: bool) -> Result<String, StoreError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let status = match (ban, kick) {
            (true, _) => Status::Banned,
            (false, true) if account.status == Status::Banned => Status::Banned,
            (false, true) => Status::Kicked,
            (false, false) => Status::Active,
        };
        sqlx::query("UPDATE accounts SET status = $1 WHERE community = $2 AND id = $3")
            .bind(status.name())
            .bind(&*self.id)
            .bind(&account.id)
            .execute(&mut *transaction)
            .await?;
        if ban || kick {
            let removed = sqlx::query("DELETE FROM units WHERE community = $1 AND account = $2")
                .bind(&*self.id)
                .bind(&account.id)
                .execute(&mut *transaction)
                .await?;
            if removed.rows_affected() > 0 {
                let ident_id = self.identifier_of(&mut transaction, &account.id).await?;
                let logout = UnitEvent::Logout { ident_id };
                self.trigger(&mut transaction, logout).await?;
            }
        }
        transaction.commit().await?;
        Ok(account.id)
    }

    /// Returns everything about one account.
    pub(crate) async fn account(&self, key: &Key) -> Result<AccountDetails, StoreError> {
        let mut transaction = self.read().await?;
        let account = self.find(&mut transaction, key).await?;
        let mut described = self
            .describe_accounts(&mut transaction, vec![account])
            .await?;
        described
            .pop()
            .ok_or_else(|| Missing::Account(key.clone()).into())
    }

    /// Reads the API ids, permissions and photos of accounts.
    async fn describe_accounts(
        &self,
        connection: &mut AnyConnection,
        accounts: Vec<Account>,
    ) -> Result<Vec<AccountDetails>, StoreError> {
        let ids: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
        let mut room = Room::new();
        for account in &accounts {
            let reason = account.last_kick_reason.as_deref().unwrap_or_default();
            room.take(account.username.len() + reason.len())?;
        }
        let mut api_ids = self.api_ids(connection, &ids, &mut room).await?;
        let mut permissions: HashMap<String, BTreeMap<String, bool>> = HashMap::new();
        let query = of_accounts("account, permission FROM permissions", "permission", &ids);
        let mut rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(&*self.id);
        for id in &ids {
            rows = rows.bind(*id);
        }
        let rows = room.rows(rows.fetch(&mut *connection), pair).await?;
        for (account, permission) in rows {
            permissions
                .entry(account)
                .or_default()
                .insert(permission, true);
        }
        let mut photos: HashMap<String, Vec<Photo>> = HashMap::new();
        let query = of_accounts("account, id, url, sent_at FROM photos", "id", &ids);
        let mut rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(&*self.id);
        for id in &ids {
            rows = rows.bind(*id);
        }
        let size = |(account, _, url, _): &(String, i64, String, i64)| account.len() + url.len();
        let rows = room.rows(rows.fetch(connection), size).await?;
        for (account, id, url, sent_at) in rows {
            photos
                .entry(account)
                .or_default()
                .push(Photo { id, url, sent_at });
        }
        let described = accounts.into_iter().map(|account| AccountDetails {
            is_banned: account.status == Status::Banned,
            joined: account.joined_at.map(rfc3339),
            last_login: account.last_login_at.map(rfc3339),
            api_ids: api_ids.remove(&account.id).unwrap_or_default(),
            permissions: permissions.remove(&account.id).unwrap_or_default(),
            photos: photos.remove(&account.id).unwrap_or_default(),
            uuid: account.id,
            username: account.username,
            status: account.status,
            last_kick_reason: account.last_kick_reason,
        });
        Ok(described.collect())
    }

    /// Lists a page of the accounts.
    pub(crate) async fn accounts(&self, filter: &AccountFilter) -> Result<AccountPage, StoreError> {
        let (limit, offset) = (filter.limit.clamp(0, ROW_LIMIT), filter.offset.max(0));
        let name = filter.name.as_deref().map(indexed).transpose()?;
        let name = name.map(containing);
        let mut transaction = self.read().await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM accounts WHERE community = $1 AND ($2 IS NULL OR status = $2)
             AND ($3 IS NULL OR lower(username) LIKE $3 ESCAPE '!')",
        )
        .bind(&*self.id)
        .bind(filter.status.as_deref())
        .bind(name.as_deref())
        .fetch_one(&mut *transaction)
        .await?;
        // The query is safe: it consists of constants of this file.
        let query = sqlx::AssertSqlSafe(format!(
            "{ACCOUNTS} AND ($2 IS NULL OR status = $2)
             AND ($3 IS NULL OR lower(username) LIKE $3 ESCAPE '!')
             ORDER BY username LIMIT $4 OFFSET $5"
        ));
        let rows: Vec<Account> = sqlx::query_as(query)
            .bind(&*self.id)
            .bind(filter.status.as_deref())
            .bind(name.as_deref())
            .bind(limit)
            .bind(offset)
            .fetch_all(&mut *transaction)
            .await?;
        let pagination = Pagination {
            limit,
            offset,
            total,
        };
        Ok(AccountPage {
            pagination,
            accounts: self.describe_accounts(&mut transaction, rows).await?,
        })
    }

    /// Lists the identifiers of an account and marks the selected one.
    pub(crate) async fn identifiers(&self, key: &Key) -> Result<Identifiers, StoreError> {
        let mut transaction = self.read().await?;
        let account = self.find(&mut transaction, key).await?;
        let rows = sqlx::query_as(
            "SELECT id, name FROM identifiers WHERE community = $1 AND account = $2 ORDER BY id",
        )
        .bind(&*self.id)
        .bind(&account.id)
        .fetch(&mut *transaction);
        let size = |(_, name): &(i64, String)| name.len();
        let rows = Room::new().rows(rows, size).await?;
        let identifiers = rows.into_iter().map(|(id, name)| Identifier { id, name });
        let identifiers: Vec<_> = identifiers.collect();
        Ok(Identifiers {
            selected_ident: identifiers.first().map(|first| first.id),
            identifiers,
        })
    }

    /// Returns the first identifier of an account.
    pub(super) async fn identifier_of(
        &self,
        connection: &mut AnyConnection,
        account: &str,
    ) -> Result<Option<i64>, StoreError> {
        let query = "SELECT min(id) FROM identifiers WHERE community = $1 AND account = $2";
        let query = sqlx::query_scalar(query).bind(&*self.id).bind(account);
        Ok(query.fetch_one(connection).await?)
    }

    /// Adds a photo to an account, by its URL.
    pub(crate) async fn add_photo(&self, key: &Key, url: &str) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let account = self.find(&mut transaction, key).await?;
        let id = self.next(&mut transaction, "photo").await?;
        sqlx::query(
            "INSERT INTO photos (community, id, account, url, sent_at) VALUES ($1, $2, $3, $4, $5)",
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

/// Returns the pattern of the texts that contain this text, in any case. `!` escapes.
fn containing(text: &str) -> String {
    let text = text.to_lowercase().replace('!', "!!");
    let text = text.replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}
