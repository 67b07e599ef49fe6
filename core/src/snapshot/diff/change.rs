//! A change between two catalogues, and the text that describes the change.

use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::invisible_characters::shown;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use std::fmt;

/// A change between two catalogues. If an endpoint changed in several ways, there is a separate `Change`
/// for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A tier was removed.
    TierRemoved(TierRow),
    /// A tier has a different rank. Protocols and client constants may depend on the rank.
    TierRanked {
        /// The tier with its old rank.
        old: TierRow,
        /// The tier with its new rank.
        new: TierRow,
    },
    /// A tier has a different name and the same rank.
    TierRenamed {
        /// The tier with its old name.
        old: TierRow,
        /// The tier with its new name.
        new: TierRow,
    },
    /// A tier was added.
    TierAdded(TierRow),
    /// An endpoint was removed.
    Removed(EndpointRow),
    /// Some callers can no longer call an endpoint. The endpoint now requires a higher tier or is no
    /// longer public, or the order of the tiers changed.
    Raised {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The names of the tiers that can no longer call the endpoint.
        callers: Vec<String>,
    },
    /// An endpoint has a different HTTP method or path or, if it has no route, a different module.
    Moved {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// More callers can call an endpoint. The endpoint now requires a lower tier or is public, or the
    /// order of the tiers changed.
    Lowered {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The names of the tiers that can now call the endpoint.
        callers: Vec<String>,
    },
    /// An endpoint was added.
    Added(EndpointRow),
    /// An endpoint has a different name.
    Renamed {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// A public endpoint has a different reason for being public.
    Reworded {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
}

/// How a change affects paying customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Some callers lose access.
    Breaks,
    /// Some callers gain access that previously required a higher tier.
    GivesAway,
    /// The change neither removes access nor gives away access.
    Neutral,
}

impl Change {
    /// Returns how the change affects paying customers.
    pub fn effect(&self) -> Effect {
        match self {
            // If only a path parameter's name has changed, as from `/units/{id}` to `/units/{name}`,
            // callers don't notice the difference.
            Self::Moved { old, new } if key(old) == key(new) => Effect::Neutral,
            Self::TierRemoved(_)
            | Self::TierRanked { .. }
            | Self::Removed(_)
            | Self::Raised { .. }
            | Self::Moved { .. } => Effect::Breaks,
            Self::Lowered { .. } => Effect::GivesAway,
            Self::TierAdded(_)
            | Self::TierRenamed { .. }
            | Self::Added(_)
            | Self::Renamed { .. }
            | Self::Reworded { .. } => Effect::Neutral,
        }
    }

    /// Returns the kind of change as one word: `added`, `removed`, `moved`, `raised`, `lowered`,
    /// `renamed`, `reworded` or `ranked`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TierAdded(_) | Self::Added(_) => "added",
            Self::TierRemoved(_) | Self::Removed(_) => "removed",
            Self::TierRanked { .. } => "ranked",
            Self::TierRenamed { .. } | Self::Renamed { .. } => "renamed",
            Self::Raised { .. } => "raised",
            Self::Lowered { .. } => "lowered",
            Self::Moved { .. } => "moved",
            Self::Reworded { .. } => "reworded",
        }
    }

    /// Returns the position of this kind of change in a report.
    pub(super) fn report_order(&self) -> usize {
        match self {
            Self::TierRemoved(_) => 0,
            Self::TierRanked { .. } => 1,
            Self::TierRenamed { .. } => 2,
            Self::TierAdded(_) => 3,
            Self::Removed(_) => 4,
            Self::Raised { .. } => 5,
            Self::Moved { .. } => 6,
            Self::Lowered { .. } => 7,
            Self::Added(_) => 8,
            Self::Renamed { .. } => 9,
            Self::Reworded { .. } => 10,
        }
    }

    /// Returns the endpoint after the change, or before the change if the endpoint was removed.
    pub(super) fn subject(&self) -> Option<&EndpointRow> {
        match self {
            Self::Removed(row) | Self::Added(row) => Some(row),
            Self::Raised { new, .. }
            | Self::Lowered { new, .. }
            | Self::Moved { new, .. }
            | Self::Renamed { new, .. }
            | Self::Reworded { new, .. } => Some(new),
            _ => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} ", self.word())?;
        let endpoint =
            |row: &EndpointRow| format!("{} ({})", route_or_module(row), shown(&row.name));
        match self {
            Self::TierAdded(tier) | Self::TierRemoved(tier) => {
                write!(f, "tier {} (rank {})", shown(&tier.name), tier.rank)
            }
            Self::TierRanked { old, new } => write!(
                f,
                "tier {}: rank {} -> {}",
                shown(&new.name),
                old.rank,
                new.rank
            ),
            Self::TierRenamed { old, new } => {
                write!(f, "tier {} -> {}", shown(&old.name), shown(&new.name))
            }
            Self::Added(row) => write!(f, "{}: {}", endpoint(row), required_access(row)),
            Self::Removed(row) => write!(f, "{}: was {}", endpoint(row), required_access(row)),
            Self::Moved { old, new } => write!(f, "{} -> {}", route_or_module(old), endpoint(new)),
            Self::Renamed { old, new } => {
                write!(f, "{}: was {}", endpoint(new), shown(&old.name))
            }
            Self::Reworded { old, new } => {
                write!(
                    f,
                    "{}: {}, was {}",
                    endpoint(new),
                    required_access(new),
                    required_access(old)
                )
            }
            Self::Raised { old, new, callers } | Self::Lowered { old, new, callers } => {
                let (old_access, new_access) = (required_access(old), required_access(new));
                let access_change = if old_access == new_access {
                    new_access
                } else {
                    format!("{old_access} -> {new_access}")
                };
                write!(f, "{}: {access_change}", endpoint(new))?;
                let mut callers: Vec<&str> = callers.iter().map(String::as_str).collect();
                if old.public_reason().is_some() || new.public_reason().is_some() {
                    callers.push("callers without a subscription");
                }
                if !callers.is_empty() {
                    let verb = match self {
                        Self::Raised { .. } => "can no longer call it",
                        _ => "can now call it",
                    };
                    write!(f, "; {} {verb}", shown(&callers.join(", ")))?;
                }
                Ok(())
            }
        }
    }
}

/// Returns the endpoint's HTTP method and path, or the module if the endpoint has no route.
fn route_or_module(row: &EndpointRow) -> String {
    match &row.route {
        Some((method, path)) => shown(&format!("{method} {path}")),
        None => shown(&row.module),
    }
}

fn required_access(row: &EndpointRow) -> String {
    match &row.access {
        AccessRow::Tier(tier) => shown(&tier.name),
        AccessRow::Public { reason } => format!("public ({:?})", shown(reason)),
    }
}
