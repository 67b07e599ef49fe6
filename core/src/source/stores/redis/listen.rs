use crate::source::TierSource;
use crate::source::cache::Cached;
use crate::source::cache::freshness::{Channel, PATIENCE, RECONNECT};
use crate::source::stores::redis::failure::reason;
use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, ErrorKind, RedisError};

/// Listens on a Redis channel for callers who changed (feature `redis`), until the returned future
/// is dropped; spawn it.
///
/// A message is the id of a caller, or empty, which means everybody. Where it is sent from the same
/// place that changes the plan, every machine knows within milliseconds: `PUBLISH tiers customer-7`. It
/// is the id that the source tells ([`RedisSource::id`]), and not the key; where the source tells none,
/// only an empty message helps.
///
/// A lost connection is noticed at once if the other side closes it, and else by a ping, within ten
/// seconds. It is opened again by itself; see [`Cached`] for what is believed meanwhile.
///
/// A cluster passes each message on to all of its servers, so a client of any one of them is enough.
///
/// ```no_run
/// # use std::collections::HashMap;
/// # use tiergate::{Cached, source::listen_redis};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free }
/// # #[tokio::main] async fn main() -> Result<(), redis::RedisError> {
/// # let tiers = Cached::new(HashMap::<String, Tier>::new());
/// let client = redis::Client::open("redis://127.0.0.1")?;
/// tokio::spawn(listen_redis(&tiers, client, "tiers"));
/// # Ok(()) }
/// ```
pub fn listen_redis<S: TierSource>(
    cached: &Cached<S>,
    client: Client,
    channel: &str,
) -> impl Future<Output = ()> + Send + use<S> {
    let (mut told, name) = (cached.channel(), channel.to_owned());
    async move {
        loop {
            if let Err(error) = listen(&mut told, &client, &name).await {
                let reason = reason(&error);
                tracing::warn!("changes of tiers are not told by Redis: {reason}");
            }
            told.lost();
            tokio::time::sleep(RECONNECT).await;
        }
    }
}

async fn listen(told: &mut Channel, client: &Client, name: &str) -> Result<(), RedisError> {
    let lost = |_| RedisError::from((ErrorKind::Io, "no answer in time"));
    let opening = async {
        let mut connection: PubSub = client.get_async_pubsub().await?;
        connection.subscribe(name).await?;
        Ok::<_, RedisError>(connection)
    };
    let opened = tokio::time::timeout(PATIENCE, opening).await;
    let (mut sink, mut messages) = opened.map_err(lost)??.split();
    told.connected();
    loop {
        match tokio::time::timeout(PATIENCE, messages.next()).await {
            Ok(Some(message)) => told.told(&String::from_utf8_lossy(message.get_payload_bytes())),
            Ok(None) => return Err((ErrorKind::Io, "the connection was closed").into()),
            // Nothing changed for a while, or nothing comes through any more.
            Err(_) => {
                let ping = sink.ping::<redis::Value>();
                tokio::time::timeout(PATIENCE, ping).await.map_err(lost)??;
            }
        }
    }
}
