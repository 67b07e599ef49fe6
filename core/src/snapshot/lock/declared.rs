//! The tiers and add-ons that a lock file declares.

use super::limit_words::LimitWords;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::need_row::{FeatureRow, NeedRow, RequiredTier};
use crate::snapshot::rows::TierRow;
use std::collections::HashMap;

/// The tiers and add-ons that the file declares.
pub(super) struct Declared {
    ranks: HashMap<String, u32>,
    feature_names: HashMap<String, String>,
    lowest: Option<RequiredTier>,
}

impl Declared {
    pub(super) fn new(tiers: &[TierRow], features: &[FeatureRow]) -> Result<Self, SnapshotError> {
        let mut ranks = HashMap::new();
        for (index, tier) in tiers.iter().enumerate() {
            let has_previous_rank = index > 0 && tiers[index - 1].rank == tier.rank;
            if ranks.insert(tier.name.clone(), tier.rank).is_some() || has_previous_rank {
                return Err(SnapshotError::new(format!(
                    "two lines define the tier {} or the rank {}; keep one of them",
                    tier.name, tier.rank
                )));
            }
        }
        let mut feature_names = HashMap::new();
        for FeatureRow { key, name } in features {
            if feature_names.insert(key.clone(), name.clone()).is_some() {
                return Err(SnapshotError::new(format!(
                    "two lines define the add-on {key:?}; keep one of them"
                )));
            }
        }
        Ok(Self {
            ranks,
            feature_names,
            lowest: tiers.first().map(RequiredTier::from),
        })
    }

    /// Fills in the ranks of the tiers and the name of the add-on, which an endpoint's line doesn't
    /// contain. The lines that declare them may come later in the file.
    pub(super) fn complete(&self, need: &mut NeedRow) -> Result<(), String> {
        let version_tiers = need.versions.iter_mut().map(|version| &mut version.tier);
        for tier in version_tiers
            .chain(&mut need.tier)
            .chain(&mut need.enforced)
        {
            tier.rank = self.rank(&tier.name)?;
        }
        if let Some(feature) = &mut need.feature {
            let name = self.feature_names.get(&feature.key).ok_or_else(|| {
                format!(
                    "the add-on {:?} is not defined; add a line `feature KEY NAME`",
                    feature.key
                )
            })?;
            feature.name.clone_from(name);
        }
        Ok(())
    }

    /// Converts the limits in a line. `lowest` is the lowest tier that may call the endpoint. If it is `None`,
    /// this is the lowest tier of the file.
    pub(super) fn limits(
        &self,
        words: Option<LimitWords>,
        lowest: Option<&RequiredTier>,
    ) -> Result<LimitRows, String> {
        let Some(words) = words else {
            return Ok(LimitRows::default());
        };
        match lowest.or(self.lowest.as_ref()) {
            Some(lowest) => words.into_rows(lowest, |name| self.rank(name)),
            None => Err("limits need a tier; add a line `tier RANK NAME`".to_owned()),
        }
    }

    fn rank(&self, tier: &str) -> Result<u32, String> {
        let undefined = || format!("the tier {tier:?} is not defined; add a line `tier RANK NAME`");
        self.ranks.get(tier).copied().ok_or_else(undefined)
    }
}
