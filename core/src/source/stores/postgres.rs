use crate::source::TierSource;
use crate::source::cache::Cached;
use crate::source::cache::freshness::{Channel, PATIENCE, RECONNECT};
use crate::source::stores::sqlx::failure::reason;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::io;

/// Listens on a PostgreSQL channel for callers who changed (feature `postgres`), until the pool is
/// closed or the returned future is dropped; spawn it.
///
/// A notification's payload is the id of a caller, or empty, which means everybody. A trigger tells
/// it, whoever changes the table, and when the change can be seen:
///
/// ```sql
#[doc = include_str!("notify_tier_change.sql")]
/// ```
///
/// PostgreSQL folds a name without quotes to lower case: `NOTIFY PlanChanged` uses the channel
/// `planchanged`, and `pg_notify('PlanChanged', …)` the channel `PlanChanged`. If `channel` has capital
/// letters, both channels are listened on.
///
/// A lost connection is noticed at once if the other side closes it, and else by a query, within ten
/// seconds. It is opened again by itself; see [`Cached`] for what is believed meanwhile. It is one
/// connection of its own, made with the pool's options, and not one of the pool's.
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
    let (mut told, pool, name) = (cached.channel(), pool.clone(), channel.to_owned());
    async move {
        let listening = async {
            loop {
                // A pool's options can be changed, as where a password is for a while only.
                let options = pool.connect_options();
                if let Err(error) = listen(&mut told, &options, &name).await {
                    let reason = reason(&error);
                    tracing::warn!("changes of tiers are not told by PostgreSQL: {reason}");
                }
                told.lost();
                tokio::time::sleep(RECONNECT).await;
            }
        };
        // Either ends with the program's own connections.
        let _: Result<(), _> = pool.close_event().do_until(listening).await;
    }
}

async fn listen(
    told: &mut Channel,
    options: &PgConnectOptions,
    name: &str,
) -> Result<(), sqlx::Error> {
    let lost = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    let opening = async {
        // A connection that is stuck keeps its place in its pool, so that each has another.
        let own = PgPoolOptions::new().max_connections(1);
        let own = own.connect_lazy_with(options.clone());
        let mut listener = PgListener::connect_with(&own).await?;
        // Else it is opened anew behind our back, and what was missed is never known.
        listener.eager_reconnect(false);
        listener.listen(name).await?;
        let folded = name.to_ascii_lowercase();
        if folded != name {
            listener.listen(&folded).await?;
        }
        Ok::<_, sqlx::Error>(listener)
    };
    let mut listener = match tokio::time::timeout(PATIENCE, opening).await {
        Ok(opened) => opened?,
        Err(elapsed) => {
            // A pool repeats an attempt that was refused, and does not report the reason.
            let once = tokio::time::timeout(PATIENCE, PgConnection::connect_with(options));
            once.await.map_err(lost)??.close().await?;
            return Err(lost(elapsed));
        }
    };
    told.connected();
    loop {
        match tokio::time::timeout(PATIENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => told.told(notification.payload()),
            Ok(Ok(None)) => return Err(sqlx::Error::Io(io::ErrorKind::ConnectionAborted.into())),
            Ok(Err(error)) => return Err(error),
            // Nothing changed for a while, or nothing comes through any more.
            Err(_) => {
                let ping = sqlx::query("SELECT 1").execute(&mut listener);
                tokio::time::timeout(PATIENCE, ping).await.map_err(lost)??;
            }
        }
    }
}
