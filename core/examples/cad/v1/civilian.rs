//! Endpoints for characters.

use crate::Tier;
use crate::error::CadError;
use crate::json::And;
use crate::store::{Cad, Change, Community, Content, Key, TEMPLATES, is_character};
use crate::v1::protocol::{Document, One, Text};
use axum::Json;
use serde::Deserialize;
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(get_characters, new_character, edit_character, remove_character)
)]
pub(crate) struct Civilian;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfAccount {
    api_id: Option<String>,
    account: Option<String>,
}

/// Lists the characters of an account.
#[requires_tier(Standard, post = "/civilian/get_characters")]
async fn get_characters(community: Community, One(of): One<OfAccount>) -> Document {
    let owner = Key::one(of.account, of.api_id, None)?;
    Ok(Json(community.characters(owner).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCharacter {
    user: String,
    #[serde(default = "character")]
    record_type_id: i64,
    delete_after_minutes: Option<f64>,
}

fn character() -> i64 {
    TEMPLATES[0].id
}

/// Adds a character to an account.
#[requires_tier(Standard, post = "/civilian/new_character")]
async fn new_character(
    community: Community,
    One(And(new, content)): One<And<NewCharacter, Content>>,
) -> Text {
    if !is_character(new.record_type_id) {
        return Err(CadError::bad(
            "data[0].recordTypeId: expected the template of characters",
        ));
    }
    let (owner, minutes) = (Key::User(new.user), new.delete_after_minutes);
    let (_, username) = community
        .add_record(&owner, new.record_type_id, content, minutes)
        .await?;
    Ok(format!("NEW CHARACTER ADDED TO {username}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EditCharacter {
    user: Option<String>,
    record_id: i64,
}

/// Changes a character.
#[requires_tier(Standard, post = "/civilian/edit_character")]
async fn edit_character(
    community: Community,
    One(And(edit, content)): One<And<EditCharacter, Content>>,
) -> Text {
    let change = Change {
        id: edit.record_id,
        owner: edit.user.map(Key::User),
        content,
        of_characters: true,
    };
    let character = community.edit_record(change).await?;
    Ok(format!(
        "CHARACTER {} EDITED FOR {}",
        edit.record_id,
        username(&character)
    ))
}

#[derive(Deserialize)]
struct Id {
    id: i64,
}

/// Removes a character.
#[requires_tier(Standard, post = "/civilian/remove_character")]
async fn remove_character(community: Community, One(remove): One<Id>) -> Text {
    let character = community.remove_record(remove.id, true).await?;
    Ok(format!(
        "CHARACTER {} REMOVED FOR {}",
        remove.id,
        username(&character)
    ))
}

fn username(character: &serde_json::Value) -> &str {
    character["username"].as_str().unwrap_or_default()
}
