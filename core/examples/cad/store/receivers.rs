//! Where the events of communities go, and which task sends them.

use super::outbox::{Queue, Waiting};
use super::transaction::WriteTransaction;
use super::{Cad, Community, Server, now};
use crate::store::error::StoreError;
use std::time::{Duration, Instant};
use tiergate::source::ApiKey;

/// The game server that listens for the events of a community.
pub(crate) struct Receiver {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The API key of the community, by which the game server recognises its events. `None` if the server's
    /// own secret has changed, so the key can't be decrypted.
    pub(crate) key: Option<String>,
}

/// A community with waiting events.
#[derive(sqlx::FromRow)]
pub(crate) struct Due {
    pub(crate) community: String,
    /// When the claim of the task that sends its events ends.
    held_until: i64,
}

impl Due {
    /// Whether a task sends the events already.
    pub(crate) fn is_claimed(&self) -> bool {
        self.held_until > now()
    }
}

impl Community {
    /// Sends events to the first of these servers with an address, along with the community's API key.
    /// Without an address, they only go to a `WebSocket`.
    pub(super) async fn set_receiver(
        &self,
        transaction: &mut WriteTransaction,
        servers: &[Server],
        key: &ApiKey,
    ) -> Result<(), StoreError> {
        let query = match servers.iter().find_map(Server::listener) {
            Some((host, port)) => sqlx::query(
                "INSERT INTO event_receivers (community, host, port, sealed_key)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (community) DO UPDATE
                 SET host = $2, port = $3, sealed_key = $4, failures = 0, retry_at = 0",
            )
            .bind(&*self.id)
            .bind(host)
            .bind(i64::from(port))
            .bind(self.sealer.seal(&self.id, key.expose())),
            None => sqlx::query(
                "UPDATE event_receivers SET host = NULL, port = NULL, sealed_key = NULL
                 WHERE community = $1",
            )
            .bind(&*self.id),
        };
        query.execute(&mut **transaction).await?;
        transaction.wake_outbox();
        Ok(())
    }
}

impl Cad {
    /// Lists the communities whose events can be sent now.
    pub(crate) async fn due(&self, time: i64) -> Result<Vec<Due>, sqlx::Error> {
        sqlx::query_as(
            "SELECT community, held_until FROM event_receivers AS receiver
             WHERE retry_at <= $1 AND (host IS NOT NULL OR held_until > $2) AND EXISTS
                 (SELECT 1 FROM events
                  WHERE community = receiver.community AND outcome IS NULL)",
        )
        .bind(time)
        .bind(now())
        .fetch_all(&self.pool)
        .await
    }

    /// Makes dead letters of the events that were added before this time, for communities that have
    /// neither an address nor a `WebSocket`.
    pub(crate) async fn give_up(&self, oldest: i64) -> Result<(), sqlx::Error> {
        let communities: Vec<String> = sqlx::query_scalar(
            "SELECT community FROM event_receivers AS receiver
             WHERE host IS NULL AND held_until <= $2 AND EXISTS
                 (SELECT 1 FROM events WHERE community = receiver.community
                      AND outcome IS NULL AND created_at <= $1)",
        )
        .bind(oldest)
        .bind(now())
        .fetch_all(&self.pool)
        .await?;
        for community in communities {
            let queue = self.queue(&community);
            // The next check tries this community again.
            if let Err(error) = queue.give_up(oldest, "there is no receiver").await {
                eprintln!("error: cannot give up the events of {community}: {error}");
            }
        }
        Ok(())
    }
}

impl Queue {
    /// Returns the game server that listens for an event, or `None` if the community has set none.
    pub(crate) fn receiver(&self, event: &Waiting) -> Option<Receiver> {
        let sealed_key = event.sealed_key.as_deref()?;
        Some(Receiver {
            host: event.host.clone()?,
            port: u16::try_from(event.port?).ok()?,
            key: self.0.sealer.open(&self.0.id, sealed_key),
        })
    }

    /// Makes the community a receiver of events, even without an address. Returns whether that is new.
    pub(crate) async fn open(&self) -> Result<bool, sqlx::Error> {
        let _turn = self.0.turn().await?;
        let inserted = sqlx::query(
            "INSERT INTO event_receivers (community) VALUES ($1) ON CONFLICT DO NOTHING",
        )
        .bind(&*self.0.id)
        .execute(&self.0.pool)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// Claims the events for a task, or extends its claim. Returns when the claim ends, or `None` if another
    /// task has a claim.
    pub(crate) async fn claim(
        &self,
        holder: &str,
        lifetime: Duration,
    ) -> Result<Option<Instant>, sqlx::Error> {
        let _turn = self.0.turn().await?;
        let (now, ends_at) = (now(), Instant::now() + lifetime);
        let milliseconds = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let claimed = sqlx::query(
            "UPDATE event_receivers SET holder = $2, held_until = $3
             WHERE community = $1 AND (holder = $2 OR held_until <= $4)",
        )
        .bind(&*self.0.id)
        .bind(holder)
        .bind(now.saturating_add(milliseconds))
        .bind(now)
        .execute(&self.0.pool)
        .await?;
        Ok((claimed.rows_affected() > 0).then_some(ends_at))
    }

    /// Makes the events due, whatever failed before.
    pub(crate) async fn forget_failures(&self) -> Result<(), sqlx::Error> {
        let _turn = self.0.turn().await?;
        sqlx::query("UPDATE event_receivers SET failures = 0, retry_at = 0 WHERE community = $1")
            .bind(&*self.0.id)
            .execute(&self.0.pool)
            .await?;
        Ok(())
    }

    /// Ends the claim of a task.
    pub(crate) async fn release(&self, holder: &str) -> Result<(), sqlx::Error> {
        let _turn = self.0.turn().await?;
        sqlx::query(
            "UPDATE event_receivers SET holder = '', held_until = 0
             WHERE community = $1 AND holder = $2",
        )
        .bind(&*self.0.id)
        .bind(holder)
        .execute(&self.0.pool)
        .await?;
        Ok(())
    }
}
