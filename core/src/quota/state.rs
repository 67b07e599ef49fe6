//! The quota information for the client.

use crate::access::policy_name::PolicyName;
use crate::access::refusal::whole_seconds;
use crate::endpoint::limits::Limit;
use crate::quota::header_texts::Remaining;
use crate::quota::plan::Bill;
use crate::quota::small_list::SmallList;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The names of all headers that [`QuotaState::headers`] returns.
#[cfg(any(feature = "actix-web", feature = "axum", feature = "poem"))]
pub(crate) const HEADER_NAMES: [&str; 5] = [
    "ratelimit-policy",
    "ratelimit",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// The limits that apply to a call, and how much of each remains after the call.
///
/// [`headers`](Self::headers) writes them into the response: the fields `RateLimit-Policy` and `RateLimit`
/// of [draft-ietf-httpapi-ratelimit-headers-11](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11)
/// of May 2026, the latest revision. Both are lists of structured fields (RFC 9651). Add them to
/// successful responses as well as to refusals.
#[derive(Clone, Default)]
#[must_use = "the client learns its limits from the headers of this state"]
pub struct QuotaState {
    /// The limits. `None` if nothing limits the call.
    bill: Option<Arc<Bill>>,
    /// How much of each limit remains.
    remaining: SmallList<Remaining>,
    has_legacy_headers: bool,
}

/// A limit that applies to a call, and how much of it remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyState {
    name: PolicyName,
    amount: u32,
    remaining: Remaining,
}

impl QuotaState {
    pub(crate) fn new(bill: Arc<Bill>, has_legacy_headers: bool) -> Self {
        Self {
            bill: Some(bill),
            remaining: SmallList::default(),
            has_legacy_headers,
        }
    }

    /// Adds how much of the bill's next limit remains.
    pub(crate) fn push(&mut self, units: u32, resets_in: Duration) {
        let seconds = whole_seconds(resets_in).as_secs();
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        self.remaining.push(Remaining { units, seconds });
    }

    /// Returns the limits: first the endpoint's, then the quota's. Returns no limits if the caller is
    /// unlimited.
    pub fn policies(&self) -> impl Iterator<Item = PolicyState> {
        let takes = self.bill.iter().flat_map(|bill| &bill.takes);
        let limited = takes.filter_map(|take| Some((take.name, take.limit.as_ref()?.amount)));
        let remaining = self.remaining.as_slice().iter();
        limited
            .zip(remaining)
            .map(|((name, amount), remaining)| PolicyState {
                name,
                amount,
                remaining: *remaining,
            })
    }

    /// Returns the value of the header `RateLimit-Policy`, such as `"minute";q=60;w=60`, or `None` if the
    /// caller is unlimited.
    pub fn rate_limit_policy(&self) -> Option<String> {
        let bill = self.bill.as_ref()?;
        self.is_limited().then(|| bill.header.policy().to_owned())
    }

    /// Returns whether any limit applies to the call.
    pub(crate) fn is_limited(&self) -> bool {
        !self.remaining.as_slice().is_empty()
    }

    /// Returns the value of the header `RateLimit`, such as `"minute";r=59;t=60`, or `None` if the caller
    /// is unlimited.
    pub fn rate_limit(&self) -> Option<String> {
        String::from_utf8(self.rate_limit_bytes()?).ok()
    }

    /// Returns the value of the header `RateLimit`.
    pub(crate) fn rate_limit_bytes(&self) -> Option<Vec<u8>> {
        let bill = self.bill.as_ref()?;
        let remaining = self.remaining.as_slice();
        self.is_limited().then(|| bill.header.rate_limit(remaining))
    }

    /// Returns the names and values of the response's headers. The names are in lower case.
    ///
    /// With [`Quotas::legacy_headers`](crate::Quotas::legacy_headers), these include `x-ratelimit-limit`,
    /// `x-ratelimit-remaining` and `x-ratelimit-reset`, for the policy with the smallest remaining fraction.
    /// The reset is a number of seconds from now.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let standard = [
            ("ratelimit-policy", self.rate_limit_policy()),
            ("ratelimit", self.rate_limit()),
        ];
        let legacy = self.legacy_headers().into_iter().flatten();
        let legacy = legacy.map(|(name, value)| (name, value.to_string()));
        let standard = standard.into_iter();
        standard
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(legacy)
    }

    /// Returns the value of the header `RateLimit-Policy` without copying it.
    #[cfg(feature = "_http")]
    pub(crate) fn rate_limit_policy_value(&self) -> Option<&http::HeaderValue> {
        self.bill.as_ref()?.header.policy_value()
    }

    /// Returns the names and values of the older headers, if they are enabled.
    pub(crate) fn legacy_headers(&self) -> Option<[(&'static str, u32); 3]> {
        if !self.has_legacy_headers {
            return None;
        }
        let policy = self.scarcest()?;
        Some([
            ("x-ratelimit-limit", policy.amount),
            ("x-ratelimit-remaining", policy.remaining.units),
            ("x-ratelimit-reset", policy.remaining.seconds),
        ])
    }

    /// Returns the policy with the smallest remaining fraction.
    fn scarcest(&self) -> Option<PolicyState> {
        self.policies().min_by(|one, other| {
            // Compares the fractions one.remaining / one.amount and other.remaining / other.amount.
            let [left, right] = [(one, other), (other, one)]
                .map(|(one, other)| u64::from(one.remaining.units) * u64::from(other.amount));
            let (sooner, later) = (one.remaining.seconds, other.remaining.seconds);
            left.cmp(&right).then(later.cmp(&sooner))
        })
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
        self.remaining.units
    }

    /// Returns the time until the caller can use more units, rounded up to whole seconds.
    pub fn resets_in(&self) -> Duration {
        Duration::from_secs(u64::from(self.remaining.seconds))
    }
}

impl fmt::Debug for QuotaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.policies()).finish()
    }
}
