//! Decisions that permit a call, or return the error for the caller.

use crate::access::caller::{Caller, Permit};
use crate::access::decision::Decision;
use crate::access::decision::decide::{Facts, Identification, Rules, decide};
use crate::access::denied::Denied;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::tier::Tier;
use std::time::SystemTime;

/// Decides without overrides. Reads the system's clock only if the caller's subscription has an end.
#[inline]
pub(crate) fn permit_without_overrides<T: Tier>(
    endpoint: Endpoint,
    need: &Need,
    caller: &Caller<T>,
) -> Result<Permit<T>, Denied> {
    let now = match caller.ends_at() {
        Some(_) => SystemTime::now(),
        None => SystemTime::UNIX_EPOCH,
    };
    let identification = Identification::Caller(Facts::of(caller));
    let verdict = decide(Some(need), identification, Rules::default(), now);
    match verdict.result {
        Ok(()) => Ok(Permit::of(caller, verdict.has_ended)),
        Err(reason) => {
            let (tier, is_anonymous) = (caller.tier_at(now), caller.is_anonymous());
            Err(Denied::new(endpoint, reason, tier, is_anonymous))
        }
    }
}

/// Decides with overrides, at the time of their clock.
pub(crate) fn permit_with_overrides<T: Tier>(
    endpoint: Endpoint,
    caller: &Caller<T>,
    overrides: &Overrides<T>,
) -> Result<Permit<T>, Refusal> {
    let now = overrides.now();
    match Decision::of(endpoint, caller, overrides, now).refusal() {
        Some(refusal) => Err(refusal),
        None => Ok(Permit::of(caller, caller.has_ended(now))),
    }
}
