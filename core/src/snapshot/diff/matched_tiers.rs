//! Matches each tier in one snapshot with the same tier in another snapshot.

use crate::snapshot::diff::change::Change;
use crate::snapshot::rows::TierRow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// The tiers of two snapshots, matched by name. A tier whose name occurs in only one of the two snapshots
/// is matched by rank instead.
pub(super) struct MatchedTiers<'a> {
    old_tiers: &'a [TierRow],
    new_tiers: &'a [TierRow],
    /// Maps an old tier's name to the matching new tier.
    new_by_old_name: HashMap<&'a str, &'a TierRow>,
    /// Maps a new tier's name to the matching old tier.
    old_by_new_name: HashMap<&'a str, &'a TierRow>,
}

impl<'a> MatchedTiers<'a> {
    pub(super) fn of(old_tiers: &'a [TierRow], new_tiers: &'a [TierRow]) -> Self {
        Self {
            old_tiers,
            new_tiers,
            new_by_old_name: match_tiers(old_tiers, new_tiers),
            old_by_new_name: match_tiers(new_tiers, old_tiers),
        }
    }

    fn new_tier(&self, old: &TierRow) -> Option<&'a TierRow> {
        self.new_by_old_name.get(old.name.as_str()).copied()
    }

    fn old_tier(&self, new: &TierRow) -> Option<&'a TierRow> {
        self.old_by_new_name.get(new.name.as_str()).copied()
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for old in self.old_tiers {
            match self.new_tier(old).cloned() {
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
        let added = self
            .new_tiers
            .iter()
            .filter(|new| self.old_tier(new).is_none());
        changes.extend(added.cloned().map(Change::TierAdded));
        changes
    }

    /// Compares the rank of an endpoint's old required tier with the rank of its new required tier.
    /// Returns `Equal` if both tiers have a match in the other snapshot. If only one of the two tiers has
    /// a match, compares their ranks in the snapshot that contains both tiers.
    pub(super) fn compare_ranks(&self, old: &TierRow, new: &TierRow) -> Ordering {
        match (self.new_tier(old), self.old_tier(new)) {
            (Some(_), Some(_)) => Ordering::Equal,
            (Some(new_tier), None) => new_tier.rank.cmp(&new.rank),
            (None, Some(old_tier)) => old.rank.cmp(&old_tier.rank),
            (None, None) => old.rank.cmp(&new.rank),
        }
    }

    /// Returns the names of the tiers that lose access when the required tier changes from `old` to
    /// `new`, and the names of the tiers that gain access. Ignores tiers that exist in only one
    /// snapshot.
    pub(super) fn lost_and_gained(
        &self,
        old: Option<&TierRow>,
        new: Option<&TierRow>,
    ) -> (Vec<String>, Vec<String>) {
        let (mut losing_tiers, mut gaining_tiers) = (Vec::new(), Vec::new());
        for tier in self.new_tiers {
            let Some(old_tier) = self.old_tier(tier) else {
                continue;
            };
            let had_access = old.is_none_or(|old| old_tier.rank >= old.rank);
            let has_access = new.is_none_or(|new| tier.rank >= new.rank);
            match (had_access, has_access) {
                (true, false) => losing_tiers.push(tier.name.clone()),
                (false, true) => gaining_tiers.push(tier.name.clone()),
                _ => {}
            }
        }
        (losing_tiers, gaining_tiers)
    }
}

/// Maps the name of each tier in `tiers` to the matching tier in `other_tiers`, if there is one.
fn match_tiers<'a>(
    tiers: &'a [TierRow],
    other_tiers: &'a [TierRow],
) -> HashMap<&'a str, &'a TierRow> {
    let names: HashSet<&str> = tiers.iter().map(TierRow::name).collect();
    let tiers_by_name: HashMap<&str, &TierRow> =
        other_tiers.iter().map(|tier| (tier.name(), tier)).collect();
    let renamed_tiers_by_rank: HashMap<u32, &TierRow> = other_tiers
        .iter()
        .filter(|tier| !names.contains(tier.name()))
        .map(|tier| (tier.rank, tier))
        .collect();
    tiers
        .iter()
        .filter_map(|tier| {
            let matching_tier = tiers_by_name
                .get(tier.name())
                .or_else(|| renamed_tiers_by_rank.get(&tier.rank))?;
            Some((tier.name(), *matching_tier))
        })
        .collect()
}
