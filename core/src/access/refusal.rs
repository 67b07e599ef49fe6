use crate::access::denied::Denied;
use crate::endpoint::Endpoint;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why a request was not let through: what the answer to it is made from.
///
/// Its message names the endpoint and, where tiers were compared, both of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller's tier does not allow the endpoint: 403.
    Denied(Denied),
    /// The authentication layer ran and did not recognise the caller: 401.
    UnknownCaller(Endpoint),
    /// No layer put a [`Subscriber`](crate::Subscriber) into the request, so nothing is known of
    /// the caller: 500, as this is a mistake of the program.
    MissingLayer(Endpoint),
    /// The caller is known and has no subscription: 403.
    NoSubscription(Endpoint),
    /// The source of tiers cannot be asked now: 503. The caller may well be a paying one.
    SourceUnavailable {
        /// The endpoint that was called.
        endpoint: Endpoint,
        /// How long the caller should wait, told as `Retry-After`.
        retry_after: Duration,
    },
    /// What the source has as the caller's tier is no tier of the program: 500, and not guessed at.
    UnreadableTier(Endpoint),
}

impl Refusal {
    /// The endpoint that was called.
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

    /// The HTTP status: 403, 401, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(_) | Self::NoSubscription(_) => 403,
            Self::UnknownCaller(_) => 401,
            Self::MissingLayer(_) | Self::UnreadableTier(_) => 500,
            Self::SourceUnavailable { .. } => 503,
        }
    }

    /// How many seconds the caller should wait before trying again, for `Retry-After`; rounded up.
    /// `None` if waiting changes nothing.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::SourceUnavailable { retry_after, .. } => {
                let begun = u64::from(retry_after.subsec_nanos() > 0);
                Some(retry_after.as_secs().saturating_add(begun))
            }
            _ => None,
        }
    }

    /// Every word that [`code`](Self::code) can be.
    #[cfg(feature = "openapi")]
    pub(crate) const CODES: [&str; 6] = [
        "tier_too_low",
        "unknown_caller",
        "missing_layer",
        "no_subscription",
        "tier_source_unavailable",
        "tier_unreadable",
    ];

    /// A stable word for machines: `tier_too_low`, `unknown_caller`, `missing_layer`,
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

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

impl Refusal {
    /// What `Display` shows.
    pub(crate) fn describe(&self, to: &mut impl fmt::Write) -> fmt::Result {
        let what = match self {
            Self::Denied(denied) => return denied.describe(to),
            Self::UnknownCaller(_) => " requires a subscription; the caller is unknown",
            Self::MissingLayer(_) => " cannot tell who is calling",
            Self::NoSubscription(_) => " requires a subscription; the caller has none",
            Self::SourceUnavailable { .. } => " cannot find out who is calling now",
            Self::UnreadableTier(_) => " cannot read the caller's tier",
        };
        self.endpoint().describe(to)?;
        to.write_str(what)
    }
}

impl Error for Refusal {}

#[cfg(all(test, feature = "_http"))]
pub(crate) mod tests {
    use super::Refusal;
    use crate::access::denied::Denied;
    use std::iter;
    use std::time::Duration;

    /// A refusal of each kind.
    pub(crate) fn every(denied: Denied) -> Vec<Refusal> {
        let endpoint = denied.endpoint();
        // A kind more does not compile here before it has its place.
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
