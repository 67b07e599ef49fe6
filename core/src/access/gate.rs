//! Turns a request's subscriber into a guard or a refusal. The web framework integrations and the tier
//! sources share this code.

#[cfg(any(feature = "_extractor", feature = "source"))]
use crate::access::denied::Denied;
#[cfg(feature = "_admit")]
use crate::access::guard::Guard;
use crate::access::refusal::Refusal;
#[cfg(any(feature = "_extractor", feature = "source"))]
use crate::access::subscriber::Subscriber;
#[cfg(any(feature = "_extractor", feature = "source"))]
use crate::endpoint::Endpoint;
#[cfg(feature = "_admit")]
use crate::endpoint::gated::Gated;
#[cfg(any(feature = "_extractor", feature = "source"))]
use crate::tier::Tier;

/// Logs a missing authentication layer, which is a mistake in the program. `advice` states what to add
/// in this framework.
#[cfg(feature = "_http")]
#[cold]
pub(crate) fn log(refusal: &Refusal, advice: &str) {
    if let Refusal::MissingLayer(endpoint) = refusal {
        tracing::error!(
            endpoint = endpoint.name(),
            file = endpoint.file(),
            line = endpoint.line(),
            "{endpoint} was called and nothing had said who is calling: no `tiergate::Subscriber` of its tier enum came with the request; {advice}. The call was refused",
        );
    }
}

/// Returns a guard if the caller's tier is high enough for the handler.
#[cfg(feature = "_admit")]
pub(crate) fn admit<E: Gated>(
    subscriber: Option<Subscriber<E::Tier>>,
) -> Result<Guard<E>, Refusal> {
    check(subscriber, E::ENDPOINT, E::REQUIRED).map(Guard::after_check)
}

/// Returns the caller's tier if it is high enough for the endpoint.
///
/// A `subscriber` of `None` means that no authentication layer handled the request. Such a request is
/// refused.
#[cfg(any(feature = "_extractor", feature = "source"))]
pub(crate) fn check<T: Tier>(
    subscriber: Option<Subscriber<T>>,
    endpoint: Endpoint,
    required: T,
) -> Result<T, Refusal> {
    let Some(subscriber) = subscriber else {
        return Err(Refusal::MissingLayer(endpoint));
    };
    match subscriber.tier() {
        Some(tier) if tier.allows(required) => Ok(tier),
        Some(tier) => Err(Denied::new(endpoint, required, tier).into()),
        None => Err(Refusal::UnknownCaller(endpoint)),
    }
}
