//! Checks that the program makes itself, for a guard or an event. They are reported like the checks of requests.

use crate::access::caller::{Caller, Permit};
use crate::access::decision::Decision;
use crate::access::decision::permit::{conclude, decide_without_overrides, permit_of};
use crate::access::denied::Denied;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
#[cfg(any(feature = "metrics", feature = "tracing"))]
use crate::access::telemetry;
#[cfg(feature = "_check")]
use crate::access::{decision_sink, overrides::snapshot::Found};
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::tier::Tier;
#[cfg(any(feature = "_check", feature = "metrics", feature = "tracing"))]
use {
    crate::access::decision::decide::Verdict,
    std::time::{Duration, SystemTime},
};

/// Checks the caller of a handler, without overrides. The decision isn't forwarded to the program's audit trail,
/// so that the compiler can reduce the check to a comparison if telemetry is disabled.
#[inline]
pub(crate) fn check_guard<T: Tier>(
    endpoint: Endpoint,
    need: &Need,
    caller: &Caller<T>,
) -> Result<Permit<T>, Denied> {
    let (verdict, now) = decide_without_overrides(need, caller);
    let checked = conclude(endpoint, caller, verdict, now);
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    report_verdict(endpoint, caller, verdict, now, checked);
    checked
}

/// Checks the recipient of an event, without overrides.
pub(crate) fn check_event<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
) -> Result<Permit<T>, Denied> {
    let (verdict, now) = decide_without_overrides(&endpoint.expect_need(), caller);
    let checked = conclude(endpoint, caller, verdict, now);
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    report_verdict(endpoint, caller, verdict, now, checked);
    #[cfg(feature = "_check")]
    forward_verdict(endpoint, caller, verdict, now);
    checked
}

/// Checks a caller at the time of the overrides' clock.
pub(crate) fn check_with<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    overrides: &Overrides<T>,
) -> Result<Permit<T>, Refusal> {
    let decision = Decision::of(endpoint, caller, overrides, overrides.now());
    let checked = permit_of(&decision, caller);
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    report(endpoint, caller, checked, decision.shadow());
    #[cfg(feature = "_check")]
    if decision_sink::wants(checked.is_err()) {
        decision_sink::record(&decision);
    }
    checked
}

#[cfg(any(feature = "metrics", feature = "tracing"))]
fn report_verdict<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    verdict: Verdict,
    now: SystemTime,
    checked: Result<Permit<T>, Denied>,
) {
    let shadow = verdict.shadow.map(|reason| {
        let retry_after = Duration::ZERO;
        Refusal::new(endpoint, reason, Some(caller), now, retry_after)
    });
    report(endpoint, caller, checked.map_err(Refusal::from), shadow);
}

#[cfg(any(feature = "metrics", feature = "tracing"))]
fn report<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    checked: Result<Permit<T>, Refusal>,
    shadow: Option<Refusal>,
) {
    let name = || caller.id_in_logs().map(str::to_owned);
    if let Some(shadow) = shadow {
        telemetry::report_shadow(endpoint, &shadow, name);
    }
    let outcome = checked.as_ref().map(|permit| permit.tier.name());
    telemetry::report_direct_check(endpoint, outcome, name);
}

/// Forwards a decision without overrides to the program's audit trail.
#[cfg(feature = "_check")]
fn forward_verdict<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    verdict: Verdict,
    now: SystemTime,
) {
    if !decision_sink::wants(verdict.result.is_err()) {
        return;
    }
    // `UNIX_EPOCH` means that the clock hasn't been read yet.
    let now = if now == SystemTime::UNIX_EPOCH {
        SystemTime::now()
    } else {
        now
    };
    decision_sink::record(&Decision::new(
        endpoint,
        verdict,
        Some(caller),
        &Found::default(),
        None,
        now,
        Duration::ZERO,
    ));
}
