//! Sends the events of the outbox to the communities' game servers, by HTTP or over a `WebSocket`.
//!
//! **Order.** Each community has a queue. The first event is sent until it arrives, and then the next one. The
//! task that sends holds a claim in the database, so several servers can share the database.
//!
//! **At least once.** An event is removed after the receiver has confirmed it. After a crash in between, it
//! is sent again with the same `webhook-id`.
//!
//! **Never to former customers.** Before each attempt, the community's subscription is looked up, and the
//! event is checked again. Refused events are marked in the database.
//!
//! **Failures.** After a failure, the community's events wait for 5 seconds, and then for twice as long, up to 10
//! minutes. If a receiver has failed for a day, the events that are older than a day become dead letters. The
//! time during which this server was down doesn't count.
//!
//! **Rejections.** A receiver rejects an event by answering with 400, 413 or 422, or by closing its
//! `WebSocket` before it confirms the event. After 5 rejections, the event becomes a dead letter, and the next
//! one is sent.

mod destination;
pub(crate) mod endpoints;
mod post;
mod signature;
mod socket;
#[cfg(test)]
mod tests;

use self::socket::Sockets;
use crate::Tier;
use crate::events::{AnyEvent, ClearedEvent};
use crate::store::{Cad, Due, Queue, Waiting};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tiergate::Overrides;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use uuid::Uuid;

/// How long an attempt may take. A receiver that hangs must not hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pauses after failures.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// The number of rejections after which an event becomes a dead letter.
const REJECTIONS: i64 = 5;

/// How long a receiver may fail before its events of this age become dead letters.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The time between checks for events that another server added.
const POLL: Duration = Duration::from_secs(1);

/// The time between checks for events that no receiver will get.
const TIDY: Duration = Duration::from_secs(60 * 60);

/// The number of events that the server sends by HTTP at the same time.
const AT_ONCE: usize = 32;

/// How long the last attempts may take after the stop signal.
const LAST_ATTEMPTS: Duration = Duration::from_secs(10);

/// Sends events.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Inner>);

struct Inner {
    cad: Cad,
    overrides: Overrides<Tier>,
    allow_private: bool,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    patience: Duration,
    sockets: Sockets,
    /// The communities to which a task of this server sends by HTTP.
    sending: Mutex<HashSet<String>>,
    slots: Semaphore,
    stopping: watch::Sender<bool>,
}

/// A way to send an event.
trait Transport {
    /// Sends an event, and waits until the receiver confirms it.
    async fn send(&mut self, waiting: &Waiting, event: ClearedEvent) -> Sent;
}

/// The result of an attempt.
enum Sent {
    Confirmed,
    /// The receiver failed, for this reason.
    Failed(String),
    /// The receiver did not confirm the event in time. Its connection can't be used any longer.
    TimedOut,
    /// The receiver rejected this event, for this reason. It may accept others.
    Rejected(String),
    /// The receiver disconnected before it confirmed the event.
    Lost,
    /// The receiver was already disconnected. The event waits for the next one.
    Gone,
}

/// Why a task stopped sending.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paused {
    /// No event waits, or the receiver failed.
    Waits,
    /// Another task sends the events.
    Claimed,
    /// The receiver is gone.
    Gone,
}

impl Outbox {
    pub(crate) fn new(cad: &Cad, overrides: &Overrides<Tier>, allow_private: bool) -> Self {
        Self::with_times(cad, overrides, allow_private, PATIENCE, SystemTime::now)
    }

    /// Does what [`new`](Self::new) does. The clock is for the pauses after failures.
    fn with_times(
        cad: &Cad,
        overrides: &Overrides<Tier>,
        allow_private: bool,
        patience: Duration,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            cad: cad.clone(),
            overrides: overrides.clone(),
            allow_private,
            clock: Box::new(clock),
            patience,
            sockets: Sockets::default(),
            sending: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Sends events until [`stop`](Self::stop).
    pub(crate) async fn run(self) {
        let mut stopping = self.0.stopping.subscribe();
        // After a start, clients have some time to open their sockets again.
        let mut tidy_at = self.now() + milliseconds(TIDY);
        while !*stopping.borrow_and_update() {
            if self.0.cad.is_open()
                && let Err(error) = self.check_queues(&mut tidy_at).await
            {
                eprintln!("error: cannot read the outbox: {error}");
            }
            tokio::select! {
                () = self.0.cad.outbox_changed() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    /// Stops sending, closes the `WebSocket`s, and waits for running attempts.
    pub(crate) async fn stop(&self) {
        self.0.stopping.send_replace(true);
        let _ = timeout(LAST_ATTEMPTS, self.0.stopping.closed()).await;
    }

    async fn check_queues(&self, tidy_at: &mut i64) -> Result<(), sqlx::Error> {
        self.start_tasks().await?;
        let now = self.now();
        if *tidy_at <= now {
            // A failure must not delay the events of the other communities.
            *tidy_at = now + milliseconds(TIDY);
            self.0.cad.give_up(now - milliseconds(LIFETIME)).await?;
        }
        Ok(())
    }

    async fn start_tasks(&self) -> Result<(), sqlx::Error> {
        for due in self.0.cad.due(self.now()).await? {
            if !self.0.sockets.wake(&due.community) && !due.is_claimed() {
                self.start_task(due);
            }
        }
        Ok(())
    }

    /// Sends the events of a community by HTTP, unless a task of this server already does.
    fn start_task(&self, Due { community, .. }: Due) {
        let Some(sending) = Sending::start(self, community) else {
            return;
        };
        let stopping = self.0.stopping.subscribe();
        tokio::spawn(async move {
            let (outbox, community) = (&sending.outbox, &sending.community);
            if let Err(error) = outbox.post_all(&outbox.0.cad.queue(community)).await {
                eprintln!("error: cannot send the events of {community}: {error}");
            }
            drop(stopping);
        });
    }

    /// Sends the waiting events of a community, until there are none, the receiver fails, or another task
    /// has a claim.
    async fn send_all(
        &self,
        queue: &Queue,
        holder: &str,
        transport: &mut impl Transport,
    ) -> Result<Paused, sqlx::Error> {
        loop {
            if let Some(paused) = self.send_next(queue, holder, transport).await? {
                return Ok(paused);
            }
        }
    }

    /// Claims the events and sends the first one. Returns `None` if the next event can be sent.
    async fn send_next(
        &self,
        queue: &Queue,
        holder: &str,
        transport: &mut impl Transport,
    ) -> Result<Option<Paused>, sqlx::Error> {
        let patience = self.0.patience;
        let first = loop {
            if *self.0.stopping.borrow() {
                return Ok(Some(Paused::Waits));
            }
            let Some(ends_at) = queue.claim(holder, 2 * patience).await? else {
                return Ok(Some(Paused::Claimed));
            };
            let first = queue.first().await?;
            // Another server may send the same events once the claim ends. If claiming took too long, the claim
            // might end during the attempt, so claim again.
            if ends_at.saturating_duration_since(Instant::now()) > patience + patience / 2 {
                break first;
            }
        };
        match first {
            Some(waiting) => self.send(queue, waiting, transport).await,
            None => Ok(Some(Paused::Waits)),
        }
    }

    /// Sends an event. Returns `None` if the next event can be sent.
    async fn send(
        &self,
        queue: &Queue,
        waiting: Waiting,
        transport: &mut impl Transport,
    ) -> Result<Option<Paused>, sqlx::Error> {
        let Ok(event) = serde_json::from_str::<AnyEvent>(&waiting.body) else {
            dead(queue, &waiting, "the event is unknown", 0).await?;
            return Ok(None);
        };
        // The subscription may have changed since the event was added, or since the last attempt.
        let communities = self.0.cad.communities();
        let caller = match communities.caller(queue.community()).await {
            Ok(caller) => caller,
            Err(error) => {
                let reason = format!("the subscription can't be looked up: {error}");
                return self.failed(queue, &waiting, &reason).await.map(Some);
            }
        };
        let event = match event.cleared(&caller, &self.0.overrides) {
            Ok(event) => event,
            Err(refusal) => {
                queue.refused(&waiting, refusal.code()).await?;
                return Ok(None);
            }
        };
        let is_last = waiting.rejections + 1 >= REJECTIONS;
        match transport.send(&waiting, event).await {
            Sent::Confirmed => queue.delivered(&waiting).await.map(|()| None),
            Sent::Failed(reason) => self.failed(queue, &waiting, &reason).await.map(Some),
            Sent::TimedOut => {
                let reason = "the client did not confirm the event in time";
                self.failed(queue, &waiting, reason).await?;
                Ok(Some(Paused::Gone))
            }
            Sent::Rejected(reason) if is_last => {
                dead(queue, &waiting, &reason, 1).await.map(|()| None)
            }
            Sent::Rejected(reason) => {
                queue.rejected(&waiting).await?;
                self.failed(queue, &waiting, &reason).await.map(Some)
            }
            Sent::Lost => {
                let reason = "the client did not confirm the event";
                if is_last {
                    dead(queue, &waiting, reason, 1).await?;
                } else {
                    queue.lost(&waiting, reason).await?;
                }
                Ok(Some(Paused::Gone))
            }
            Sent::Gone => Ok(Some(Paused::Gone)),
        }
    }

    async fn failed(
        &self,
        queue: &Queue,
        waiting: &Waiting,
        reason: &str,
    ) -> Result<Paused, sqlx::Error> {
        let now = self.now();
        let retry_at = now + milliseconds(pause(waiting.failures));
        // A clock would also count the time during which this server was down.
        let failing_for: Duration = (0..waiting.failures).map(pause).sum();
        let oldest = (failing_for >= LIFETIME).then(|| now - milliseconds(LIFETIME));
        let dead = queue.failed(waiting, reason, retry_at, oldest).await?;
        if dead > 0 {
            let community = queue.community();
            eprintln!("error: {dead} events of {community} are now dead letters: {reason}");
        }
        Ok(Paused::Waits)
    }

    /// Returns the time in milliseconds since 1970.
    fn now(&self) -> i64 {
        let since_1970 = (self.0.clock)().duration_since(UNIX_EPOCH);
        milliseconds(since_1970.unwrap_or_default())
    }
}

/// Makes an event a dead letter after this number of new attempts, and logs it.
async fn dead(
    queue: &Queue,
    waiting: &Waiting,
    reason: &str,
    attempts: i64,
) -> Result<(), sqlx::Error> {
    queue.dead(waiting, reason, attempts).await?;
    let community = queue.community();
    eprintln!("error: an event of {community} is now a dead letter: {reason}");
    Ok(())
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the pause after a failure, from the number of failures before it.
fn pause(failures: i64) -> Duration {
    let pauses = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times();
    // From then on, every pause is the longest.
    let failures = usize::try_from(failures).unwrap_or_default().min(16);
    pauses.build().nth(failures).unwrap_or(LONGEST_PAUSE)
}

/// Identifies a task that claims events.
fn new_holder() -> String {
    Uuid::new_v4().to_string()
}

/// Marks a community to which a task sends by HTTP.
struct Sending {
    outbox: Outbox,
    community: String,
}

impl Sending {
    /// Returns `None` if a task already sends to the community.
    fn start(outbox: &Outbox, community: String) -> Option<Self> {
        let mut sending = outbox.sending();
        sending.insert(community.clone()).then(|| Self {
            outbox: outbox.clone(),
            community,
        })
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.outbox.sending().remove(&self.community);
        // An event may have been added after the task's last look.
        self.outbox.0.cad.wake_outbox();
    }
}

impl Outbox {
    fn sending(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        let sending = self.0.sending.lock();
        sending.unwrap_or_else(PoisonError::into_inner)
    }
}
