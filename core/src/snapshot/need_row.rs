//! What an endpoint requires, as plain data.

use crate::endpoint::need::{FeatureRule, Need};

/// An add-on in a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeatureRow {
    pub(crate) key: String,
    pub(crate) name: String,
}

impl FeatureRow {
    /// Returns the add-on's key, which stores and documents contain.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the name that customers see.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What an endpoint requires of its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeedRow {
    /// `None` if the endpoint requires only an add-on.
    pub(crate) tier: Option<RequiredTier>,
    /// `None` if the endpoint requires only a tier.
    pub(crate) feature: Option<FeatureRow>,
    pub(crate) rule: FeatureRule,
    /// The lower tiers of customers with an older plan version, oldest version first.
    pub(crate) versions: Vec<VersionRow>,
    /// The tier that is enforced for now, if it differs from `tier`.
    pub(crate) enforced: Option<RequiredTier>,
}

/// The name and the rank of a tier that an endpoint requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequiredTier {
    pub(crate) name: String,
    pub(crate) rank: u32,
}

/// Callers whose plan version is less than `below` need only this tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionRow {
    pub(crate) below: u32,
    pub(crate) tier: RequiredTier,
}

impl NeedRow {
    /// Creates a requirement that consists only of a tier.
    #[cfg(test)]
    pub(crate) fn of_tier(tier: RequiredTier) -> Self {
        Self {
            tier: Some(tier),
            feature: None,
            rule: FeatureRule::NoFeature,
            versions: Vec::new(),
            enforced: None,
        }
    }

    /// Checks that a requirement from a document doesn't contradict itself.
    ///
    /// # Errors
    /// Returns a message that describes the contradiction.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let has_tier = self.tier.is_some();
        let is_consistent = match self.rule {
            FeatureRule::NoFeature => has_tier && self.feature.is_none(),
            FeatureRule::AndTier | FeatureRule::OrTier => has_tier && self.feature.is_some(),
            FeatureRule::FeatureOnly => !has_tier && self.feature.is_some(),
        };
        if !is_consistent {
            return Err("expected a required tier, an add-on, or both");
        }
        let Some(tier) = &self.tier else {
            return if self.versions.is_empty() && self.enforced.is_none() {
                Ok(())
            } else {
                Err("an endpoint without a required tier has no other tiers")
            };
        };
        let lower_tiers = self.versions.iter().map(|version| &version.tier);
        if lower_tiers
            .chain(&self.enforced)
            .any(|lower| lower.rank > tier.rank)
        {
            return Err(
                "the tiers of older plan versions and the enforced tier must not be higher than the required tier",
            );
        }
        let versions = self.versions.iter().map(|version| version.below);
        if std::iter::once(0)
            .chain(versions.clone())
            .zip(versions)
            .any(|(previous, next)| previous >= next)
        {
            return Err("the plan versions must be greater than 0 and must increase");
        }
        Ok(())
    }

    /// Returns the rank that is declared for callers with this plan version. Returns `None` if only an
    /// add-on is required.
    pub(crate) fn declared_rank(&self, plan_version: Option<u32>) -> Option<u32> {
        let of_version = plan_version.and_then(|plan_version| {
            let mut versions = self.versions.iter();
            versions.find(|version| plan_version < version.below)
        });
        match of_version {
            Some(version) => Some(version.tier.rank),
            None => self.tier.as_ref().map(|tier| tier.rank),
        }
    }

    /// Returns the lowest tier whose callers may call the endpoint, even if they also need an add-on or an
    /// older plan version. Returns `None` if callers without a tier may call it with an add-on.
    pub(crate) fn lowest_declared_tier(&self) -> Option<&RequiredTier> {
        match self.rule {
            FeatureRule::OrTier | FeatureRule::FeatureOnly => None,
            FeatureRule::NoFeature | FeatureRule::AndTier => {
                let of_versions = self.versions.iter().map(|version| &version.tier);
                let tiers = of_versions.chain(&self.tier);
                tiers.min_by_key(|tier| tier.rank)
            }
        }
    }

    /// Returns the lower of `lowest_declared_tier` and the tier that is enforced for now.
    pub(crate) fn lowest_enforced_tier(&self) -> Option<&RequiredTier> {
        let declared = self.lowest_declared_tier()?;
        let tiers = std::iter::once(declared).chain(&self.enforced);
        tiers.min_by_key(|tier| tier.rank)
    }
}

/// Returns the word for a rule in documents, or `None` if the endpoint requires only a tier.
pub(crate) fn rule_word(rule: FeatureRule) -> Option<&'static str> {
    match rule {
        FeatureRule::NoFeature => None,
        FeatureRule::AndTier => Some("and"),
        FeatureRule::OrTier => Some("or"),
        FeatureRule::FeatureOnly => Some("only"),
    }
}

impl From<&Need> for NeedRow {
    fn from(need: &Need) -> Self {
        let tier = |name: &str, rank| RequiredTier {
            name: name.to_owned(),
            rank,
        };
        let optional_tier = |name: Option<&str>, rank: Option<u32>| Some(tier(name?, rank?));
        let feature = need.feature_key().zip(need.feature_name());
        let versions = need.versions().zip(need.version_ranks());
        Self {
            tier: optional_tier(need.required_tier(), need.required_rank()),
            feature: feature.map(|(key, name)| FeatureRow {
                key: key.to_owned(),
                name: name.to_owned(),
            }),
            rule: need.feature_rule(),
            versions: versions
                .map(|((below, name), (_, rank))| VersionRow {
                    below,
                    tier: tier(name, rank),
                })
                .collect(),
            enforced: optional_tier(need.enforced_tier(), need.enforced_rank()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FeatureRow, NeedRow, RequiredTier, VersionRow};
    use crate::endpoint::need::FeatureRule;

    fn tier(rank: u32) -> RequiredTier {
        RequiredTier {
            name: format!("T{rank}"),
            rank,
        }
    }

    fn radio() -> FeatureRow {
        FeatureRow {
            key: "radio".to_owned(),
            name: "Radio".to_owned(),
        }
    }

    #[test]
    fn contradictions_are_found() {
        let version = |below, rank| VersionRow {
            below,
            tier: tier(rank),
        };
        let plus = NeedRow::of_tier(tier(2));
        let with_feature = |rule| NeedRow {
            feature: Some(radio()),
            rule,
            ..plus.clone()
        };
        let with_versions = |versions: &[VersionRow]| NeedRow {
            versions: versions.to_vec(),
            ..plus.clone()
        };
        let only_feature = NeedRow {
            tier: None,
            ..with_feature(FeatureRule::FeatureOnly)
        };
        let enforced = |rank| NeedRow {
            enforced: Some(tier(rank)),
            ..plus.clone()
        };
        for valid in [
            plus.clone(),
            with_feature(FeatureRule::AndTier),
            with_feature(FeatureRule::OrTier),
            only_feature.clone(),
            with_versions(&[version(1, 1), version(3, 2)]),
            enforced(0),
        ] {
            assert_eq!(valid.check(), Ok(()), "{valid:?}");
        }
        for invalid in [
            with_feature(FeatureRule::NoFeature),
            with_feature(FeatureRule::FeatureOnly),
            NeedRow {
                rule: FeatureRule::AndTier,
                ..plus.clone()
            },
            NeedRow {
                tier: None,
                ..plus.clone()
            },
            NeedRow {
                enforced: Some(tier(0)),
                ..only_feature.clone()
            },
            NeedRow {
                versions: vec![version(1, 0)],
                ..only_feature
            },
            with_versions(&[version(0, 1)]),
            with_versions(&[version(3, 1), version(3, 1)]),
            with_versions(&[version(3, 1), version(2, 1)]),
            with_versions(&[version(3, 3)]),
            enforced(3),
        ] {
            assert!(invalid.check().is_err(), "{invalid:?}");
        }
    }

    #[test]
    fn older_plan_versions_have_their_own_rank() {
        let need = NeedRow {
            versions: vec![
                VersionRow {
                    below: 2,
                    tier: tier(0),
                },
                VersionRow {
                    below: 5,
                    tier: tier(1),
                },
            ],
            ..NeedRow::of_tier(tier(3))
        };
        for (version, rank) in [
            (None, 3),
            (Some(0), 0),
            (Some(1), 0),
            (Some(2), 1),
            (Some(4), 1),
            (Some(5), 3),
        ] {
            assert_eq!(need.declared_rank(version), Some(rank), "{version:?}");
        }
    }
}
