use crate::access::overrides::invalid::InvalidOverrides;
use std::error::Error;
use std::fmt;

/// The reason why overrides couldn't be loaded from a store. The installed overrides stay in effect.
///
/// The message is safe to log. Texts from the store are escaped and shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The store can't be read at the moment.
    Unavailable(Unavailable),
    /// The store was read, and its content isn't a valid set of overrides.
    Invalid(InvalidOverrides),
}

/// The reason why a store can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(String);

impl LoadError {
    /// The calling code must make sure that `reason` is safe to log.
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable(Unavailable(reason.into()))
    }

    /// Returns the reason's name in metrics.
    #[cfg(feature = "metrics")]
    pub(crate) fn metric_label(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Invalid(invalid) if invalid.is_older_version() => "older_version",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(unavailable) => unavailable.fmt(f),
            Self::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for LoadError {}

impl Error for Unavailable {}

impl From<InvalidOverrides> for LoadError {
    fn from(invalid: InvalidOverrides) -> Self {
        Self::Invalid(invalid)
    }
}
