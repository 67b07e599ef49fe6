//! The changes between two catalogues, and how each change affects customers.

pub(crate) mod affected_callers;
pub(crate) mod change;
pub(crate) mod change_text;
pub(crate) mod compared_access;
pub(crate) mod compared_limits;
pub(crate) mod limit_change;
#[cfg(test)]
mod limit_properties;
pub(crate) mod matched_endpoints;
pub(crate) mod matched_features;
pub(crate) mod matched_tiers;

pub use self::change::{Change, Effect};
pub use self::limit_change::LimitChange;

use self::compared_access::AccessComparison;
use self::compared_limits::{compare_limits, compare_quotas};
use self::matched_endpoints::match_endpoints;
use self::matched_features::MatchedFeatures;
use self::matched_tiers::MatchedTiers;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::EndpointRow;
use std::fmt;

/// All changes from one [`Snapshot`] to another.
///
/// Changes that take access away from customers come first. Changes that give away paid features come
/// second, and all other changes come last.
///
/// ```
/// use tiergate::{Diff, Snapshot, snapshot::SnapshotError};
///
/// let old = Snapshot::from_lock("\
/// version 2
/// tier 0 Free
/// tier 3 Plus
/// tier 4 Pro
/// feature radio Radio
/// gate /export GET Plus export
/// gate /transmit POST Plus transmit
/// gate /units GET Plus units
/// ")?;
/// let new = Snapshot::from_lock("\
/// version 2
/// tier 0 Free
/// tier 3 Plus
/// tier 4 Pro
/// feature radio Radio
/// gate /export GET Pro export
/// gate /transmit POST Plus transmit or_feature radio
/// gate /units GET Free units
/// ")?;
/// let diff = Diff::between(&old, &new);
/// assert_eq!(diff.to_string(), "\
/// raised   GET /export (export): Plus -> Pro; Plus can no longer call it
/// lowered  GET /units (units): Plus -> Free; Free can now call it
/// lowered  POST /transmit (transmit): Plus -> Plus or Radio; Free with Radio, callers without a subscription with Radio can now call it");
/// # Ok::<(), SnapshotError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    changes: Vec<Change>,
}

impl Diff {
    /// Compares two snapshots.
    ///
    /// Endpoints with a route are matched by HTTP method and path. The names of path parameters are
    /// ignored. Endpoints without a route are matched by module and name. Documentation and source
    /// locations are not compared.
    ///
    /// A removed endpoint and an added endpoint with the same module and name count as one moved
    /// endpoint, if no other removed or added endpoint has this module and name. The remaining
    /// endpoints are paired in the same way by name alone, because lock files don't store the modules
    /// of endpoints with a route.
    ///
    /// [Events](crate::Event) are matched by name, and never with an endpoint. A renamed event counts as a
    /// removed and an added event, because receivers don't know the new name. Requirements of events are
    /// compared in the same way as requirements of endpoints.
    ///
    /// Only the tiers that exist in both snapshots determine whether an endpoint's requirement was
    /// raised or lowered, because existing customers have these tiers. The requirement was raised if
    /// some customers of these tiers can no longer call the endpoint, and lowered if some of them can now
    /// call it. Both can be true. Customers with and without the required add-ons and with every plan
    /// version are compared. If nothing changes for these tiers, the rank of the new required tier is
    /// compared with the rank of the old required tier.
    ///
    /// The diff also compares the limits of each tier that exists in both snapshots, if its callers can call
    /// the endpoint before and after the change. A lower limit, an additional limit and a higher cost break
    /// callers. A limit that another limit implies makes no difference: callers with 60 calls in a minute
    /// don't notice a limit of 5,000 in an hour. The catalogue's quota is compared in the same way.
    ///
    /// A tier is matched by its name. A tier whose name occurs in only one snapshot is matched by its
    /// aliases, and otherwise by its rank. An add-on is matched by its key, and otherwise by its name.
    pub fn between(old: &Snapshot, new: &Snapshot) -> Self {
        let tiers = MatchedTiers::of(&old.tiers, &new.tiers);
        let features = MatchedFeatures::of(&old.features, &new.features);
        let mut changes = tiers.changes();
        changes.extend(features.changes());
        let access = AccessComparison::new(&tiers, &features, old.endpoints_and_events());
        compare_quotas(&mut changes, &tiers, old, new);
        for (old, new) in [(&old.endpoints, &new.endpoints), (&old.events, &new.events)] {
            let (pairs, removed, added) = match_endpoints(old, new);
            for (old, new) in pairs {
                if new.is_event() {
                    access.compare(&mut changes, old, new);
                } else {
                    compare_endpoints(&mut changes, &access, &tiers, old, new);
                }
            }
            changes.extend(removed.into_iter().cloned().map(Change::Removed));
            changes.extend(added.into_iter().cloned().map(Change::Added));
        }
        changes.sort_by(|left, right| {
            let order = |change: &Change| (change.effect(), change.report_order());
            let subject = |change: &Change| change.subject().map(report_key);
            order(left)
                .cmp(&order(right))
                .then_with(|| subject(left).cmp(&subject(right)))
        });
        Self { changes }
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns every change.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns whether any change has this effect.
    pub fn has(&self, effect: Effect) -> bool {
        self.changes.iter().any(|change| change.effect() == effect)
    }
}

/// Writes one line for each change, or `no changes`.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no changes");
        }
        for (index, change) in self.changes.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{change}")?;
        }
        Ok(())
    }
}

/// Returns the key that sorts the changes of one kind: endpoints by route, followed by events by name.
fn report_key(row: &EndpointRow) -> (Option<String>, Option<(String, String)>) {
    (row.is_event().then(|| row.name.clone()), row.route.clone())
}

fn compare_endpoints(
    changes: &mut Vec<Change>,
    access: &AccessComparison<'_>,
    tiers: &MatchedTiers<'_>,
    old: &EndpointRow,
    new: &EndpointRow,
) {
    let both = || (old.clone(), new.clone());
    let route_or_module = |row: &EndpointRow| match &row.route {
        Some(route) => Ok(route.clone()),
        None => Err(row.module.clone()),
    };
    if route_or_module(old) != route_or_module(new) {
        let (old, new) = both();
        changes.push(Change::Moved { old, new });
    }
    if old.name != new.name {
        let (old, new) = both();
        changes.push(Change::Renamed { old, new });
    }
    let change_count = changes.len();
    access.compare(changes, old, new);
    let has_changed_access = changes.len() > change_count;
    compare_limits(changes, tiers, old, new, has_changed_access);
}
