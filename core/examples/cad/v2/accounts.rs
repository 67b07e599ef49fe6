//! Accounts of people, with their permissions.

use super::openapi::{Operation, operation};
use super::request::{Body, Document, Path, Query, hundred};
use super::target;
use crate::Tier;
use crate::json::And;
use crate::store::{
    AccountDetails, AccountFilter, Cad, Community, Key, Pagination, Permissions, Status,
};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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

/// An account.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AccountAnswer {
    uuid: String,
    username: String,
    community_user_id: Option<String>,
    #[schemars(with = "i64")]
    status: Status,
    permissions: BTreeMap<String, bool>,
}

fn account(account: AccountDetails) -> AccountAnswer {
    AccountAnswer {
        uuid: account.uuid,
        username: account.username,
        community_user_id: account.api_ids.into_iter().next(),
        status: account.status,
        permissions: account.permissions,
    }
}

/// Returns an account.
#[requires_tier(
    Plus,
    get = "/v2/general/accounts/account",
    limit = "10/minute",
    cost = 0
)]
async fn show_account(
    community: Community,
    Query(of): Query<target::Account>,
) -> Document<AccountAnswer> {
    Ok(Json(account(community.account(&of.key()?).await?)))
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

#[derive(Serialize, JsonSchema)]
struct PageAnswer {
    pagination: Pagination,
    accounts: Vec<AccountAnswer>,
}

/// Lists the accounts, page by page.
#[requires_tier(Plus, get = "/v2/general/accounts", limit = "10/minute", cost = 0)]
async fn list_accounts(
    community: Community,
    Query(list): Query<ListAccounts>,
) -> Document<PageAnswer> {
    let status = Status::from_number(list.status);
    let filter = AccountFilter {
        // No account has any other status.
        status: Some(status.map_or("", Status::name).to_owned()),
        name: list.username,
        limit: list.limit.clamp(1, 100),
        offset: list.offset,
    };
    let page = community.accounts(&filter).await?;
    Ok(Json(PageAnswer {
        pagination: page.pagination,
        accounts: page.accounts.into_iter().map(account).collect(),
    }))
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

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionsAnswer {
    account_uuid: String,
    permissions: BTreeMap<String, bool>,
    active: bool,
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
) -> Document<PermissionsAnswer> {
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
    Ok(Json(PermissionsAnswer {
        account_uuid: account.uuid,
        permissions: account.permissions,
        active: account.status == Status::Active,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionKey {
    permission_key: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionKeyAnswer {
    account_uuid: String,
    username: String,
    message: &'static str,
    permissions: BTreeMap<String, bool>,
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
) -> Document<PermissionKeyAnswer> {
    let of = of.key()?;
    community
        .apply_permission_key(&of, &key.permission_key)
        .await?;
    let account = community.account(&of).await?;
    Ok(Json(PermissionKeyAnswer {
        account_uuid: account.uuid,
        username: account.username,
        message: "Permission key applied.",
        permissions: account.permissions,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Ban {
    #[serde(default)]
    is_ban: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BanAnswer {
    account_uuid: String,
    action: &'static str,
    message: &'static str,
}

/// Bans or kicks an account.
#[requires_tier(Plus, post = "/v2/general/account-bans", limit = "10/minute", cost = 0)]
async fn ban_account(
    community: Community,
    Body(And(of, Ban { is_ban })): Body<And<target::Account, Ban>>,
) -> Document<BanAnswer> {
    let account_uuid = community.ban(&of.key()?, is_ban, !is_ban).await?;
    let (action, message) = if is_ban {
        ("ban", "Account was banned.")
    } else {
        ("kick", "Account was kicked.")
    };
    Ok(Json(BanAnswer {
        account_uuid,
        action,
        message,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewPhoto {
    community_user_id: String,
    url: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PhotoAnswer {
    community_user_id: String,
    delivered: i64,
}

/// Adds a photo to an account.
#[requires_tier(Pro, post = "/v2/general/photos", limit = "10/minute", cost = 0)]
async fn create_photo(community: Community, Body(photo): Body<NewPhoto>) -> Document<PhotoAnswer> {
    let id = photo.community_user_id;
    community
        .add_photo(&Key::ApiId(id.clone()), &photo.url)
        .await?;
    Ok(Json(PhotoAnswer {
        community_user_id: id,
        delivered: 1,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountUuid {
    pub(super) account_uuid: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct IdentifiersAnswer {
    selected_ident: Option<i64>,
    identifiers: Vec<IdentifierAnswer>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IdentifierAnswer {
    id: i64,
    acc_id: String,
    data: IdentifierData,
}

#[derive(Serialize, JsonSchema)]
struct IdentifierData {
    name: String,
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
) -> Document<IdentifiersAnswer> {
    let found = community
        .identifiers(&Key::Account(account_uuid.clone()))
        .await?;
    let identifiers = found.identifiers.into_iter();
    let identifiers = identifiers.map(|identifier| IdentifierAnswer {
        id: identifier.id,
        acc_id: account_uuid.clone(),
        data: IdentifierData {
            name: identifier.name,
        },
    });
    Ok(Json(IdentifiersAnswer {
        selected_ident: found.selected_ident,
        identifiers: identifiers.collect(),
    }))
}
