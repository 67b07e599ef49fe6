use crate::{Denied, Endpoint};
use std::error::Error;
use std::fmt;

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
}

impl Refusal {
    /// The endpoint that was called.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Denied(denied) => denied.endpoint(),
            Self::UnknownCaller(endpoint) | Self::MissingLayer(endpoint) => *endpoint,
        }
    }

    /// The HTTP status: 403, 401 or 500.
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(_) => 403,
            Self::UnknownCaller(_) => 401,
            Self::MissingLayer(_) => 500,
        }
    }

    /// A stable word for machines: `tier_too_low`, `unknown_caller` or `missing_layer`.
    pub fn code(&self) -> &'static str {
        match self {
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
        match self {
            Self::Denied(denied) => denied.fmt(f),
            Self::UnknownCaller(endpoint) => {
                write!(
                    f,
                    "{endpoint} requires a subscription; the caller is unknown"
                )
            }
            Self::MissingLayer(endpoint) => {
                write!(f, "{endpoint} cannot tell who is calling")
            }
        }
    }
}

impl Error for Refusal {}
