use crate::{Problem, Refusal};
use std::error::Error;
use std::fmt;

/// Why a request did not reach the service.
///
/// | code | status | when |
/// | --- | --- | --- |
/// | [`Refusal::code`] | [`Refusal::status`] | the caller may not call the endpoint |
/// | `unlisted_route` | 403 | no endpoint of the catalogue has this method and path |
/// | `ambiguous_path` | 400 | the path can be read in several ways, see [Paths](super#paths) |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The endpoint is in the catalogue, and the caller may not call it.
    Endpoint(Refusal),
    /// No endpoint of the catalogue has this method and path: 403.
    Unlisted,
    /// The path can be read in several ways, so that nobody knows what the service would make of it:
    /// 400.
    AmbiguousPath,
}

impl Refused {
    /// The HTTP status: 400, 401, 403, 500 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Endpoint(refusal) => refusal.status(),
            Self::Unlisted => 403,
            Self::AmbiguousPath => 400,
        }
    }

    /// A stable word for machines: that of [`Refusal::code`], `unlisted_route` or `ambiguous_path`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(refusal) => refusal.code(),
            Self::Unlisted => "unlisted_route",
            Self::AmbiguousPath => "ambiguous_path",
        }
    }

    /// The problem document.
    pub fn problem(&self) -> Problem {
        let title = match self {
            Self::Endpoint(refusal) => return Problem::new(refusal),
            Self::Unlisted => "The route is closed",
            Self::AmbiguousPath => "The path is ambiguous",
        };
        Problem::of_path(title, self.status(), self.code(), self.to_string())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(refusal) => refusal.fmt(f),
            Self::Unlisted => f.write_str("no endpoint with this method and path is open"),
            Self::AmbiguousPath => f.write_str(
                "the path has `.` or `..` in it, or an escape of what separates its parts, and can be read in several ways",
            ),
        }
    }
}

impl Error for Refused {}
