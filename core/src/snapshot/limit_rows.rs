//! How often callers may call an endpoint, as plain data.

use crate::endpoint::limits::{Limit, Limits, write_limits};
use crate::snapshot::need_row::RequiredTier;
use std::fmt;

/// The limits of an endpoint or of the catalogue's quota, for callers with a tier. They also apply to
/// higher tiers, up to the tier of the next row.
///
/// ```
/// use tiergate::Snapshot;
///
/// let snapshot = Snapshot::from_lock("\
/// version 3
/// tier 0 Free
/// tier 1 Plus
/// tier 2 Pro
/// quota 100/day from Plus \"60/minute; 5000/day\" from Pro unlimited
/// ")?;
/// let [free, plus, pro] = snapshot.quota() else { panic!() };
/// assert_eq!((free.tier(), free.to_string().as_str()), ("Free", "100/day"));
/// assert_eq!(plus.rank(), 1);
/// assert_eq!(plus.limits()[1].amount(), 5000);
/// assert!(pro.is_unlimited());
/// # Ok::<(), tiergate::snapshot::SnapshotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    pub(crate) tier: RequiredTier,
    /// The limits, shortest window first. All of them apply. No limits mean that the tier is unlimited.
    pub(crate) limits: Vec<Limit>,
}

impl LimitRow {
    pub(crate) fn new(tier: RequiredTier, mut limits: Vec<Limit>) -> Self {
        limits.sort_by_key(|limit| limit.unit_window());
        Self { tier, limits }
    }

    /// Returns the name of the lowest tier with these limits.
    pub fn tier(&self) -> &str {
        &self.tier.name
    }

    /// Returns the rank of the lowest tier with these limits.
    pub fn rank(&self) -> u32 {
        self.tier.rank
    }

    /// Returns the limits, shortest window first. All of them apply. No limits mean that the tier is
    /// unlimited.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Returns whether the tier has no limit.
    pub fn is_unlimited(&self) -> bool {
        self.limits.is_empty()
    }
}

/// Shows the limits as in the attribute: `60/minute; 5000/day`, or `unlimited`.
impl fmt::Display for LimitRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_limits(f, self.limits.iter().copied())
    }
}

/// The limits of an endpoint or of a quota, by tier. There are no rows if no tier has a limit.
///
/// The rows are in a normal form. Two endpoints have the same rows if they limit every caller equally:
/// - The first row is for the lowest tier that may call the endpoint. It also applies to callers without a
///   subscription.
/// - The ranks increase.
/// - Each row has different limits from the row before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitRows(Vec<LimitRow>);

impl LimitRows {
    /// Brings rows into the normal form. Their ranks must increase. `lowest` is the lowest tier that may
    /// call the endpoint.
    pub(crate) fn new(mut rows: Vec<LimitRow>, lowest: &RequiredTier) -> Self {
        let of_lowest = rows.partition_point(|row| row.tier.rank <= lowest.rank);
        rows.drain(..of_lowest.saturating_sub(1));
        if let Some(first) = rows.first_mut() {
            first.tier.clone_from(lowest);
        }
        rows.dedup_by(|next, previous| next.limits == previous.limits);
        if let [only] = rows.as_slice()
            && only.is_unlimited()
        {
            rows.clear();
        }
        Self(rows)
    }

    /// Converts the limits of an endpoint or of a catalogue.
    pub(crate) fn of(limits: Option<Limits>, lowest: Option<&RequiredTier>) -> Self {
        let (Some(limits), Some(lowest)) = (limits, lowest) else {
            return Self::default();
        };
        let rows = limits.policies().map(|policy| {
            let tier = RequiredTier {
                name: policy.tier().unwrap_or_default().to_owned(),
                rank: policy.rank(),
            };
            LimitRow::new(tier, policy.limits().collect())
        });
        Self::new(rows.collect(), lowest)
    }

    /// Checks that the ranks of rows from a document increase.
    ///
    /// # Errors
    /// Returns a message if they don't increase.
    pub(crate) fn check_ranks(rows: &[LimitRow]) -> Result<(), &'static str> {
        if rows
            .windows(2)
            .all(|pair| pair[0].tier.rank < pair[1].tier.rank)
        {
            Ok(())
        } else {
            Err("the limits must be those of different tiers, the lowest tier first")
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn as_slice(&self) -> &[LimitRow] {
        &self.0
    }

    /// Returns the limits of callers whose tier has this rank, or of callers without a subscription. Returns
    /// no limits if the callers are unlimited.
    pub(crate) fn of_rank(&self, rank: Option<u32>) -> &[Limit] {
        let applies = |row: &LimitRow| rank.is_some_and(|rank| row.tier.rank <= rank);
        let next = self.0.partition_point(applies);
        let row = self.0.get(next.saturating_sub(1));
        row.map_or(&[], LimitRow::limits)
    }

    /// Returns the limits of the callers with this tier or a higher tier.
    pub(crate) fn of_tiers_from(&self, lowest: &RequiredTier) -> Self {
        Self::new(self.0.clone(), lowest)
    }
}

#[cfg(test)]
mod tests {
    use super::{LimitRow, LimitRows};
    use crate::endpoint::limits::{Limit, Window};
    use crate::snapshot::need_row::RequiredTier;

    const MINUTE: Window = Window::ALL[1];
    const DAY: Window = Window::ALL[3];

    fn tier(rank: u32) -> RequiredTier {
        RequiredTier {
            name: format!("T{rank}"),
            rank,
        }
    }

    /// Creates a row with this number of calls per minute. 0 means unlimited.
    fn row(rank: u32, amount: u32) -> LimitRow {
        let limit = (amount > 0).then(|| Limit::new(amount, MINUTE));
        LimitRow::new(tier(rank), limit.into_iter().collect())
    }

    fn rows(rows: &[(u32, u32)], lowest: u32) -> Vec<(u32, String)> {
        let rows = rows.iter().map(|&(rank, amount)| row(rank, amount));
        let rows = LimitRows::new(rows.collect(), &tier(lowest));
        let rows = rows.as_slice().iter();
        rows.map(|row| (row.rank(), row.to_string())).collect()
    }

    #[test]
    fn equal_limits_have_equal_rows() {
        let sixty = || "60/minute".to_owned();
        for (declared, lowest) in [
            (&[(2, 60)][..], 2),
            (&[(0, 60)], 2),
            (&[(5, 60)], 2),
            (&[(0, 10), (1, 20), (2, 60)], 2),
            (&[(2, 60), (4, 60)], 2),
        ] {
            assert_eq!(rows(declared, lowest), [(2, sixty())], "{declared:?}");
        }
        assert_eq!(
            rows(&[(0, 10), (3, 60)], 1),
            [(1, "10/minute".to_owned()), (3, sixty())]
        );
        for unlimited in [&[][..], &[(0, 0)], &[(0, 0), (3, 0)], &[(0, 60), (1, 0)]] {
            assert_eq!(rows(unlimited, 1), []);
        }
        let unlimited = |rank| (rank, "unlimited".to_owned());
        assert_eq!(rows(&[(0, 60), (3, 0)], 0), [(0, sixty()), unlimited(3)]);
    }

    #[test]
    fn a_row_applies_up_to_the_next_row() {
        let rows = LimitRows::new(vec![row(2, 10), row(4, 60), row(6, 0)], &tier(2));
        for (rank, amount) in [
            (None, 10),
            (Some(0), 10),
            (Some(3), 10),
            (Some(4), 60),
            (Some(5), 60),
        ] {
            let limits = rows.of_rank(rank);
            assert_eq!(limits, [Limit::new(amount, MINUTE)], "{rank:?}");
        }
        assert_eq!(rows.of_rank(Some(6)), []);
        assert_eq!(LimitRows::default().of_rank(Some(6)), []);
    }

    #[test]
    fn the_shortest_window_comes_first() {
        let limits = vec![Limit::new(5000, DAY), Limit::new(60, MINUTE)];
        assert_eq!(
            LimitRow::new(tier(0), limits).to_string(),
            "60/minute; 5000/day"
        );
    }

    #[test]
    fn ranks_increase() {
        assert_eq!(LimitRows::check_ranks(&[row(1, 1), row(2, 2)]), Ok(()));
        for rows in [[row(1, 1), row(1, 2)], [row(2, 1), row(1, 2)]] {
            assert!(LimitRows::check_ranks(&rows).is_err());
        }
    }
}
