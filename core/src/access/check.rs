//! Checks the tier of a request's caller.
//!
//! Each framework integration and the tower layer determine the caller in their own way, and pass the
//! caller to [`check`] as a [`Resolution`]. `check` allows or refuses the request and reports the
//! decision.

use crate::access::caller::{Caller, Permit};
use crate::access::refusal::{Denied, Refusal};
use crate::access::telemetry;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
#[cfg(feature = "source")]
use std::time::Duration;

/// What is known about the caller of a request. `C` is a [`Caller`] or a reference to a `Caller`.
#[derive(Clone, Copy)]
pub(crate) enum Resolution<C> {
    /// An authentication layer or a tier source has identified the caller, or found that the caller is
    /// unknown.
    Caller(C),
    /// The tier source is unavailable.
    #[cfg(feature = "source")]
    SourceUnavailable { retry_after: Duration },
    /// The tier source returned a tier that the program doesn't define.
    #[cfg(feature = "source")]
    UnreadableTier,
    /// No layer has identified the caller.
    MissingLayer,
}

#[cfg(any(
    feature = "actix-web",
    feature = "poem",
    feature = "rocket",
    feature = "salvo",
    feature = "source"
))]
impl<C> Resolution<C> {
    /// Borrows the caller.
    pub(crate) fn as_ref(&self) -> Resolution<&C> {
        match self {
            Self::Caller(caller) => Resolution::Caller(caller),
            #[cfg(feature = "source")]
            Self::SourceUnavailable { retry_after } => Resolution::SourceUnavailable {
                retry_after: *retry_after,
            },
            #[cfg(feature = "source")]
            Self::UnreadableTier => Resolution::UnreadableTier,
            Self::MissingLayer => Resolution::MissingLayer,
        }
    }
}

/// Converts the caller found in a request. `None` means that the request contained no caller.
impl<C> From<Option<C>> for Resolution<C> {
    fn from(caller: Option<C>) -> Self {
        caller.map_or(Self::MissingLayer, Self::Caller)
    }
}

/// Checks whether the caller may call a gated endpoint, and reports the result to logs and metrics.
///
/// `required` is `None` if the endpoint's tier is from a different enum than `T`. In this case, the
/// call is refused. `name` is a function that takes the caller's id. If a tier source has looked up
/// this caller, the function returns the caller's name for logs. `advice` explains how to add an
/// authentication layer in the framework that received the request.
pub(crate) fn check<T: Tier>(
    endpoint: Endpoint,
    required: Option<T>,
    resolution: Resolution<&Caller<T>>,
    name: impl FnOnce(Option<&str>) -> Option<String>,
    advice: &str,
) -> Result<Permit<T>, Refusal> {
    let checked = decide_access(endpoint, required, resolution, advice);
    let outcome = checked.as_ref().map(|permit| permit.tier.name());
    telemetry::report_check(endpoint, outcome, || {
        let (mut id, mut id_in_logs) = (None, None);
        if let Resolution::Caller(caller) = resolution {
            (id, id_in_logs) = (caller.id(), caller.id_in_logs());
        }
        name(id).or_else(|| id_in_logs.map(str::to_owned))
    });
    checked
}

/// Decides whether the caller may call a gated endpoint.
fn decide_access<T: Tier>(
    endpoint: Endpoint,
    required: Option<T>,
    resolution: Resolution<&Caller<T>>,
    advice: &str,
) -> Result<Permit<T>, Refusal> {
    let caller = match resolution {
        Resolution::Caller(caller) => caller,
        #[cfg(feature = "source")]
        Resolution::SourceUnavailable { retry_after } => {
            return Err(Refusal::SourceUnavailable {
                endpoint,
                retry_after,
            });
        }
        #[cfg(feature = "source")]
        Resolution::UnreadableTier => return Err(Refusal::UnreadableTier(endpoint)),
        Resolution::MissingLayer => {
            log_missing_layer(endpoint, advice);
            return Err(Refusal::MissingLayer(endpoint));
        }
    };
    let is_anonymous = caller.is_anonymous();
    match caller.tier().map(|tier| Permit { tier, is_anonymous }) {
        Some(permit) if required.is_some_and(|required| permit.tier.allows(required)) => Ok(permit),
        Some(permit) => Err(Denied::new(endpoint, permit).into()),
        None if caller.is_unknown() => Err(Refusal::UnknownCaller(endpoint)),
        None => Err(Refusal::NoSubscription(endpoint)),
    }
}

/// Logs a missing authentication layer, which is a bug in the application.
#[cold]
fn log_missing_layer(endpoint: Endpoint, advice: &str) {
    tracing::error!(
        endpoint = endpoint.name(),
        file = endpoint.file(),
        line = endpoint.line(),
        "refused a call to {endpoint} because the request contains no `tiergate::Caller` of its tier enum; {advice}",
    );
}
