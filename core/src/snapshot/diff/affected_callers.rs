//! Finds the callers that lose or gain access when an endpoint's requirement changes.

use crate::endpoint::need::FeatureRule;
use crate::snapshot::diff::matched_features::MatchedFeatures;
use crate::snapshot::diff::matched_tiers::MatchedTiers;
use crate::snapshot::need_row::{FeatureRow, NeedRow};
use std::collections::BTreeSet;

/// Which requirement of an endpoint is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Requirement {
    /// What the attribute declares, and what customers read.
    Declared,
    /// What is enforced for now.
    Enforced,
}

/// The callers that lose access, and the callers that gain access.
pub(super) struct AffectedCallers {
    pub(super) losing: Vec<String>,
    pub(super) gaining: Vec<String>,
    /// The lowest plan version of the callers that lose access.
    pub(super) lowest_losing_version: Option<u32>,
}

impl AffectedCallers {
    /// Compares two requirements. A public endpoint has the requirement `None`.
    ///
    /// Whether a caller may call an endpoint depends on the caller's tier, add-ons and plan version. This
    /// function therefore tries every common tier, with and without the add-ons of both requirements,
    /// and with a plan version between each two consecutive versions of both requirements.
    pub(super) fn of(
        tiers: &MatchedTiers<'_>,
        features: &MatchedFeatures<'_>,
        old: Option<&NeedRow>,
        new: Option<&NeedRow>,
        requirement: Requirement,
    ) -> Self {
        let conditions = Conditions::of(features, old, new);
        let old_need = TestedNeed::new(old, &conditions, false, requirement);
        let new_need = TestedNeed::new(new, &conditions, true, requirement);
        let (mut losing, mut gaining) = (Vec::new(), Vec::new());
        let mut lowest_losing_version = None;
        let common = tiers.common().map(|(old, new)| {
            let ranks = (Some(old.rank), Some(new.rank));
            (new.name.as_str(), ranks)
        });
        for (name, (old_rank, new_rank)) in common.chain([(WITHOUT_SUBSCRIPTION, (None, None))]) {
            let (mut lost, mut gained) = (Vec::new(), Vec::new());
            for combination in conditions.combinations() {
                let had_access = old_need.allows(old_rank, combination);
                let has_access = new_need.allows(new_rank, combination);
                lost.push(had_access && !has_access);
                gained.push(has_access && !had_access);
                if had_access && !has_access {
                    let version = conditions.lowest_version(combination);
                    lowest_losing_version = Some(
                        lowest_losing_version.map_or(version, |lowest: u32| lowest.min(version)),
                    );
                }
            }
            losing.push((name, lost));
            gaining.push((name, gained));
        }
        Self {
            losing: conditions.describe(&losing),
            gaining: conditions.describe(&gaining),
            lowest_losing_version,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.losing.is_empty() && self.gaining.is_empty()
    }
}

/// The name of callers that have no tier.
pub(super) const WITHOUT_SUBSCRIPTION: &str = "callers without a subscription";

/// A combination of add-ons and a range of plan versions. The lowest bit of `features` stands for the
/// first add-on of the conditions.
#[derive(Clone, Copy)]
struct Combination {
    features: usize,
    range: usize,
}

/// The add-ons and plan versions on which two requirements depend.
struct Conditions<'a> {
    /// At most two add-ons: that of the old requirement, and that of the new requirement.
    feature_names: Vec<&'a str>,
    old_bit: usize,
    new_bit: usize,
    /// The start of each range of plan versions. The last range also contains callers without a plan
    /// version.
    range_starts: Vec<u32>,
}

impl<'a> Conditions<'a> {
    fn of(
        features: &MatchedFeatures<'_>,
        old: Option<&'a NeedRow>,
        new: Option<&'a NeedRow>,
    ) -> Self {
        let feature = |need: Option<&'a NeedRow>| need.and_then(|need| need.feature.as_ref());
        let (feature_names, old_bit, new_bit) = match (feature(old), feature(new)) {
            (None, None) => (Vec::new(), 0, 0),
            (Some(old), None) => (vec![old.name()], 1, 0),
            (None, Some(new)) => (vec![new.name()], 0, 1),
            (Some(old), Some(new)) if features.are_same(old, new) => (vec![new.name()], 1, 1),
            (Some(old), Some(new)) => (names_or_keys(old, new), 1, 2),
        };
        let versions = old.into_iter().chain(new).flat_map(|need| &need.versions);
        let range_starts: BTreeSet<u32> = versions.map(|version| version.below).collect();
        Self {
            feature_names,
            old_bit,
            new_bit,
            range_starts: std::iter::once(0).chain(range_starts).collect(),
        }
    }

    fn combinations(&self) -> impl Iterator<Item = Combination> {
        let range_count = self.range_starts.len();
        let features = 0..1 << self.feature_names.len();
        features.flat_map(move |features| {
            (0..range_count).map(move |range| Combination { features, range })
        })
    }

    fn lowest_version(&self, combination: Combination) -> u32 {
        self.range_starts[combination.range]
    }

    /// Describes the callers of each tier, for the combinations that are `true`.
    fn describe(&self, callers: &[(&str, Vec<bool>)]) -> Vec<String> {
        let affected = callers.iter().filter(|(_, are)| are.contains(&true));
        let affected: Vec<&(&str, Vec<bool>)> = affected.collect();
        let Some((_, first)) = affected.first() else {
            return Vec::new();
        };
        let condition = self.condition(first);
        let are_all_equal = affected.iter().all(|(_, are)| are == first);
        if are_all_equal && !condition.is_empty() && affected.len() > 1 {
            let has_all_tiers = affected.len() + 1 >= callers.len();
            let has_others = affected
                .iter()
                .any(|(name, _)| *name == WITHOUT_SUBSCRIPTION);
            match (has_all_tiers, has_others) {
                (true, true) if affected.len() == callers.len() => {
                    return vec![format!("callers{condition}")];
                }
                (true, false) => return vec![format!("every tier{condition}")],
                _ => {}
            }
        }
        affected
            .into_iter()
            .map(|(name, are)| format!("{name}{}", self.condition(are)))
            .collect()
    }

    /// Describes the combinations that are `true`, with a space at the start. Returns an empty text if
    /// all of them are.
    fn condition(&self, are: &[bool]) -> String {
        let ranges = self.range_starts.len();
        // For each range, the set of add-on combinations.
        let sets: Vec<Vec<bool>> = (0..ranges)
            .map(|range| are.iter().skip(range).step_by(ranges).copied().collect())
            .collect();
        let mut parts = Vec::new();
        let mut start = 0;
        while start < ranges {
            let mut end = start + 1;
            while end < ranges && sets[end] == sets[start] {
                end += 1;
            }
            if sets[start].contains(&true) {
                let texts = [self.feature_condition(&sets[start]), self.range(start, end)];
                parts.push(texts.concat());
            }
            start = end;
        }
        parts.join(" or")
    }

    fn range(&self, start: usize, end: usize) -> String {
        let (first, next) = (self.range_starts[start], self.range_starts.get(end));
        match (first, next) {
            (0, None) => String::new(),
            (0, Some(next)) => format!(" with a plan version below {next}"),
            (first, None) => format!(" with a plan version from {first} on or none"),
            (first, Some(next)) => format!(" with a plan version from {first} to {}", next - 1),
        }
    }

    /// Describes a set of add-on combinations. The set isn't empty.
    fn feature_condition(&self, set: &[bool]) -> String {
        let word = |has: bool, name: &str| {
            let word = if has { "with" } else { "without" };
            format!(" {word} {name}")
        };
        let is_all = |has: &dyn Fn(usize) -> bool| {
            let mut combinations = set.iter().enumerate();
            combinations.all(|(features, is_in)| *is_in == has(features))
        };
        if is_all(&|_| true) {
            return String::new();
        }
        for (bit, name) in self.feature_names.iter().enumerate() {
            for has in [true, false] {
                if is_all(&|features| (features >> bit & 1 == 1) == has) {
                    return word(has, name);
                }
            }
        }
        let combinations = set.iter().enumerate().filter(|(_, is_in)| **is_in);
        let texts = combinations.map(|(features, _)| {
            let names = self.feature_names.iter().enumerate();
            let words = names.map(|(bit, name)| word(features >> bit & 1 == 1, name));
            words.collect::<Vec<_>>().join(" and")
        });
        texts.collect::<Vec<_>>().join(" or")
    }
}

/// Returns the names of two add-ons, or their keys if both have the same name.
fn names_or_keys<'a>(old: &'a FeatureRow, new: &'a FeatureRow) -> Vec<&'a str> {
    if old.name == new.name {
        vec![old.key(), new.key()]
    } else {
        vec![old.name(), new.name()]
    }
}

/// A requirement that is evaluated for many callers.
struct TestedNeed {
    /// `None` if the endpoint is public.
    rule: Option<FeatureRule>,
    /// The bit of the add-on in `Combination::features`.
    feature_bit: usize,
    /// For each range of plan versions, the rank of the required tier.
    ranks: Vec<Option<u32>>,
}

impl TestedNeed {
    fn new(
        need: Option<&NeedRow>,
        conditions: &Conditions<'_>,
        is_new: bool,
        requirement: Requirement,
    ) -> Self {
        let enforced = need.and_then(|need| need.enforced.as_ref());
        let enforced = enforced.filter(|_| requirement == Requirement::Enforced);
        let ranks = conditions.range_starts.iter().map(|version| {
            let declared = need?.declared_rank(Some(*version))?;
            Some(enforced.map_or(declared, |enforced| declared.min(enforced.rank)))
        });
        Self {
            rule: need.map(|need| need.rule),
            feature_bit: if is_new {
                conditions.new_bit
            } else {
                conditions.old_bit
            },
            ranks: ranks.collect(),
        }
    }

    fn allows(&self, rank: Option<u32>, combination: Combination) -> bool {
        let Some(rule) = self.rule else {
            return true;
        };
        let has_feature = combination.features & self.feature_bit != 0;
        let has_tier = match self.ranks[combination.range] {
            Some(required) => rank.is_some_and(|rank| rank >= required),
            None => true,
        };
        match rule {
            FeatureRule::NoFeature => has_tier,
            FeatureRule::AndTier => has_tier && has_feature,
            FeatureRule::OrTier => has_tier || has_feature,
            FeatureRule::FeatureOnly => has_feature,
        }
    }
}
