//! Characters. `POST` and `PATCH` of records add and change them.

use super::openapi::{Operation, operation};
use super::records::{RecordAnswer, record};
use super::request::{Document, Path, Query};
use super::target;
use crate::Tier;
use crate::store::{Cad, Community, RecordKind};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiergate::{Catalogue, requires_tier};

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Cad, handlers(list_characters, delete_character))]
pub(crate) struct Characters;

/// Lists the handlers again for the OpenAPI document, because a catalogue doesn't know their types.
pub(super) fn operations() -> Vec<Operation> {
    vec![operation(list_characters), operation(delete_character)]
}

/// Lists the characters of an account.
#[requires_tier(
    Standard,
    get = "/v2/civilian/characters",
    limit = "10/minute",
    cost = 0
)]
async fn list_characters(
    community: Community,
    Query(of): Query<target::Account>,
) -> Document<Vec<RecordAnswer>> {
    let characters = community.characters(of.key()?).await?;
    Ok(Json(characters.iter().map(record).collect()))
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CharacterId {
    character_id: i64,
}

/// Removes a character.
#[requires_tier(
    Standard,
    delete = "/v2/civilian/characters/{characterId}",
    limit = "10/minute",
    cost = 0
)]
async fn delete_character(
    community: Community,
    Path(id): Path<CharacterId>,
) -> Document<CharacterId> {
    community
        .remove_record(id.character_id, RecordKind::Character)
        .await?;
    Ok(Json(id))
}
