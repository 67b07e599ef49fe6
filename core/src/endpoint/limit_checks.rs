//! Checks the limits of handlers and the quotas of catalogues at compile time.
//!
//! `#[track_caller]` makes the compiler report a panic at the user's code instead of in this module.
// Public for generated code only.
#![allow(missing_docs)]

use crate::endpoint::const_message::Message;
use crate::endpoint::record::{PolicyRecord, Tiers};

/// Returns the lowest of these ranks.
#[must_use]
pub const fn lowest_of(ranks: &[u32]) -> u32 {
    let mut lowest = u32::MAX;
    let mut index = 0;
    while index < ranks.len() {
        if ranks[index] < lowest {
            lowest = ranks[index];
        }
        index += 1;
    }
    lowest
}

/// Returns the first policy of a list. `lowest` is the rank of the lowest tier that needs a policy.
///
/// # Panics
/// Panics if the policy belongs to another tier.
#[track_caller]
#[must_use]
pub const fn first_policy(policy: PolicyRecord, lowest: u32, tiers: &Tiers) -> PolicyRecord {
    if is_invalid(tiers) {
        return policy;
    }
    let mut message = Message::new();
    if policy.rank < lowest {
        message.push("callers with the tier ");
        message.push(tiers.name(policy.rank));
        message.push(" can't call this endpoint; start the list with the tier ");
    } else if policy.rank > lowest {
        message.push("the list doesn't state what the tier ");
        message.push(tiers.name(lowest));
        message.push(" gets; start the list with the tier ");
    } else {
        return policy;
    }
    message.push(tiers.name(lowest));
    panic!("{}", message.text())
}

/// Returns a policy that follows the policy `lower` in a list. `less` is the error message if the policy gives
/// less than an earlier one. If it gives at least as much, `less` is empty.
///
/// # Panics
/// Panics if the policy's tier isn't above the tier of the policy before it, or if the policy gives less than
/// an earlier one.
#[track_caller]
#[must_use]
pub const fn next_policy(
    policy: PolicyRecord,
    lower: &PolicyRecord,
    less: &str,
    tiers: &Tiers,
) -> PolicyRecord {
    if is_invalid(tiers) {
        return policy;
    }
    if policy.rank <= lower.rank {
        let mut message = Message::new();
        message.push("the tier ");
        message.push(tiers.name(policy.rank));
        message.push(" is not above the tier ");
        message.push(tiers.name(lower.rank));
        message.push(", which is in front of it; write each tier once, the lowest tier first");
        panic!("{}", message.text())
    }
    assert!(less.is_empty(), "{}", less);
    policy
}

/// Returns whether the tier enum is invalid, which another error reports. Such an enum has no tiers.
const fn is_invalid(tiers: &Tiers) -> bool {
    tiers.ranks.is_empty()
}
