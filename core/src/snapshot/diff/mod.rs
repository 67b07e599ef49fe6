//! The changes between two catalogues, described by their effect on customers.

pub(crate) mod tiers;

use self::tiers::Tiers;
use crate::snapshot::text::shown;
use crate::snapshot::{AccessRow, EndpointRow, Snapshot, TierRow};
use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;

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

/// One change. If an endpoint changed in several ways, each way is a separate change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A tier was removed.
    TierRemoved(TierRow),
    /// A tier has a different rank. Protocols and client constants may depend on the rank.
    TierRanked {
        /// The tier with its old rank.
        old: TierRow,
        /// The tier with its new rank.
        new: TierRow,
    },
    /// A tier has a different name and the same rank.
    TierRenamed {
        /// The tier with its old name.
        old: TierRow,
        /// The tier with its new name.
        new: TierRow,
    },
    /// A tier was added.
    TierAdded(TierRow),
    /// An endpoint was removed.
    Removed(EndpointRow),
    /// Some callers can no longer call an endpoint, because it requires a higher tier or is no longer
    /// public, or because the order of the tiers changed.
    Raised {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The names of the tiers that can no longer call the endpoint.
        callers: Vec<String>,
    },
    /// An endpoint has a different method or path. An endpoint without a route has a different module.
    Moved {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// More callers can call an endpoint, because it requires a lower tier or is now public, or because
    /// the order of the tiers changed.
    Lowered {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The names of the tiers that can now call the endpoint.
        callers: Vec<String>,
    },
    /// An endpoint was added.
    Added(EndpointRow),
    /// An endpoint has a different name.
    Renamed {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// A public endpoint has a different reason for being public.
    Reworded {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
}

/// The effect of a change on paying customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Some callers lose access.
    Breaks,
    /// Some callers gain access that previously required a higher tier.
    GivesAway,
    /// Neither of these.
    Neutral,
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

impl Change {
    /// Returns the effect of the change on paying customers.
    pub fn effect(&self) -> Effect {
        match self {
            // Callers don't notice the new name of a path parameter.
            Self::Moved { old, new } if key(old) == key(new) => Effect::Neutral,
            Self::TierRemoved(_)
            | Self::TierRanked { .. }
            | Self::Removed(_)
            | Self::Raised { .. }
            | Self::Moved { .. } => Effect::Breaks,
            Self::Lowered { .. } => Effect::GivesAway,
            Self::TierAdded(_)
            | Self::TierRenamed { .. }
            | Self::Added(_)
            | Self::Renamed { .. }
            | Self::Reworded { .. } => Effect::Neutral,
        }
    }

    /// Returns the kind of change as one word: `added`, `removed`, `moved`, `raised`, `lowered`,
    /// `renamed`, `reworded` or `ranked`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TierAdded(_) | Self::Added(_) => "added",
            Self::TierRemoved(_) | Self::Removed(_) => "removed",
            Self::TierRanked { .. } => "ranked",
            Self::TierRenamed { .. } | Self::Renamed { .. } => "renamed",
            Self::Raised { .. } => "raised",
            Self::Lowered { .. } => "lowered",
            Self::Moved { .. } => "moved",
            Self::Reworded { .. } => "reworded",
        }
    }

    fn position(&self) -> usize {
        match self {
            Self::TierRemoved(_) => 0,
            Self::TierRanked { .. } => 1,
            Self::TierRenamed { .. } => 2,
            Self::TierAdded(_) => 3,
            Self::Removed(_) => 4,
            Self::Raised { .. } => 5,
            Self::Moved { .. } => 6,
            Self::Lowered { .. } => 7,
            Self::Added(_) => 8,
            Self::Renamed { .. } => 9,
            Self::Reworded { .. } => 10,
        }
    }

    /// Returns the endpoint after the change, or before the change if the endpoint was removed.
    fn subject(&self) -> Option<&EndpointRow> {
        match self {
            Self::Removed(row) | Self::Added(row) => Some(row),
            Self::Raised { new, .. }
            | Self::Lowered { new, .. }
            | Self::Moved { new, .. }
            | Self::Renamed { new, .. }
            | Self::Reworded { new, .. } => Some(new),
            _ => None,
        }
    }
}

/// Writes one line for each change, or `no difference`.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no difference");
        }
        for (index, change) in self.changes.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} ", self.word())?;
        let endpoint = |row: &EndpointRow| format!("{} ({})", place(row), shown(&row.name));
        match self {
            Self::TierAdded(tier) | Self::TierRemoved(tier) => {
                write!(f, "tier {} of rank {}", shown(&tier.name), tier.rank)
            }
            Self::TierRanked { old, new } => write!(
                f,
                "tier {}: rank {} -> {}",
                shown(&new.name),
                old.rank,
                new.rank
            ),
            Self::TierRenamed { old, new } => {
                write!(f, "tier {} -> {}", shown(&old.name), shown(&new.name))
            }
            Self::Added(row) => write!(f, "{}: {}", endpoint(row), access(row)),
            Self::Removed(row) => write!(f, "{}: was {}", endpoint(row), access(row)),
            Self::Moved { old, new } => write!(f, "{} -> {}", place(old), endpoint(new)),
            Self::Renamed { old, new } => {
                write!(f, "{}: was {}", endpoint(new), shown(&old.name))
            }
            Self::Reworded { old, new } => {
                write!(f, "{}: {}, was {}", endpoint(new), access(new), access(old))
            }
            Self::Raised { old, new, callers } | Self::Lowered { old, new, callers } => {
                let (was, is) = (access(old), access(new));
                let required = if was == is {
                    is
                } else {
                    format!("{was} -> {is}")
                };
                write!(f, "{}: {required}", endpoint(new))?;
                let mut callers: Vec<&str> = callers.iter().map(String::as_str).collect();
                if old.public_reason().is_some() || new.public_reason().is_some() {
                    callers.push("callers without a subscription");
                }
                if !callers.is_empty() {
                    let can = match self {
                        Self::Raised { .. } => "can no longer call it",
                        _ => "can now call it",
                    };
                    write!(f, "; {} {can}", shown(&callers.join(", ")))?;
                }
                Ok(())
            }
        }
    }
}

/// Returns the endpoint's method and path, or its module if it has no route.
fn place(row: &EndpointRow) -> String {
    match &row.route {
        Some((method, path)) => shown(&format!("{method} {path}")),
        None => shown(&row.module),
    }
}

fn access(row: &EndpointRow) -> String {
    match &row.access {
        AccessRow::Tier(tier) => shown(&tier.name),
        AccessRow::Public { reason } => format!("open, because {:?}", shown(reason)),
    }
}

/// Identifies an endpoint across snapshots.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The method, and the path without the names of its parameters.
    Route(String, String),
    /// The module and the name of an endpoint without a route.
    Name(String, String),
}

pub(crate) fn key(row: &EndpointRow) -> Key {
    match &row.route {
        Some((method, path)) => Key::Route(method.clone(), crate::route::nameless(path)),
        None => Key::Name(row.module.clone(), row.name.clone()),
    }
}

type Pairs<'a> = Vec<(&'a EndpointRow, &'a EndpointRow)>;

/// Matches the endpoints of `old` and `new`. Returns the pairs, the removed and the added endpoints.
fn pairs<'a>(
    old: &'a [EndpointRow],
    new: &'a [EndpointRow],
) -> (Pairs<'a>, Vec<&'a EndpointRow>, Vec<&'a EndpointRow>) {
    let mut pairs = Vec::new();
    let mut known: HashMap<Key, VecDeque<usize>> = HashMap::new();
    for (index, row) in old.iter().enumerate() {
        known.entry(key(row)).or_default().push_back(index);
    }
    let mut is_paired = vec![false; old.len()];
    let mut added: Vec<&EndpointRow> = Vec::new();
    for row in new {
        match known.get_mut(&key(row)).and_then(VecDeque::pop_front) {
            Some(index) => {
                is_paired[index] = true;
                pairs.push((&old[index], row));
            }
            None => added.push(row),
        }
    }
    let mut removed: Vec<&EndpointRow> = old
        .iter()
        .zip(is_paired)
        .filter_map(|(row, is_paired)| (!is_paired).then_some(row))
        .collect();

    // Modules distinguish endpoints with the same name, if both snapshots contain the modules.
    let of_module = |row: &'a EndpointRow| {
        let module = row.module.as_str();
        (!module.is_empty()).then_some((module, row.name.as_str()))
    };
    pair_by(of_module, &mut pairs, &mut removed, &mut added);
    let named = |row: &'a EndpointRow| Some(row.name.as_str());
    pair_by(named, &mut pairs, &mut removed, &mut added);
    (pairs, removed, added)
}

/// Pairs the removed and the added endpoint of each name that occurs exactly once in both lists.
fn pair_by<'a, N: Eq + Hash>(
    name: impl Fn(&'a EndpointRow) -> Option<N>,
    pairs: &mut Pairs<'a>,
    removed: &mut Vec<&'a EndpointRow>,
    added: &mut Vec<&'a EndpointRow>,
) {
    let named = |rows: &[&'a EndpointRow]| {
        let mut names: HashMap<N, Vec<&'a EndpointRow>> = HashMap::new();
        for row in rows {
            if let Some(name) = name(row) {
                names.entry(name).or_default().push(row);
            }
        }
        names
    };
    let (gone, come) = (named(removed), named(added));
    let moved = |row: &'a EndpointRow| {
        let name = name(row)?;
        match (gone.get(&name)?.as_slice(), come.get(&name)?.as_slice()) {
            (&[old], &[new]) => Some((old, new)),
            _ => None,
        }
    };
    pairs.extend(removed.iter().filter_map(|row| moved(row)));
    removed.retain(|row| moved(row).is_none());
    added.retain(|row| moved(row).is_none());
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
    let (lost, gained) = tiers.lost_and_gained(old.required_tier(), new.required_tier());
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
