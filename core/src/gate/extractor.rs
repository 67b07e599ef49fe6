//! What is shared by the frameworks for which a guard is an extractor.

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
