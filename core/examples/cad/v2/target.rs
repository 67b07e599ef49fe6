//! The fields by which requests identify accounts, units and calls.
//!
//! A community user id is what version 1 calls an API id. Accounts have no linked Roblox or Discord
//! accounts here, so the fields `roblox` and `discord` identify nobody.

use crate::error::CadError;
use crate::store::Key;
use schemars::JsonSchema;
use serde::Deserialize;

/// Identifies one account.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    account_uuid: Option<String>,
    community_user_id: Option<String>,
    username: Option<String>,
}

impl Account {
    /// Returns the key of the account.
    ///
    /// # Errors
    /// Returns 400 unless exactly one field is present.
    pub(super) fn key(self) -> Result<Key, CadError> {
        self.optional_key()?.ok_or_else(Self::wrong)
    }

    /// Like [`key`](Self::key), but returns `None` if no field is present.
    pub(super) fn optional_key(self) -> Result<Option<Key>, CadError> {
        let keys = [
            self.account_uuid.map(Key::Account),
            self.community_user_id.map(Key::ApiId),
            self.username.map(Key::Username),
        ];
        let mut keys = keys.into_iter().flatten();
        match (keys.next(), keys.next()) {
            (key, None) => Ok(key),
            _ => Err(Self::wrong()),
        }
    }

    fn wrong() -> CadError {
        CadError::bad("expected exactly one of accountUuid, communityUserId and username")
    }
}

/// Identifies units.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Units {
    account_uuid: Option<String>,
    community_user_id: Option<String>,
    #[serde(default)]
    community_user_ids: Vec<String>,
    #[serde(default)]
    ident_ids: Vec<i64>,
}

impl Units {
    /// Returns the keys of all units.
    ///
    /// # Errors
    /// Returns 400 if there are none.
    pub(super) fn keys(self) -> Result<Vec<Key>, CadError> {
        let ids = self.community_user_ids.into_iter();
        let ids = self.community_user_id.into_iter().chain(ids);
        let keys = Key::all(self.account_uuid, ids, self.ident_ids);
        if keys.is_empty() {
            return Err(CadError::bad(
                "expected one of accountUuid, communityUserId, communityUserIds and identIds",
            ));
        }
        Ok(keys)
    }
}

/// Identifies a call, in the path.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneCall {
    pub(super) call_id: i64,
}
