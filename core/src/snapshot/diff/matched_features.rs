//! Matches each add-on in one snapshot with the same add-on in another snapshot.

use crate::snapshot::diff::change::Change;
use crate::snapshot::need_row::FeatureRow;
use std::collections::HashMap;

/// The add-ons of two snapshots, matched by key. An add-on whose key occurs in only one of the two
/// snapshots is matched by name instead.
pub(super) struct MatchedFeatures<'a> {
    old_features: &'a [FeatureRow],
    new_features: &'a [FeatureRow],
    /// Maps an old add-on's key to the matching new add-on.
    new_by_old_key: HashMap<&'a str, &'a FeatureRow>,
}

impl<'a> MatchedFeatures<'a> {
    pub(super) fn of(old_features: &'a [FeatureRow], new_features: &'a [FeatureRow]) -> Self {
        let is_in = |features: &[FeatureRow], key: &str| {
            features.iter().any(|feature| feature.key() == key)
        };
        let matching = |old: &FeatureRow| {
            let mut new_features = new_features.iter();
            if is_in(new_features.as_slice(), old.key()) {
                return new_features.find(|new| new.key == old.key);
            }
            new_features.find(|new| new.name == old.name && !is_in(old_features, new.key()))
        };
        let mut new_by_old_key: HashMap<&str, &FeatureRow> = HashMap::new();
        for old in old_features {
            let Some(new) = matching(old) else { continue };
            // Hostile documents can contain several add-ons with the same name.
            if !new_by_old_key.values().any(|taken| taken.key == new.key) {
                new_by_old_key.insert(old.key(), new);
            }
        }
        Self {
            old_features,
            new_features,
            new_by_old_key,
        }
    }

    /// Returns whether two endpoints' add-ons are the same add-on.
    pub(super) fn are_same(&self, old: &FeatureRow, new: &FeatureRow) -> bool {
        self.new_by_old_key
            .get(old.key())
            .is_some_and(|same| same.key == new.key)
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for old in self.old_features {
            let Some(new) = self.new_by_old_key.get(old.key()).copied().cloned() else {
                changes.push(Change::FeatureRemoved(old.clone()));
                continue;
            };
            let old = old.clone();
            if new.key != old.key {
                changes.push(Change::FeatureRekeyed { old, new });
            } else if new.name != old.name {
                changes.push(Change::FeatureRenamed { old, new });
            }
        }
        let added = self.new_features.iter().filter(|new| {
            let mut matched = self.new_by_old_key.values();
            !matched.any(|matched| matched.key == new.key)
        });
        changes.extend(added.cloned().map(Change::FeatureAdded));
        changes
    }
}
