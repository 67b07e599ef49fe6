//! The error for a snapshot of overrides that can't be installed.

use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limit;
use std::error::Error;
use std::fmt;

/// The reason why a snapshot of overrides was rejected. The whole snapshot is rejected, and the last
/// valid snapshot stays in effect.
///
/// The message names the first invalid override and describes the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOverrides {
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    OlderVersion {
        offered: u64,
        installed: u64,
    },
    ReusedVersion(u64),
    Entry {
        position: usize,
        shown: String,
        problem: EntryProblem,
    },
    Source(String),
}

/// The problem with a single override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryProblem {
    UnknownEndpoint,
    AmbiguousEndpoint,
    PublicEndpoint,
    MissingEnd,
    DuplicateOf(usize),
    DuplicateQuota(usize),
    EmptyCustomer,
    TextTooLong(&'static str),
    /// The text of the limits contains a mistake, which the message describes. The message must be safe to
    /// log.
    Limits(String),
    UnlimitedEndpoint,
    NoQuota,
    /// The quota doesn't allow a single call to this endpoint.
    QuotaBelowCost(Endpoint),
    /// The override admits this tier, but its quota doesn't allow a single call to this endpoint.
    CostAboveQuota {
        endpoint: Endpoint,
        tier: &'static str,
        limit: Limit,
    },
    /// A value in a store is missing, unexpected or can't be read.
    #[cfg_attr(
        not(any(feature = "redis", feature = "sqlx", feature = "toml")),
        allow(dead_code)
    )]
    Value(String),
}

impl InvalidOverrides {
    pub(crate) fn older_version(offered: u64, installed: u64) -> Self {
        let problem = Problem::OlderVersion { offered, installed };
        Self { problem }
    }

    pub(crate) fn reused_version(version: u64) -> Self {
        let problem = Problem::ReusedVersion(version);
        Self { problem }
    }

    /// `index` is the index of the override in the snapshot. `shown` describes the override.
    pub(crate) fn entry(index: usize, shown: String, problem: EntryProblem) -> Self {
        let position = index + 1;
        let problem = Problem::Entry {
            position,
            shown,
            problem,
        };
        Self { problem }
    }

    /// Creates the error for a document or table that can't be read as overrides at all. The message
    /// must be safe to log.
    #[cfg_attr(
        not(any(feature = "redis", feature = "sqlx", feature = "toml")),
        allow(dead_code)
    )]
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        let problem = Problem::Source(message.into());
        Self { problem }
    }

    /// Returns whether the snapshot is older than the installed one.
    #[cfg_attr(
        not(any(feature = "redis", feature = "sqlx", feature = "toml")),
        allow(dead_code)
    )]
    pub(crate) fn is_older_version(&self) -> bool {
        matches!(self.problem, Problem::OlderVersion { .. })
    }
}

impl fmt::Display for InvalidOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::OlderVersion { offered, installed } => write!(
                f,
                "version {offered} of the overrides is older than the installed version {installed}; \
                 use a higher version, or allow older versions with `rollback` or a store's \
                 `accept_older_versions`"
            ),
            Problem::ReusedVersion(version) => write!(
                f,
                "version {version} of the overrides is already installed with other overrides; use a \
                 higher version"
            ),
            Problem::Entry {
                position,
                shown,
                problem,
            } => write!(f, "override {position} ({shown}): {problem}"),
            Problem::Source(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for EntryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEndpoint => f.write_str(
                "no endpoint of the catalogue has this name or route; write `export` or `POST /export`",
            ),
            Self::AmbiguousEndpoint => f.write_str(
                "several endpoints of the catalogue have this name; write the method and the path, such as `POST /export`",
            ),
            Self::PublicEndpoint => {
                f.write_str("the endpoint is public, so no guard would apply the override")
            }
            Self::MissingEnd => f.write_str("the end is missing; only `close` works without an end"),
            Self::DuplicateOf(index) => {
                write!(f, "override {} does the same for this endpoint; remove one of them", index + 1)
            }
            Self::DuplicateQuota(index) => {
                write!(f, "override {} changes the same quota; remove one of them", index + 1)
            }
            Self::EmptyCustomer => f.write_str("the customer's id is empty"),
            Self::TextTooLong(field) => write!(f, "`{field}` has more than 1024 bytes; shorten it"),
            Self::Limits(message) => write!(f, "`limits`: {message}"),
            Self::UnlimitedEndpoint => f.write_str(
                "the endpoint has no limit to change; add `limit = …` to its attribute first, or change the catalogue's quota with `quota`",
            ),
            Self::NoQuota => f.write_str(
                "the catalogue has no quota to change; add `quota(…)` to its attribute first, or change an endpoint's limit with `limit`",
            ),
            Self::QuotaBelowCost(endpoint) => write!(
                f,
                "`limits`: a call of {endpoint} costs {}, so it would always be refused; allow at least as many units in each window",
                endpoint.cost()
            ),
            Self::CostAboveQuota {
                endpoint,
                tier,
                limit,
            } => write!(
                f,
                "a call of {endpoint} costs {}, but the quota of the tier {tier} is {limit}, so calls from this tier would always be refused; require a higher tier, or raise the quota",
                endpoint.cost()
            ),
            Self::Value(message) => f.write_str(message),
        }
    }
}

impl Error for InvalidOverrides {}
