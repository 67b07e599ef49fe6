//! The declared limits of endpoints: how often callers may call them.

use crate::endpoint::policy_text::{LimitText, UNITS};
use crate::endpoint::record::{PolicyRecord, WindowRecord};
use std::fmt;
use std::time::Duration;

/// The limits of an endpoint, or the quota of a catalogue, by tier.
///
/// Each [`Policy`] applies to callers with its tier and with higher tiers, up to the next policy. Callers
/// below the lowest policy get the lowest policy.
///
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus, Pro }
/// #[requires_tier(Free, post = "/export", limit(Free = "10/day", Pro = "60/minute; 5000/day"))]
/// fn export() {}
///
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(export))]
/// # struct Api;
/// let limits = Api::ENDPOINTS[0].limits().unwrap();
/// let policies: Vec<_> = limits
///     .policies()
///     .map(|policy| (policy.tier(), policy.to_string()))
///     .collect();
/// assert_eq!(
///     policies,
///     [
///         (Some("Free"), "10/day".to_owned()),
///         (Some("Pro"), "60/minute; 5000/day".to_owned()),
///     ]
/// );
/// let of_plus = limits.of_rank(Tier::Plus.rank()).unwrap();
/// assert_eq!(of_plus.limits().next().unwrap().amount(), 10);
/// ```
#[derive(Clone, Copy)]
pub struct Limits {
    policies: &'static [PolicyRecord],
    tier_names: &'static [&'static str],
    tier_ranks: &'static [u32],
}

/// The limits of the callers of one tier and of the tiers above it.
#[derive(Clone, Copy)]
pub struct Policy {
    record: &'static PolicyRecord,
    tier: Option<&'static str>,
}

/// At most this many units in a window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    amount: u32,
    window: Window,
}

/// The length of a window, as the position of the unit in [`UNITS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Window(u8);

impl Limits {
    pub(crate) const fn new(
        policies: &'static [PolicyRecord],
        tier_names: &'static [&'static str],
        tier_ranks: &'static [u32],
    ) -> Self {
        Self {
            policies,
            tier_names,
            tier_ranks,
        }
    }

    /// Returns the policies, lowest tier first.
    pub fn policies(&self) -> impl Iterator<Item = Policy> + use<> {
        let limits = *self;
        self.policies
            .iter()
            .map(move |record| limits.policy(record))
    }

    /// Returns the policy of callers whose tier has this rank.
    pub fn of_rank(&self, rank: u32) -> Option<Policy> {
        let policies = self.policies.iter();
        let applies = |policy: &&PolicyRecord| policy.rank <= rank;
        let record = policies.rev().find(applies).or(self.policies.first());
        record.map(|record| self.policy(record))
    }

    fn policy(&self, record: &'static PolicyRecord) -> Policy {
        let position = self.tier_ranks.iter().position(|rank| *rank == record.rank);
        Policy {
            record,
            tier: position.and_then(|position| self.tier_names.get(position).copied()),
        }
    }
}

impl Policy {
    /// Returns the name of the lowest tier to which the policy applies. Returns `None` if the endpoint
    /// is public.
    pub const fn tier(&self) -> Option<&'static str> {
        self.tier
    }

    /// Returns the rank of the lowest tier to which the policy applies.
    pub const fn rank(&self) -> u32 {
        self.record.rank
    }

    /// Returns whether there is no limit.
    pub const fn is_unlimited(&self) -> bool {
        self.record.unlimited
    }

    /// Returns the limits, all of which apply. Returns no limits if the policy is unlimited.
    pub fn limits(&self) -> impl Iterator<Item = Limit> + use<> {
        let windows = if self.record.unlimited {
            &[]
        } else {
            self.record.windows
        };
        windows.iter().map(Limit::of_record)
    }
}

impl Limit {
    pub(crate) fn of_record(record: &WindowRecord) -> Self {
        Self::new(record.amount, Window::of_seconds(record.seconds))
    }

    /// Returns a limit that was read from a text such as `60/minute`.
    pub(crate) fn of_text(text: LimitText) -> Self {
        Self::new(text.amount, Window::of_seconds(text.seconds))
    }

    pub(crate) const fn new(amount: u32, window: Window) -> Self {
        Self { amount, window }
    }

    /// Returns the number of units.
    pub const fn amount(&self) -> u32 {
        self.amount
    }

    /// Returns the length of the window: a second, a minute, an hour, a day, or a month of 30 days.
    pub const fn window(&self) -> Duration {
        Duration::from_secs(self.window.seconds() as u64)
    }

    /// Returns the unit of the window: `second`, `minute`, `hour`, `day` or `month`.
    pub const fn unit(&self) -> &'static str {
        self.window.unit()
    }

    pub(crate) const fn unit_window(self) -> Window {
        self.window
    }
}

impl Window {
    /// Every window, shortest first.
    pub(crate) const ALL: [Self; 5] = [Self(0), Self(1), Self(2), Self(3), Self(4)];

    /// Returns the window with this length. In practice, the length is always that of a unit. For any other
    /// length, returns the next longer unit, because a limit is stricter in a longer window.
    pub(crate) fn of_seconds(seconds: u32) -> Self {
        let mut windows = Self::ALL.into_iter();
        let fits = |window: &Self| window.seconds() >= seconds;
        windows.find(fits).unwrap_or(Self(4))
    }

    /// Returns the window whose unit has this name.
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    pub(crate) fn of_unit(unit: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.unit() == unit)
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn seconds(self) -> u32 {
        UNITS[self.0 as usize].1
    }

    pub(crate) const fn unit(self) -> &'static str {
        UNITS[self.0 as usize].0
    }
}

/// Shows the limit as in the attribute: `60/minute`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.amount, self.unit())
    }
}

/// Shows the limits as in the attribute: `60/minute; 5000/day`, or `unlimited`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_limits(f, self.limits())
    }
}

/// Writes limits as in the attribute: `60/minute; 5000/day`, or `unlimited` if there are none.
pub(crate) fn write_limits(
    f: &mut fmt::Formatter<'_>,
    limits: impl Iterator<Item = Limit>,
) -> fmt::Result {
    let mut separator = "";
    for limit in limits {
        write!(f, "{separator}{limit}")?;
        separator = "; ";
    }
    if separator.is_empty() {
        f.write_str("unlimited")?;
    }
    Ok(())
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tier {
            Some(tier) => write!(f, "Policy({tier} = \"{self}\")"),
            None => write!(f, "Policy(\"{self}\")"),
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.policies()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Window};
    use crate::endpoint::record::{PolicyRecord, WindowRecord};

    const LIMITS: Limits = Limits::new(
        &[
            PolicyRecord {
                rank: 3,
                unlimited: false,
                windows: &[
                    WindowRecord {
                        amount: 60,
                        seconds: 60,
                    },
                    WindowRecord {
                        amount: 5000,
                        seconds: 86_400,
                    },
                ],
            },
            PolicyRecord {
                rank: 6,
                unlimited: true,
                windows: &[],
            },
        ],
        &["Free", "Plus", "Pro", "One"],
        &[0, 3, 4, 6],
    );

    #[test]
    fn a_policy_applies_from_its_tier_upwards() {
        for (rank, policy) in [
            (0, "60/minute; 5000/day"),
            (3, "60/minute; 5000/day"),
            (4, "60/minute; 5000/day"),
            (6, "unlimited"),
            (9, "unlimited"),
        ] {
            let found = LIMITS.of_rank(rank).map(|policy| policy.to_string());
            assert_eq!(found.as_deref(), Some(policy), "{rank}");
        }
        let shown = format!("{LIMITS:?}");
        let expected = "[Policy(Plus = \"60/minute; 5000/day\"), Policy(One = \"unlimited\")]";
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_unknown_length_is_rounded_up() {
        for (seconds, unit) in [(0, "second"), (1, "second"), (59, "minute"), (61, "hour")] {
            assert_eq!(Window::of_seconds(seconds).unit(), unit);
        }
        assert_eq!(Window::of_seconds(u32::MAX).unit(), "month");
    }
}
