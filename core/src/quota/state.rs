//! What the client learns about its quotas.

use crate::access::policy_name::PolicyName;
use crate::access::refusal::whole_seconds;
use crate::endpoint::limits::Limit;
use crate::quota::plan::Bill;
use crate::quota::small_list::SmallList;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The limits that apply to a call, and what remains of them after it.
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
    /// What remains of each limit.
    remaining: SmallList<Remaining>,
    has_legacy_headers: bool,
}

/// A limit that applies to a call, and what remains of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyState {
    name: PolicyName,
    amount: u32,
    remaining: Remaining,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Remaining {
    units: u32,
    /// The time until there are more units.
    seconds: u32,
}

impl QuotaState {
    pub(crate) fn new(bill: Arc<Bill>, has_legacy_headers: bool) -> Self {
        Self {
            bill: Some(bill),
            remaining: SmallList::default(),
            has_legacy_headers,
        }
    }

    /// Adds what remains of the bill's next limit.
    pub(crate) fn push(&mut self, units: u32, resets_in: Duration) {
        let seconds = whole_seconds(resets_in).as_secs();
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        self.remaining.push(Remaining { units, seconds });
    }

    /// Returns the limits: first those of the endpoint, then those of the catalogue's quota. There are
    /// none if the caller is unlimited.
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
        self.is_limited().then(|| bill.header.clone())
    }

    /// Returns whether any limit applies to the call.
    pub(crate) fn is_limited(&self) -> bool {
        !self.remaining.as_slice().is_empty()
    }

    /// Returns the value of the header `RateLimit`, such as `"minute";r=59;t=60`, or `None` if the caller
    /// is unlimited.
    pub fn rate_limit(&self) -> Option<String> {
        let mut list = String::with_capacity(32 * self.remaining.as_slice().len());
        for policy in self.policies() {
            list.push_str(if list.is_empty() { "\"" } else { ", \"" });
            policy.name.push_to(&mut list);
            list.push_str("\";r=");
            push_number(&mut list, policy.remaining.units);
            list.push_str(";t=");
            push_number(&mut list, policy.remaining.seconds);
        }
        (!list.is_empty()).then_some(list)
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
                ("x-ratelimit-remaining", policy.remaining.units.to_string()),
                ("x-ratelimit-reset", policy.remaining.seconds.to_string()),
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

/// Appends a number in decimal digits. Every limited response contains several numbers, and `write!`
/// takes several times as long.
fn push_number(to: &mut String, mut number: u32) {
    let mut digits = [0; 10];
    let mut first = digits.len();
    loop {
        first -= 1;
        // A digit is less than ten.
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    to.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::push_number;

    #[test]
    fn numbers_are_written_in_decimal_digits() {
        for number in [0, 7, 10, 999, 1000, u32::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }
}
