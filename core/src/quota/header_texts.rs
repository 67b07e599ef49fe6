//! The texts of the headers `RateLimit-Policy` and `RateLimit`, prepared for all calls with the same limits.

use crate::access::policy_name::PolicyName;
use crate::endpoint::limits::Limit;
#[cfg(feature = "_http")]
use http::HeaderValue;
use std::fmt::Write;

/// The headers of calls with certain limits. They are empty without limits.
pub(crate) struct HeaderTexts {
    policy: String,
    #[cfg(feature = "_http")]
    policy_value: Option<HeaderValue>,
    /// The text before the numbers of each limit in `RateLimit`, such as `"minute";r=`.
    starts: Vec<String>,
}

/// What remains of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remaining {
    pub(crate) units: u32,
    /// The time until there are more units.
    pub(crate) seconds: u32,
}

impl HeaderTexts {
    pub(crate) fn new(limits: impl Iterator<Item = (PolicyName, Limit)>) -> Self {
        let (mut policy, mut starts) = (String::new(), Vec::new());
        for (name, limit) in limits {
            let separator = if policy.is_empty() { "" } else { ", " };
            let (amount, window) = (limit.amount(), limit.window().as_secs());
            // Writing to a string can't fail.
            let _ = write!(policy, "{separator}\"{name}\";q={amount};w={window}");
            starts.push(format!("{separator}\"{name}\";r="));
        }
        Self {
            // The names of policies contain only visible ASCII characters, so the conversion doesn't fail.
            #[cfg(feature = "_http")]
            policy_value: HeaderValue::from_str(&policy).ok(),
            policy,
            starts,
        }
    }

    /// Returns the value of `RateLimit-Policy`.
    pub(crate) fn policy(&self) -> &str {
        &self.policy
    }

    /// Returns the value of `RateLimit-Policy`. Clones share its bytes.
    #[cfg(feature = "_http")]
    pub(crate) fn policy_value(&self) -> Option<&HeaderValue> {
        self.policy_value.as_ref()
    }

    /// Returns the value of `RateLimit`, in visible ASCII characters. The buffer has no unused capacity, so a
    /// header can reuse it without copying.
    pub(crate) fn rate_limit(&self, remaining: &[Remaining]) -> Vec<u8> {
        let items = || self.starts.iter().zip(remaining);
        let lengths = items().map(|(start, remaining)| {
            start.len() + digits(remaining.units) + ";t=".len() + digits(remaining.seconds)
        });
        let mut list = Vec::with_capacity(lengths.sum());
        for (start, remaining) in items() {
            list.extend_from_slice(start.as_bytes());
            push_number(&mut list, remaining.units);
            list.extend_from_slice(b";t=");
            push_number(&mut list, remaining.seconds);
        }
        list
    }
}

/// Returns the number of decimal digits.
fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Appends a number in decimal digits. Every limited response contains several numbers, and `write!`
/// takes several times as long.
fn push_number(to: &mut Vec<u8>, mut number: u32) {
    let mut buffer = [b'0'; 10];
    let mut first = buffer.len() - 1;
    while number >= 10 {
        // The remainder is less than ten.
        buffer[first] += (number % 10) as u8;
        number /= 10;
        first -= 1;
    }
    buffer[first] += (number % 10) as u8;
    to.extend_from_slice(&buffer[first..]);
}

#[cfg(test)]
mod tests {
    use super::{digits, push_number};

    #[test]
    fn numbers_are_written_in_decimal_digits() {
        for number in [0, 7, 10, 999, 1000, u32::MAX] {
            let mut text = Vec::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string().into_bytes());
            assert_eq!(digits(number), text.len());
        }
    }
}
