//! Links between accounts and users of the community's games.

use super::openapi::{Operation, operation};
use super::request::{Body, Document};
use crate::Tier;
use crate::store::{Cad, Community, Key, StoreError};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tiergate::source::ApiKey;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(check_link, set_link, verify_secret))]
pub(crate) struct Links;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(check_link),
        operation(set_link),
        operation(verify_secret),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct User {
    community_user_id: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LinkAnswer {
    community_user_id: String,
    linked: bool,
    account_uuid: Option<String>,
}

/// Returns the account of a user.
#[requires_tier(
    Standard,
    post = "/v2/general/links/check",
    limit = "30/minute",
    cost = 0
)]
async fn check_link(community: Community, Body(user): Body<User>) -> Document<LinkAnswer> {
    let id = user.community_user_id;
    let account = match community.find_account(&Key::ApiId(id.clone())).await {
        Ok(account) => Some(account.id),
        Err(StoreError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Json(LinkAnswer {
        community_user_id: id,
        linked: account.is_some(),
        account_uuid: account,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetLink {
    account_uuid: String,
    secret_uuid: String,
    community_user_id: String,
}

/// Links a user to an account, and removes the user's link to another account. The secret of the account
/// proves that its owner agrees.
#[requires_tier(
    Standard,
    post = "/v2/general/links/set",
    limit = "30/minute",
    cost = 0
)]
async fn set_link(community: Community, Body(link): Body<SetLink>) -> Document<LinkAnswer> {
    let account = Key::Account(link.account_uuid.clone());
    community.check_secret(&link.account_uuid, &link.secret_uuid)?;
    community
        .move_api_id(&account, &link.community_user_id)
        .await?;
    Ok(Json(LinkAnswer {
        community_user_id: link.community_user_id,
        linked: true,
        account_uuid: Some(link.account_uuid),
    }))
}

#[derive(Deserialize, JsonSchema)]
struct Secret {
    secret: String,
}

/// Looks up an account by its secret. The answer maps the account's id to the secret.
#[requires_tier(
    Standard,
    post = "/v2/general/secrets/verify",
    limit = "10/minute",
    cost = 0
)]
async fn verify_secret(
    community: Community,
    Body(Secret { secret }): Body<Secret>,
) -> Document<BTreeMap<String, String>> {
    let account = Key::Secret(ApiKey::new(secret.as_str()));
    let account = community.find_account(&account).await?.id;
    Ok(Json(BTreeMap::from([(account, secret)])))
}
