//! Checks the quotas of catalogues at compile time.
//!
//! `#[track_caller]` makes the compiler report a panic at the user's code instead of in this module.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::const_message::Message;
use crate::endpoint::policy_text::unit_name;
use crate::endpoint::record::{PolicyRecord, Tiers, WindowRecord};

/// Returns the tiers of a catalogue's tier enum. The type parameter is the catalogue instead of the enum, so a
/// type that isn't a tier enum causes only one error.
#[must_use]
pub const fn tiers_of<C: Catalogue>() -> &'static Tiers {
    Tiers::of_enum::<C::Tier>()
}

/// Checks that every call fits into the windows of the policy at this position. A call that costs more than a
/// window allows would always be refused.
///
/// # Panics
/// Panics if a call costs too much for a tier that may call the endpoint and has this policy.
#[track_caller]
pub const fn assert_affordable(
    quota: &[PolicyRecord],
    position: usize,
    endpoints: &[Endpoint],
    tiers: &Tiers,
) {
    let mut index = 0;
    while index < endpoints.len() {
        let endpoint = endpoints[index];
        if let Some(window) = too_small_window(quota, position, endpoint) {
            let mut message = Message::new();
            message.push("a call of ");
            message.push_endpoint(endpoint);
            message.push(" costs ");
            message.push_number(endpoint.cost());
            message.push(", but the tier ");
            message.push(tiers.name(quota[position].rank));
            message.push(" has only ");
            message.push_number(window.amount);
            message.push(" per ");
            message.push(unit_name(window.seconds));
            message.push("; raise this quota, or lower the cost");
            panic!("{}", message.text())
        }
        index += 1;
    }
}

/// Checks that an included catalogue has no quota.
///
/// # Panics
/// Panics if the included catalogue has a quota.
#[track_caller]
pub const fn assert_no_quota(included: &[PolicyRecord]) {
    assert!(
        included.is_empty(),
        "the quota of an included catalogue would have no effect; move `quota` to the catalogue that includes it"
    );
}

/// Returns a window of the policy at this position that allows fewer units than a call to the endpoint
/// costs. Returns `None` if no tier with this policy may call the endpoint.
pub(crate) const fn too_small_window(
    quota: &[PolicyRecord],
    position: usize,
    endpoint: Endpoint,
) -> Option<&WindowRecord> {
    match window_below(&quota[position], endpoint.cost()) {
        Some(window) if may_call(quota, position, endpoint) => Some(window),
        _ => None,
    }
}

/// Returns a window of the policy that allows fewer units than `cost`.
const fn window_below(policy: &PolicyRecord, cost: u32) -> Option<&WindowRecord> {
    let mut index = 0;
    while index < policy.windows.len() && !policy.unlimited {
        if policy.windows[index].amount < cost {
            return Some(&policy.windows[index]);
        }
        index += 1;
    }
    None
}

/// Returns whether the policy at this position applies to a tier that may call the endpoint. Calls to public
/// endpoints don't count towards the quota.
const fn may_call(quota: &[PolicyRecord], position: usize, endpoint: Endpoint) -> bool {
    match endpoint.need() {
        None => false,
        Some(need) => {
            let next = position + 1;
            next == quota.len() || need.lowest_rank() < quota[next].rank
        }
    }
}
