use crate::access::denied::Denied;
use crate::endpoint::Endpoint;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The reason a request was refused. The response is built from it.
///
/// Its message names the endpoint. If tiers were compared, the message also names both tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller's tier is too low for the endpoint: 403, or 401 if the request had no credential.
    Denied(Denied),
    /// The authentication layer ran and did not recognise the caller: 401.
    UnknownCaller(Endpoint),
    /// No layer inserted a [`Caller`](crate::Caller) into the request: 500, because this is a mistake in
    /// the program.
    MissingLayer(Endpoint),
    /// The caller is known but has no subscription: 403.
    NoSubscription(Endpoint),
    /// The tier source is unavailable: 503. The caller may well be a paying customer.
    SourceUnavailable {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the caller should wait before retrying, sent as `Retry-After`.
        retry_after: Duration,
    },
    /// The source returned a tier that the program doesn't define: 500. No other tier is assumed.
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

    /// Returns how long the caller should wait before retrying, rounded up to whole seconds, or `None` if
    /// waiting doesn't help. The response contains the number of seconds in the header `Retry-After`.
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

    /// Returns a stable code for programs: `tier_too_low`, `unknown_caller`, `missing_layer`,
    /// `no_subscription`, `tier_source_unavailable` or `tier_unreadable`.
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
    let partial = u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(wait.as_secs().saturating_add(partial))
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match self {
            Self::Denied(denied) => return denied.fmt(f),
            Self::UnknownCaller(_) => "requires a subscription; the caller is unknown",
            Self::MissingLayer(_) => "requires an authentication layer that identifies the caller",
            Self::NoSubscription(_) => "requires a subscription; the caller has none",
            Self::SourceUnavailable { .. } => {
                "requires a tier; the caller's cannot be looked up now"
            }
            Self::UnreadableTier(_) => "requires a tier; the caller's is invalid",
        };
        write!(f, "{} {problem}", self.endpoint())
    }
}

impl Error for Refusal {}

#[cfg(all(test, any(feature = "_extractor", feature = "tower")))]
pub(crate) mod tests {
    use super::Refusal;
    use crate::access::denied::Denied;
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
        // A new variant doesn't compile until it is added to this match.
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
