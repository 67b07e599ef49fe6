//! Counts the calls of communities.

use crate::Site;
use redis::RedisResult;
use std::num::NonZeroU32;
use tiergate::Quotas;
use tiergate::quota::OnOutage;

/// Creates the counters: in Redis, which several servers share, or in the memory of this server.
///
/// # Errors
/// Returns an error if the URL is invalid.
pub(crate) fn quotas(redis: Option<&str>, servers: NonZeroU32) -> RedisResult<Quotas> {
    Ok(match redis {
        Some(url) => Quotas::redis::<Site>(redis::Client::open(url)?)
            .key_prefix("cad:quota")
            .on_outage(OnOutage::LocalShare(servers.get())),
        None => Quotas::local::<Site>(),
    })
}
