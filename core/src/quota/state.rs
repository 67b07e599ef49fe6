//! What the client learns about its quotas.

use crate::access::policy_name::PolicyName;
use crate::access::refusal::whole_seconds;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::{Limit, Window};
use crate::quota::small_list::SmallList;
use std::fmt::{self, Write};
use std::time::Duration;

/// The limits that apply to a call, and what remains of them after it.
///
/// [`headers`](Self::headers) writes them into the response: the fields `RateLimit-Policy` and `RateLimit`
/// of [draft-ietf-httpapi-ratelimit-headers-11](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11)
/// of May 2026, the latest revision. Both are lists of structured fields (RFC 9651). Add them to
/// successful responses as well as to refusals.
#[derive(Clone, Copy, Default)]
#[must_use = "the client learns its limits from the headers of this state"]
pub struct QuotaState {
    endpoint: Option<Endpoint>,
    policies: SmallList<CompactState>,
    has_legacy_headers: bool,
}

/// A limit that applies to a call, and what remains of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyState {
    name: PolicyName,
    amount: u32,
    remaining: u32,
    seconds: u32,
}

/// A [`PolicyState`] without the endpoint, which all policies share.
#[derive(Clone, Copy, Default)]
struct CompactState {
    amount: u32,
    remaining: u32,
    seconds: u32,
    window: Window,
    is_of_endpoint: bool,
}

impl QuotaState {
    pub(crate) fn new(has_legacy_headers: bool) -> Self {
        Self {
            has_legacy_headers,
            ..Self::default()
        }
    }

    /// Adds a policy. All policies of endpoints must be of the same endpoint.
    pub(crate) fn push(
        &mut self,
        name: PolicyName,
        amount: u32,
        remaining: u32,
        resets_in: Duration,
    ) {
        self.endpoint = self.endpoint.or(name.endpoint());
        self.policies.push(CompactState {
            amount,
            remaining,
            seconds: u32::try_from(whole_seconds(resets_in).as_secs()).unwrap_or(u32::MAX),
            window: name.window(),
            is_of_endpoint: name.endpoint().is_some(),
        });
    }

    /// Returns the limits: first those of the endpoint, then those of the catalogue's quota. There are
    /// none if the caller is unlimited.
    pub fn policies(&self) -> impl Iterator<Item = PolicyState> {
        self.policies.as_slice().iter().map(|policy| {
            let endpoint = self.endpoint.filter(|_| policy.is_of_endpoint);
            PolicyState {
                name: PolicyName::new(endpoint, policy.window),
                amount: policy.amount,
                remaining: policy.remaining,
                seconds: policy.seconds,
            }
        })
    }

    /// Returns the value of the header `RateLimit-Policy`, such as `"minute";q=60;w=60`, or `None` if the
    /// caller is unlimited.
    pub fn rate_limit_policy(&self) -> Option<String> {
        self.list(|policy, list| {
            let window = policy.limit().window().as_secs();
            write!(list, "\"{}\";q={};w={window}", policy.name, policy.amount)
        })
    }

    /// Returns the value of the header `RateLimit`, such as `"minute";r=59;t=60`, or `None` if the caller
    /// is unlimited.
    pub fn rate_limit(&self) -> Option<String> {
        self.list(|policy, list| {
            let PolicyState {
                name,
                remaining,
                seconds,
                ..
            } = policy;
            write!(list, "\"{name}\";r={remaining};t={seconds}")
        })
    }

    /// Returns the names and values of the response's headers. The names are in lower case.
    ///
    /// With [`Quotas::legacy_headers`](crate::Quotas::legacy_headers), these include `x-ratelimit-limit`,
    /// `x-ratelimit-remaining` and `x-ratelimit-reset`, for the policy of which the smallest part remains.
    /// The reset is a number of seconds from now.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let standard = [
            ("ratelimit-policy", self.rate_limit_policy()),
            ("ratelimit", self.rate_limit()),
        ];
        let scarcest = if self.has_legacy_headers {
            self.scarcest()
        } else {
            None
        };
        let legacy = scarcest.map(|policy| {
            [
                ("x-ratelimit-limit", policy.amount.to_string()),
                ("x-ratelimit-remaining", policy.remaining.to_string()),
                ("x-ratelimit-reset", policy.seconds.to_string()),
            ]
        });
        let standard = standard.into_iter();
        standard
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(legacy.into_iter().flatten())
    }

    /// Returns the policy of which the smallest part remains.
    fn scarcest(&self) -> Option<PolicyState> {
        self.policies().min_by(|one, other| {
            // Compares one.remaining / one.amount with other.remaining / other.amount.
            let [left, right] = [(one, other), (other, one)]
                .map(|(one, other)| u64::from(one.remaining) * u64::from(other.amount));
            left.cmp(&right).then(other.seconds.cmp(&one.seconds))
        })
    }

    fn list(&self, write: impl Fn(&PolicyState, &mut String) -> fmt::Result) -> Option<String> {
        let mut list = String::new();
        for policy in self.policies() {
            if !list.is_empty() {
                list.push_str(", ");
            }
            // Writing to a string can't fail.
            let _ = write(&policy, &mut list);
        }
        (!list.is_empty()).then_some(list)
    }
}

impl PolicyState {
    /// Returns the name of the policy.
    pub fn name(&self) -> PolicyName {
        self.name
    }

    /// Returns the limit.
    pub fn limit(&self) -> Limit {
        Limit::new(self.amount, self.name.window())
    }

    /// Returns the number of units that the caller can use now.
    pub fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Returns the time until the caller can use more units, rounded up to whole seconds.
    pub fn resets_in(&self) -> Duration {
        Duration::from_secs(u64::from(self.seconds))
    }
}

impl fmt::Debug for QuotaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.policies()).finish()
    }
}
