//! Dispatch calls whose address follows their primary unit.

use super::transaction::WriteTransaction;
use super::visible::visible;
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
        let calls = self.tracked_calls(transaction).await?;
        if calls.is_empty() {
            return Ok(());
        }
        let mut by_identifier: HashMap<i64, &str> = HashMap::new();
        for (account, location) in locations {
            let identifiers = sqlx::query_scalar::<_, i64>(
                "SELECT id FROM identifiers WHERE community = $1 AND account = $2",
            )
            .bind(&*self.id)
            .bind(account)
            .fetch_all(&mut **transaction)
            .await?;
            by_identifier.extend(identifiers.into_iter().map(|id| (id, *location)));
        }
        for (id, call) in calls {
            let location = call.primary.and_then(|id| by_identifier.get(&id));
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
