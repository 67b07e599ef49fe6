//! The fields that many requests have.

use crate::error::CadError;
use crate::lenient::{OneOrMany, Whole};
use crate::store::{Key, ROW_LIMIT};
use serde::Deserialize;

/// The number of a server. The default is the first server.
#[derive(Deserialize)]
#[serde(from = "Whole")]
pub(super) struct ServerId(pub(super) i64);

impl Default for ServerId {
    fn default() -> Self {
        Self(1)
    }
}

impl From<Whole> for ServerId {
    fn from(Whole(id): Whole) -> Self {
        Self(id)
    }
}

/// The server of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfServer {
    #[serde(default)]
    pub(super) server_id: ServerId,
}

/// The server of a request that must name one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnServer {
    pub(super) server_id: ServerId,
}

/// The account of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfAccount {
    pub(super) api_id: Option<String>,
    pub(super) account: Option<String>,
}

/// Returns the key of a request for one account. The account's id takes precedence.
///
/// # Errors
/// Returns 400 if no field identifies an account.
pub(super) fn one_key(
    account: Option<String>,
    api_id: Option<String>,
    username: Option<String>,
) -> Result<Key, CadError> {
    Key::optional(account, api_id, username)
        .ok_or_else(|| CadError::bad("data[0]: a field that identifies the account is required"))
}

/// The fields that identify units in a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnitKeys {
    api_id: Option<OneOrMany<String>>,
    account: Option<String>,
    #[serde(default)]
    units: Vec<String>,
    #[serde(default)]
    ident_ids: Vec<i64>,
}

impl UnitKeys {
    /// Returns the keys of all units.
    ///
    /// # Errors
    /// Returns 400 if there are none.
    pub(super) fn all(self) -> Result<Vec<Key>, CadError> {
        let api_ids = self.api_id.map_or_else(Vec::new, OneOrMany::into_vec);
        let api_ids = api_ids.into_iter().chain(self.units);
        let keys = Key::all(self.account, api_ids, self.ident_ids);
        if keys.is_empty() {
            return Err(CadError::bad(
                "data[0]: a field that identifies a unit is required",
            ));
        }
        Ok(keys)
    }
}

/// Returns the error of an empty list of ids.
pub(super) fn no_id(field: &str) -> CadError {
    CadError::bad(format!("{field}: at least one id is required"))
}

/// The default of a limit.
pub(super) fn all_rows() -> i64 {
    ROW_LIMIT
}

/// The default of a switch that is on.
pub(super) fn yes() -> bool {
    true
}
