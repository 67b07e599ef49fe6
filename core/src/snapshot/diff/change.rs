//! One change between two catalogues, and its description.

use crate::snapshot::diff::pairs::key;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::text::shown;
use std::fmt;

/// One change. If an endpoint changed in several ways, each way is a separate change.
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
    /// Some callers can no longer call an endpoint, because it requires a higher tier or is no longer
    /// public, or because the order of the tiers changed.
    Raised {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The names of the tiers that can no longer call the endpoint.
        callers: Vec<String>,
    },
    /// An endpoint has a different method or path. An endpoint without a route has a different module.
    Moved {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// More callers can call an endpoint, because it requires a lower tier or is now public, or because
    /// the order of the tiers changed.
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

/// The effect of a change on paying customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Some callers lose access.
    Breaks,
    /// Some callers gain access that previously required a higher tier.
    GivesAway,
    /// Neither of these.
    Neutral,
}

impl Change {
    /// Returns the effect of the change on paying customers.
    pub fn effect(&self) -> Effect {
        match self {
            // Callers don't notice the new name of a path parameter.
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

    pub(super) fn position(&self) -> usize {
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
        let endpoint = |row: &EndpointRow| format!("{} ({})", place(row), shown(&row.name));
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
            Self::Added(row) => write!(f, "{}: {}", endpoint(row), access(row)),
            Self::Removed(row) => write!(f, "{}: was {}", endpoint(row), access(row)),
            Self::Moved { old, new } => write!(f, "{} -> {}", place(old), endpoint(new)),
            Self::Renamed { old, new } => {
                write!(f, "{}: was {}", endpoint(new), shown(&old.name))
            }
            Self::Reworded { old, new } => {
                write!(f, "{}: {}, was {}", endpoint(new), access(new), access(old))
            }
            Self::Raised { old, new, callers } | Self::Lowered { old, new, callers } => {
                let (was, is) = (access(old), access(new));
                let required = if was == is {
                    is
                } else {
                    format!("{was} -> {is}")
                };
                write!(f, "{}: {required}", endpoint(new))?;
                let mut callers: Vec<&str> = callers.iter().map(String::as_str).collect();
                if old.public_reason().is_some() || new.public_reason().is_some() {
                    callers.push("callers without a subscription");
                }
                if !callers.is_empty() {
                    let can = match self {
                        Self::Raised { .. } => "can no longer call it",
                        _ => "can now call it",
                    };
                    write!(f, "; {} {can}", shown(&callers.join(", ")))?;
                }
                Ok(())
            }
        }
    }
}

/// Returns the endpoint's method and path, or its module if it has no route.
fn place(row: &EndpointRow) -> String {
    match &row.route {
        Some((method, path)) => shown(&format!("{method} {path}")),
        None => shown(&row.module),
    }
}

fn access(row: &EndpointRow) -> String {
    match &row.access {
        AccessRow::Tier(tier) => shown(&tier.name),
        AccessRow::Public { reason } => format!("public ({:?})", shown(reason)),
    }
}
