//! The current call of an account.

use super::visible::visible;
use super::{Community, Key, now};
use crate::store::error::StoreError;

/// The selected identifier of an account, and the open call of its unit.
pub(crate) struct CurrentCall {
    pub(crate) ident_id: Option<i64>,
    pub(crate) call_id: Option<i64>,
}

impl Community {
    /// Returns the open call of an account's unit.
    pub(crate) async fn current_call(&self, key: &Key) -> Result<CurrentCall, StoreError> {
        let mut transaction = self.read().await?;
        let account = self.find(&mut transaction, key).await?;
        let call_id = sqlx::query_scalar(concat!(
            "SELECT call.id FROM call_units AS unit
             JOIN calls AS call ON call.community = unit.community AND call.id = unit.call_id
             WHERE unit.account = $3 AND ",
            visible!("call"),
        ))
        .bind(&*self.id)
        .bind(now())
        .bind(&account.id)
        .fetch_optional(&mut *transaction)
        .await?;
        let ident_id = self.identifier_of(&mut transaction, &account.id).await?;
        Ok(CurrentCall { ident_id, call_id })
    }
}
