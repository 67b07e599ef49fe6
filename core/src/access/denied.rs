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
/// assert_eq!((denied.required(), denied.actual()), ("Plus", "Free"));
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
}

impl Denied {
    // Refusals are rare. Building one is the same for all handlers, so it stays out of their code.
    #[cold]
    pub(crate) fn new<T: Tier>(endpoint: Endpoint, required: T, actual: T) -> Self {
        Self {
            endpoint,
            required: (required.name(), required.rank()),
            actual: (actual.name(), actual.rank()),
        }
    }

    /// Creates the error for an endpoint known only by its record, which contains the required tier.
    #[cfg(feature = "tower")]
    pub(crate) fn by<T: Tier>(endpoint: Endpoint, actual: T) -> Self {
        Self {
            endpoint,
            required: (
                endpoint.required().unwrap_or_default(),
                endpoint.required_rank().unwrap_or_default(),
            ),
            actual: (actual.name(), actual.rank()),
        }
    }

    /// Returns the endpoint that refused the call.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the name of the required tier.
    pub fn required(&self) -> &'static str {
        self.required.0
    }

    /// Returns the rank of the required tier.
    pub fn required_rank(&self) -> u32 {
        self.required.1
    }

    /// Returns the name of the caller's tier.
    pub fn actual(&self) -> &'static str {
        self.actual.0
    }

    /// Returns the rank of the caller's tier.
    pub fn actual_rank(&self) -> u32 {
        self.actual.1
    }
}

impl Denied {
    /// Writes the text that `Display` shows.
    pub(crate) fn describe(self, to: &mut impl fmt::Write) -> fmt::Result {
        self.endpoint.describe(to)?;
        to.write_str(" requires the tier ")?;
        to.write_str(self.required.0)?;
        to.write_str("; the caller has ")?;
        to.write_str(self.actual.0)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

impl Error for Denied {}
