use crate::access::permit::Permit;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use std::error::Error;
use std::fmt;

/// The error of a failed tier check. It names the endpoint, the required tier and the caller's tier.
///
/// The web framework integrations turn it into a [problem document](crate#responses-to-refused-calls).
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
    required: (&'static str, u32),
    actual: (&'static str, u32),
    is_anonymous: bool,
}

impl Denied {
    /// Creates the error for a caller whose tier is too low for the endpoint.
    #[cold]
    pub(crate) fn new<T: Tier>(endpoint: Endpoint, permit: Permit<T>) -> Self {
        let required = (
            endpoint.required_tier().unwrap_or_default(),
            endpoint.required_rank().unwrap_or_default(),
        );
        Self::with(endpoint, required, permit)
    }

    /// Creates the error for a caller whose tier is too low for a part of the endpoint.
    #[cold]
    pub(crate) fn requiring<T: Tier>(endpoint: Endpoint, required: T, permit: Permit<T>) -> Self {
        Self::with(endpoint, (required.name(), required.rank()), permit)
    }

    fn with<T: Tier>(endpoint: Endpoint, required: (&'static str, u32), permit: Permit<T>) -> Self {
        Self {
            endpoint,
            required,
            actual: (permit.tier.name(), permit.tier.rank()),
            is_anonymous: permit.is_anonymous,
        }
    }

    /// Returns the endpoint that refused the call.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the name of the required tier.
    pub fn required_tier(&self) -> &'static str {
        self.required.0
    }

    /// Returns the rank of the required tier.
    pub fn required_rank(&self) -> u32 {
        self.required.1
    }

    /// Returns the name of the caller's tier.
    pub fn actual_tier(&self) -> &'static str {
        self.actual.0
    }

    /// Returns the rank of the caller's tier.
    pub fn actual_rank(&self) -> u32 {
        self.actual.1
    }

    /// Returns whether the caller sent no credential and is served as [`actual_tier`](Self::actual_tier).
    /// The response is then 401, because the caller may have a higher tier.
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
        let Self {
            endpoint,
            required: (required, _),
            actual: (actual, _),
            is_anonymous,
        } = self;
        let caller = match is_anonymous {
            true => "the anonymous caller",
            false => "the caller",
        };
        write!(
            f,
            "{endpoint} requires the tier {required}; {caller} has {actual}"
        )
    }
}

impl Error for Denied {}
