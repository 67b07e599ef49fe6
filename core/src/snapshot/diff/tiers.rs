//! Matches the tiers of two snapshots.

use crate::snapshot::diff::change::Change;
use crate::snapshot::rows::TierRow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// The tiers of two snapshots, matched by name, or by rank if the name is in only one snapshot.
pub(super) struct Tiers<'a> {
    old: &'a [TierRow],
    new: &'a [TierRow],
    /// The new tier, by the old tier's name.
    now: HashMap<&'a str, &'a TierRow>,
    /// The old tier, by the new tier's name.
    before: HashMap<&'a str, &'a TierRow>,
}

impl<'a> Tiers<'a> {
    pub(super) fn of(old: &'a [TierRow], new: &'a [TierRow]) -> Self {
        Self {
            old,
            new,
            now: counterparts(old, new),
            before: counterparts(new, old),
        }
    }

    fn now(&self, old: &TierRow) -> Option<&'a TierRow> {
        self.now.get(old.name.as_str()).copied()
    }

    fn before(&self, new: &TierRow) -> Option<&'a TierRow> {
        self.before.get(new.name.as_str()).copied()
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for old in self.old {
            match self.now(old).cloned() {
                None => changes.push(Change::TierRemoved(old.clone())),
                Some(new) if new.name != old.name => {
                    let old = old.clone();
                    changes.push(Change::TierRenamed { old, new });
                }
                Some(new) if new.rank != old.rank => {
                    let old = old.clone();
                    changes.push(Change::TierRanked { old, new });
                }
                Some(_) => {}
            }
        }
        let added = self.new.iter().filter(|new| self.before(new).is_none());
        changes.extend(added.cloned().map(Change::TierAdded));
        changes
    }

    /// Compares an old and a new required tier by rank, if the tiers in both snapshots don't show which
    /// one is higher. The two ranks come from the same snapshot if it contains both tiers.
    pub(super) fn compare(&self, old: &TierRow, new: &TierRow) -> Ordering {
        match (self.now(old), self.before(new)) {
            (Some(_), Some(_)) => Ordering::Equal,
            (Some(now), None) => now.rank.cmp(&new.rank),
            (None, Some(before)) => old.rank.cmp(&before.rank),
            (None, None) => old.rank.cmp(&new.rank),
        }
    }

    /// Returns the names of the tiers that lose access when the requirement changes from `old` to
    /// `new`, and of the tiers that gain access. A tier that is in only one snapshot is in neither
    /// list.
    pub(super) fn lost_and_gained(
        &self,
        old: Option<&TierRow>,
        new: Option<&TierRow>,
    ) -> (Vec<String>, Vec<String>) {
        let (mut lost, mut gained) = (Vec::new(), Vec::new());
        for tier in self.new {
            let Some(before) = self.before(tier) else {
                continue;
            };
            let could = old.is_none_or(|old| before.rank >= old.rank);
            let can = new.is_none_or(|new| tier.rank >= new.rank);
            match (could, can) {
                (true, false) => lost.push(tier.name.clone()),
                (false, true) => gained.push(tier.name.clone()),
                _ => {}
            }
        }
        (lost, gained)
    }
}

/// Returns the matching tier in `others` for each tier in `own`, by the name in `own`.
fn counterparts<'a>(own: &'a [TierRow], others: &'a [TierRow]) -> HashMap<&'a str, &'a TierRow> {
    let names: HashSet<&str> = own.iter().map(TierRow::name).collect();
    let named: HashMap<&str, &TierRow> = others.iter().map(|tier| (tier.name(), tier)).collect();
    let ranked: HashMap<u32, &TierRow> = others
        .iter()
        .filter(|other| !names.contains(other.name()))
        .map(|other| (other.rank, other))
        .collect();
    own.iter()
        .filter_map(|tier| {
            let other = named.get(tier.name()).or_else(|| ranked.get(&tier.rank))?;
            Some((tier.name(), *other))
        })
        .collect()
}
