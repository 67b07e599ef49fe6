//! A caller's usage.

use crate::access::policy_name::PolicyName;
use crate::access::refusal::whole_seconds;
use crate::endpoint::limits::Limit;
use crate::quota::outcome::CounterState;
use crate::quota::plan::Take;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// How much of a limit a caller has used in the current window, for a usage page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    name: PolicyName,
    amount: Option<u32>,
    state: CounterState,
}

impl Usage {
    pub(crate) fn new(take: &Take, state: CounterState) -> Self {
        Self {
            name: take.name,
            amount: take.limit.as_ref().map(|limit| limit.amount),
            state,
        }
    }

    /// Returns the name of the policy, which also names the endpoint.
    pub fn name(&self) -> PolicyName {
        self.name
    }

    /// Returns the limit, or `None` if the caller's tier is unlimited. Calls are counted in both cases.
    pub fn limit(&self) -> Option<Limit> {
        self.amount
            .map(|amount| Limit::new(amount, self.name.window()))
    }

    /// Returns the number of units that the caller used in the current window.
    pub fn used(&self) -> u32 {
        self.state.used
    }

    /// Returns the number of units that the caller can use now, or `None` if the caller is unlimited.
    pub fn remaining(&self) -> Option<u32> {
        self.amount.map(|_| self.state.remaining)
    }

    /// Returns the time until the caller can use more units, rounded up to whole seconds.
    pub fn resets_in(&self) -> Duration {
        whole_seconds(self.state.resets_in)
    }
}

/// The reason why counters can't be read or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaError {
    /// The caller has no id, and the application passed no other identity.
    UnidentifiedCaller,
    /// The store doesn't respond.
    StoreUnavailable,
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnidentifiedCaller => {
                "the caller has no id; set one with `Caller::with_id`, or pass a `CallerIdentity`"
            }
            Self::StoreUnavailable => "the quota store is unavailable; try again later",
        })
    }
}

impl Error for QuotaError {}
