//! What changed between two catalogues, in the words of those who sell them.

pub(crate) mod tiers;

use self::tiers::Tiers;
use crate::snapshot::text::shown;
use crate::snapshot::{AccessRow, EndpointRow, Snapshot, TierRow};
use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;

/// Every change from one [`Snapshot`] to another: what breaks customers first, then what gives away
/// what was paid for, then the rest.
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

/// One change. An endpoint that changed in several ways has several.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A tier is no longer there.
    TierRemoved(TierRow),
    /// A tier has another rank, which protocols and constants of clients may know.
    TierRanked {
        /// With the former rank.
        old: TierRow,
        /// With the rank of now.
        new: TierRow,
    },
    /// A tier of the same rank has another name.
    TierRenamed {
        /// With the former name.
        old: TierRow,
        /// With the name of now.
        new: TierRow,
    },
    /// A new tier.
    TierAdded(TierRow),
    /// An endpoint is no longer there.
    Removed(EndpointRow),
    /// Somebody who could call an endpoint no longer can: it requires a higher tier, is no longer
    /// open, or tiers have changed places.
    Raised {
        /// As it was.
        old: EndpointRow,
        /// As it is.
        new: EndpointRow,
        /// The names of the tiers that can no longer call it.
        callers: Vec<String>,
    },
    /// An endpoint has another method or path.
    Moved {
        /// As it was.
        old: EndpointRow,
        /// As it is.
        new: EndpointRow,
    },
    /// Somebody who could not call an endpoint now can: it requires a lower tier, is open, or tiers
    /// have changed places.
    Lowered {
        /// As it was.
        old: EndpointRow,
        /// As it is.
        new: EndpointRow,
        /// The names of the tiers that can call it now.
        callers: Vec<String>,
    },
    /// A new endpoint.
    Added(EndpointRow),
    /// An endpoint has another name.
    Renamed {
        /// As it was.
        old: EndpointRow,
        /// As it is.
        new: EndpointRow,
    },
    /// An open endpoint is open for another reason.
    Reworded {
        /// As it was.
        old: EndpointRow,
        /// As it is.
        new: EndpointRow,
    },
}

/// What a change does to those who pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Somebody can no longer do what they could.
    Breaks,
    /// Somebody can do what only those of higher tiers could.
    GivesAway,
    /// Neither.
    Neutral,
}

impl Diff {
    /// What changed from `old` to `new`.
    ///
    /// An endpoint is known by its method and path, whatever the path's parameters are called. One
    /// that is found at neither is taken to be moved, if exactly one of its module and name has come,
    /// or else exactly one of its name; a lock file has no modules of endpoints with a route. One
    /// without a route is known by its module and name. Documentation and places in the source are
    /// not compared.
    ///
    /// Whether an endpoint was raised or lowered is said by the tiers that are in both snapshots, as
    /// they are those of customers: which of them could call it and can no longer, and the other way
    /// round. Where some lost it and others got it, it is both. Ranks count only where these tiers
    /// do not tell, as the required one is new or is gone.
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

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Every change.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether a change has this effect.
    pub fn has(&self, effect: Effect) -> bool {
        self.changes.iter().any(|change| change.effect() == effect)
    }
}

impl Change {
    /// What the change does to those who pay.
    pub fn effect(&self) -> Effect {
        match self {
            // Nobody notices how a parameter is called.
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

    /// The change in one word: `added`, `removed`, `moved`, `raised`, `lowered`, `renamed`,
    /// `reworded`, `ranked`.
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

    /// The endpoint, as it is now if it is still there.
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

/// One line for each change, or `no difference`.
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

/// Method and path, or the module of what has none.
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

/// By what an endpoint is known again.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The method, and the path without the names of its parameters.
    Route(String, String),
    /// The module and the name.
    Name(String, String),
}

pub(crate) fn key(row: &EndpointRow) -> Key {
    match &row.route {
        Some((method, path)) => Key::Route(method.clone(), crate::route::nameless(path)),
        None => Key::Name(row.module.clone(), row.name.clone()),
    }
}

type Pairs<'a> = Vec<(&'a EndpointRow, &'a EndpointRow)>;

/// Which endpoint of `old` is which of `new`, and what is in one of them only.
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

    // A name that many modules have is told apart by them, if both snapshots say them.
    let of_module = |row: &'a EndpointRow| {
        let module = row.module.as_str();
        (!module.is_empty()).then_some((module, row.name.as_str()))
    };
    pair_by(of_module, &mut pairs, &mut removed, &mut added);
    let named = |row: &'a EndpointRow| Some(row.name.as_str());
    pair_by(named, &mut pairs, &mut removed, &mut added);
    (pairs, removed, added)
}

/// Pairs what was removed with what was added, where exactly one of each has a name.
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
