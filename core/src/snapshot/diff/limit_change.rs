//! How the limits of some tiers changed.

use crate::endpoint::limits::Limit;
use crate::snapshot::invisible_characters::shown;
use crate::snapshot::limit_text::limits_text;
use std::fmt;

/// A change in how often the callers of some tiers may call.
///
/// ```
/// use tiergate::{Change, Diff, Snapshot};
///
/// let old = Snapshot::from_lock("\
/// version 3
/// tier 0 Free
/// tier 1 Plus
/// gate /export GET Free export limit 10/minute from Plus 60/minute
/// ")?;
/// let new = Snapshot::from_lock("\
/// version 3
/// tier 0 Free
/// tier 1 Plus
/// gate /export GET Free export limit 10/minute from Plus 30/minute
/// ")?;
/// let diff = Diff::between(&old, &new);
/// let [Change::Limited { limits, .. }] = diff.changes() else { panic!("{diff}") };
/// assert_eq!(limits[0].callers(), ["Plus"]);
/// assert_eq!(limits[0].new_limits()[0].amount(), 30);
/// assert_eq!(limits[0].to_string(), "Plus: 60/minute -> 30/minute");
/// # Ok::<(), tiergate::snapshot::SnapshotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    pub(super) callers: Vec<String>,
    /// The rank of each caller's tier in the new catalogue.
    pub(super) ranks: Vec<Option<u32>>,
    /// Whether all callers are affected in the same way.
    pub(super) are_all: bool,
    pub(super) old: Vec<Limit>,
    pub(super) new: Vec<Limit>,
}

impl LimitChange {
    /// Returns the affected callers: the names of tiers, or `callers without a subscription`.
    pub fn callers(&self) -> &[String] {
        &self.callers
    }

    /// Returns the limits before the change, shortest window first. Returns no limits if the callers were
    /// unlimited.
    pub fn old_limits(&self) -> &[Limit] {
        &self.old
    }

    /// Returns the limits after the change, shortest window first. Returns no limits if the callers are
    /// unlimited.
    pub fn new_limits(&self) -> &[Limit] {
        &self.new
    }

    /// Returns the change for the callers whose tier has at least this rank. Returns `None` if there are no
    /// such callers.
    pub(crate) fn of_callers_from(&self, lowest: u32) -> Option<Self> {
        let is_kept = |rank: &Option<u32>| rank.is_some_and(|rank| rank >= lowest);
        let callers = self.callers.iter().zip(&self.ranks);
        let (callers, ranks): (Vec<_>, Vec<_>) = callers
            .filter(|(_, rank)| is_kept(rank))
            .map(|(name, rank)| (name.clone(), *rank))
            .unzip();
        (!callers.is_empty()).then(|| Self {
            callers,
            ranks,
            ..self.clone()
        })
    }

    /// Returns the text for the callers before their limits, such as `Plus: `. Returns an empty text if all
    /// callers are affected in the same way.
    pub(crate) fn callers_text(&self, escape: impl Fn(&str) -> String) -> String {
        if self.are_all {
            return String::new();
        }
        let callers: Vec<String> = self.callers.iter().map(|name| escape(name)).collect();
        format!("{}: ", callers.join(", "))
    }
}

/// Shows the change, such as `Plus: 60/minute -> 30/minute`. Omits the tiers if all callers are affected in
/// the same way.
impl fmt::Display for LimitChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let callers = self.callers_text(shown);
        let (old, new) = (limits_text(&self.old), limits_text(&self.new));
        write!(f, "{callers}{old} -> {new}")
    }
}
