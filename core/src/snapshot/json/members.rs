//! The members of a JSON document that describe tiers, add-ons and endpoints.

use crate::endpoint::need::FeatureRule;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::json::declared::Declared;
use crate::snapshot::json::limit_members::{LimitMember, read_limits};
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::need_row::{FeatureRow, NeedRow, VersionRow};
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct TierMember {
    name: String,
    rank: u32,
    /// Documents of version 1 omit this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aliases: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FeatureMember {
    key: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EndpointMember {
    pub(super) name: String,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) required_tier: Option<String>,
    pub(super) required_rank: Option<u32>,
    /// Documents omit this member and the four members that follow if there is no such requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) required_feature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) feature_rule: Option<RuleMember>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) until_versions: Vec<VersionMember>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) enforced_tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) enforced_rank: Option<u32>,
    /// Documents omit this member if the endpoint has no limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) limits: Vec<LimitMember>,
    /// Documents omit this member if its value is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<u32>,
    pub(super) public_reason: Option<String>,
    pub(super) summary: String,
    pub(super) module: String,
    /// Documents omit this member if its value is `false`. Documents that were written before this member
    /// existed omit it too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deprecated: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleMember {
    And,
    Or,
    Only,
}

#[derive(Serialize, Deserialize)]
pub(super) struct VersionMember {
    version: u32,
    required_tier: String,
    required_rank: u32,
}

impl EndpointMember {
    /// Returns whether the endpoint has members that don't exist in version 1.
    pub(super) fn needs_version_2(&self) -> bool {
        self.has_new_requirement() || !self.limits.is_empty() || self.cost.is_some()
    }

    /// Returns whether the endpoint has a requirement that doesn't exist in version 1.
    fn has_new_requirement(&self) -> bool {
        self.required_feature.is_some()
            || self.feature_rule.is_some()
            || !self.until_versions.is_empty()
            || self.enforced_tier.is_some()
            || self.enforced_rank.is_some()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_row(self, declared: &Declared<'_>) -> Result<EndpointRow, SnapshotError> {
        let name = self.name.clone();
        self.try_into_row(declared)
            .map_err(|problem| SnapshotError::new(format!("endpoint {name:?}: {problem}")))
    }

    pub(super) fn try_into_row(
        mut self,
        declared: &Declared<'_>,
    ) -> Result<EndpointRow, &'static str> {
        let route = EndpointRow::checked_route(self.method.take(), self.path.take())?;
        let access = match (self.public_reason.take(), self.has_requirement()) {
            (Some(_), false) if !self.limits.is_empty() || self.cost.is_some() => {
                return Err("a public endpoint has neither limits nor a cost");
            }
            (Some(reason), false) => AccessRow::Public { reason },
            (None, true) => AccessRow::Gated(self.take_need(declared)?),
            _ => {
                return Err(
                    "expected either a requirement, such as a required tier and its rank, or a reason why the endpoint is public",
                );
            }
        };
        let limits = std::mem::take(&mut self.limits);
        let limits = match &access {
            AccessRow::Gated(need) => read_limits(limits, declared, need.lowest_enforced_tier())?,
            AccessRow::Public { .. } => LimitRows::default(),
        };
        Ok(EndpointRow {
            name: self.name,
            is_event: false,
            route,
            access,
            limits,
            cost: self.cost.unwrap_or(1),
            summary: self.summary,
            module: self.module,
            is_deprecated: self.deprecated,
        })
    }

    pub(super) fn has_requirement(&self) -> bool {
        self.required_tier.is_some() || self.required_rank.is_some() || self.has_new_requirement()
    }

    fn take_need(&mut self, declared: &Declared<'_>) -> Result<NeedRow, &'static str> {
        let feature = self.required_feature.take();
        let versions = std::mem::take(&mut self.until_versions).into_iter();
        let versions = versions.map(|member| {
            let tier = declared.tier(member.required_tier, member.required_rank)?;
            Ok(VersionRow {
                below: member.version,
                tier,
            })
        });
        let need = NeedRow {
            tier: declared.optional_tier(self.required_tier.take(), self.required_rank)?,
            feature: feature.map(|key| declared.feature(key)).transpose()?,
            rule: match self.feature_rule {
                None => FeatureRule::NoFeature,
                Some(RuleMember::And) => FeatureRule::AndTier,
                Some(RuleMember::Or) => FeatureRule::OrTier,
                Some(RuleMember::Only) => FeatureRule::FeatureOnly,
            },
            versions: versions.collect::<Result<_, &'static str>>()?,
            enforced: declared.optional_tier(self.enforced_tier.take(), self.enforced_rank)?,
        };
        need.check()?;
        Ok(need)
    }
}

impl From<TierMember> for TierRow {
    fn from(member: TierMember) -> Self {
        let TierMember {
            name,
            rank,
            aliases,
        } = member;
        Self {
            name,
            rank,
            aliases,
        }
    }
}

impl From<&TierRow> for TierMember {
    fn from(tier: &TierRow) -> Self {
        Self {
            name: tier.name.clone(),
            rank: tier.rank,
            aliases: tier.aliases.clone(),
        }
    }
}

impl From<FeatureMember> for FeatureRow {
    fn from(FeatureMember { key, name }: FeatureMember) -> Self {
        Self { key, name }
    }
}

impl From<&FeatureRow> for FeatureMember {
    fn from(feature: &FeatureRow) -> Self {
        Self {
            key: feature.key.clone(),
            name: feature.name.clone(),
        }
    }
}

impl From<&EndpointRow> for EndpointMember {
    fn from(row: &EndpointRow) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let need = row.need_row();
        let versions = need.map(|need| need.versions.iter());
        let enforced = need.and_then(|need| need.enforced.as_ref());
        Self {
            name: row.name.clone(),
            method: owned(row.method()),
            path: owned(row.path()),
            required_tier: owned(row.required_tier()),
            required_rank: row.required_rank(),
            required_feature: owned(row.required_feature()),
            feature_rule: match row.feature_rule() {
                FeatureRule::NoFeature => None,
                FeatureRule::AndTier => Some(RuleMember::And),
                FeatureRule::OrTier => Some(RuleMember::Or),
                FeatureRule::FeatureOnly => Some(RuleMember::Only),
            },
            until_versions: versions
                .into_iter()
                .flatten()
                .map(|version| VersionMember {
                    version: version.below,
                    required_tier: version.tier.name.clone(),
                    required_rank: version.tier.rank,
                })
                .collect(),
            enforced_tier: enforced.map(|tier| tier.name.clone()),
            enforced_rank: enforced.map(|tier| tier.rank),
            limits: row.limits().iter().map(LimitMember::from).collect(),
            cost: (row.cost() != 1).then_some(row.cost()),
            public_reason: owned(row.public_reason()),
            summary: row.summary.clone(),
            module: row.module.clone(),
            deprecated: row.is_deprecated(),
        }
    }
}
