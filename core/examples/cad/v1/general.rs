//! Endpoints for accounts, records and servers.

use crate::Tier;
use crate::error::CadError;
use crate::extract::PresentedKey;
use crate::json::{And, FromObject, ITEMS, MANY_ITEMS, unique};
use crate::lenient;
use crate::search::{NameOrPlate, SearchType};
use crate::store::{
    AccountFilter, Cad, Community, Key, Lookup, Minutes, NewRecord, PenalCode, Permissions, Postal,
    ROW_LIMIT, RecordKind, Server, ServerList, Status, TEMPLATES, TemplateId,
};
use crate::v1::content::{Content, Edit};
use crate::v1::fields::{OfServer, all_rows, no_id, one_key, yes};
use crate::v1::protocol::{Document, Many, Maybe, Nothing, One, Text};
use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(
        check_apiid,
        apply_permission_key,
        ban_user,
        set_penal_codes,
        set_api_id,
        get_templates,
        new_record,
        edit_record,
        remove_record,
        lookup,
        lookup_int,
        get_account,
        get_accounts,
        set_account_permissions,
        heartbeat,
        get_version,
        get_servers,
        set_servers,
        auth_streetsigns,
        set_postals,
        send_photo,
    )
)]
pub(crate) struct General;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiId {
    api_id: String,
}

/// Returns the name of the account with an API id.
#[requires_tier(Standard, post = "/general/check_apiid")]
async fn check_apiid(community: Community, One(check): One<ApiId>) -> Text {
    let account = community.find_account(&Key::ApiId(check.api_id)).await?;
    Ok(account.username)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplyKey {
    api_id: String,
    permission_key: String,
}

/// Grants an account the permissions of a permission key.
#[requires_tier(Plus, post = "/general/apply_permission_key")]
async fn apply_permission_key(community: Community, One(apply): One<ApplyKey>) -> Text {
    let (account, key) = (Key::ApiId(apply.api_id), apply.permission_key);
    community.apply_permission_key(&account, &key).await?;
    Ok(format!("Permission key {key} applied!"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ban {
    api_id: Option<String>,
    acc_id: Option<String>,
    is_ban: Option<bool>,
    #[serde(default)]
    is_kick: bool,
}

/// Bans, kicks or unbans an account. Without `isBan`, the account is kicked, as in version 2.
#[requires_tier(Plus, post = "/general/ban_user")]
async fn ban_user(community: Community, One(ban): One<Ban>) -> Text {
    let key = one_key(ban.acc_id, ban.api_id, None)?;
    let is_kick = ban.is_kick || ban.is_ban.is_none();
    let is_ban = ban.is_ban.unwrap_or(false);
    let account = community.ban(&key, is_ban, is_kick).await?;
    Ok(format!("User Ban: {account} Status: {is_ban}"))
}

/// Sets the penal codes.
#[requires_tier(Standard, post = "/general/set_penal_codes")]
async fn set_penal_codes(community: Community, Many(codes): Many<PenalCode, MANY_ITEMS>) -> Text {
    unique("data[].code", codes.iter().map(|code| &code.code))?;
    community.set_penal_codes(&codes).await?;
    Ok("PENAL CODES SET!".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetApiId {
    username: Option<String>,
    account: Option<String>,
    /// The id of the game session, stored as an additional API id.
    session_id: Option<String>,
    api_ids: Vec<String>,
    /// Whether to add the ids to the account's existing ones.
    #[serde(default = "yes")]
    push_new: bool,
}

/// Sets the API ids of an account. Creates the account if its name is new.
#[requires_tier(Standard, post = "/general/set_api_id")]
async fn set_api_id(community: Community, One(set): One<SetApiId>) -> Text {
    let key = one_key(set.account, None, set.username)?;
    let mut api_ids = set.api_ids;
    api_ids.extend(set.session_id);
    api_ids.retain(|api_id| !api_id.is_empty());
    // A mistake doesn't remove all ids.
    if api_ids.is_empty() && !set.push_new {
        return Err(no_id("data[0].apiIds"));
    }
    community.set_api_ids(&key, &api_ids, set.push_new).await?;
    Ok("API ID(s) set!".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTemplates {
    record_type_id: Option<TemplateId>,
}

/// Lists the record templates, or one of them.
#[requires_tier(Standard, post = "/general/get_templates")]
async fn get_templates(Maybe(list): Maybe<ListTemplates>) -> Document {
    let mut templates = TEMPLATES.to_vec();
    templates.retain(|template| list.record_type_id.is_none_or(|id| id.is_of(template)));
    Ok(Json(json!(templates)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddRecord {
    user: String,
    record_type_id: Option<TemplateId>,
    delete_after_minutes: Option<Minutes>,
}

/// Adds a record to an account.
#[requires_tier(Plus, post = "/general/new_record")]
async fn new_record(
    community: Community,
    One(And(new, content)): One<And<AddRecord, Content>>,
) -> Document {
    let template = new.record_type_id.or(content.template());
    let template = template.ok_or_else(|| CadError::bad("data[0].recordTypeId: missing field"))?;
    if template == TemplateId::CHARACTER {
        return Err(CadError::bad(
            "data[0].recordTypeId: use NEW_CHARACTER to add a character",
        ));
    }
    let new = NewRecord {
        owner: Key::User(new.user),
        template,
        fields: content.fields(),
        delete_after_minutes: new.delete_after_minutes,
    };
    Ok(Json(json!(community.add_record(new).await?)))
}

/// Changes a record.
#[requires_tier(Plus, post = "/general/edit_record")]
async fn edit_record(
    community: Community,
    One(And(edit, content)): One<And<Edit, Content>>,
) -> Document {
    let change = edit.change(content, RecordKind::Record)?;
    Ok(Json(json!(community.edit_record(change).await?)))
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// Removes a record.
#[requires_tier(Plus, post = "/general/remove_record")]
async fn remove_record(community: Community, One(remove): One<Id>) -> Text {
    community
        .remove_record(remove.id, RecordKind::Record)
        .await?;
    Ok(format!("REMOVED RECORD {}", remove.id))
}

#[derive(Deserialize)]
struct LookUp {
    #[serde(default)]
    types: Vec<i64>,
    #[serde(default = "yes")]
    partial: bool,
}

fn empty_search() -> CadError {
    CadError::bad("INVALID EMPTY SEARCH")
}

/// Looks up records by a name or a plate.
///
/// `apiId` and `account` name a user to whom the vendor's user interface also shows the records. This server
/// has no user interface, so it ignores both fields.
#[requires_tier(Plus, post = "/general/lookup")]
async fn lookup(
    community: Community,
    One(And(search, of)): One<And<NameOrPlate, LookUp>>,
) -> Document {
    let lookup = Lookup {
        kinds: of.types,
        fields: search.fields().ok_or_else(empty_search)?,
        partial: of.partial,
        limit: ROW_LIMIT,
        ..Lookup::default()
    };
    Ok(Json(json!(community.look_up(&lookup).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LookUpValue {
    search_type: SearchType,
    value: lenient::Text,
    #[serde(default)]
    types: Vec<i64>,
    #[serde(default = "all_rows")]
    limit: i64,
    #[serde(default)]
    offset: i64,
}

/// Looks up records by their number, their account or the value of a field. Clients also call it
/// `lookup_value`.
///
/// Like `lookup`, it ignores `apiId` and `account`.
#[requires_tier(Plus, post = "/general/lookup_int")]
async fn lookup_int(community: Community, One(search): One<LookUpValue>) -> Document {
    let lenient::Text(value) = search.value;
    if value.is_empty() {
        return Err(empty_search());
    }
    let mut lookup = Lookup {
        kinds: search.types,
        limit: search.limit,
        offset: search.offset,
        ..Lookup::default()
    };
    let restricted = search.search_type.restrict(&mut lookup, value);
    restricted.map_err(|reason| CadError::bad(format!("data[0].value: {reason}")))?;
    Ok(Json(json!(community.look_up(&lookup).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneAccount {
    api_id: Option<String>,
    username: Option<String>,
    account: Option<String>,
}

/// Returns an account with its API ids, permissions and photos.
#[requires_tier(Plus, post = "/general/get_account")]
async fn get_account(community: Community, One(of): One<OneAccount>) -> Document {
    let key = one_key(of.account, of.api_id, of.username)?;
    Ok(Json(json!(community.account(&key).await?)))
}

#[derive(Deserialize)]
struct ListAccounts {
    #[serde(default = "all_rows")]
    limit: i64,
    #[serde(default)]
    offset: i64,
    status: Option<Status>,
}

/// Lists the accounts, page by page.
#[requires_tier(Plus, post = "/general/get_accounts")]
async fn get_accounts(community: Community, Maybe(list): Maybe<ListAccounts>) -> Document {
    let filter = AccountFilter {
        status: list.status.map(|status| status.name().to_owned()),
        name: None,
        limit: list.limit,
        offset: list.offset,
    };
    Ok(Json(json!(community.accounts(&filter).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetPermissions {
    api_id: Option<String>,
    username: Option<String>,
    acc_id: Option<String>,
    active: Option<bool>,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    set: Option<Vec<String>>,
    /// Whether to create the account if its name is new.
    #[serde(default)]
    join: bool,
}

/// Changes the permissions of an account.
#[requires_tier(Plus, post = "/general/set_account_permissions")]
async fn set_account_permissions(community: Community, One(set): One<SetPermissions>) -> Text {
    let key = one_key(set.acc_id, set.api_id, set.username)?;
    let change = Permissions {
        active: set.active,
        set: set.set,
        add: set.add,
        remove: set.remove,
        join: set.join,
    };
    community.set_permissions(&key, change).await?;
    Ok("User account permissions updated.".to_owned())
}

/// Records a heartbeat of a server.
#[requires_tier(Standard, post = "/general/heartbeat")]
async fn heartbeat(community: Community, Maybe(of): Maybe<OfServer>) -> Text {
    community.heartbeat(of.server_id.0).await?;
    Ok("OK".to_owned())
}

/// Returns the community's tier as a number.
#[requires_tier(Free, post = "/general/get_version", guard = pass)]
async fn get_version(_: Nothing) -> Text {
    Ok(pass.tier().rank().to_string())
}

/// Lists the servers with their configuration.
#[requires_tier(Standard, post = "/general/get_servers")]
async fn get_servers(community: Community, _: Nothing) -> Document {
    Ok(Json(community.servers().await?))
}

/// A server, or an object with the list of servers.
enum ServerItem {
    Server(Server),
    List(ServerList),
}

impl FromObject for ServerItem {
    fn from_object(root: &str, value: Value) -> Result<Self, CadError> {
        match (value.get("servers"), value.get("id")) {
            (Some(_), Some(_)) => Err(CadError::bad(format!(
                "{root}: expected a server or `servers`, found both"
            ))),
            (Some(_), None) => ServerList::from_object(root, value).map(Self::List),
            (None, _) => Server::from_object(root, value).map(Self::Server),
        }
    }
}

impl ServerItem {
    fn servers(self) -> Vec<Server> {
        match self {
            Self::Server(server) => vec![server],
            Self::List(list) => list.servers(),
        }
    }
}

/// Sets the list of servers.
///
/// Clients send the whole answer of `get_servers` back. The server ignores the penal codes and postal codes in
/// it, so they don't count towards the limit.
#[requires_tier(Plus, post = "/general/set_servers")]
async fn set_servers(
    community: Community,
    PresentedKey(key): PresentedKey,
    Many(items): Many<ServerItem, { usize::MAX }>,
) -> Text {
    let servers: Vec<_> = items.into_iter().flat_map(ServerItem::servers).collect();
    if servers.len() > ITEMS {
        let count = servers.len();
        return Err(CadError::bad(format!(
            "data: there are {count} servers; the limit is {ITEMS}"
        )));
    }
    unique("data[].id", servers.iter().map(|server| server.id))?;
    community.set_servers(&servers, &key).await?;
    Ok("Server config updated".to_owned())
}

/// Confirms that a server may show street signs.
#[requires_tier(Pro, post = "/general/auth_streetsigns")]
async fn auth_streetsigns(community: Community, Maybe(of): Maybe<OfServer>) -> Text {
    community.check_server(of.server_id.0).await?;
    Ok("Success".to_owned())
}

/// Sets the postal codes.
#[requires_tier(Pro, post = "/general/set_postals")]
async fn set_postals(community: Community, Many(postals): Many<Postal, MANY_ITEMS>) -> Text {
    unique("data[].code", postals.iter().map(|postal| &postal.code))?;
    community.set_postals(&postals).await?;
    Ok("Success".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Photo {
    api_id: String,
    url: String,
}

/// Adds a photo to an account.
#[requires_tier(Pro, post = "/general/send_photo")]
async fn send_photo(community: Community, One(photo): One<Photo>) -> Text {
    community
        .add_photo(&Key::ApiId(photo.api_id), &photo.url)
        .await?;
    Ok("Photo sent!".to_owned())
}
