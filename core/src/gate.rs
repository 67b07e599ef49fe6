//! What the integrations of all web frameworks share: from the caller to a guard or a refusal.

#[cfg(any(
    feature = "actix-web",
    feature = "axum",
    feature = "poem",
    feature = "rocket",
    feature = "salvo"
))]
mod extractor;

use crate::Refusal;

#[cfg(any(
    feature = "actix-web",
    feature = "axum",
    feature = "poem",
    feature = "rocket",
    feature = "salvo"
))]
pub use self::extractor::AlreadySet;
#[cfg(any(
    feature = "actix-web",
    feature = "axum",
    feature = "poem",
    feature = "rocket",
    feature = "salvo"
))]
pub(crate) use self::extractor::admit;

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
