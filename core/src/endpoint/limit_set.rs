//! The limits that apply to a caller, by window.

use crate::endpoint::limits::{Limit, Policy, Window, write_limits};
use crate::endpoint::policy_text::{self, PolicyText};
use std::fmt;

/// An amount for each window, or 0 for a window without a limit. If all amounts are 0, nothing is limited. Two
/// sets are equal if they limit the same calls, even if the limits were written differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitSet {
    amounts: [u32; Window::ALL.len()],
}

impl LimitSet {
    /// Returns the limits of a policy. If a policy has two limits for a window, the lower one applies.
    #[cfg_attr(not(any(feature = "cli", feature = "quota")), allow(dead_code))]
    pub(crate) fn of_policy(policy: Policy) -> Self {
        Self::of_limits(policy.limits())
    }

    /// Reads limits such as `60/minute; 5000/day`, or `unlimited`.
    ///
    /// # Errors
    /// Returns a message that names the mistake and its position. The message may quote the text, so escape
    /// it before you log it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match policy_text::parse(text) {
            Ok(PolicyText::Unlimited) => Ok(Self::default()),
            Ok(PolicyText::Limited(limits)) => {
                Ok(Self::of_limits(limits.into_iter().map(Limit::of_text)))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn of_limits(limits: impl Iterator<Item = Limit>) -> Self {
        let mut set = Self::default();
        for limit in limits {
            let amount = &mut set.amounts[limit.unit_window().index()];
            // No declaration contains a zero. Here, zero would mean that the window has no limit.
            let declared = limit.amount().max(1);
            *amount = if *amount == 0 {
                declared
            } else {
                declared.min(*amount)
            };
        }
        set
    }

    /// Returns the amount in this window, or `None` if it is unlimited.
    pub(crate) fn amount(&self, window: Window) -> Option<u32> {
        Some(self.amounts[window.index()]).filter(|amount| *amount != 0)
    }

    /// Returns the lowest amount, or `None` if the set is unlimited. No call may cost more.
    pub(crate) fn lowest_amount(&self) -> Option<u32> {
        let amounts = self.amounts.iter().copied();
        amounts.filter(|amount| *amount != 0).min()
    }

    /// Returns the limits, shortest window first, or no limits if the set is unlimited.
    pub(crate) fn limits(&self) -> impl Iterator<Item = Limit> {
        Window::ALL
            .into_iter()
            .filter_map(|window| Some(Limit::new(self.amount(window)?, window)))
    }
}

/// Shows the limits as in the attribute: `60/minute; 5000/day`, or `unlimited`.
impl fmt::Display for LimitSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_limits(f, self.limits())
    }
}

#[cfg(test)]
mod tests {
    use super::LimitSet;
    use crate::endpoint::limits::Window;

    #[test]
    fn limits_are_read_by_window() {
        let set = LimitSet::parse("60/minute; 5000/day").expect("limits");
        let amounts = Window::ALL.map(|window| set.amount(window));
        assert_eq!(amounts, [None, Some(60), None, Some(5000), None]);
        assert_eq!(set.to_string(), "60/minute; 5000/day");
        assert_eq!(LimitSet::parse("5000/day;60/minute"), Ok(set));
        assert_eq!(LimitSet::parse("unlimited"), Ok(LimitSet::default()));
        assert_eq!(LimitSet::default().to_string(), "unlimited");
        let error = LimitSet::parse("60/min").expect_err("an abbreviation");
        assert_eq!(
            error,
            "`min` is not a unit; write `60/minute` (at character 4)"
        );
    }
}
