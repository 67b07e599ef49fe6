//! What the integrations of all web frameworks share: from the caller to a guard or a refusal.

use crate::{Gated, Guard, Refusal, Subscriber};
use std::error::Error;
use std::fmt;

/// Lets a caller through whose tier allows the handler's. `None` is a request that no
/// authentication layer has seen, and is refused like one of an unknown caller.
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

/// Logs a refusal that is a mistake of the program. `advice` is what to add in this framework.
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

/// The error of a second call of `set_on_refusal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("how the program answers refusals was set before, and can be set once")
    }
}

impl Error for AlreadySet {}
