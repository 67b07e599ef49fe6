//! Accounts of people, with their permissions.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, Path, Query};
use super::target;
use crate::Tier;
use crate::json::And;
use crate::store::{AccountDetails, AccountFilter, Cad, Community, Key, Permissions, Status};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        show_account,
        list_accounts,
        update_permissions,
        use_permission_key,
        ban_account,
        create_photo,
        list_identifiers,
    )
)]
pub(crate) struct Accounts;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(show_account),
        operation(list_accounts),
        operation(update_permissions),
        operation(use_permission_key),
        operation(ban_account),
        operation(create_photo),
        operation(list_identifiers),
    ]
}

fn account(account: &AccountDetails) -> Value {
    json!({
        "uuid": account.uuid,
        "username": account.username,
        "communityUserId": account.api_ids.first(),
        "status": account.status,
        "permissions": account.permissions,
    })
}

/// Returns an account.
#[requires_tier(
    Plus,
    get = "/v2/general/accounts/account",
    limit = "10/minute",
    cost = 0
)]
async fn show_account(community: Community, Query(of): Query<target::Account>) -> Document {
    Ok(Json(account(&community.account(&of.key()?).await?)))
}

fn hundred() -> i64 {
    100
}

fn active() -> i64 {
    1
}

#[derive(Deserialize, JsonSchema)]
struct ListAccounts {
    #[serde(default = "hundred")]
    limit: i64,
    #[serde(default)]
    offset: i64,
    #[serde(default = "active")]
    status: i64,
    username: Option<String>,
}

/// Lists the accounts, page by page.
#[requires_tier(Plus, get = "/v2/general/accounts", limit = "10/minute", cost = 0)]
async fn list_accounts(community: Community, Query(list): Query<ListAccounts>) -> Document {
    let status = Status::from_number(list.status);
    let filter = AccountFilter {
        // No account has any other status.
        status: Some(status.map_or("", Status::name).to_owned()),
        name: list.username,
        limit: list.limit.clamp(1, 100),
        offset: list.offset,
    };
    let page = community.accounts(&filter).await?;
    let accounts: Vec<_> = page.accounts.iter().map(account).collect();
    Ok(Json(
        json!({ "pagination": page.pagination, "accounts": accounts }),
    ))
}

#[derive(Deserialize, JsonSchema)]
struct ChangePermissions {
    active: Option<bool>,
    set: Option<Vec<String>>,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    /// Whether to create the account if its name is new.
    #[serde(default)]
    join: bool,
}

/// Returns the names of permissions as answers spell them. Requests may contain `POLICE` for `police`.
fn names(names: Vec<String>) -> Vec<String> {
    let spelled = |name: String| {
        if name.chars().any(char::is_lowercase) {
            name
        } else {
            name.to_lowercase()
        }
    };
    names.into_iter().map(spelled).collect()
}

/// Changes the permissions of an account.
#[requires_tier(
    Plus,
    patch = "/v2/general/accounts/permissions",
    limit = "10/minute",
    cost = 0
)]
async fn update_permissions(
    community: Community,
    Body(And(of, change)): Body<And<target::Account, ChangePermissions>>,
) -> Document {
    let key = of.key()?;
    let change = Permissions {
        active: change.active,
        set: change.set.map(names),
        add: names(change.add),
        remove: names(change.remove),
        join: change.join,
    };
    community.set_permissions(&key, change).await?;
    let account = community.account(&key).await?;
    Ok(Json(json!({
        "accountUuid": account.uuid,
        "permissions": account.permissions,
        "active": account.status == Status::Active,
    })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionKey {
    permission_key: String,
}

/// Grants an account the permissions of a permission key.
#[requires_tier(
    Plus,
    post = "/v2/general/permission-keys/applications",
    limit = "10/minute",
    cost = 0
)]
async fn use_permission_key(
    community: Community,
    Body(And(of, key)): Body<And<target::Account, PermissionKey>>,
) -> Document {
    let of = of.key()?;
    community
        .apply_permission_key(&of, &key.permission_key)
        .await?;
    let account = community.account(&of).await?;
    Ok(Json(json!({
        "accountUuid": account.uuid,
        "username": account.username,
        "message": "Permission key applied.",
        "permissions": account.permissions,
    })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Ban {
    #[serde(default)]
    is_ban: bool,
}

/// Bans or kicks an account.
#[requires_tier(Plus, post = "/v2/general/account-bans", limit = "10/minute", cost = 0)]
async fn ban_account(
    community: Community,
    Body(And(of, Ban { is_ban })): Body<And<target::Account, Ban>>,
) -> Document {
    let account = community.ban(&of.key()?, is_ban, !is_ban).await?;
    let (action, message) = if is_ban {
        ("ban", "Account was banned.")
    } else {
        ("kick", "Account was kicked.")
    };
    Ok(Json(json!({
        "accountUuid": account,
        "action": action,
        "message": message,
    })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewPhoto {
    community_user_id: String,
    url: String,
}

/// Adds a photo to an account.
#[requires_tier(Pro, post = "/v2/general/photos", limit = "10/minute", cost = 0)]
async fn create_photo(community: Community, Body(photo): Body<NewPhoto>) -> Document {
    let id = photo.community_user_id;
    community
        .add_photo(&Key::ApiId(id.clone()), &photo.url)
        .await?;
    Ok(Json(json!({ "communityUserId": id, "delivered": 1 })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountUuid {
    pub(super) account_uuid: String,
}

/// Lists the identifiers of an account and names the selected one.
#[requires_tier(
    Standard,
    get = "/v2/emergency/accounts/{accountUuid}/identifiers",
    limit = "10/minute",
    cost = 0
)]
async fn list_identifiers(
    community: Community,
    Path(AccountUuid { account_uuid }): Path<AccountUuid>,
) -> Document {
    let found = community
        .identifiers(&Key::Account(account_uuid.clone()))
        .await?;
    let identifiers = found.identifiers.into_iter().map(|identifier| {
        json!({
            "id": identifier.id,
            "accId": account_uuid,
            "data": { "name": identifier.name },
        })
    });
    Ok(Json(json!({
        "SelectedIdent": found.selected_ident,
        "Identifiers": identifiers.collect::<Value>(),
    })))
}
