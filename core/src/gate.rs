//! What the integrations of all web frameworks share: from the caller to a guard or a refusal.

#[cfg(feature = "_extractor")]
mod extractor;

use crate::Refusal;

#[cfg(feature = "_extractor")]
pub use self::extractor::AlreadySet;
#[cfg(feature = "_extractor")]
pub(crate) use self::extractor::{Program, admit};

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
