//! The response to a request whose handler extracts a caller that nothing has identified.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::frameworks::problem::Problem;

impl Problem {
    /// Returns the caller for a handler that extracts it.
    ///
    /// # Errors
    /// Returns the document for the response if the resolution contains no caller.
    pub(crate) fn or_caller<T>(resolution: Resolution<T>) -> Result<Caller<T>, Box<Self>> {
        let (title, status, code, retry_after) = match resolution {
            Resolution::Caller(caller) => return Ok(caller),
            #[cfg(feature = "source")]
            Resolution::SourceUnavailable { retry_after } => (
                "The caller's tier cannot be looked up now",
                503,
                "tier_source_unavailable",
                Some(crate::access::refusal::whole_seconds(retry_after)),
            ),
            #[cfg(feature = "source")]
            Resolution::UnreadableTier => {
                ("The caller's tier is invalid", 500, "tier_unreadable", None)
            }
            Resolution::MissingLayer => (
                "The server has no authentication layer",
                500,
                "missing_layer",
                None,
            ),
        };
        let detail = "The handler needs to know the caller.".to_owned();
        Err(Box::new(Self {
            retry_after,
            ..Self::without_endpoint(title, status, code, detail)
        }))
    }
}
