//! The changes between two catalogues, described by their effect on customers.

pub(crate) mod change;
pub(crate) mod pairs;
pub(crate) mod tiers;

pub use self::change::{Change, Effect};

use self::pairs::pairs;
use self::tiers::Tiers;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::{AccessRow, EndpointRow};
use std::cmp::Ordering;
use std::fmt;

/// All changes from one [`Snapshot`] to another.
///
/// Changes that break customers come first, then changes that give away paid features, then all others.
///
/// ```
/// use tiergate::{Diff, Snapshot, snapshot::SnapshotError};
///
/// let old = Snapshot::from_lock("\
/// version 1
/// tier 0 Free
/// tier 3 Plus
/// tier 4 Pro
/// gate /export GET Plus export
/// gate /units GET Plus units
/// ")?;
/// let new = Snapshot::from_lock("\
/// version 1
/// tier 0 Free
/// tier 3 Plus
/// tier 4 Pro
/// gate /export GET Pro export
/// gate /units GET Free units
/// ")?;
/// let diff = Diff::between(&old, &new);
/// assert_eq!(diff.to_string(), "\
/// raised   GET /export (export): Plus -> Pro; Plus can no longer call it
/// lowered  GET /units (units): Plus -> Free; Free can now call it");
/// # Ok::<(), SnapshotError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    changes: Vec<Change>,
}

impl Diff {
    /// Compares two snapshots.
    ///
    /// Endpoints with a route are matched by method and path, ignoring the names of path parameters.
    /// Endpoints without a route are matched by module and name. If exactly one removed and one added
    /// endpoint share a module and a name, or otherwise only a name, they count as one moved endpoint.
    /// Lock files don't store the modules of endpoints with a route. Documentation and source locations
    /// are not compared.
    ///
    /// The tiers that exist in both snapshots decide whether an endpoint was raised or lowered, because
    /// customers have these tiers. The endpoint was raised if some of them can no longer call it, and
    /// lowered if some of them can now call it. It can be both. Ranks are compared only if these tiers
    /// give no answer, because the required tier was added or removed.
    pub fn between(old: &Snapshot, new: &Snapshot) -> Self {
        let tiers = Tiers::of(&old.tiers, &new.tiers);
        let mut changes = tiers.changes();
        let (pairs, removed, added) = pairs(&old.endpoints, &new.endpoints);
        for (old, new) in pairs {
            compare(&mut changes, &tiers, old, new);
        }
        changes.extend(removed.into_iter().cloned().map(Change::Removed));
        changes.extend(added.into_iter().cloned().map(Change::Added));
        changes.sort_by(|one, other| {
            let order = |change: &Change| (change.effect(), change.position());
            let path = |change: &Change| change.subject().map(|row| row.route.clone());
            order(one)
                .cmp(&order(other))
                .then_with(|| path(one).cmp(&path(other)))
        });
        Self { changes }
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns every change.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns whether any change has this effect.
    pub fn has(&self, effect: Effect) -> bool {
        self.changes.iter().any(|change| change.effect() == effect)
    }
}

/// Writes one line for each change, or `no changes`.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no changes");
        }
        for (index, change) in self.changes.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{change}")?;
        }
        Ok(())
    }
}

fn compare(changes: &mut Vec<Change>, tiers: &Tiers<'_>, old: &EndpointRow, new: &EndpointRow) {
    let both = || (old.clone(), new.clone());
    let place = |row: &EndpointRow| match &row.route {
        Some(route) => Ok(route.clone()),
        None => Err(row.module.clone()),
    };
    if place(old) != place(new) {
        let (old, new) = both();
        changes.push(Change::Moved { old, new });
    }
    if old.name != new.name {
        let (old, new) = both();
        changes.push(Change::Renamed { old, new });
    }
    let order = match (&old.access, &new.access) {
        (AccessRow::Public { reason }, AccessRow::Public { reason: now }) => {
            if reason != now {
                let (old, new) = both();
                changes.push(Change::Reworded { old, new });
            }
            return;
        }
        (AccessRow::Public { .. }, AccessRow::Tier(_)) => Ordering::Less,
        (AccessRow::Tier(_), AccessRow::Public { .. }) => Ordering::Greater,
        (AccessRow::Tier(was), AccessRow::Tier(is)) => tiers.compare(was, is),
    };
    let (lost, gained) = tiers.lost_and_gained(old.required_row(), new.required_row());
    let is_same = lost.is_empty() && gained.is_empty();
    if !lost.is_empty() || (is_same && order == Ordering::Less) {
        let ((old, new), callers) = (both(), lost);
        changes.push(Change::Raised { old, new, callers });
    }
    if !gained.is_empty() || (is_same && order == Ordering::Greater) {
        let ((old, new), callers) = (both(), gained);
        changes.push(Change::Lowered { old, new, callers });
    }
}
