use crate::source::TierSource;
use crate::source::cache::Cached;
use crate::source::cache::channel::{InvalidationChannel, RECONNECT_DELAY, SILENCE_LIMIT};
use crate::source::stores::redis::failure::reason;
use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, ErrorKind, RedisError};

/// Listens on a Redis channel for changed callers and invalidates their cached answers (feature
/// `redis`). Spawn the returned future; it runs until it is dropped.
///
/// A message contains the id of a caller. An empty message invalidates every caller. Send the message
/// where you change the plan, for example `PUBLISH tiers customer-7`, and it reaches every machine
/// within milliseconds. The id is the one that the source returns ([`RedisSource::id`](crate::source::RedisSource::id)), not the key.
/// If the source returns no ids, only an empty message has an effect.
///
/// If the server closes the connection, the loss is noticed at once. Otherwise, a ping detects it
/// within ten seconds. The listener then reconnects automatically. See [`Cached`] for the answers that
/// are used in the meantime.
///
/// A cluster sends each message to all of its servers, so a client for any one of them is enough.
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
    let (mut invalidations, name) = (cached.channel(), channel.to_owned());
    async move {
        loop {
            if let Err(error) = listen(&mut invalidations, &client, &name).await {
                let reason = reason(&error);
                tracing::warn!("invalidations from Redis are interrupted: {reason}");
            }
            invalidations.lost();
            tokio::time::sleep(RECONNECT_DELAY).await;
        }
    }
}

async fn listen(
    invalidations: &mut InvalidationChannel,
    client: &Client,
    name: &str,
) -> Result<(), RedisError> {
    let lost = |_| RedisError::from((ErrorKind::Io, "no response in time"));
    let opening = async {
        let mut connection: PubSub = client.get_async_pubsub().await?;
        connection.subscribe(name).await?;
        Ok::<_, RedisError>(connection)
    };
    let opened = tokio::time::timeout(SILENCE_LIMIT, opening).await;
    let (mut sink, mut messages) = opened.map_err(lost)??.split();
    invalidations.connected();
    loop {
        match tokio::time::timeout(SILENCE_LIMIT, messages.next()).await {
            Ok(Some(message)) => {
                let id = String::from_utf8_lossy(message.get_payload_bytes());
                invalidations.receive(&id);
            }
            Ok(None) => return Err((ErrorKind::Io, "the connection was closed").into()),
            // Either nothing changed, or the connection is dead. A ping shows which.
            Err(_) => {
                let ping = sink.ping::<redis::Value>();
                tokio::time::timeout(SILENCE_LIMIT, ping)
                    .await
                    .map_err(lost)??;
            }
        }
    }
}
