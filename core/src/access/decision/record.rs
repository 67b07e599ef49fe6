//! Serialises decisions together with their inputs.

use crate::access::decision::Decision;
use crate::access::decision::explanation::{CallerSummary, Identity, OverrideSummary, SummaryKind};
use crate::access::refusal::Refusal;
use crate::access::time::rfc3339_exact;
use crate::endpoint::need::{FeatureRule, Need};
use serde::Serialize;
use std::borrow::Cow;
use std::time::SystemTime;

/// The version of the format. Raise this number if an older program would misread a new record.
pub(crate) const RECORD_VERSION: u32 = 1;

/// A decision with all of its inputs.
#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct DecisionRecord<'a> {
    pub(crate) version: u32,
    pub(crate) is_allowed: bool,
    pub(crate) refusal: Option<RefusalRecord<'a>>,
    pub(crate) shadow: Option<RefusalRecord<'a>>,
    pub(crate) endpoint: EndpointRecord<'a>,
    pub(crate) need: Option<NeedRecord<'a>>,
    pub(crate) caller: CallerRecord<'a>,
    pub(crate) applied_override: Option<OverrideKindRecord>,
    pub(crate) overrides: Vec<OverrideRecord<'a>>,
    pub(crate) overrides_version: Option<u64>,
    pub(crate) time: TimeRecord,
    pub(crate) explanation: Cow<'a, str>,
    /// How often the caller may call the endpoint. This doesn't affect the decision. Only the `explain`
    /// command adds this field.
    #[cfg(feature = "cli")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limits: Option<CallLimitsRecord<'a>>,
}

#[derive(PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct RefusalRecord<'a> {
    pub(crate) status: u16,
    pub(crate) code: Cow<'a, str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct EndpointRecord<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) method: Option<Cow<'a, str>>,
    pub(crate) path: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct NeedRecord<'a> {
    pub(crate) tier: Option<Cow<'a, str>>,
    pub(crate) rule: RuleRecord,
    pub(crate) feature: Option<Cow<'a, str>>,
    pub(crate) until_version: Vec<VersionRecord<'a>>,
    pub(crate) enforced: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleRecord {
    Tier,
    TierAndFeature,
    TierOrFeature,
    Feature,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct VersionRecord<'a> {
    pub(crate) below: u32,
    pub(crate) tier: Cow<'a, str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct CallerRecord<'a> {
    pub(crate) standing: StandingRecord,
    pub(crate) tier: Option<Cow<'a, str>>,
    pub(crate) features: Vec<Cow<'a, str>>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) until: Option<TimeRecord>,
    pub(crate) then: Option<Cow<'a, str>>,
    pub(crate) plan_version: Option<u32>,
}

#[derive(Clone, Copy, Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[serde(rename_all = "snake_case")]
pub(crate) enum StandingRecord {
    NotIdentified,
    Unknown,
    Anonymous,
    WithoutSubscription,
    Subscribed,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields))]
pub(crate) struct OverrideRecord<'a> {
    pub(crate) kind: OverrideKindRecord,
    pub(crate) tier: Option<Cow<'a, str>>,
    pub(crate) until: Option<TimeRecord>,
    pub(crate) by: Option<Cow<'a, str>>,
    pub(crate) because: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize))]
#[serde(rename_all = "snake_case")]
pub(crate) enum OverrideKindRecord {
    Close,
    Grant,
    Require,
    Observe,
}

/// The limits that apply to a call.
#[cfg(feature = "cli")]
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallLimitsRecord<'a> {
    /// The limits of the endpoint.
    pub(crate) endpoint: Option<CallerLimitRecord<'a>>,
    /// The catalogue's quota.
    pub(crate) quota: Option<CallerLimitRecord<'a>>,
    /// The units of the quota that the call uses.
    pub(crate) cost: u32,
}

/// The limits of a caller, and the override that they come from.
#[cfg(feature = "cli")]
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerLimitRecord<'a> {
    /// The limits, such as `60/minute; 5000/day`.
    pub(crate) limits: Cow<'a, str>,
    /// The limits of the caller's tier, if an override replaces them.
    pub(crate) instead_of: Option<Cow<'a, str>>,
    pub(crate) until: Option<TimeRecord>,
    pub(crate) by: Option<Cow<'a, str>>,
    pub(crate) because: Option<Cow<'a, str>>,
}

/// A time as text, with fractional seconds. A replayed decision must compare exactly the same times.
#[derive(Clone, Copy)]
pub(crate) struct TimeRecord(pub(crate) SystemTime);

impl Serialize for TimeRecord {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&rfc3339_exact(self.0))
    }
}

impl<'a> DecisionRecord<'a> {
    pub(crate) fn of(decision: &'a Decision) -> Self {
        let overrides = decision.overrides.iter();
        Self {
            version: RECORD_VERSION,
            is_allowed: decision.is_allowed(),
            refusal: decision.refusal.as_ref().map(RefusalRecord::of),
            shadow: decision.shadow.as_ref().map(RefusalRecord::of),
            endpoint: EndpointRecord {
                name: decision.endpoint.name().into(),
                method: decision.endpoint.method().map(Cow::from),
                path: decision.endpoint.path().map(Cow::from),
            },
            need: decision.need.as_ref().map(NeedRecord::of),
            caller: CallerRecord::of(&decision.caller),
            applied_override: decision
                .overrides
                .applied(decision.applied)
                .map(|entry| OverrideKindRecord::of(entry.kind)),
            overrides: overrides.map(OverrideRecord::of).collect(),
            overrides_version: decision.overrides_version,
            time: TimeRecord(decision.now),
            explanation: decision.to_string().into(),
            #[cfg(feature = "cli")]
            limits: None,
        }
    }
}

impl RefusalRecord<'_> {
    fn of(refusal: &Refusal) -> Self {
        Self {
            status: refusal.status(),
            code: refusal.code().into(),
        }
    }
}

impl NeedRecord<'_> {
    fn of(need: &Need) -> Self {
        let versions = need.versions();
        Self {
            tier: need.required_tier().map(Cow::from),
            rule: match need.feature_rule() {
                FeatureRule::NoFeature => RuleRecord::Tier,
                FeatureRule::AndTier => RuleRecord::TierAndFeature,
                FeatureRule::OrTier => RuleRecord::TierOrFeature,
                FeatureRule::FeatureOnly => RuleRecord::Feature,
            },
            feature: need.feature_key().map(Cow::from),
            until_version: versions
                .map(|(below, tier)| VersionRecord {
                    below,
                    tier: tier.into(),
                })
                .collect(),
            enforced: need.enforced_tier().map(Cow::from),
        }
    }
}

impl<'a> CallerRecord<'a> {
    fn of(caller: &'a CallerSummary) -> Self {
        Self {
            standing: match caller.identity {
                Identity::Missing => StandingRecord::NotIdentified,
                Identity::Unknown => StandingRecord::Unknown,
                Identity::Anonymous => StandingRecord::Anonymous,
                Identity::WithoutSubscription => StandingRecord::WithoutSubscription,
                Identity::Subscribed => StandingRecord::Subscribed,
            },
            tier: caller.tier.map(Cow::from),
            features: caller.features().map(Cow::from).collect(),
            id: caller.id.as_deref().map(Cow::from),
            until: caller.until.map(TimeRecord),
            then: caller.then.map(Cow::from),
            plan_version: caller.plan_version,
        }
    }
}

impl OverrideKindRecord {
    fn of(kind: SummaryKind) -> Self {
        match kind {
            SummaryKind::Close => Self::Close,
            SummaryKind::Grant => Self::Grant,
            SummaryKind::Require => Self::Require,
            SummaryKind::Observe => Self::Observe,
        }
    }
}

impl<'a> OverrideRecord<'a> {
    fn of(entry: &'a OverrideSummary) -> Self {
        Self {
            kind: OverrideKindRecord::of(entry.kind),
            tier: entry.tier.map(Cow::from),
            until: entry.until.map(TimeRecord),
            by: entry.by.as_deref().map(Cow::from),
            because: entry.because.as_deref().map(Cow::from),
        }
    }
}

/// Serialises the decision together with all of its inputs. To make a decision again from its JSON, run
/// `myserver explain --replay FILE`.
///
/// The caller's id is `null` if it contains the API key. Times include fractional seconds.
///
/// ```
/// # use tiergate::{Catalogue, requires_tier};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # #[requires_tier(Plus, post = "/export")]
/// # fn export() {}
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(export))]
/// # struct Api;
/// use serde_json::json;
/// use std::time::SystemTime;
/// use tiergate::{Caller, Decision, Override, Overrides};
///
/// let overrides = Overrides::of::<Api>();
/// overrides.replace(3, [Override::close("export").by("on call").because("it deletes data")])?;
/// let caller = Caller::new(Tier::Plus).with_id("customer-7");
/// let decision = Decision::of(Api::ENDPOINTS[0], &caller, &overrides, SystemTime::UNIX_EPOCH);
/// assert_eq!(
///     serde_json::to_value(&decision)?,
///     json!({
///         "version": 1,
///         "is_allowed": false,
///         "refusal": { "status": 503, "code": "endpoint_closed" },
///         "shadow": null,
///         "endpoint": { "name": "export", "method": "POST", "path": "/export" },
///         "need": {
///             "tier": "Plus",
///             "rule": "tier",
///             "feature": null,
///             "until_version": [],
///             "enforced": null,
///         },
///         "caller": {
///             "standing": "subscribed",
///             "tier": "Plus",
///             "features": [],
///             "id": "customer-7",
///             "until": null,
///             "then": null,
///             "plan_version": null,
///         },
///         "applied_override": "close",
///         "overrides": [{
///             "kind": "close",
///             "tier": null,
///             "until": null,
///             "by": "on call",
///             "because": "it deletes data",
///         }],
///         "overrides_version": 3,
///         "time": "1970-01-01T00:00:00Z",
///         "explanation": decision.to_string(),
///     }),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
impl Serialize for Decision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DecisionRecord::of(self).serialize(serializer)
    }
}
