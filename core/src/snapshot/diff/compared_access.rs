//! Compares who may call an endpoint, or receive an event, before and after a change.

use crate::snapshot::diff::affected_callers::{AffectedCallers, Requirement};
use crate::snapshot::diff::change::Change;
use crate::snapshot::diff::matched_features::MatchedFeatures;
use crate::snapshot::diff::matched_tiers::MatchedTiers;
use crate::snapshot::need_row::{NeedRow, RequiredTier};
use crate::snapshot::rows::{AccessRow, EndpointRow};
use std::cmp::Ordering;

/// Compares the requirements of endpoints and events in two snapshots.
pub(super) struct AccessComparison<'a> {
    tiers: &'a MatchedTiers<'a>,
    features: &'a MatchedFeatures<'a>,
    /// The highest plan version that the old snapshot mentions. Customers may already have it.
    highest_old_version: u32,
}

impl<'a> AccessComparison<'a> {
    pub(super) fn new<'r>(
        tiers: &'a MatchedTiers<'a>,
        features: &'a MatchedFeatures<'a>,
        old_rows: impl Iterator<Item = &'r EndpointRow>,
    ) -> Self {
        let needs = old_rows.filter_map(EndpointRow::need_row);
        let versions = needs.flat_map(|need| &need.versions);
        Self {
            tiers,
            features,
            highest_old_version: versions.map(|version| version.below).max().unwrap_or(0),
        }
    }

    /// Adds the changes in who may call an endpoint or receive an event.
    pub(super) fn compare(
        &self,
        changes: &mut Vec<Change>,
        old_row: &EndpointRow,
        new_row: &EndpointRow,
    ) {
        let both = || (old_row.clone(), new_row.clone());
        if let (AccessRow::Public { reason }, AccessRow::Public { reason: new_reason }) =
            (&old_row.access, &new_row.access)
        {
            if reason != new_reason {
                let (old, new) = both();
                changes.push(Change::Reworded { old, new });
            }
            return;
        }
        let (old_need, new_need) = (old_row.need_row(), new_row.need_row());
        let affected = |requirement| {
            AffectedCallers::of(self.tiers, self.features, old_need, new_need, requirement)
        };
        let enforced = affected(Requirement::Enforced);
        let order = if enforced.is_empty() {
            self.tier_order(old_need, new_need)
        } else {
            Ordering::Equal
        };
        let is_new_only = self.affects_only_new_customers(&enforced);
        if !enforced.losing.is_empty() || order == Ordering::Less {
            let ((old, new), callers) = (both(), enforced.losing);
            let had_observed_tier = old_need.is_some_and(|need| need.enforced.is_some());
            changes.push(if is_new_only {
                Change::RaisedForNewCustomers { old, new, callers }
            } else if had_observed_tier && affected(Requirement::Declared).is_empty() {
                Change::Enforced { old, new, callers }
            } else {
                Change::Raised { old, new, callers }
            });
        } else if enforced.gaining.is_empty() && order == Ordering::Equal {
            self.compare_without_effect(changes, old_row, new_row, affected);
        }
        if !enforced.gaining.is_empty() || order == Ordering::Greater {
            let ((old, new), callers) = (both(), enforced.gaining);
            changes.push(Change::Lowered { old, new, callers });
        }
    }

    /// Returns whether only callers lose access whose plan version didn't exist before the change.
    fn affects_only_new_customers(&self, affected: &AffectedCallers) -> bool {
        affected
            .lowest_losing_version
            .is_some_and(|lowest| lowest > self.highest_old_version)
    }

    /// Compares two requirements that affect no common tier differently. The order of the required tiers
    /// then depends on tiers that exist in only one snapshot.
    fn tier_order(&self, old: Option<&NeedRow>, new: Option<&NeedRow>) -> Ordering {
        match (enforced_tier(old), enforced_tier(new)) {
            (Some(old), Some(new)) => self.tiers.compare_ranks(old, new),
            _ => Ordering::Equal,
        }
    }

    /// Adds a change if the requirement differs although the same callers can call the endpoint. A lock
    /// file must not miss such a change.
    fn compare_without_effect(
        &self,
        changes: &mut Vec<Change>,
        old_row: &EndpointRow,
        new_row: &EndpointRow,
        affected: impl Fn(Requirement) -> AffectedCallers,
    ) {
        let (Some(old_need), Some(new_need)) = (old_row.need_row(), new_row.need_row()) else {
            return;
        };
        let (old, new) = (old_row.clone(), new_row.clone());
        let are_observed = old_need.enforced.is_some() || new_need.enforced.is_some();
        let declared = affected(Requirement::Declared);
        if are_observed && !(declared.is_empty() && self.are_alike(old_need, new_need)) {
            let callers = declared.losing;
            changes.push(Change::Observed { old, new, callers });
        } else if !self.are_alike(old_need, new_need) {
            changes.push(Change::Reworded { old, new });
        }
    }

    /// Returns whether two requirements have the same form. Their tiers may differ.
    fn are_alike(&self, old: &NeedRow, new: &NeedRow) -> bool {
        let have_same_feature = match (&old.feature, &new.feature) {
            (Some(old), Some(new)) => self.features.are_same(old, new),
            (None, None) => true,
            _ => false,
        };
        let old_versions = old.versions.iter().map(|version| version.below);
        let new_versions = new.versions.iter().map(|version| version.below);
        have_same_feature
            && old.rule == new.rule
            && old_versions.eq(new_versions)
            && old.enforced.is_some() == new.enforced.is_some()
    }
}

/// Returns the tier that is enforced for now.
fn enforced_tier(need: Option<&NeedRow>) -> Option<&RequiredTier> {
    let need = need?;
    need.enforced.as_ref().or(need.tier.as_ref())
}
