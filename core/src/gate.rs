//! What the integrations of all web frameworks and the sources share: from the caller to a guard or
//! a refusal.

#[cfg(feature = "_extractor")]
mod extractor;

use crate::Refusal;
#[cfg(any(feature = "_extractor", feature = "source"))]
use crate::{Gated, Guard, Subscriber};

#[cfg(feature = "_extractor")]
pub use self::extractor::AlreadySet;
#[cfg(feature = "_extractor")]
pub(crate) use self::extractor::Program;

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

/// Lets a caller through whose tier allows the handler's. `None` is a request that no
/// authentication layer has seen, and is refused like one of an unknown caller.
#[cfg(any(feature = "_extractor", feature = "source"))]
pub(crate) fn admit<E: Gated>(
    subscriber: Option<Subscriber<E::Tier>>,
) -> Result<Guard<E>, Refusal> {
    let Some(subscriber) = subscriber else {
        return Err(Refusal::MissingLayer(E::ENDPOINT));
    };
    match subscriber.tier() {
        Some(tier) => Guard::check(tier).map_err(Refusal::Denied),
        None => Err(Refusal::UnknownCaller(E::ENDPOINT)),
    }
}
