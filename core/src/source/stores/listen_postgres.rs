use crate::source::cache::Cached;
use crate::source::cache::invalidation_channel::{RECONNECT_DELAY, SILENCE_LIMIT};
use crate::source::stores::change_receiver::{ChangeReceiver, Invalidations};
use crate::source::stores::sqlx::sqlx_error::describe_sqlx_error;
use crate::source::tier_source::TierSource;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::convert::Infallible;
use std::io;

/// Listens on a PostgreSQL channel for changed callers and invalidates their cached results (feature
/// `postgres`). Spawn the returned future. It runs until you close the pool or drop the future.
///
/// A notification's payload is a caller's id. An empty payload invalidates every caller. These triggers
/// send a notification for every change to the table, as soon as the transaction commits:
///
/// ```sql
#[doc = include_str!("notify_tier_change.sql")]
/// ```
///
/// PostgreSQL converts unquoted names to lower case. `NOTIFY PlanChanged` uses the channel
/// `planchanged`, but `pg_notify('PlanChanged', …)` uses the channel `PlanChanged`. If `channel`
/// contains capital letters, this function listens on both channels.
///
/// If the server closes the connection, the listener notices at once. If the connection fails silently,
/// a query detects the failure within ten seconds. The listener reconnects automatically. The
/// documentation of [`Cached`] describes which results are used in the meantime. The listener opens a
/// separate connection with the pool's options, and takes no connection from the pool.
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
    let invalidations = Invalidations {
        channel: cached.channel(),
        sender: "PostgreSQL",
    };
    receive_notifications(pool.clone(), channel.to_owned(), invalidations)
}

/// Forwards a channel's notifications, and reconnects when the connection fails. Ends when the pool is
/// closed.
pub(crate) async fn receive_notifications(
    pool: PgPool,
    channel: String,
    mut receiver: impl ChangeReceiver,
) {
    let listening = async {
        loop {
            // The connection options can change, for example if the database uses temporary passwords.
            // They are therefore read again for each connection.
            let options = pool.connect_options();
            let Err(error) = listen_and_receive(&mut receiver, &options, &channel).await;
            receiver.interrupted(&describe_sqlx_error(&error));
            tokio::time::sleep(RECONNECT_DELAY).await;
        }
    };
    // `listening` never ends by itself. It stops when the program closes the pool.
    let _: Result<(), _> = pool.close_event().do_until(listening).await;
}

async fn listen_and_receive(
    receiver: &mut impl ChangeReceiver,
    options: &PgConnectOptions,
    channel: &str,
) -> Result<Infallible, sqlx::Error> {
    let timed_out = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    let opening = async {
        // Each connection gets a new pool. In a reused pool, a stuck connection would occupy the only
        // slot.
        let listener_pool = PgPoolOptions::new().max_connections(1);
        let listener_pool = listener_pool.connect_lazy_with(options.clone());
        let mut listener = PgListener::connect_with(&listener_pool).await?;
        // With eager reconnection, the listener would reconnect silently, and missed notifications
        // would go unnoticed.
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        let lower_case_channel = channel.to_ascii_lowercase();
        if lower_case_channel != channel {
            listener.listen(&lower_case_channel).await?;
        }
        Ok::<_, sqlx::Error>(listener)
    };
    let mut listener = match tokio::time::timeout(SILENCE_LIMIT, opening).await {
        Ok(opened) => opened?,
        Err(elapsed) => {
            // A pool retries refused connections without reporting why they were refused. A direct
            // connection attempt reports the reason.
            let direct_attempt =
                tokio::time::timeout(SILENCE_LIMIT, PgConnection::connect_with(options));
            direct_attempt.await.map_err(timed_out)??.close().await?;
            return Err(timed_out(elapsed));
        }
    };
    receiver.connected();
    loop {
        match tokio::time::timeout(SILENCE_LIMIT, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => receiver.receive(notification.payload()),
            Ok(Ok(None)) => return Err(sqlx::Error::Io(io::ErrorKind::ConnectionAborted.into())),
            Ok(Err(error)) => return Err(error),
            // Either nothing has changed, or the connection is dead. A query shows which is the case.
            Err(_) => {
                let ping = sqlx::query("SELECT 1").execute(&mut listener);
                tokio::time::timeout(SILENCE_LIMIT, ping)
                    .await
                    .map_err(timed_out)??;
            }
        }
    }
}
