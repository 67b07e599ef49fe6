//! Matches each tier in one snapshot with the same tier in another snapshot.

use crate::snapshot::diff::change::{Change, Effect};
use crate::snapshot::need_row::RequiredTier;
use crate::snapshot::rows::TierRow;
use crate::tier::lookup::lower_case;
use std::cmp::Ordering;
use std::collections::HashMap;

/// The tiers of two snapshots. A tier is matched by its name. A tier whose name occurs in only one of
/// the two snapshots is matched by the texts from which it is read, and otherwise by its rank.
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
        let mut matched = Self {
            old_tiers,
            new_tiers,
            new_by_old_name: HashMap::new(),
            old_by_new_name: HashMap::new(),
        };
        let by_name: HashMap<&str, &TierRow> =
            new_tiers.iter().map(|tier| (tier.name(), tier)).collect();
        matched.match_by(|old| by_name.get(old.name()).copied());
        let mut by_text: HashMap<String, &TierRow> = HashMap::new();
        for tier in new_tiers {
            for text in std::iter::once(tier.name()).chain(tier.aliases()) {
                by_text.entry(lower_case(text)).or_insert(tier);
            }
        }
        matched.match_by(|old| by_text.get(&lower_case(&old.name)).copied());
        matched.match_by(|old| {
            let mut aliases = old.aliases();
            aliases.find_map(|alias| by_text.get(&lower_case(alias)).copied())
        });
        let by_rank: HashMap<u32, &TierRow> =
            new_tiers.iter().map(|tier| (tier.rank, tier)).collect();
        matched.match_by(|old| by_rank.get(&old.rank).copied());
        matched
    }

    /// Matches each old tier that isn't matched yet with the new tier that `find` returns, unless this
    /// new tier is already matched.
    fn match_by(&mut self, find: impl Fn(&TierRow) -> Option<&'a TierRow>) {
        for old in self.old_tiers {
            if self.new_by_old_name.contains_key(old.name()) {
                continue;
            }
            if let Some(new) = find(old)
                && !self.old_by_new_name.contains_key(new.name())
            {
                self.new_by_old_name.insert(old.name(), new);
                self.old_by_new_name.insert(new.name(), old);
            }
        }
    }

    pub(super) fn new_tier(&self, old_name: &str) -> Option<&'a TierRow> {
        self.new_by_old_name.get(old_name).copied()
    }

    fn old_tier(&self, new_name: &str) -> Option<&'a TierRow> {
        self.old_by_new_name.get(new_name).copied()
    }

    /// Returns the tiers that exist in both snapshots, each with its old and its new row, lowest new
    /// tier first.
    pub(super) fn common(&self) -> impl Iterator<Item = (&'a TierRow, &'a TierRow)> {
        let new_tiers = self.new_tiers.iter();
        new_tiers.filter_map(|new| Some((self.old_tier(new.name())?, new)))
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for old in self.old_tiers {
            match self.new_tier(old.name()) {
                None => changes.push(Change::TierRemoved(old.clone())),
                Some(new) => compare_tiers(&mut changes, old, new),
            }
            let mut new_tiers = self.new_tiers.iter();
            if let Some(new) = new_tiers.find(|new| new.rank == old.rank) {
                changes.extend(self.reused_rank(old, new));
            }
        }
        let added = self
            .new_tiers
            .iter()
            .filter(|new| self.old_tier(new.name()).is_none());
        changes.extend(added.cloned().map(Change::TierAdded));
        changes
    }

    /// Returns a change if two tiers with the same rank aren't the same tier.
    fn reused_rank(&self, old: &TierRow, new: &TierRow) -> Option<Change> {
        let order = match (self.new_tier(old.name()), self.old_tier(new.name())) {
            (Some(same), _) if same.name == new.name => return None,
            (Some(same), _) => same.rank.cmp(&new.rank),
            (None, Some(same)) => old.rank.cmp(&same.rank),
            (None, None) => Ordering::Greater,
        };
        Some(Change::RankReused {
            old: old.clone(),
            new: new.clone(),
            effect: match order {
                Ordering::Less => Effect::GivesAway,
                Ordering::Equal | Ordering::Greater => Effect::Breaks,
            },
        })
    }

    /// Compares the rank of an endpoint's old required tier with the rank of its new required tier.
    /// Returns `Equal` if both tiers have a match in the other snapshot. If only one of the two tiers has
    /// a match, compares their ranks in the snapshot that contains both tiers.
    pub(super) fn compare_ranks(&self, old: &RequiredTier, new: &RequiredTier) -> Ordering {
        match (self.new_tier(&old.name), self.old_tier(&new.name)) {
            (Some(_), Some(_)) => Ordering::Equal,
            (Some(new_tier), None) => new_tier.rank.cmp(&new.rank),
            (None, Some(old_tier)) => old.rank.cmp(&old_tier.rank),
            (None, None) => old.rank.cmp(&new.rank),
        }
    }
}

/// Compares two rows of the same tier.
fn compare_tiers(changes: &mut Vec<Change>, old: &TierRow, new: &TierRow) {
    let both = || (old.clone(), new.clone());
    if new.name != old.name {
        let (old, new) = both();
        changes.push(Change::TierRenamed { old, new });
    }
    if new.rank != old.rank {
        let (old, new) = both();
        changes.push(Change::TierRanked { old, new });
    }
    if old.aliases.is_none() || new.aliases.is_none() {
        return;
    }
    let texts = |aliases: &TierRow, other: &TierRow| -> Vec<String> {
        let aliases = aliases.aliases();
        let aliases = aliases.filter(|alias| !other.is_read_from(alias));
        aliases.map(str::to_owned).collect()
    };
    let (added, removed) = (texts(new, old), texts(old, new));
    if !added.is_empty() || !removed.is_empty() {
        changes.push(Change::TierAliased {
            tier: new.clone(),
            added,
            removed,
        });
    }
}
