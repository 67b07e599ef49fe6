//! The reasons for refusing a call.

use crate::access::caller::{Caller, Permit};
use crate::access::decision::decide::Reason;
use crate::access::policy_name::ViolatedPolicies;
use crate::endpoint::Endpoint;
use crate::endpoint::need::FeatureRule;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The reason why a request was refused. The response is created from this value.
///
/// The refusal's message names the endpoint. If the caller's tier was too low, the message also names
/// the caller's tier and the required tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller's tier is too low for the endpoint: 403, or 401 if the request had no credential.
    Denied(Denied),
    /// The authentication layer ran, but it didn't recognise the caller: 401.
    UnknownCaller(Endpoint),
    /// No layer inserted a [`Caller`](crate::Caller) into the request. This is a bug in the
    /// application, so the status is 500.
    MissingLayer(Endpoint),
    /// The caller is known but has no subscription: 403.
    NoSubscription(Endpoint),
    /// The tier source is unavailable: 503, because the caller may well be a paying customer.
    SourceUnavailable {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the caller should wait before retrying, sent as `Retry-After`.
        retry_after: Duration,
    },
    /// The source returned a tier that the program doesn't define: 500. The guard doesn't assume a
    /// different tier instead.
    UnreadableTier(Endpoint),
    /// The caller's subscription has ended: 403.
    SubscriptionExpired(Endpoint),
    /// The caller doesn't have an add-on: 403, or 401 if the request had no credential.
    FeatureMissing(MissingFeature),
    /// An [override](crate::Override::close) has closed the endpoint for everyone: 503.
    EndpointClosed {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the endpoint stays closed, sent as `Retry-After`. `None` if this is unknown.
        retry_after: Option<Duration>,
    },
    /// The caller has used up a limit of the endpoint or the catalogue's quota: 429.
    QuotaExceeded {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the caller should wait before retrying, sent as `Retry-After`. `None` if the call
        /// costs more than the caller's quota, so waiting doesn't help.
        retry_after: Option<Duration>,
        /// The policies that the call violates.
        violated: ViolatedPolicies,
    },
    /// The endpoint has a limit, but no `Quotas` layer enforces it, or nothing
    /// identifies the caller. This is a bug in the application, so the status is 500.
    MissingQuotaLayer(Endpoint),
    /// The quota store is unavailable, and the application refuses calls during the outage: 503.
    QuotaStoreUnavailable {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the caller should wait before retrying, sent as `Retry-After`.
        retry_after: Duration,
    },
}

impl Refusal {
    /// Returns the endpoint that was called.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Denied(denied) => denied.endpoint(),
            Self::UnknownCaller(endpoint)
            | Self::MissingLayer(endpoint)
            | Self::NoSubscription(endpoint)
            | Self::SourceUnavailable { endpoint, .. }
            | Self::UnreadableTier(endpoint)
            | Self::SubscriptionExpired(endpoint)
            | Self::EndpointClosed { endpoint, .. }
            | Self::QuotaExceeded { endpoint, .. }
            | Self::MissingQuotaLayer(endpoint)
            | Self::QuotaStoreUnavailable { endpoint, .. } => *endpoint,
            Self::FeatureMissing(missing) => missing.endpoint,
        }
    }

    /// Returns the HTTP status: 403, 401, 429, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(denied) => denied.status(),
            Self::FeatureMissing(missing) => missing.status(),
            Self::NoSubscription(_) | Self::SubscriptionExpired(_) => 403,
            Self::UnknownCaller(_) => 401,
            Self::QuotaExceeded { .. } => 429,
            Self::MissingLayer(_) | Self::UnreadableTier(_) | Self::MissingQuotaLayer(_) => 500,
            Self::SourceUnavailable { .. }
            | Self::EndpointClosed { .. }
            | Self::QuotaStoreUnavailable { .. } => 503,
        }
    }

    /// Returns how long the caller should wait before retrying, rounded up to whole seconds. Returns
    /// `None` if waiting doesn't help. The response's `Retry-After` header contains the same number of
    /// seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SourceUnavailable { retry_after, .. }
            | Self::QuotaStoreUnavailable { retry_after, .. } => Some(whole_seconds(*retry_after)),
            Self::EndpointClosed { retry_after, .. } | Self::QuotaExceeded { retry_after, .. } => {
                retry_after.map(whole_seconds)
            }
            _ => None,
        }
    }

    /// Returns the close code of a `WebSocket` that is closed for this reason.
    ///
    /// | code | when |
    /// | --- | --- |
    /// | 4401 | the credential: the caller is unknown, or anonymous with a tier that is too low |
    /// | 4403 | the subscription: the tier is too low, it has ended, or an add-on is missing |
    /// | 1013 | try again later: an outage, a closed endpoint or a quota |
    /// | 1011 | a mistake in the server, such as a missing layer |
    pub fn close_code(&self) -> u16 {
        match self.status() {
            401 => 4401,
            403 => 4403,
            429 | 503 => 1013,
            _ => 1011,
        }
    }

    /// Every value that [`code`](Self::code) can return.
    #[cfg(feature = "openapi")]
    pub(crate) const CODES: [&str; 12] = [
        "tier_too_low",
        "unknown_caller",
        "missing_layer",
        "no_subscription",
        "tier_source_unavailable",
        "tier_unreadable",
        "subscription_expired",
        "feature_missing",
        "endpoint_closed",
        "quota_exceeded",
        "missing_quota_layer",
        "quota_store_unavailable",
    ];

    /// Returns a stable code that programs can compare: `tier_too_low`, `unknown_caller`,
    /// `missing_layer`, `no_subscription`, `tier_source_unavailable`, `tier_unreadable`,
    /// `subscription_expired`, `feature_missing`, `endpoint_closed`, `quota_exceeded`,
    /// `missing_quota_layer` or `quota_store_unavailable`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSubscription(_) => "no_subscription",
            Self::SourceUnavailable { .. } => "tier_source_unavailable",
            Self::UnreadableTier(_) => "tier_unreadable",
            Self::Denied(_) => "tier_too_low",
            Self::UnknownCaller(_) => "unknown_caller",
            Self::MissingLayer(_) => "missing_layer",
            Self::SubscriptionExpired(_) => "subscription_expired",
            Self::FeatureMissing(_) => "feature_missing",
            Self::EndpointClosed { .. } => "endpoint_closed",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::MissingQuotaLayer(_) => "missing_quota_layer",
            Self::QuotaStoreUnavailable { .. } => "quota_store_unavailable",
        }
    }
}

/// Rounds a duration up to whole seconds.
pub(crate) fn whole_seconds(wait: Duration) -> Duration {
    let started_second = u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(wait.as_secs().saturating_add(started_second))
}

/// Converts the error of a check into the refusal with the same reason.
impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let endpoint = denied.endpoint;
        match denied.reason {
            DenialReason::TierTooLow { .. } => Self::Denied(denied),
            DenialReason::FeatureMissing(missing) => Self::FeatureMissing(missing),
            DenialReason::UnknownCaller => Self::UnknownCaller(endpoint),
            DenialReason::NoSubscription => Self::NoSubscription(endpoint),
            DenialReason::SubscriptionExpired => Self::SubscriptionExpired(endpoint),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal_reason = match self {
            Self::Denied(denied) => return denied.write_tier_too_low(f),
            Self::FeatureMissing(missing) => return fmt::Display::fmt(missing, f),
            Self::SubscriptionExpired(_) => " requires a subscription; the caller's has ended",
            Self::EndpointClosed { .. } => " is closed for now",
            Self::UnknownCaller(_) => " requires a subscription; the caller is unknown",
            Self::MissingLayer(_) => " requires an authentication layer that identifies the caller",
            Self::NoSubscription(_) => " requires a subscription; the caller has none",
            Self::SourceUnavailable { .. } => {
                " requires a tier; the caller's cannot be looked up now"
            }
            Self::UnreadableTier(_) => " requires a tier; the caller's is invalid",
            Self::QuotaExceeded { .. } => " is limited; the caller has used up the quota: ",
            Self::MissingQuotaLayer(_) => " is limited; the server can't enforce the limit",
            Self::QuotaStoreUnavailable { .. } => {
                " is limited; the caller's quota cannot be looked up now"
            }
        };
        fmt::Display::fmt(&self.endpoint(), f)?;
        f.write_str(refusal_reason)?;
        match self {
            Self::QuotaExceeded { violated, .. } => fmt::Display::fmt(violated, f),
            _ => Ok(()),
        }
    }
}

impl Error for Refusal {}

/// The error of a failed check. It contains the endpoint and the reason: the caller's tier is too low, an
/// add-on is missing, or the caller has no subscription or is unknown.
///
/// Every framework integration converts this error into a [problem
/// document](crate#responses-to-refused-calls). To match on the reason, convert the error into a
/// [`Refusal`].
///
/// ```
/// use tiergate::{Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// let denied = Guard::check(Tier::Free).map(export).unwrap_err();
/// assert_eq!(denied.endpoint().name(), "export");
/// assert_eq!((denied.required_tier(), denied.actual_tier()), ("Plus", "Free"));
/// assert_eq!(
///     denied.to_string(),
///     "`export` (POST /export) requires the tier Plus; the caller has Free",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    endpoint: Endpoint,
    reason: DenialReason,
    is_anonymous: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DenialReason {
    TierTooLow {
        /// The rank of the required tier, or `None` for the tier in the attribute.
        required: Option<u32>,
        /// The name and rank of the caller's tier.
        actual: (&'static str, u32),
        /// Whether the handler itself refused the call. The endpoint's add-on wouldn't help then.
        is_by_handler: bool,
    },
    FeatureMissing(MissingFeature),
    UnknownCaller,
    NoSubscription,
    SubscriptionExpired,
}

impl Denied {
    /// Creates the error of a check without overrides. `tier` is the caller's tier at the time of the
    /// check.
    ///
    /// This function doesn't read the endpoint's record. The error's methods read it when they are
    /// called. If a program doesn't use the error, the compiler can therefore remove the call to this
    /// function.
    #[cold]
    pub(crate) fn new<T: Tier>(
        endpoint: Endpoint,
        reason: Reason,
        tier: Option<T>,
        is_anonymous: bool,
    ) -> Self {
        let reason = match reason {
            Reason::TierTooLow { required, actual } => DenialReason::TierTooLow {
                required,
                actual: (tier.map_or("", T::name), actual),
                is_by_handler: false,
            },
            Reason::FeatureMissing => DenialReason::FeatureMissing(MissingFeature {
                endpoint,
                feature: None,
                is_anonymous,
            }),
            Reason::NoSubscription => DenialReason::NoSubscription,
            Reason::SubscriptionExpired => DenialReason::SubscriptionExpired,
            Reason::UnknownCaller
            | Reason::EndpointClosed { .. }
            | Reason::MissingLayer
            | Reason::SourceUnavailable
            | Reason::UnreadableTier => DenialReason::UnknownCaller,
        };
        Self {
            endpoint,
            reason,
            is_anonymous,
        }
    }

    /// Creates the error for a caller whose tier is too low for part of the endpoint's functionality.
    #[cold]
    pub(crate) fn requiring<T: Tier>(endpoint: Endpoint, required: T, permit: Permit<T>) -> Self {
        Self {
            endpoint,
            reason: DenialReason::TierTooLow {
                required: Some(required.rank()),
                actual: (permit.tier.name(), permit.tier.rank()),
                is_by_handler: true,
            },
            is_anonymous: permit.is_anonymous,
        }
    }

    /// Creates the error for a caller without an add-on that part of the endpoint's functionality
    /// requires.
    #[cold]
    pub(crate) fn requiring_feature<T: Tier>(
        endpoint: Endpoint,
        required: T::Features,
        permit: Permit<T>,
    ) -> Self {
        Self {
            endpoint,
            reason: DenialReason::FeatureMissing(MissingFeature {
                endpoint,
                feature: Some((required.key(), required.name())),
                is_anonymous: permit.is_anonymous,
            }),
            is_anonymous: permit.is_anonymous,
        }
    }

    /// Returns the endpoint that refused the call.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the name of the required tier. Returns an empty text if the endpoint requires only an
    /// add-on.
    pub fn required_tier(&self) -> &'static str {
        match (self.required_rank_here(), self.endpoint.need()) {
            (Some(rank), Some(need)) => need.tiers().name(rank),
            _ => self.endpoint.required_tier().unwrap_or_default(),
        }
    }

    /// Returns the rank of the required tier.
    pub fn required_rank(&self) -> u32 {
        let of_endpoint = || self.endpoint.required_rank().unwrap_or_default();
        self.required_rank_here().unwrap_or_else(of_endpoint)
    }

    fn required_rank_here(&self) -> Option<u32> {
        match self.reason {
            DenialReason::TierTooLow { required, .. } => required,
            _ => None,
        }
    }

    /// Returns the name of the caller's tier. Returns an empty text if the reason isn't the tier.
    pub fn actual_tier(&self) -> &'static str {
        self.actual().0
    }

    /// Returns the rank of the caller's tier, or 0 if the reason isn't the tier.
    pub fn actual_rank(&self) -> u32 {
        self.actual().1
    }

    fn actual(&self) -> (&'static str, u32) {
        match self.reason {
            DenialReason::TierTooLow { actual, .. } => actual,
            _ => ("", 0),
        }
    }

    /// Returns whether the caller sent no credential and was given a tier by default. If so, the status
    /// is 401, because the caller may have a subscription and only needs to send the credential.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Returns the HTTP status: 403, or 401 for an anonymous or unknown caller.
    pub fn status(&self) -> u16 {
        if self.is_anonymous || self.reason == DenialReason::UnknownCaller {
            401
        } else {
            403
        }
    }

    /// Writes that the caller's tier is too low.
    fn write_tier_too_low(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.endpoint, f)?;
        f.write_str(" requires the tier ")?;
        f.write_str(self.required_tier())?;
        let is_by_handler = matches!(
            self.reason,
            DenialReason::TierTooLow {
                is_by_handler: true,
                ..
            }
        );
        let need = self.endpoint.need().filter(|_| !is_by_handler);
        if let Some(need) = need.filter(|need| need.feature_rule() == FeatureRule::OrTier) {
            f.write_str(" or the add-on ")?;
            f.write_str(need.feature_name().unwrap_or_default())?;
        }
        f.write_str(if self.is_anonymous {
            "; the anonymous caller has "
        } else {
            "; the caller has "
        })?;
        f.write_str(self.actual_tier())
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Refusal::from(*self), f)
    }
}

impl Error for Denied {}

/// An add-on that a caller doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFeature {
    endpoint: Endpoint,
    /// The key and the name of the add-on that the handler passed to `Guard::require_feature`, or
    /// `None` for the add-on in the attribute.
    feature: Option<(&'static str, &'static str)>,
    is_anonymous: bool,
}

impl MissingFeature {
    /// Returns the endpoint that refused the call.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the key of the required add-on.
    pub fn key(&self) -> &'static str {
        let of_endpoint = || self.endpoint.required_feature().unwrap_or_default();
        self.feature.map_or_else(of_endpoint, |(key, _)| key)
    }

    /// Returns the name of the required add-on, as customers see it.
    pub fn name(&self) -> &'static str {
        let of_endpoint = || self.endpoint.need().and_then(|need| need.feature_name());
        let of_endpoint = || of_endpoint().unwrap_or_default();
        self.feature.map_or_else(of_endpoint, |(_, name)| name)
    }

    /// Returns whether the caller sent no credential.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Returns the HTTP status: 403, or 401 for an anonymous caller.
    pub fn status(&self) -> u16 {
        if self.is_anonymous { 401 } else { 403 }
    }
}

impl fmt::Display for MissingFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.endpoint, f)?;
        f.write_str(" requires the add-on ")?;
        f.write_str(self.name())?;
        f.write_str(if self.is_anonymous {
            "; the anonymous caller doesn't have it"
        } else {
            "; the caller doesn't have it"
        })
    }
}

impl Refusal {
    /// Creates the refusal for a reason. `caller` is `None` if no caller was identified. `retry_after`
    /// applies if the tier source is unavailable.
    #[cold]
    pub(crate) fn new<T: Tier>(
        endpoint: Endpoint,
        reason: Reason,
        caller: Option<&Caller<T>>,
        now: SystemTime,
        retry_after: Duration,
    ) -> Self {
        match reason {
            Reason::EndpointClosed { until } => Self::EndpointClosed {
                endpoint,
                retry_after: until.and_then(|until| until.duration_since(now).ok()),
            },
            Reason::MissingLayer => Self::MissingLayer(endpoint),
            Reason::SourceUnavailable => Self::SourceUnavailable {
                endpoint,
                retry_after,
            },
            Reason::UnreadableTier => Self::UnreadableTier(endpoint),
            reason => match caller {
                Some(caller) => {
                    Denied::new(endpoint, reason, caller.tier_at(now), caller.is_anonymous()).into()
                }
                None => Self::MissingLayer(endpoint),
            },
        }
    }
}

#[cfg(all(test, any(feature = "_extractor", feature = "tower")))]
pub(crate) mod tests {
    use super::{Denied, MissingFeature, Refusal};
    use crate::access::policy_name::{PolicyName, ViolatedPolicies};
    use crate::endpoint::limits::Window;
    use std::iter;
    use std::time::Duration;

    #[test]
    fn retry_after_is_rounded_up() {
        for (milliseconds, seconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            let rounded = super::whole_seconds(Duration::from_millis(milliseconds));
            assert_eq!(rounded, Duration::from_secs(seconds));
        }
    }

    /// Returns one refusal of each kind.
    pub(crate) fn every(denied: Denied) -> Vec<Refusal> {
        let endpoint = denied.endpoint();
        // If somebody adds a variant to `Refusal` but not to this match, the code doesn't compile.
        let next = |refusal: &Refusal| match refusal {
            Refusal::Denied(_) => Some(Refusal::UnknownCaller(endpoint)),
            Refusal::UnknownCaller(_) => Some(Refusal::MissingLayer(endpoint)),
            Refusal::MissingLayer(_) => Some(Refusal::NoSubscription(endpoint)),
            Refusal::NoSubscription(_) => Some(Refusal::SourceUnavailable {
                endpoint,
                retry_after: Duration::from_secs(2),
            }),
            Refusal::SourceUnavailable { .. } => Some(Refusal::UnreadableTier(endpoint)),
            Refusal::UnreadableTier(_) => Some(Refusal::SubscriptionExpired(endpoint)),
            Refusal::SubscriptionExpired(_) => Some(Refusal::FeatureMissing(MissingFeature {
                endpoint,
                feature: Some(("radio", "Radio")),
                is_anonymous: false,
            })),
            Refusal::FeatureMissing(_) => Some(Refusal::EndpointClosed {
                endpoint,
                retry_after: Some(Duration::from_secs(3)),
            }),
            Refusal::EndpointClosed { .. } => {
                let mut violated = ViolatedPolicies::default();
                for endpoint in [Some(endpoint), None] {
                    violated.insert(PolicyName::new(endpoint, Window::ALL[1]));
                }
                Some(Refusal::QuotaExceeded {
                    endpoint,
                    retry_after: Some(Duration::from_secs(4)),
                    violated,
                })
            }
            Refusal::QuotaExceeded { .. } => Some(Refusal::MissingQuotaLayer(endpoint)),
            Refusal::MissingQuotaLayer(_) => Some(Refusal::QuotaStoreUnavailable {
                endpoint,
                retry_after: Duration::from_secs(5),
            }),
            Refusal::QuotaStoreUnavailable { .. } => None,
        };
        iter::successors(Some(Refusal::Denied(denied)), next).collect()
    }
}
