//! Dispatch calls whose address follows their primary unit.

use super::minutes::visible;
use super::transaction::WriteTransaction;
use super::{Community, now};
use crate::store::error::StoreError;
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::HashMap;

/// The fields of a call that concern its primary unit.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tracking {
    /// The identifier of the unit.
    primary: Option<i64>,
    track_primary: bool,
    address: String,
}

impl Community {
    /// Changes the addresses of calls to the new locations of their primary units. The keys are the accounts of
    /// the units.
    pub(super) async fn move_tracked_calls(
        &self,
        transaction: &mut WriteTransaction,
        locations: &HashMap<String, &str>,
    ) -> Result<(), StoreError> {
        for (id, call) in self.tracked_calls(transaction).await? {
            let account: Option<String> = sqlx::query_scalar(
                "SELECT account FROM identifiers WHERE community = $1 AND id = $2",
            )
            .bind(&*self.id)
            .bind(call.primary)
            .fetch_optional(&mut **transaction)
            .await?;
            let location = account.and_then(|account| locations.get(&account));
            if let Some(location) = location.filter(|location| **location != call.address) {
                let address = json!({ "address": location });
                self.edit_call(transaction, id, address).await?;
            }
        }
        Ok(())
    }

    /// Returns the open calls that follow their primary units.
    async fn tracked_calls(
        &self,
        connection: &mut AnyConnection,
    ) -> Result<Vec<(i64, Tracking)>, StoreError> {
        let mut calls = sqlx::query_as::<_, (i64, String)>(concat!(
            "SELECT id, body FROM calls WHERE ",
            visible!("calls"),
            " AND closed_at IS NULL"
        ))
        .bind(&*self.id)
        .bind(now())
        .fetch(connection);
        // Streams the rows, because only a few of the open calls follow a unit.
        let mut tracked = Vec::new();
        while let Some((id, body)) = calls.try_next().await? {
            let call: Tracking = serde_json::from_str(&body)?;
            if call.track_primary && call.primary.is_some() {
                tracked.push((id, call));
            }
        }
        Ok(tracked)
    }
}
