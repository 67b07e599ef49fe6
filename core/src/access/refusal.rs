//! The reasons for refusing a call.

use crate::access::caller::Caller;
use crate::access::decision::decide::Reason;
use crate::access::denied::{DenialReason, Denied, MissingFeature};
use crate::access::policy_name::ViolatedPolicies;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
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
    /// The endpoint is limited, but no `Quotas` layer enforces the limit, the `Quotas` are those of another
    /// catalogue, or nothing identifies the caller. This is a bug in the application, so the status is 500.
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
            Self::FeatureMissing(missing) => missing.endpoint(),
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
        let endpoint = denied.endpoint();
        match denied.reason {
            DenialReason::TierTooLow { .. } => Self::Denied(denied),
            DenialReason::FeatureMissing(missing) => Self::FeatureMissing(missing),
            DenialReason::UnknownCaller => Self::UnknownCaller(endpoint),
            DenialReason::NoSubscription => Self::NoSubscription(endpoint),
            DenialReason::SubscriptionExpired => Self::SubscriptionExpired(endpoint),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Refusal::from(*self), f)
    }
}

impl Error for Denied {}

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
    use super::Refusal;
    use crate::access::denied::{Denied, MissingFeature};
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
