//! What the integrations of all web frameworks and the sources share: from the caller to a guard or
//! a refusal.

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

/// Logs a refusal that is a mistake of the program. `advice` is what to add in this framework.
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

/// Lets a caller through whose tier allows the handler's.
#[cfg(feature = "_admit")]
pub(crate) fn admit<E: Gated>(
    subscriber: Option<Subscriber<E::Tier>>,
) -> Result<Guard<E>, Refusal> {
    check(subscriber, E::ENDPOINT, E::REQUIRED).map(Guard::after_check)
}

/// The tier of a caller whom it allows what is required. `None` is a request that no authentication
/// layer has seen, and is refused like one of an unknown caller.
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
