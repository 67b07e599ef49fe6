use crate::source::cache::Cached;
use crate::source::cache::invalidation_channel::{RECONNECT_DELAY, SILENCE_LIMIT};
use crate::source::stores::change_receiver::{ChangeReceiver, Invalidations};
use crate::source::stores::redis::redis_error::describe_redis_error;
use crate::source::tier_source::TierSource;
use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, ErrorKind, RedisError};
use std::convert::Infallible;

/// Listens on a Redis channel for changed callers and invalidates their cached results (feature
/// `redis`). Spawn the returned future. It runs until you drop it.
///
/// A message contains a caller's id. An empty message invalidates every caller. Send the message where
/// you change the plan, as in `PUBLISH tiers customer-7`. The message reaches every machine within
/// milliseconds. Send the id that the source returns
/// ([`RedisSource::id`](crate::source::RedisSource::id)), not the key. If the source returns no ids,
/// only an empty message has an effect.
///
/// If the server closes the connection, the listener notices at once. If the connection fails silently,
/// a ping detects the failure within ten seconds. The listener reconnects automatically. The
/// documentation of [`Cached`] describes which results are used in the meantime.
///
/// A cluster sends each message to all of its servers, so a client for any of the servers is enough.
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
    let invalidations = Invalidations {
        channel: cached.channel(),
        sender: "Redis",
    };
    receive_messages(client, channel.to_owned(), invalidations)
}

/// Forwards a channel's messages, and reconnects when the connection fails.
pub(crate) async fn receive_messages(
    client: Client,
    channel: String,
    mut receiver: impl ChangeReceiver,
) {
    loop {
        let Err(error) = subscribe_and_receive(&mut receiver, &client, &channel).await;
        receiver.interrupted(&describe_redis_error(&error));
        tokio::time::sleep(RECONNECT_DELAY).await;
    }
}

async fn subscribe_and_receive(
    receiver: &mut impl ChangeReceiver,
    client: &Client,
    channel: &str,
) -> Result<Infallible, RedisError> {
    let timed_out = |_| RedisError::from((ErrorKind::Io, "no response in time"));
    let subscribing = async {
        let mut pub_sub: PubSub = client.get_async_pubsub().await?;
        pub_sub.subscribe(channel).await?;
        Ok::<_, RedisError>(pub_sub)
    };
    let subscribed = tokio::time::timeout(SILENCE_LIMIT, subscribing).await;
    let (mut sink, mut messages) = subscribed.map_err(timed_out)??.split();
    receiver.connected();
    loop {
        match tokio::time::timeout(SILENCE_LIMIT, messages.next()).await {
            Ok(Some(message)) => {
                receiver.receive(&String::from_utf8_lossy(message.get_payload_bytes()));
            }
            Ok(None) => return Err((ErrorKind::Io, "the connection was closed").into()),
            // Either nothing has changed, or the connection is dead. A ping shows which is the case.
            Err(_) => {
                let ping = sink.ping::<redis::Value>();
                tokio::time::timeout(SILENCE_LIMIT, ping)
                    .await
                    .map_err(timed_out)??;
            }
        }
    }
}
