//! Checks the tier of a request's caller.
//!
//! Each framework integration and the tower layer determine the caller in their own way, and pass the
//! caller to [`Request::check`] as a [`Resolution`]. `check` allows or refuses the request and reports
//! the decision.
// Every request to a gated handler runs this code. Without `inline(always)`, the compiler keeps code
// that a particular handler doesn't need, and a small request takes 3 % longer.
#![allow(clippy::inline_always)]

use crate::access::caller::{Caller, Permit};
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification, Reason, Rules, Verdict, decide};
use crate::access::decision_sink;
use crate::access::overrides::Overrides;
use crate::access::overrides::snapshot::{Found, OverrideSnapshot};
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

#[cfg(feature = "source")]
impl<C> Resolution<C> {
    /// The resolution if no lookup runs because an override closes the endpoint. If the override is
    /// removed before the check, the response tells the client to retry.
    pub(crate) const CLOSED: Self = Self::SourceUnavailable {
        retry_after: Duration::from_secs(1),
    };
}

#[cfg(any(
    feature = "actix-web",
    feature = "poem",
    feature = "rocket",
    feature = "salvo",
    feature = "source",
    all(feature = "quota", feature = "tower")
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
    /// Returns the caller, if one was identified.
    pub(crate) fn caller(self) -> Option<&'a Caller<T>> {
        if let Self::Caller(caller) = self {
            Some(caller)
        } else {
            None
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

/// The inputs of a check, except the caller.
pub(crate) struct Request<'a, T, N> {
    pub(crate) endpoint: Endpoint,
    /// What the endpoint requires. `None` if the endpoint uses another tier enum than `T`. Calls to
    /// such an endpoint are refused.
    pub(crate) need: Option<&'a Need>,
    /// The overrides that a layer has added to the request.
    pub(crate) overrides: Option<&'a Overrides<T>>,
    /// A function that takes the caller's id. It returns the caller's name for logs if a tier source
    /// has looked up the caller.
    pub(crate) name: N,
    /// How to add an authentication layer in the framework that received the request.
    pub(crate) advice: &'a str,
}

impl<T: Tier, N: Fn(Option<&str>) -> Option<String>> Request<'_, T, N> {
    /// Returns whether the call is refused, without reporting the decision.
    #[cfg(feature = "tower")]
    pub(crate) fn is_refused(&self, resolution: Resolution<&Caller<T>>) -> bool {
        let current = self.overrides.map(Overrides::current);
        let found = current
            .as_ref()
            .and_then(|current| self.find(current, resolution));
        let now = self.now(resolution, found.as_ref());
        let rules = found.map(|found| found.rules()).unwrap_or_default();
        self.decide(resolution, rules, now).result.is_err()
    }

    /// Decides whether the caller may call the endpoint, and reports the decision to logs and metrics.
    #[inline(always)]
    pub(crate) fn check(self, resolution: Resolution<&Caller<T>>) -> Result<Permit<T>, Refusal> {
        match self.overrides {
            // Most requests take this branch. The compiler omits the code for overrides here.
            None => {
                let now = self.now(resolution, None);
                let verdict = self.decide(resolution, Rules::default(), now);
                self.conclude(resolution, verdict, None, None, now)
            }
            Some(overrides) => self.check_with(overrides, resolution),
        }
    }

    #[inline(never)]
    fn check_with(
        self,
        overrides: &Overrides<T>,
        resolution: Resolution<&Caller<T>>,
    ) -> Result<Permit<T>, Refusal> {
        let current = overrides.current();
        let found = self.find(&current, resolution);
        let now = self.now(resolution, found.as_ref());
        let rules = found.as_ref().map(Found::rules).unwrap_or_default();
        let verdict = self.decide(resolution, rules, now);
        self.conclude(resolution, verdict, found.as_ref(), current.version, now)
    }

    #[inline(always)]
    fn decide(&self, resolution: Resolution<&Caller<T>>, rules: Rules, now: SystemTime) -> Verdict {
        decide(self.need, resolution.identification(), rules, now)
    }

    fn find<'o>(
        &self,
        current: &'o OverrideSnapshot<T>,
        resolution: Resolution<&Caller<T>>,
    ) -> Option<Found<'o, T>> {
        current.find(self.endpoint, resolution.caller().and_then(Caller::id))
    }

    /// Returns the current time. If neither the caller nor an override can have an end, returns
    /// `UNIX_EPOCH` without reading the clock.
    #[inline(always)]
    fn now(&self, resolution: Resolution<&Caller<T>>, found: Option<&Found<'_, T>>) -> SystemTime {
        let caller = resolution.caller();
        if found.is_some() || caller.is_some_and(|caller| caller.ends_at().is_some()) {
            self.clock()
        } else {
            SystemTime::UNIX_EPOCH
        }
    }

    #[cold]
    fn clock(&self) -> SystemTime {
        self.overrides.map_or_else(SystemTime::now, Overrides::now)
    }

    /// Reports a verdict, and returns the permit or the refusal.
    #[inline(always)]
    fn conclude(
        self,
        resolution: Resolution<&Caller<T>>,
        verdict: Verdict,
        found: Option<&Found<'_, T>>,
        overrides_version: Option<u64>,
        now: SystemTime,
    ) -> Result<Permit<T>, Refusal> {
        if verdict.shadow.is_some() || decision_sink::wants(verdict.result.is_err()) {
            self.report_details(resolution, verdict, found, overrides_version, now);
        }
        let caller = resolution.caller();
        let checked = match (verdict.result, caller) {
            (Ok(()), Some(caller)) => Ok(Permit::of(caller, verdict.has_ended)),
            // No verdict allows a call without a caller.
            (Ok(()), None) => Err(self.refusal(Reason::MissingLayer, resolution, now)),
            (Err(reason), _) => Err(self.refusal(reason, resolution, now)),
        };
        let outcome = checked.as_ref().map(|permit| permit.tier.name());
        telemetry::report_check(self.endpoint, outcome, || self.name_in_logs(caller));
        checked
    }

    /// Returns the caller's name for logs.
    fn name_in_logs(&self, caller: Option<&Caller<T>>) -> Option<String> {
        let name = (self.name)(caller.and_then(Caller::id));
        name.or_else(|| caller.and_then(Caller::id_in_logs).map(str::to_owned))
    }

    /// Reports an allowed call that a stricter requirement would refuse, and forwards the decision to the
    /// program's audit trail.
    #[cold]
    fn report_details(
        &self,
        resolution: Resolution<&Caller<T>>,
        verdict: Verdict,
        found: Option<&Found<'_, T>>,
        overrides_version: Option<u64>,
        now: SystemTime,
    ) {
        if let Some(reason) = verdict.shadow {
            let refusal = self.refusal(reason, resolution, now);
            let caller = resolution.caller();
            telemetry::report_shadow(self.endpoint, &refusal, || self.name_in_logs(caller));
        }
        if decision_sink::wants(verdict.result.is_err()) {
            decision_sink::record(&Decision::new(
                self.endpoint,
                verdict,
                resolution.caller(),
                found.unwrap_or(&Found::default()),
                overrides_version,
                // `UNIX_EPOCH` means that the clock hasn't been read yet.
                if now == SystemTime::UNIX_EPOCH {
                    self.clock()
                } else {
                    now
                },
                resolution.retry_after(),
            ));
        }
    }

    #[cold]
    fn refusal(
        &self,
        reason: Reason,
        resolution: Resolution<&Caller<T>>,
        now: SystemTime,
    ) -> Refusal {
        if reason == Reason::MissingLayer {
            log_missing_layer(self.endpoint, self.advice);
        }
        let retry_after = resolution.retry_after();
        Refusal::new(self.endpoint, reason, resolution.caller(), now, retry_after)
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
