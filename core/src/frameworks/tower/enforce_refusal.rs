//! Why the tower layer refuses a request.

use crate::access::refusal::Refusal;
use crate::frameworks::problem::Problem;
use std::error::Error;
use std::fmt;

/// The reason why a request didn't reach the service.
///
/// | code | status | when |
/// | --- | --- | --- |
/// | [`Refusal::code`] | [`Refusal::status`] | the caller may not call the endpoint, or has used up a limit |
/// | `unlisted_route` | 403 or 404 | no endpoint in the catalogue has this HTTP method and path |
/// | `ambiguous_path` | 400 | the path is not in canonical form (see [Paths](super#paths)), or a service has rewritten it |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnforceRefusal {
    /// The endpoint is in the catalogue, but the caller may not call it now.
    Endpoint(Refusal),
    /// No endpoint in the catalogue has this HTTP method and path: 403.
    Unlisted,
    /// Like [`Unlisted`](Self::Unlisted), but the layer is configured to respond [as not
    /// found](super::EnforceLayer::unlisted_as_not_found): 404.
    NotFound,
    /// The path is not in canonical form, as with `/a//b`, so services may interpret it in different
    /// ways. Or a service behind a nested axum router has rewritten the path. In both cases, the status
    /// is 400.
    AmbiguousPath,
}

impl EnforceRefusal {
    /// Returns the HTTP status: 400, 401, 403, 404, 429, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Endpoint(refusal) => refusal.status(),
            Self::Unlisted => 403,
            Self::NotFound => 404,
            Self::AmbiguousPath => 400,
        }
    }

    /// Returns a stable code that programs can compare: `unlisted_route`, `ambiguous_path`, or the
    /// result of [`Refusal::code`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(refusal) => refusal.code(),
            Self::Unlisted | Self::NotFound => "unlisted_route",
            Self::AmbiguousPath => "ambiguous_path",
        }
    }

    /// Creates the problem document.
    pub fn problem(&self) -> Problem {
        let title = match self {
            Self::Endpoint(refusal) => return Problem::new(refusal),
            Self::Unlisted => "The route is not listed",
            Self::NotFound => "Not found",
            Self::AmbiguousPath => "The path is ambiguous",
        };
        Problem::without_endpoint(title, self.status(), self.code(), self.to_string())
    }
}

impl fmt::Display for EnforceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(refusal) => refusal.fmt(f),
            Self::Unlisted | Self::NotFound => {
                f.write_str("no endpoint has this method and path")
            }
            Self::AmbiguousPath => f.write_str(
                "the path is not in canonical form; remove empty segments, dot segments, the slash at the end and special characters",
            ),
        }
    }
}

impl Error for EnforceRefusal {}
