use crate::source::TierSource;
use crate::source::cache::Cached;
use crate::source::cache::channel::{InvalidationChannel, RECONNECT_DELAY, SILENCE_LIMIT};
use crate::source::stores::sqlx::failure::reason;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::io;

/// Listens on a PostgreSQL channel for changed callers and invalidates their cached answers (feature
/// `postgres`). Spawn the returned future; it runs until the pool is closed or the future is dropped.
///
/// A notification's payload is the id of a caller. An empty payload invalidates every caller. This
/// trigger sends a notification for every change to the table, when the transaction commits:
///
/// ```sql
#[doc = include_str!("notify_tier_change.sql")]
/// ```
///
/// PostgreSQL converts names without quotes to lower case. `NOTIFY PlanChanged` uses the channel
/// `planchanged`, but `pg_notify('PlanChanged', …)` uses the channel `PlanChanged`. If `channel` contains
/// capital letters, this function listens on both channels.
///
/// If the server closes the connection, the loss is noticed at once. Otherwise, a query detects it
/// within ten seconds. The listener then reconnects automatically. See [`Cached`] for the answers that
/// are used in the meantime. The listener opens a separate connection with the pool's options and takes
/// none from the pool.
///
/// ```no_run
/// # use std::collections::HashMap;
/// # use tiergate::{Cached, source::listen_postgres};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free }
/// # #[tokio::main] async fn main() -> Result<(), sqlx::Error> {
/// # let tiers = Cached::new(HashMap::<String, Tier>::new());
/// let pool = sqlx::PgPool::connect("postgres://127.0.0.1/app").await?;
/// tokio::spawn(listen_postgres(&tiers, &pool, "tiers"));
/// # Ok(()) }
/// ```
pub fn listen_postgres<S: TierSource>(
    cached: &Cached<S>,
    pool: &PgPool,
    channel: &str,
) -> impl Future<Output = ()> + Send + use<S> {
    let (mut invalidations, pool, name) = (cached.channel(), pool.clone(), channel.to_owned());
    async move {
        let listening = async {
            loop {
                // Reads the options each time, because they can change, as with temporary passwords.
                let options = pool.connect_options();
                if let Err(error) = listen(&mut invalidations, &options, &name).await {
                    let reason = reason(&error);
                    tracing::warn!("invalidations from PostgreSQL are interrupted: {reason}");
                }
                invalidations.lost();
                tokio::time::sleep(RECONNECT_DELAY).await;
            }
        };
        // `listening` never ends. This stops it when the program closes its pool.
        let _: Result<(), _> = pool.close_event().do_until(listening).await;
    }
}

async fn listen(
    invalidations: &mut InvalidationChannel,
    options: &PgConnectOptions,
    name: &str,
) -> Result<(), sqlx::Error> {
    let lost = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    let opening = async {
        // Uses a new pool each time, because a stuck connection would occupy its pool's only slot.
        let own = PgPoolOptions::new().max_connections(1);
        let own = own.connect_lazy_with(options.clone());
        let mut listener = PgListener::connect_with(&own).await?;
        // Otherwise, the listener would reconnect silently, and missed notifications would go unnoticed.
        listener.eager_reconnect(false);
        listener.listen(name).await?;
        let folded = name.to_ascii_lowercase();
        if folded != name {
            listener.listen(&folded).await?;
        }
        Ok::<_, sqlx::Error>(listener)
    };
    let mut listener = match tokio::time::timeout(SILENCE_LIMIT, opening).await {
        Ok(opened) => opened?,
        Err(elapsed) => {
            // A pool retries refused connections and doesn't report the reason. A direct attempt does.
            let once = tokio::time::timeout(SILENCE_LIMIT, PgConnection::connect_with(options));
            once.await.map_err(lost)??.close().await?;
            return Err(lost(elapsed));
        }
    };
    invalidations.connected();
    loop {
        match tokio::time::timeout(SILENCE_LIMIT, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => invalidations.receive(notification.payload()),
            Ok(Ok(None)) => return Err(sqlx::Error::Io(io::ErrorKind::ConnectionAborted.into())),
            Ok(Err(error)) => return Err(error),
            // Either nothing changed, or the connection is dead. A query shows which.
            Err(_) => {
                let ping = sqlx::query("SELECT 1").execute(&mut listener);
                tokio::time::timeout(SILENCE_LIMIT, ping)
                    .await
                    .map_err(lost)??;
            }
        }
    }
}
