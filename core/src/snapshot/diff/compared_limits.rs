//! Compares how often callers may call before and after a change.

use crate::endpoint::limits::Limit;
use crate::snapshot::Snapshot;
use crate::snapshot::diff::affected_callers::WITHOUT_SUBSCRIPTION;
use crate::snapshot::diff::change::Change;
use crate::snapshot::diff::limit_change::LimitChange;
use crate::snapshot::diff::matched_tiers::MatchedTiers;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::rows::EndpointRow;

/// Adds the changes in the catalogue's quota.
pub(super) fn compare_quotas(
    changes: &mut Vec<Change>,
    tiers: &MatchedTiers<'_>,
    old: &Snapshot,
    new: &Snapshot,
) {
    let callers = callers(tiers).collect::<Vec<_>>();
    let changed = ChangedLimits::of(&callers, &old.quota, &new.quota);
    if changed.is_empty() && !are_alike(tiers, &old.quota, &new.quota) {
        changes.push(Change::QuotaReworded {
            old: old.quota().to_vec(),
            new: new.quota().to_vec(),
        });
    }
    let ChangedLimits { lower, higher } = changed;
    if !lower.is_empty() {
        changes.push(Change::QuotaLimited { limits: lower });
    }
    if !higher.is_empty() {
        changes.push(Change::QuotaRelaxed { limits: higher });
    }
}

/// Adds the changes in an endpoint's limits and cost. `has_changed_access` is whether a change in who may
/// call the endpoint was already added.
pub(super) fn compare_limits(
    changes: &mut Vec<Change>,
    tiers: &MatchedTiers<'_>,
    old_row: &EndpointRow,
    new_row: &EndpointRow,
    has_changed_access: bool,
) {
    let both = || (old_row.clone(), new_row.clone());
    // The limits of callers who couldn't call the endpoint, or can no longer call it, don't matter.
    let callers = callers(tiers)
        .filter(|caller| may_call(old_row, caller.old_rank) && may_call(new_row, caller.new_rank));
    let callers: Vec<ComparedCaller<'_>> = callers.collect();
    let changed = ChangedLimits::of(&callers, &old_row.limits, &new_row.limits);
    let are_alike = || are_alike(tiers, &old_row.limits, &new_row.limits);
    if changed.is_empty() && !has_changed_access && !are_alike() {
        let (old, new) = both();
        changes.push(Change::Reworded { old, new });
    }
    let ChangedLimits { lower, higher } = changed;
    if !lower.is_empty() {
        let ((old, new), limits) = (both(), lower);
        changes.push(Change::Limited { old, new, limits });
    }
    if !higher.is_empty() {
        let ((old, new), limits) = (both(), higher);
        changes.push(Change::Relaxed { old, new, limits });
    }
    if old_row.cost != new_row.cost {
        let (old, new) = both();
        changes.push(if old_row.cost < new_row.cost {
            Change::CostRaised { old, new }
        } else {
            Change::CostLowered { old, new }
        });
    }
}

/// The callers of a tier that exists in both snapshots, or callers without a subscription.
#[derive(Clone, Copy)]
struct ComparedCaller<'a> {
    name: &'a str,
    old_rank: Option<u32>,
    new_rank: Option<u32>,
}

/// Returns the callers to compare: callers without a subscription, and callers of the common tiers, lowest new
/// tier first.
fn callers<'a>(tiers: &MatchedTiers<'a>) -> impl Iterator<Item = ComparedCaller<'a>> {
    let of_tiers = tiers.common().map(|(old, new)| ComparedCaller {
        name: new.name(),
        old_rank: Some(old.rank),
        new_rank: Some(new.rank),
    });
    let without_subscription = ComparedCaller {
        name: WITHOUT_SUBSCRIPTION,
        old_rank: None,
        new_rank: None,
    };
    std::iter::once(without_subscription).chain(of_tiers)
}

/// Returns whether callers with this rank may call the endpoint, at least with an add-on or an older plan
/// version.
fn may_call(row: &EndpointRow, rank: Option<u32>) -> bool {
    let lowest = row.need_row().and_then(|need| need.lowest_enforced_tier());
    lowest.is_none_or(|lowest| rank.is_some_and(|rank| rank >= lowest.rank))
}

/// The callers whose limits are lower, and the callers whose limits are higher. Both can be true.
#[derive(Default)]
struct ChangedLimits {
    lower: Vec<LimitChange>,
    higher: Vec<LimitChange>,
}

impl ChangedLimits {
    fn of(callers: &[ComparedCaller<'_>], old: &LimitRows, new: &LimitRows) -> Self {
        let mut changed = Self::default();
        if old.is_empty() && new.is_empty() {
            return changed;
        }
        for (position, caller) in callers.iter().enumerate() {
            let limits = (old.of_rank(caller.old_rank), new.of_rank(caller.new_rank));
            // Callers without a subscription have the limits of the lowest tier. They are listed only if
            // their limits change in another way.
            let next = callers
                .get(position + 1)
                .map(|next| (old.of_rank(next.old_rank), new.of_rank(next.new_rank)));
            if caller.name == WITHOUT_SUBSCRIPTION && next == Some(limits) {
                continue;
            }
            let (old, new) = limits;
            if is_stricter(old, new) {
                push(&mut changed.lower, *caller, old, new);
            }
            if is_stricter(new, old) {
                push(&mut changed.higher, *caller, old, new);
            }
        }
        let tier_count = callers.iter().filter(|caller| caller.new_rank.is_some());
        let tier_count = tier_count.count();
        for change in changed.lower.iter_mut().chain(&mut changed.higher) {
            change.are_all = change.ranks.iter().flatten().count() == tier_count;
        }
        changed
    }

    fn is_empty(&self) -> bool {
        self.lower.is_empty() && self.higher.is_empty()
    }
}

/// Adds a caller to the last change if the limits are the same. Otherwise, adds a new change.
fn push(changes: &mut Vec<LimitChange>, caller: ComparedCaller<'_>, old: &[Limit], new: &[Limit]) {
    let is_same = |last: &LimitChange| last.old == old && last.new == new;
    if !changes.last().is_some_and(is_same) {
        changes.push(LimitChange {
            callers: Vec::new(),
            ranks: Vec::new(),
            are_all: false,
            old: old.to_vec(),
            new: new.to_vec(),
        });
    }
    if let Some(change) = changes.last_mut() {
        change.callers.push(caller.name.to_owned());
        change.ranks.push(caller.new_rank);
    }
}

/// Returns whether the new limits refuse calls that the old limits allow.
pub(super) fn is_stricter(old: &[Limit], new: &[Limit]) -> bool {
    let is_implied = |limit: &Limit| {
        let mut old = old.iter();
        old.any(|old| most_units(*old, *limit) <= u64::from(limit.amount()))
    };
    !new.iter().all(is_implied)
}

/// Returns the most units that `limit` allows during a window of `other`. This window can begin in the
/// middle of a window of `limit`.
fn most_units(limit: Limit, other: Limit) -> u64 {
    let amount = u64::from(limit.amount());
    if limit.unit() == other.unit() {
        return amount;
    }
    let [length, other_length] = [limit, other].map(|limit| limit.window().as_secs());
    amount * (other_length.div_ceil(length) + 1)
}

/// Returns whether two lists of rows are the same, apart from the names and ranks of the tiers.
fn are_alike(tiers: &MatchedTiers<'_>, old: &LimitRows, new: &LimitRows) -> bool {
    let (old, new) = (old.as_slice(), new.as_slice());
    let are_same_tiers = |old: &str, new: &str| {
        let same = tiers.new_tier(old);
        same.is_some_and(|same| same.name() == new)
    };
    // The tier of the first row depends on who may call the endpoint, and not on the limits.
    let mut pairs = old.iter().zip(new).enumerate();
    old.len() == new.len()
        && pairs.all(|(position, (old, new))| {
            old.limits == new.limits && (position == 0 || are_same_tiers(old.tier(), new.tier()))
        })
}

#[cfg(test)]
mod tests {
    use super::is_stricter;
    use crate::endpoint::limits::Limit;
    use crate::endpoint::policy_text::{PolicyText, parse};

    fn limits(text: &str) -> Vec<Limit> {
        match parse(text) {
            Ok(PolicyText::Limited(limits)) => limits.into_iter().map(Limit::of_text).collect(),
            Ok(PolicyText::Unlimited) => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_limit_is_stricter_if_it_refuses_calls_that_were_allowed() {
        for (old, new) in [
            ("60/minute", "30/minute"),
            ("unlimited", "1000000/second"),
            ("60/minute", "60/minute; 5000/day"),
            ("60/minute", "100/second"),
            ("5000/day", "60/minute"),
            // At the start of a day, the limit per minute may not be used up yet.
            ("60/minute", "86400/day"),
        ] {
            assert!(is_stricter(&limits(old), &limits(new)), "{old} -> {new}");
        }
        for (old, new) in [
            ("60/minute", "60/minute"),
            ("30/minute", "60/minute"),
            ("60/minute; 5000/day", "60/minute"),
            ("60/minute", "unlimited"),
            ("60/minute", "5000/hour"),
            ("60/minute", "60/minute; 90000/day"),
            ("60/minute; 100000/day", "60/minute; 90000/day"),
            ("100/day", "200/hour"),
        ] {
            assert!(!is_stricter(&limits(old), &limits(new)), "{old} -> {new}");
        }
    }
}
