//! The callers, by the value of the header [`TIER`](crate::TIER).

use crate::Tier;
use tiergate::Caller;
use tiergate::source::{ApiKey, SourceError, TierSource};

/// Returns the caller for a value of the header: `anonymous`, the name of a tier such as `free`, or the
/// name of a tier and an id such as `free:customer-7`. What follows a `#` distinguishes keys of the same
/// caller.
pub fn caller_with(value: Option<&str>) -> Caller<Tier> {
    let key = value.unwrap_or_default();
    let caller = key.split_once('#').map_or(key, |(caller, _)| caller);
    if caller == "anonymous" {
        return Caller::anonymous(Tier::Free);
    }
    let (tier, id) = match caller.split_once(':') {
        Some((tier, id)) => (tier, Some(id)),
        None => (caller, None),
    };
    match (tier.parse(), id) {
        (Ok(tier), Some(id)) => Caller::new(tier).with_id(id),
        (Ok(tier), None) => Caller::new(tier),
        (Err(_), _) => Caller::unknown(),
    }
}

/// A source that returns [`caller_with`].
pub struct Source;

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        // A real store would wait for the network.
        tokio::task::yield_now().await;
        let caller = caller_with(Some(key.expose()));
        if caller.is_unknown() {
            return Err(SourceError::UnknownCaller);
        }
        Ok(caller)
    }
}
