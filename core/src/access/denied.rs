//! The error of a failed check.

use crate::access::caller::Permit;
use crate::access::decision::decide::Reason;
use crate::endpoint::Endpoint;
use crate::endpoint::need::FeatureRule;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use std::fmt;

/// The error of a failed check. It contains the endpoint and the reason: the caller's tier is too low, an
/// add-on is missing, or the caller has no subscription or is unknown.
///
/// Every framework integration converts this error into a [problem
/// document](crate#responses-to-refused-calls). To match on the reason, convert the error into a
/// [`Refusal`](crate::Refusal).
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
    pub(super) reason: DenialReason,
    is_anonymous: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DenialReason {
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

    /// Returns whether the handler itself refused the call, with `Guard::require` or
    /// `Guard::require_feature`.
    #[cfg(feature = "_extractor")]
    pub(crate) fn is_by_handler(&self) -> bool {
        match self.reason {
            DenialReason::TierTooLow { is_by_handler, .. } => is_by_handler,
            DenialReason::FeatureMissing(missing) => missing.feature.is_some(),
            _ => false,
        }
    }

    /// Writes that the caller's tier is too low.
    pub(super) fn write_tier_too_low(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// An add-on that a caller doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFeature {
    pub(super) endpoint: Endpoint,
    /// The key and the name of the add-on that the handler passed to `Guard::require_feature`, or
    /// `None` for the add-on in the attribute.
    pub(super) feature: Option<(&'static str, &'static str)>,
    pub(super) is_anonymous: bool,
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
