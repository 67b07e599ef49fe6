//! Which tier of one snapshot is which of another.

use super::Change;
use crate::snapshot::TierRow;
use std::cmp::Ordering;

/// The tiers of two snapshots, and which is which: that of the same name, or, where the name is in
/// one of them only, that of the same rank.
pub(super) struct Tiers<'a> {
    old: &'a [TierRow],
    new: &'a [TierRow],
}

impl<'a> Tiers<'a> {
    pub(super) fn of(old: &'a [TierRow], new: &'a [TierRow]) -> Self {
        Self { old, new }
    }

    fn counterpart(
        tier: &TierRow,
        own: &'a [TierRow],
        others: &'a [TierRow],
    ) -> Option<&'a TierRow> {
        let named = |tiers: &'a [TierRow], name: &str| tiers.iter().find(|tier| tier.name == name);
        named(others, &tier.name).or_else(|| {
            others
                .iter()
                .find(|other| other.rank == tier.rank && named(own, &other.name).is_none())
        })
    }

    fn now(&self, old: &TierRow) -> Option<&'a TierRow> {
        Self::counterpart(old, self.old, self.new)
    }

    fn before(&self, new: &TierRow) -> Option<&'a TierRow> {
        Self::counterpart(new, self.new, self.old)
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

    /// Compares a former tier with one of now, on whichever scale both are.
    pub(super) fn compare(&self, old: &TierRow, new: &TierRow) -> Ordering {
        match (self.now(old), self.before(new)) {
            (Some(now), _) => now.rank.cmp(&new.rank),
            (None, Some(before)) => old.rank.cmp(&before.rank),
            (None, None) => old.rank.cmp(&new.rank),
        }
    }

    /// The names of the tiers of now that one requirement lets through and the other does not.
    pub(super) fn between(&self, old: Option<&TierRow>, new: Option<&TierRow>) -> Vec<String> {
        let could = |tier: &TierRow| match (self.before(tier), old) {
            (_, None) => true,
            (Some(before), Some(old)) => before.rank >= old.rank,
            // A new tier: nobody had it.
            (None, Some(_)) => false,
        };
        let can = |tier: &TierRow| new.is_none_or(|new| tier.rank >= new.rank);
        self.new
            .iter()
            .filter(|tier| self.before(tier).is_some() && could(tier) != can(tier))
            .map(|tier| tier.name.clone())
            .collect()
    }
}
