//! What an endpoint requires: a tier, an add-on, or both.

use crate::endpoint::record::{NeedRecord, Record, Tiers, VersionRecord};
use std::fmt;

/// What an endpoint requires of its callers. The value comes from the options of
/// [`#[requires_tier(…)]`](macro@crate::requires_tier) or
/// [`#[requires_feature(…)]`](macro@crate::requires_feature).
///
/// [`Decision`](crate::Decision) documents how a need, a caller and the overrides lead to a decision.
///
/// ```
/// use tiergate::{Catalogue, FeatureRule, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Feature)]
/// enum Feature { Radio }
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// #[tier(features = Feature)]
/// enum Tier { Free, Plus, Pro }
///
/// #[requires_tier(Pro, or_feature = Radio, until_version(3, Plus))]
/// fn transmit() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(transmit))]
/// struct Api;
///
/// let need = Api::ENDPOINTS[0].need().unwrap();
/// assert_eq!(need.required_tier(), Some("Pro"));
/// assert_eq!((need.feature_rule(), need.feature_key()), (FeatureRule::OrTier, Some("radio")));
/// assert_eq!(need.versions().collect::<Vec<_>>(), [(3, "Plus")]);
/// assert_eq!(
///     need.to_string(),
///     "the tier Pro or the add-on Radio; with a plan version below 3, the tier Plus",
/// );
/// ```
#[derive(Clone, Copy)]
pub struct Need {
    tiers: &'static Tiers,
    rank: Option<u32>,
    rule: FeatureRule,
    feature: u8,
    versions: &'static [VersionRecord],
    enforced: Option<u32>,
}

/// How an endpoint combines a tier and an add-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureRule {
    /// The endpoint requires only a tier.
    NoFeature,
    /// The endpoint requires the tier and the add-on: `feature = Radio`.
    AndTier,
    /// The endpoint requires the tier or the add-on: `or_feature = Radio`.
    OrTier,
    /// The endpoint requires only the add-on: `#[requires_feature(Radio)]`.
    FeatureOnly,
}

/// The numbers that represent the variants of [`FeatureRule`] in a record.
#[doc(hidden)]
#[allow(missing_docs)]
pub mod needs {
    pub const TIER: u8 = 0;
    pub const TIER_AND_FEATURE: u8 = 1;
    pub const TIER_OR_FEATURE: u8 = 2;
    pub const FEATURE: u8 = 3;
}

/// Returns the rank of the tier in `until_version(…)`. Because of `#[track_caller]`, the compiler
/// reports a panic at the tier in the attribute and not in this function.
///
/// # Panics
/// Panics if the tier isn't below the required tier.
#[doc(hidden)]
#[track_caller]
pub const fn version_rank(rank: u32, required: u32) -> u32 {
    assert!(
        rank < required,
        "the tier in `until_version` must be below the required tier; write a lower tier, or remove `until_version`"
    );
    rank
}

/// Returns the rank of the tier in `enforced = …`.
///
/// # Panics
/// Panics if the tier isn't below the required tier.
#[doc(hidden)]
#[track_caller]
pub const fn enforced_rank(rank: u32, required: u32) -> u32 {
    assert!(
        rank < required,
        "`enforced` must be below the required tier; write a lower tier, or remove `enforced`"
    );
    rank
}

impl Need {
    pub(crate) const fn of_record(record: &Record, tiers: &'static Tiers) -> Self {
        let of_tier = Self {
            tiers,
            rank: Some(record.required),
            rule: FeatureRule::NoFeature,
            feature: 0,
            versions: &[],
            enforced: None,
        };
        match record.need {
            None => of_tier,
            Some(need) => of_tier.with(need),
        }
    }

    const fn with(mut self, need: &'static NeedRecord) -> Self {
        self.rule = match need.rule {
            needs::TIER => FeatureRule::NoFeature,
            needs::TIER_OR_FEATURE => FeatureRule::OrTier,
            needs::FEATURE => {
                self.rank = None;
                FeatureRule::FeatureOnly
            }
            _ => FeatureRule::AndTier,
        };
        self.feature = need.feature;
        self.versions = need.versions;
        if need.has_enforced {
            self.enforced = Some(need.enforced);
        }
        self
    }

    /// Returns the name of the required tier, or `None` if only an add-on is required.
    pub const fn required_tier(&self) -> Option<&'static str> {
        match self.rank {
            Some(rank) => Some(self.tiers.name(rank)),
            None => None,
        }
    }

    /// Returns the rank of the required tier, or `None` if only an add-on is required.
    pub const fn required_rank(&self) -> Option<u32> {
        self.rank
    }

    /// Returns the rank of the lowest tier whose callers may call the endpoint if they have the right add-on
    /// and plan version.
    pub(crate) const fn lowest_rank(&self) -> u32 {
        let (Some(required), FeatureRule::NoFeature | FeatureRule::AndTier) =
            (self.rank, self.rule)
        else {
            return 0;
        };
        let mut lowest = match self.enforced {
            Some(enforced) if enforced < required => enforced,
            _ => required,
        };
        let mut index = 0;
        while index < self.versions.len() {
            if self.versions[index].rank < lowest {
                lowest = self.versions[index].rank;
            }
            index += 1;
        }
        lowest
    }

    /// Returns how the tier and the add-on are combined.
    pub const fn feature_rule(&self) -> FeatureRule {
        self.rule
    }

    /// Returns the key of the add-on, or `None` if the endpoint has none.
    pub const fn feature_key(&self) -> Option<&'static str> {
        self.feature_text(self.tiers.features.keys)
    }

    /// Returns the add-on's name, as customers see it, or `None` if the endpoint has none.
    pub const fn feature_name(&self) -> Option<&'static str> {
        self.feature_text(self.tiers.features.names)
    }

    const fn feature_text(&self, texts: &'static [&'static str]) -> Option<&'static str> {
        match self.rule {
            FeatureRule::NoFeature => None,
            _ if (self.feature as usize) < texts.len() => Some(texts[self.feature as usize]),
            _ => Some(""),
        }
    }

    /// Returns the bit of the add-on in a [`FeatureSet`](crate::FeatureSet), or 0 if the endpoint has
    /// no add-on.
    pub(crate) const fn feature_bit(&self) -> u64 {
        match self.rule {
            FeatureRule::NoFeature => 0,
            _ => 1_u64.wrapping_shl(self.feature as u32),
        }
    }

    /// Returns the lower tiers of grandfathered customers, oldest plan version first. `(3, "Plus")`
    /// means that callers whose plan version is less than 3 need only Plus.
    pub fn versions(&self) -> impl Iterator<Item = (u32, &'static str)> + use<> {
        let tiers = self.tiers;
        let versions = self.versions.iter();
        versions.map(|version| (version.below, tiers.name(version.rank)))
    }

    /// Returns the versions of [`versions`](Self::versions) with the ranks of their tiers.
    pub(crate) fn version_ranks(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let versions = self.versions.iter();
        versions.map(|version| (version.below, version.rank))
    }

    /// Returns the name of the tier that is enforced for now, or `None` if the required tier is
    /// enforced.
    pub const fn enforced_tier(&self) -> Option<&'static str> {
        match self.enforced {
            Some(rank) => Some(self.tiers.name(rank)),
            None => None,
        }
    }

    /// Returns the rank of [`enforced_tier`](Self::enforced_tier).
    pub(crate) const fn enforced_rank(&self) -> Option<u32> {
        self.enforced
    }

    /// Returns the tiers of the endpoint's enum.
    pub(crate) const fn tiers(&self) -> &'static Tiers {
        self.tiers
    }
}

/// Shows the requirement, such as "the tier Plus and the add-on Radio".
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tier, feature) = (self.required_tier(), self.feature_name());
        match (tier, feature) {
            (Some(tier), None) => write!(f, "the tier {tier}")?,
            (Some(tier), Some(feature)) => {
                let word = if self.rule == FeatureRule::OrTier {
                    "or"
                } else {
                    "and"
                };
                write!(f, "the tier {tier} {word} the add-on {feature}")?;
            }
            (None, feature) => write!(f, "the add-on {}", feature.unwrap_or_default())?,
        }
        for (version, tier) in self.versions() {
            write!(f, "; with a plan version below {version}, the tier {tier}")?;
        }
        if let Some(tier) = self.enforced_tier() {
            write!(f, "; only the tier {tier} is enforced for now")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Need({self})")
    }
}
