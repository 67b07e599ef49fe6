//! The reasons for refusing a call.

use crate::access::caller::Permit;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::error::Error;
use std::fmt;
use std::time::Duration;

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
            | Self::UnreadableTier(endpoint) => *endpoint,
        }
    }

    /// Returns the HTTP status: 403, 401, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(denied) => denied.status(),
            Self::NoSubscription(_) => 403,
            Self::UnknownCaller(_) => 401,
            Self::MissingLayer(_) | Self::UnreadableTier(_) => 500,
            Self::SourceUnavailable { .. } => 503,
        }
    }

    /// Returns how long the caller should wait before retrying, rounded up to whole seconds. Returns
    /// `None` if waiting doesn't help. The response's `Retry-After` header contains the same number of
    /// seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SourceUnavailable { retry_after, .. } => Some(whole_seconds(*retry_after)),
            _ => None,
        }
    }

    /// Every value that [`code`](Self::code) can return.
    #[cfg(feature = "openapi")]
    pub(crate) const CODES: [&str; 6] = [
        "tier_too_low",
        "unknown_caller",
        "missing_layer",
        "no_subscription",
        "tier_source_unavailable",
        "tier_unreadable",
    ];

    /// Returns a stable code that programs can compare: `tier_too_low`, `unknown_caller`,
    /// `missing_layer`, `no_subscription`, `tier_source_unavailable` or `tier_unreadable`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSubscription(_) => "no_subscription",
            Self::SourceUnavailable { .. } => "tier_source_unavailable",
            Self::UnreadableTier(_) => "tier_unreadable",
            Self::Denied(_) => "tier_too_low",
            Self::UnknownCaller(_) => "unknown_caller",
            Self::MissingLayer(_) => "missing_layer",
        }
    }
}

/// Rounds a duration up to whole seconds.
pub(crate) fn whole_seconds(wait: Duration) -> Duration {
    let started_second = u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(wait.as_secs().saturating_add(started_second))
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal_reason = match self {
            Self::Denied(denied) => return denied.fmt(f),
            Self::UnknownCaller(_) => " requires a subscription; the caller is unknown",
            Self::MissingLayer(_) => " requires an authentication layer that identifies the caller",
            Self::NoSubscription(_) => " requires a subscription; the caller has none",
            Self::SourceUnavailable { .. } => {
                " requires a tier; the caller's cannot be looked up now"
            }
            Self::UnreadableTier(_) => " requires a tier; the caller's is invalid",
        };
        self.endpoint().fmt(f)?;
        f.write_str(refusal_reason)
    }
}

impl Error for Refusal {}

/// The error of a failed tier check. It contains the endpoint, the required tier and the caller's tier.
///
/// Every framework integration converts this error into a [problem
/// document](crate#responses-to-refused-calls).
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
    /// The name and rank of the tier that the handler passed to `Guard::require`, or `None` if the
    /// error is about the tier that the endpoint itself requires.
    required: Option<(&'static str, u32)>,
    actual: (&'static str, u32),
    is_anonymous: bool,
}

impl Denied {
    /// Creates the error for a caller whose tier is too low for the endpoint.
    ///
    /// This function doesn't read the endpoint's required tier. The error's methods read it when they
    /// are called. If a program doesn't use the error, the compiler can therefore remove the call to
    /// this function.
    #[cold]
    pub(crate) fn new<T: Tier>(endpoint: Endpoint, permit: Permit<T>) -> Self {
        Self {
            endpoint,
            required: None,
            actual: (permit.tier.name(), permit.tier.rank()),
            is_anonymous: permit.is_anonymous,
        }
    }

    /// Creates the error for a caller whose tier is too low for part of the endpoint's functionality.
    #[cold]
    pub(crate) fn requiring<T: Tier>(endpoint: Endpoint, required: T, permit: Permit<T>) -> Self {
        Self {
            required: Some((required.name(), required.rank())),
            ..Self::new(endpoint, permit)
        }
    }

    /// Returns the endpoint that refused the call.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the name of the required tier.
    pub fn required_tier(&self) -> &'static str {
        let of_endpoint = || self.endpoint.required_tier().unwrap_or_default();
        self.required.map_or_else(of_endpoint, |(name, _)| name)
    }

    /// Returns the rank of the required tier.
    pub fn required_rank(&self) -> u32 {
        let of_endpoint = || self.endpoint.required_rank().unwrap_or_default();
        self.required.map_or_else(of_endpoint, |(_, rank)| rank)
    }

    /// Returns the name of the caller's tier.
    pub fn actual_tier(&self) -> &'static str {
        self.actual.0
    }

    /// Returns the rank of the caller's tier.
    pub fn actual_rank(&self) -> u32 {
        self.actual.1
    }

    /// Returns whether the caller sent no credential and was given the
    /// [`actual_tier`](Self::actual_tier) by default. If so, the status is 401, because the caller
    /// may have a subscription and only needs to send the credential.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Returns the HTTP status: 403, or 401 for an anonymous caller.
    pub fn status(&self) -> u16 {
        if self.is_anonymous { 401 } else { 403 }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)?;
        f.write_str(" requires the tier ")?;
        f.write_str(self.required_tier())?;
        f.write_str(if self.is_anonymous {
            "; the anonymous caller has "
        } else {
            "; the caller has "
        })?;
        f.write_str(self.actual_tier())
    }
}

impl Error for Denied {}

#[cfg(all(test, any(feature = "_extractor", feature = "tower")))]
pub(crate) mod tests {
    use super::{Denied, Refusal};
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
            Refusal::UnreadableTier(_) => None,
        };
        iter::successors(Some(Refusal::Denied(denied)), next).collect()
    }
}
