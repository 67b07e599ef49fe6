//! Changes of open dispatch calls.

use super::calls::Call;
use super::limits::Room;
use super::{Community, Key, Object};
use crate::lenient;
use crate::store::error::StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change to a dispatch call. Omitted fields stay unchanged.
#[derive(Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallChange {
    origin: Option<i64>,
    pub(crate) status: Option<i64>,
    priority: Option<i64>,
    block: Option<String>,
    address: Option<String>,
    postal: Option<String>,
    title: Option<String>,
    code: Option<String>,
    /// The identifier of the primary unit.
    primary: Option<i64>,
    /// Whether the address follows the primary unit.
    track_primary: Option<bool>,
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_object")]
    meta_data: Option<Object>,
}

impl CallChange {
    /// Creates the change of a call's primary unit.
    pub(crate) fn primary(identifier: i64, track: bool) -> Self {
        Self {
            primary: Some(identifier),
            track_primary: Some(track),
            ..Self::default()
        }
    }

    /// Returns the fields to replace.
    fn fields(&self) -> Result<Object, StoreError> {
        let mut fields = Object::new();
        if let Value::Object(all) = serde_json::to_value(self)? {
            fields.extend(all.into_iter().filter(|(_, value)| !value.is_null()));
        }
        if fields.is_empty() {
            return Err(StoreError::Empty("FIELD"));
        }
        Ok(fields)
    }
}

impl Community {
    /// Changes an open call, and returns the whole call.
    pub(crate) async fn change_call(
        &self,
        server_id: i64,
        call_id: i64,
        change: &CallChange,
    ) -> Result<Call, StoreError> {
        let fields = change.fields()?;
        let mut transaction = self.write().await?;
        self.open_call_exists(&mut transaction, server_id, call_id)
            .await?;
        if let Some(primary) = change.primary {
            self.find(&mut transaction, &Key::Identifier(primary))
                .await?;
        }
        self.edit_call(&mut transaction, call_id, fields.into())
            .await?;
        let call = self
            .open_call_of(&mut transaction, call_id, Room::new())
            .await?;
        transaction.commit().await?;
        Ok(call)
    }
}
