pub(crate) mod log;
pub(crate) mod safe_reason;

use self::safe_reason::{describe_safely, with_type_name, without_wrapper};
use crate::tier::UnknownTier;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a lookup returned no caller. Each variant leads to a different response.
///
/// `Display` and `Debug` describe the underlying error by its type, kind and codes. Their output never
/// contains the error's own text, because many errors quote the looked-up key, whether unchanged,
/// escaped or percent-encoded. [`source`](Error::source) returns `None`, because error reporters would
/// print the text of the underlying error too. [`reason`](Self::reason) returns the underlying error.
#[derive(Clone)]
#[non_exhaustive]
pub enum SourceError {
    /// No caller has this key. The response is 401.
    UnknownCaller,
    /// The store can't be read at the moment. The response is 503, because the caller may be a paying
    /// customer and should try again.
    Unavailable(Arc<dyn Error + Send + Sync>),
    /// The stored value isn't one of this program's tiers. A newer version of the program may have
    /// added the tier. The response is 500, because guessing a tier could admit the wrong callers.
    InvalidTier(Arc<dyn Error + Send + Sync>),
}

impl SourceError {
    /// Creates an [`Unavailable`](Self::Unavailable) error. Logs show the type and kind of `reason`, but
    /// not its text.
    pub fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(with_type_name(reason))
    }

    /// Creates an [`InvalidTier`](Self::InvalidTier) error. Logs show the type and kind of `reason`, but
    /// not its text.
    pub fn invalid_tier(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::InvalidTier(with_type_name(reason))
    }

    /// Returns the source's original error, such as an HTTP client's error.
    ///
    /// **The original error's text may contain the caller's API key**, in any encoding. Databases quote
    /// values that they can't convert, and HTTP clients print the URL. If you log this text, anybody
    /// who can read your logs can use the key. If you need the text anyway during development, wrap the
    /// source:
    ///
    /// ```
    /// use tiergate::Caller;
    /// use tiergate::source::{ApiKey, SourceError, TierSource};
    ///
    /// struct LoggingKeys<S>(S);
    ///
    /// impl<S: TierSource> TierSource for LoggingKeys<S> {
    ///     type Tier = S::Tier;
    ///
    ///     async fn find(&self, key: &ApiKey) -> Result<Caller<S::Tier>, SourceError> {
    ///         self.0.find(key).await.inspect_err(|error| {
    ///             if let Some(reason) = error.reason() {
    ///                 eprintln!("{error}: {reason}");
    ///             }
    ///         })
    ///     }
    /// }
    /// ```
    pub fn reason(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match self {
            Self::UnknownCaller => None,
            Self::Unavailable(reason) | Self::InvalidTier(reason) => Some(without_wrapper(reason)),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, reason) = match self {
            Self::UnknownCaller => return f.write_str("no caller has this key"),
            Self::Unavailable(reason) => ("the tier source is unavailable", reason),
            Self::InvalidTier(reason) => ("the stored value is not a tier of this program", reason),
        };
        write!(f, "{problem}: {}", describe_safely(reason))
    }
}

impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (variant, reason) = match self {
            Self::UnknownCaller => return f.write_str("UnknownCaller"),
            Self::Unavailable(reason) => ("Unavailable", reason),
            Self::InvalidTier(reason) => ("InvalidTier", reason),
        };
        f.debug_tuple(variant)
            .field(&describe_safely(reason))
            .finish()
    }
}

/// `source` isn't implemented, because error reporters would print the text of the underlying error.
impl Error for SourceError {}

/// Converts an unknown tier to [`InvalidTier`](SourceError::InvalidTier).
impl From<UnknownTier> for SourceError {
    fn from(unknown: UnknownTier) -> Self {
        Self::invalid_tier(unknown)
    }
}
