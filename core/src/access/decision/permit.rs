//! Decisions that permit a call, or return the error for the caller.

use crate::access::caller::{Caller, Permit};
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification, Rules, Verdict, decide};
use crate::access::denied::Denied;
#[cfg(feature = "watch")]
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::tier::Tier;
use std::time::SystemTime;

/// Decides without overrides, and reports nothing.
#[cfg(feature = "watch")]
pub(crate) fn permit_without_overrides<T: Tier>(
    endpoint: Endpoint,
    need: &Need,
    caller: &Caller<T>,
) -> Result<Permit<T>, Denied> {
    let (verdict, now) = decide_without_overrides(need, caller);
    conclude(endpoint, caller, verdict, now)
}

/// Decides without overrides. Also returns the time of the decision. Reads the system's clock only if the
/// caller's subscription has an end. Otherwise, the time is `UNIX_EPOCH`.
#[inline]
pub(crate) fn decide_without_overrides<T: Tier>(
    need: &Need,
    caller: &Caller<T>,
) -> (Verdict, SystemTime) {
    let now = match caller.ends_at() {
        Some(_) => SystemTime::now(),
        None => SystemTime::UNIX_EPOCH,
    };
    let identification = Identification::Caller(Facts::of(caller));
    let verdict = decide(Some(need), identification, Rules::default(), now);
    (verdict, now)
}

/// Returns the permit or the error for a verdict without overrides.
#[inline]
pub(crate) fn conclude<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    verdict: Verdict,
    now: SystemTime,
) -> Result<Permit<T>, Denied> {
    match verdict.result {
        Ok(()) => Ok(Permit::of(caller, verdict.has_ended)),
        Err(reason) => {
            let (tier, is_anonymous) = (caller.tier_at(now), caller.is_anonymous());
            Err(Denied::new(endpoint, reason, tier, is_anonymous))
        }
    }
}

/// Decides with overrides, at the time of their clock, and reports nothing.
#[cfg(feature = "watch")]
pub(crate) fn permit_with_overrides<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    overrides: &Overrides<T>,
) -> Result<Permit<T>, Refusal> {
    let decision = Decision::of(endpoint, caller, overrides, overrides.now());
    permit_of(&decision, caller)
}

/// Returns the permit or the refusal for a decision about this caller.
pub(crate) fn permit_of<T: Tier>(
    decision: &Decision,
    caller: &Caller<T>,
) -> Result<Permit<T>, Refusal> {
    match decision.refusal() {
        Some(refusal) => Err(refusal),
        None => Ok(Permit::of(caller, caller.has_ended(decision.time()))),
    }
}
