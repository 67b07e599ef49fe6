//! The outbox: events that wait until they are delivered.
//!
//! The transaction of a change also adds the events that the change triggers, so no crash can lose an event
//! or invent one. A [`Queue`] contains the events of one community in their order. `receivers.rs` decides which
//! task may send them.

use super::transaction::WriteTransaction;
use super::{Cad, Community, now};
use crate::events::AnyEvent;
use crate::store::error::StoreError;
use sqlx::AnyConnection;
use std::sync::Arc;
use uuid::Uuid;

/// The largest number of waiting events of a community. More events become dead letters at once.
const QUEUE: i64 = 1000;

/// The number of refused events and dead letters that are kept for each community.
const KEPT: i64 = 1000;

/// The largest event: 128 KiB of JSON. Larger events become dead letters at once, such as those of a record with
/// thousands of short fields, whose names events repeat.
pub(super) const EVENT_BYTES: usize = 128 << 10;

impl Community {
    /// Counts the waiting events, unless the community has no receiver for events.
    pub(super) async fn count_waiting(
        &self,
        transaction: &mut WriteTransaction,
    ) -> Result<(), sqlx::Error> {
        transaction.waiting = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM events WHERE community = $1 AND outcome IS NULL)
             FROM event_receivers WHERE community = $1",
        )
        .bind(&*self.id)
        .fetch_optional(&mut **transaction)
        .await?;
        Ok(())
    }

    /// Adds an event to the outbox, unless the community has no receiver for events.
    pub(super) async fn trigger(
        &self,
        transaction: &mut WriteTransaction,
        event: impl Into<AnyEvent>,
    ) -> Result<(), StoreError> {
        let Some(waiting) = transaction.waiting else {
            return Ok(());
        };
        let mut body = serde_json::to_string(&event.into())?;
        let mut dead = (waiting >= QUEUE).then_some("the queue is full");
        if body.len() > EVENT_BYTES {
            // A large event doesn't fail the change that triggered it.
            dead = Some("the event is too large");
            "{}".clone_into(&mut body);
        }
        let id = self.next(transaction, "event").await?;
        sqlx::query(
            "INSERT INTO events (community, id, message_id, body, created_at, outcome, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&*self.id)
        .bind(id)
        .bind(format!("msg_{}", Uuid::new_v4().simple()))
        .bind(body)
        .bind(now())
        .bind(dead.map(|_| "dead"))
        .bind(dead)
        .execute(&mut **transaction)
        .await?;
        if dead.is_some() {
            remove_old(transaction, &self.id).await?;
        } else {
            transaction.waiting = Some(waiting + 1);
        }
        transaction.wake_outbox();
        Ok(())
    }
}

/// Removes the oldest refused events and dead letters.
async fn remove_old(connection: &mut AnyConnection, community: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM events WHERE community = $1 AND outcome IS NOT NULL AND id <=
         (SELECT id FROM events WHERE community = $1 AND outcome IS NOT NULL
          ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(community)
    .bind(KEPT)
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes dead letters of the events that were added before this time. Returns their number.
async fn give_up(
    connection: &mut AnyConnection,
    community: &str,
    oldest: i64,
    reason: &str,
) -> Result<u64, sqlx::Error> {
    let dead = sqlx::query(
        "UPDATE events SET outcome = 'dead', reason = $3
         WHERE community = $1 AND outcome IS NULL AND created_at <= $2",
    )
    .bind(community)
    .bind(oldest)
    .bind(reason)
    .execute(&mut *connection)
    .await?;
    remove_old(connection, community).await?;
    Ok(dead.rows_affected())
}

/// An event that waits.
#[derive(sqlx::FromRow)]
pub(crate) struct Waiting {
    id: i64,
    /// Identifies the event in all attempts to deliver it.
    pub(crate) message_id: String,
    pub(crate) body: String,
    /// The number of attempts that failed because of the event itself.
    pub(crate) rejections: i64,
    /// The number of attempts that failed since the receiver's last success.
    pub(crate) failures: i64,
    pub(super) host: Option<String>,
    pub(super) port: Option<i64>,
    pub(super) sealed_key: Option<Vec<u8>>,
}

/// The waiting events of one community.
#[derive(Clone)]
pub(crate) struct Queue(pub(super) Community);

impl Community {
    /// Returns the community's waiting events.
    pub(crate) fn queue(self) -> Queue {
        Queue(self)
    }
}

impl Cad {
    /// Returns the waiting events of the community with this id.
    pub(crate) fn queue(&self, id: &str) -> Queue {
        Queue(self.community_with_id(id))
    }

    /// Returns when something changed in the outbox of this server.
    pub(crate) async fn outbox_changed(&self) {
        self.outbox.notified().await;
    }

    /// Checks the outbox again, even without a change.
    pub(crate) fn wake_outbox(&self) {
        self.outbox.notify_one();
    }
}

impl Queue {
    /// Returns the community's id.
    pub(crate) fn community(&self) -> &Arc<str> {
        &self.0.id
    }

    /// Returns the secret that signs the community's events.
    pub(crate) fn webhook_secret(&self) -> [u8; 32] {
        self.0.webhook_secret()
    }

    /// Returns the first waiting event.
    pub(crate) async fn first(&self) -> Result<Option<Waiting>, sqlx::Error> {
        sqlx::query_as(
            "SELECT event.id, event.message_id, event.body, event.rejections,
                 receiver.failures, receiver.host, receiver.port, receiver.sealed_key
             FROM events AS event
             JOIN event_receivers AS receiver ON receiver.community = event.community
             WHERE event.community = $1 AND event.outcome IS NULL ORDER BY event.id LIMIT 1",
        )
        .bind(&*self.0.id)
        .fetch_optional(&self.0.pool)
        .await
    }

    /// Removes an event that was delivered.
    pub(crate) async fn delivered(&self, event: &Waiting) -> Result<(), sqlx::Error> {
        let mut transaction = self.0.begin_to_write().await?;
        sqlx::query("DELETE FROM events WHERE community = $1 AND id = $2")
            .bind(&*self.0.id)
            .bind(event.id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE event_receivers SET failures = 0, retry_at = 0
             WHERE community = $1 AND failures > 0",
        )
        .bind(&*self.0.id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Marks an event that the community may not receive, with the code of the refusal.
    pub(crate) async fn refused(&self, event: &Waiting, code: &str) -> Result<(), sqlx::Error> {
        self.end(event, "refused", code, 0).await
    }

    /// Makes an event a dead letter, after this number of new attempts.
    pub(crate) async fn dead(
        &self,
        event: &Waiting,
        reason: &str,
        attempts: i64,
    ) -> Result<(), sqlx::Error> {
        self.end(event, "dead", reason, attempts).await
    }

    async fn end(
        &self,
        event: &Waiting,
        outcome: &str,
        reason: &str,
        attempts: i64,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.0.begin_to_write().await?;
        sqlx::query(
            "UPDATE events SET outcome = $3, reason = $4, attempts = attempts + $5
             WHERE community = $1 AND id = $2",
        )
        .bind(&*self.0.id)
        .bind(event.id)
        .bind(outcome)
        .bind(reason)
        .bind(attempts)
        .execute(&mut *transaction)
        .await?;
        remove_old(&mut transaction, &self.0.id).await?;
        transaction.commit().await
    }

    /// Counts a rejection of an event. [`failed`](Self::failed) records the attempt.
    pub(crate) async fn rejected(&self, event: &Waiting) -> Result<(), sqlx::Error> {
        let _turn = self.0.turn().await?;
        sqlx::query(
            "UPDATE events SET rejections = rejections + 1 WHERE community = $1 AND id = $2",
        )
        .bind(&*self.0.id)
        .bind(event.id)
        .execute(&self.0.pool)
        .await?;
        Ok(())
    }

    /// Counts an attempt that failed because of the event itself, and after which no pause is necessary.
    pub(crate) async fn lost(&self, event: &Waiting, reason: &str) -> Result<(), sqlx::Error> {
        let _turn = self.0.turn().await?;
        sqlx::query(
            "UPDATE events SET attempts = attempts + 1, rejections = rejections + 1, reason = $3
             WHERE community = $1 AND id = $2",
        )
        .bind(&*self.0.id)
        .bind(event.id)
        .bind(reason)
        .execute(&self.0.pool)
        .await?;
        Ok(())
    }

    /// Makes dead letters of the events that were added before this time.
    pub(super) async fn give_up(&self, oldest: i64, reason: &str) -> Result<(), sqlx::Error> {
        let mut transaction = self.0.begin_to_write().await?;
        give_up(&mut transaction, &self.0.id, oldest, reason).await?;
        transaction.commit().await
    }

    /// Records a failed attempt to deliver an event. The next attempt is at `retry_at`. If the receiver
    /// has failed for long enough, the events that were added before `oldest` become dead letters. Returns
    /// their number.
    pub(crate) async fn failed(
        &self,
        event: &Waiting,
        reason: &str,
        retry_at: i64,
        oldest: Option<i64>,
    ) -> Result<u64, sqlx::Error> {
        let mut transaction = self.0.begin_to_write().await?;
        sqlx::query(
            "UPDATE events SET attempts = attempts + 1, reason = $3
             WHERE community = $1 AND id = $2",
        )
        .bind(&*self.0.id)
        .bind(event.id)
        .bind(reason)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE event_receivers SET failures = failures + 1, retry_at = $2
             WHERE community = $1",
        )
        .bind(&*self.0.id)
        .bind(retry_at)
        .execute(&mut *transaction)
        .await?;
        let dead = match oldest {
            Some(oldest) => give_up(&mut transaction, &self.0.id, oldest, reason).await?,
            None => 0,
        };
        transaction.commit().await?;
        Ok(dead)
    }
}
