//! Checks the tier of a request's caller.
//!
//! Each framework integration and the tower layer determine the caller in their own way, and pass the
//! caller to [`Request::check`] as a [`Resolution`]. `check` allows or refuses the request and reports
//! the decision.

use crate::access::caller::{Caller, Permit};
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification, Reason, decide};
use crate::access::decision_sink;
use crate::access::overrides::Overrides;
use crate::access::overrides::snapshot::Found;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::tier::Tier;
use std::time::{Duration, SystemTime};

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

impl<'a, T: Tier> Resolution<&'a Caller<T>> {
    fn caller(self) -> Option<&'a Caller<T>> {
        match self {
            Self::Caller(caller) => Some(caller),
            _ => None,
        }
    }

    fn identification(self) -> Identification {
        match self {
            Self::Caller(caller) => Identification::Caller(Facts::of(caller)),
            #[cfg(feature = "source")]
            Self::SourceUnavailable { .. } => Identification::SourceUnavailable,
            #[cfg(feature = "source")]
            Self::UnreadableTier => Identification::UnreadableTier,
            Self::MissingLayer => Identification::MissingLayer,
        }
    }

    fn retry_after(self) -> Duration {
        match self {
            #[cfg(feature = "source")]
            Self::SourceUnavailable { retry_after } => retry_after,
            _ => Duration::ZERO,
        }
    }
}

/// Converts the caller found in a request. `None` means that the request contained no caller.
impl<C> From<Option<C>> for Resolution<C> {
    fn from(caller: Option<C>) -> Self {
        caller.map_or(Self::MissingLayer, Self::Caller)
    }
}

/// What a request's check needs besides the caller.
pub(crate) struct Request<'a, T, N> {
    pub(crate) endpoint: Endpoint,
    /// What the endpoint requires, or `None` if its tier is from another enum than `T`. In this case,
    /// the call is refused.
    pub(crate) need: Option<Need>,
    /// The overrides that a layer has added to the request.
    pub(crate) overrides: Option<&'a Overrides<T>>,
    /// A function that takes the caller's id. If a tier source has looked up this caller, the function
    /// returns the caller's name for logs.
    pub(crate) name: N,
    /// How to add an authentication layer in the framework that received the request.
    pub(crate) advice: &'a str,
}

impl<T: Tier, N: FnOnce(Option<&str>) -> Option<String>> Request<'_, T, N> {
    /// Returns whether the call is refused, without reporting the decision.
    #[cfg(feature = "tower")]
    pub(crate) fn is_refused(&self, resolution: Resolution<&Caller<T>>) -> bool {
        let snapshot = self.overrides.map(Overrides::current);
        let id = resolution.caller().and_then(Caller::id);
        let found = snapshot
            .as_ref()
            .map_or_else(Found::default, |snapshot| snapshot.find(self.endpoint, id));
        let now = self.overrides.map_or_else(SystemTime::now, Overrides::now);
        let identification = resolution.identification();
        let verdict = decide(self.need.as_ref(), identification, found.rules(), now);
        verdict.result.is_err()
    }

    /// Decides whether the caller may call the endpoint, and reports the decision to logs and metrics.
    pub(crate) fn check(self, resolution: Resolution<&Caller<T>>) -> Result<Permit<T>, Refusal> {
        let snapshot = self.overrides.map(Overrides::current);
        let caller = resolution.caller();
        let found = snapshot.as_ref().map_or_else(Found::default, |snapshot| {
            snapshot.find(self.endpoint, caller.and_then(Caller::id))
        });
        // Reads the clock only if there is an end to compare it with.
        let has_end = caller.is_some_and(|caller| caller.ends_at().is_some());
        let now = if has_end || !found.is_empty() {
            self.overrides.map_or_else(SystemTime::now, Overrides::now)
        } else {
            SystemTime::UNIX_EPOCH
        };
        let verdict = decide(
            self.need.as_ref(),
            resolution.identification(),
            found.rules(),
            now,
        );
        if verdict.result == Err(Reason::MissingLayer) {
            log_missing_layer(self.endpoint, self.advice);
        }
        let refusal = |reason| {
            let retry_after = resolution.retry_after();
            Refusal::new(self.endpoint, reason, caller, now, retry_after)
        };
        let checked = match (verdict.result, caller) {
            (Ok(()), Some(caller)) => Ok(Permit::of(caller, now)),
            // No verdict allows a call without a caller.
            (Ok(()), None) => Err(refusal(Reason::MissingLayer)),
            (Err(reason), _) => Err(refusal(reason)),
        };
        let outcome = checked.as_ref().map(|permit| permit.tier.name());
        telemetry::report_check(self.endpoint, outcome, || {
            let (id, id_in_logs) = match caller {
                Some(caller) => (caller.id(), caller.id_in_logs()),
                None => (None, None),
            };
            (self.name)(id).or_else(|| id_in_logs.map(str::to_owned))
        });
        if let Some(reason) = verdict.shadow {
            telemetry::report_shadow(self.endpoint, &refusal(reason));
        }
        if decision_sink::wants(verdict.result.is_err()) {
            let version = snapshot.as_ref().and_then(|snapshot| snapshot.version);
            // The decision is a record of the time at which it was made, even if no end was compared.
            let now = self.overrides.map_or_else(SystemTime::now, Overrides::now);
            let retry_after = resolution.retry_after();
            decision_sink::record(&Decision::new(
                self.endpoint,
                verdict,
                caller,
                &found,
                version,
                now,
                retry_after,
            ));
        }
        checked
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
