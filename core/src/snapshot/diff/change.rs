//! A change between two catalogues.

use crate::snapshot::diff::limit_change::LimitChange;
use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::limit_rows::LimitRow;
use crate::snapshot::need_row::FeatureRow;
use crate::snapshot::rows::{EndpointRow, TierRow};

/// A change between two catalogues. If an endpoint changed in several ways, there is a separate `Change`
/// for each of them.
///
/// [Events](crate::Event) have the same changes and effects as endpoints. Only
/// [`is_event`](EndpointRow::is_event) distinguishes them. For an event, "call" means "receive".
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
    /// A rank now means a different tier. Callers whose stored tier is this rank get the new tier.
    RankReused {
        /// The tier that had the rank.
        old: TierRow,
        /// The tier that has the rank now.
        new: TierRow,
        /// Whether callers with the stored rank lose or gain access.
        effect: Effect,
    },
    /// A tier has a different name. If the tier isn't read from its old name, stores that contain the old
    /// name can't be read any more. An alias prevents this.
    TierRenamed {
        /// The tier with its old name.
        old: TierRow,
        /// The tier with its new name.
        new: TierRow,
    },
    /// A tier is read from other aliases, or its variant has a different identifier.
    TierAliased {
        /// The tier after the change.
        tier: TierRow,
        /// The texts from which the tier is now read.
        added: Vec<String>,
        /// The texts from which the tier is no longer read. Stores that contain them can't be read any
        /// more.
        removed: Vec<String>,
    },
    /// A tier was added.
    TierAdded(TierRow),
    /// An add-on was removed.
    FeatureRemoved(FeatureRow),
    /// An add-on has a different key. Customers whose stored add-ons contain the old key lose the add-on.
    FeatureRekeyed {
        /// The add-on with its old key.
        old: FeatureRow,
        /// The add-on with its new key.
        new: FeatureRow,
    },
    /// An add-on has a different name.
    FeatureRenamed {
        /// The add-on with its old name.
        old: FeatureRow,
        /// The add-on with its new name.
        new: FeatureRow,
    },
    /// An add-on was added.
    FeatureAdded(FeatureRow),
    /// The catalogue's quota is lower for some callers.
    QuotaLimited {
        /// What changed, by tier.
        limits: Vec<LimitChange>,
    },
    /// The catalogue's quota is higher for some callers.
    QuotaRelaxed {
        /// What changed, by tier.
        limits: Vec<LimitChange>,
    },
    /// The catalogue's quota is expressed differently and has the same effect, or it changed only for tiers
    /// that don't exist in both catalogues.
    QuotaReworded {
        /// The quota before the change.
        old: Vec<LimitRow>,
        /// The quota after the change.
        new: Vec<LimitRow>,
    },
    /// An endpoint or an event was removed.
    Removed(EndpointRow),
    /// Some callers can no longer call an endpoint. The endpoint now requires a higher tier or an add-on,
    /// no longer accepts an add-on instead of the tier, or is no longer public, or the order of the tiers
    /// changed.
    Raised {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The callers that can no longer call the endpoint: the names of tiers, or texts such as
        /// `Plus without Radio`.
        callers: Vec<String>,
    },
    /// The required tier of an endpoint was only observed, and is now enforced.
    Enforced {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The callers that can no longer call the endpoint, as in [`Raised`](Self::Raised).
        callers: Vec<String>,
    },
    /// Some callers may call an endpoint less often.
    Limited {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// What changed, by tier.
        limits: Vec<LimitChange>,
    },
    /// Some callers may call an endpoint more often.
    Relaxed {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// What changed, by tier.
        limits: Vec<LimitChange>,
    },
    /// A call takes more units from the catalogue's quota.
    CostRaised {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// A call takes fewer units from the catalogue's quota.
    CostLowered {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// An endpoint has a different HTTP method or path or, if it has no route, a different module.
    Moved {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// More callers can call an endpoint. The endpoint now requires a lower tier or no add-on, accepts an
    /// add-on instead of the tier, or is public, or the order of the tiers changed.
    Lowered {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The callers that can now call the endpoint, as in [`Raised`](Self::Raised).
        callers: Vec<String>,
    },
    /// Only new customers can no longer call an endpoint. Callers with a plan version that existed before
    /// the change still can. Callers without a plan version count as new customers.
    RaisedForNewCustomers {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The callers that can no longer call the endpoint, as in [`Raised`](Self::Raised).
        callers: Vec<String>,
    },
    /// A different requirement is only observed. The same callers can call the endpoint as before.
    Observed {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
        /// The callers that the observed requirement would refuse, as in [`Raised`](Self::Raised).
        callers: Vec<String>,
    },
    /// An endpoint or an event was added.
    Added(EndpointRow),
    /// An endpoint has a different name.
    Renamed {
        /// The endpoint before the change.
        old: EndpointRow,
        /// The endpoint after the change.
        new: EndpointRow,
    },
    /// A public endpoint has a different reason for being public, or a requirement or limits are expressed
    /// differently and have the same effect. The limits may also have changed only for tiers that don't
    /// exist in both catalogues.
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
    /// Some callers lose access, or may call less often.
    Breaks,
    /// Some callers gain access that previously required a higher tier or an add-on, or may call more
    /// often.
    GivesAway,
    /// The change neither takes anything from callers nor gives anything away.
    Neutral,
}

impl Change {
    /// Returns how the change affects paying customers.
    pub fn effect(&self) -> Effect {
        match self {
            // If only a path parameter's name has changed, as from `/units/{id}` to `/units/{name}`,
            // callers don't notice the difference.
            Self::Moved { old, new } if key(old) == key(new) => Effect::Neutral,
            // Stores that contain the old name can't be read any more, so these callers are refused.
            Self::TierRenamed { old, new }
                if new.aliases.is_some() && !new.is_read_from(&old.name) =>
            {
                Effect::Breaks
            }
            Self::TierAliased { removed, .. } if !removed.is_empty() => Effect::Breaks,
            Self::RankReused { effect, .. } => *effect,
            Self::TierRemoved(_)
            | Self::TierRanked { .. }
            | Self::FeatureRemoved(_)
            | Self::FeatureRekeyed { .. }
            | Self::Removed(_)
            | Self::Raised { .. }
            | Self::Enforced { .. }
            | Self::QuotaLimited { .. }
            | Self::Limited { .. }
            | Self::CostRaised { .. }
            | Self::Moved { .. } => Effect::Breaks,
            Self::Lowered { .. }
            | Self::QuotaRelaxed { .. }
            | Self::Relaxed { .. }
            | Self::CostLowered { .. } => Effect::GivesAway,
            Self::TierAdded(_)
            | Self::TierRenamed { .. }
            | Self::TierAliased { .. }
            | Self::FeatureRenamed { .. }
            | Self::FeatureAdded(_)
            | Self::Added(_)
            | Self::RaisedForNewCustomers { .. }
            | Self::Observed { .. }
            | Self::Renamed { .. }
            | Self::QuotaReworded { .. }
            | Self::Reworded { .. } => Effect::Neutral,
        }
    }

    /// Returns the kind of change as one word: `added`, `removed`, `moved`, `raised`, `lowered`,
    /// `enforced`, `observed`, `grandfathered`, `limited`, `relaxed`, `costlier`, `cheaper`, `renamed`,
    /// `reworded`, `ranked`, `reused`, `aliased` or `rekeyed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TierAdded(_) | Self::FeatureAdded(_) | Self::Added(_) => "added",
            Self::TierRemoved(_) | Self::FeatureRemoved(_) | Self::Removed(_) => "removed",
            Self::TierRanked { .. } => "ranked",
            Self::RankReused { .. } => "reused",
            Self::TierRenamed { .. } | Self::FeatureRenamed { .. } | Self::Renamed { .. } => {
                "renamed"
            }
            Self::TierAliased { .. } => "aliased",
            Self::FeatureRekeyed { .. } => "rekeyed",
            Self::Raised { .. } => "raised",
            Self::RaisedForNewCustomers { .. } => "grandfathered",
            Self::Enforced { .. } => "enforced",
            Self::Observed { .. } => "observed",
            Self::Lowered { .. } => "lowered",
            Self::QuotaLimited { .. } | Self::Limited { .. } => "limited",
            Self::QuotaRelaxed { .. } | Self::Relaxed { .. } => "relaxed",
            Self::CostRaised { .. } => "costlier",
            Self::CostLowered { .. } => "cheaper",
            Self::Moved { .. } => "moved",
            Self::QuotaReworded { .. } | Self::Reworded { .. } => "reworded",
        }
    }

    /// Returns the position of this kind of change in a report.
    pub(super) fn report_order(&self) -> usize {
        match self {
            Self::TierRemoved(_) => 0,
            Self::TierRanked { .. } => 1,
            Self::RankReused { .. } => 2,
            Self::TierRenamed { .. } => 3,
            Self::TierAliased { .. } => 4,
            Self::TierAdded(_) => 5,
            Self::FeatureRemoved(_) => 6,
            Self::FeatureRekeyed { .. } => 7,
            Self::FeatureRenamed { .. } => 8,
            Self::FeatureAdded(_) => 9,
            Self::QuotaLimited { .. } => 10,
            Self::QuotaRelaxed { .. } => 11,
            Self::QuotaReworded { .. } => 12,
            Self::Removed(_) => 13,
            Self::Raised { .. } => 14,
            Self::Enforced { .. } => 15,
            Self::Limited { .. } => 16,
            Self::CostRaised { .. } => 17,
            Self::Moved { .. } => 18,
            Self::Lowered { .. } => 19,
            Self::Relaxed { .. } => 20,
            Self::CostLowered { .. } => 21,
            Self::RaisedForNewCustomers { .. } => 22,
            Self::Observed { .. } => 23,
            Self::Added(_) => 24,
            Self::Renamed { .. } => 25,
            Self::Reworded { .. } => 26,
        }
    }

    /// Returns the endpoint after the change, or before the change if the endpoint was removed.
    pub(super) fn subject(&self) -> Option<&EndpointRow> {
        match self {
            Self::Removed(row) | Self::Added(row) => Some(row),
            Self::Raised { new, .. }
            | Self::RaisedForNewCustomers { new, .. }
            | Self::Enforced { new, .. }
            | Self::Observed { new, .. }
            | Self::Limited { new, .. }
            | Self::Relaxed { new, .. }
            | Self::CostRaised { new, .. }
            | Self::CostLowered { new, .. }
            | Self::Lowered { new, .. }
            | Self::Moved { new, .. }
            | Self::Renamed { new, .. }
            | Self::Reworded { new, .. } => Some(new),
            _ => None,
        }
    }
}
