//! Endpoints for characters.

use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::store::{Cad, Community, Key, Minutes, NewRecord, RecordKind, TemplateId};
use crate::v1::content::{Content, Edit};
use crate::v1::fields::{OfAccount, one_key};
use crate::v1::protocol::{Document, One, Text};
use axum::Json;
use serde::Deserialize;
use serde_json::json;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(get_characters, new_character, edit_character, remove_character)
)]
pub(crate) struct Civilian;

/// Lists the characters of an account.
#[requires_tier(Standard, post = "/civilian/get_characters")]
async fn get_characters(community: Community, One(of): One<OfAccount>) -> Document {
    let owner = one_key(of.account, of.api_id, None)?;
    Ok(Json(json!(community.characters(owner).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCharacter {
    user: String,
    record_type_id: Option<TemplateId>,
    delete_after_minutes: Option<Minutes>,
}

/// Adds a character to an account.
#[requires_tier(Standard, post = "/civilian/new_character")]
async fn new_character(
    community: Community,
    One(And(new, content)): One<And<NewCharacter, Content>>,
) -> Text {
    let template = new.record_type_id.or(content.template());
    if template.is_some_and(|template| template != TemplateId::CHARACTER) {
        return Err(CadError::bad(
            "data[0].recordTypeId: expected the template of characters",
        ));
    }
    let new = NewRecord {
        owner: Key::User(new.user),
        template: TemplateId::CHARACTER,
        fields: content.fields(),
        delete_after_minutes: new.delete_after_minutes,
    };
    let username = community.add_record(new).await?.username;
    Ok(format!("NEW CHARACTER ADDED TO {username}"))
}

/// Changes a character.
#[requires_tier(Standard, post = "/civilian/edit_character")]
async fn edit_character(
    community: Community,
    One(And(edit, content)): One<And<Edit, Content>>,
) -> Text {
    let change = edit.change(content, RecordKind::Character)?;
    let character = community.edit_record(change).await?;
    Ok(format!(
        "CHARACTER {} EDITED FOR {}",
        character.id, character.username
    ))
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// Removes a character.
#[requires_tier(Standard, post = "/civilian/remove_character")]
async fn remove_character(community: Community, One(remove): One<Id>) -> Text {
    let character = community
        .remove_record(remove.id, RecordKind::Character)
        .await?;
    Ok(format!(
        "CHARACTER {} REMOVED FOR {}",
        remove.id, character.username
    ))
}
