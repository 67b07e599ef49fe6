//! Describes changes for developers.

use crate::snapshot::diff::change::Change;
use crate::snapshot::diff::limit_change::LimitChange;
use crate::snapshot::invisible_characters::shown;
use crate::snapshot::limit_text::texts;
use crate::snapshot::need_row::FeatureRow;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use std::fmt;

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} ", self.word())?;
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
            Self::RankReused { old, new, .. } => write!(
                f,
                "rank {}: was {}, now {new}; stored tiers with this rank are read as {new}",
                new.rank,
                shown(&old.name),
                new = shown(&new.name)
            ),
            Self::TierRenamed { old, new } => write_renamed_tier(f, old, new),
            Self::TierAliased {
                tier,
                added,
                removed,
            } => write_aliases(f, tier, added, removed),
            Self::FeatureAdded(feature) | Self::FeatureRemoved(feature) => {
                write!(f, "{}", feature_text(feature))
            }
            Self::FeatureRenamed { old, new } => {
                write!(f, "add-on {} -> {}", shown(&old.name), shown(&new.name))
            }
            Self::FeatureRekeyed { old, new } => write!(
                f,
                "add-on {}: key {old} -> {}; stored add-ons with the key {old} are ignored",
                shown(&new.name),
                shown(&new.key),
                old = shown(&old.key)
            ),
            Self::Added(row) => {
                write!(f, "{}: {}", endpoint(row), required_access(row))?;
                match row.limit_details(shown).as_str() {
                    "" => Ok(()),
                    details => write!(f, "; {details}"),
                }
            }
            Self::Removed(row) => write!(f, "{}: was {}", endpoint(row), required_access(row)),
            Self::Moved { old, new } => write!(f, "{} -> {}", route_or_module(old), endpoint(new)),
            Self::Renamed { old, new } => {
                write!(f, "{}: was {}", endpoint(new), shown(&old.name))
            }
            Self::Reworded { old, new } => {
                let [old_text, new_text] = match (required_access(old), required_access(new)) {
                    (old_access, new_access) if old_access == new_access => {
                        [old, new].map(|row| limits(&texts(row.limits(), shown)))
                    }
                    (old_access, new_access) => [old_access, new_access],
                };
                write!(f, "{}: {new_text}, was {old_text}", endpoint(new))
            }
            Self::QuotaReworded { old, new } => {
                let [old, new] = [old, new].map(|rows| limits(&texts(rows, shown)));
                write!(f, "quota: {new}, was {old}")
            }
            Self::QuotaLimited { limits } | Self::QuotaRelaxed { limits } => {
                write_limit_changes(f, "quota", limits)
            }
            Self::Limited { new, limits, .. } | Self::Relaxed { new, limits, .. } => {
                write_limit_changes(f, &endpoint(new), limits)
            }
            Self::CostRaised { old, new } | Self::CostLowered { old, new } => {
                write!(f, "{}: cost {} -> {}", endpoint(new), old.cost, new.cost)
            }
            Self::Raised { old, new, callers }
            | Self::RaisedForNewCustomers { old, new, callers }
            | Self::Enforced { old, new, callers } => write_access_change(
                f,
                old,
                new,
                callers,
                &format!("can no longer {}", verb(new)),
            ),
            Self::Lowered { old, new, callers } => {
                write_access_change(f, old, new, callers, &format!("can now {}", verb(new)))
            }
            Self::Observed { old, new, callers } => {
                let effect = if new.is_event() {
                    "would not receive it"
                } else {
                    "would be refused"
                };
                write_access_change(f, old, new, callers, effect)
            }
        }
    }
}

fn write_renamed_tier(f: &mut fmt::Formatter<'_>, old: &TierRow, new: &TierRow) -> fmt::Result {
    write!(f, "tier {} -> {}", shown(&old.name), shown(&new.name))?;
    if new.aliases.is_some() && !new.is_read_from(&old.name) {
        write!(
            f,
            "; stored tiers named {} can no longer be read, so add an alias",
            shown(&old.name)
        )?;
    }
    Ok(())
}

fn write_aliases(
    f: &mut fmt::Formatter<'_>,
    tier: &TierRow,
    added: &[String],
    removed: &[String],
) -> fmt::Result {
    write!(f, "tier {}: ", shown(&tier.name))?;
    if !added.is_empty() {
        write!(f, "now also read from {}", shown(&added.join(", ")))?;
    }
    if !added.is_empty() && !removed.is_empty() {
        f.write_str("; ")?;
    }
    if !removed.is_empty() {
        write!(f, "no longer read from {}", shown(&removed.join(", ")))?;
    }
    Ok(())
}

/// Writes the changes of several tiers, such as `quota: Free: 10/day -> 5/day; Plus: 60/day -> 30/day`.
fn write_limit_changes(
    f: &mut fmt::Formatter<'_>,
    subject: &str,
    limits: &[LimitChange],
) -> fmt::Result {
    write!(f, "{subject}: ")?;
    for (position, change) in limits.iter().enumerate() {
        let separator = if position == 0 { "" } else { "; " };
        write!(f, "{separator}{change}")?;
    }
    Ok(())
}

/// Joins the texts of limits.
fn limits(texts: &[String]) -> String {
    if texts.is_empty() {
        return "unlimited".to_owned();
    }
    format!("limit {}", texts.join(", "))
}

fn write_access_change(
    f: &mut fmt::Formatter<'_>,
    old: &EndpointRow,
    new: &EndpointRow,
    callers: &[String],
    effect: &str,
) -> fmt::Result {
    let (old_access, new_access) = (required_access(old), required_access(new));
    write!(f, "{}: ", endpoint(new))?;
    if old_access != new_access {
        write!(f, "{old_access} -> ")?;
    }
    f.write_str(&new_access)?;
    if !callers.is_empty() {
        write!(f, "; {} {effect}", shown(&callers.join(", ")))?;
    }
    Ok(())
}

/// Returns the verb for using an endpoint or an event.
pub(crate) fn verb(row: &EndpointRow) -> &'static str {
    if row.is_event() {
        "receive it"
    } else {
        "call it"
    }
}

/// Returns the route and the name of an endpoint, or the name of an event.
fn endpoint(row: &EndpointRow) -> String {
    if row.is_event() {
        return format!("event {}", shown(&row.name));
    }
    format!("{} ({})", route_or_module(row), shown(&row.name))
}

/// Returns the endpoint's HTTP method and path, or the module if the endpoint has no route.
fn route_or_module(row: &EndpointRow) -> String {
    match &row.route {
        Some((method, path)) => shown(&format!("{method} {path}")),
        None => shown(&row.module),
    }
}

fn feature_text(feature: &FeatureRow) -> String {
    format!("add-on {} ({})", shown(&feature.name), shown(&feature.key))
}

/// Describes everything that an endpoint requires, including the tier that is enforced for now.
fn required_access(row: &EndpointRow) -> String {
    let need = match &row.access {
        AccessRow::Public { reason } => return format!("public ({:?})", shown(reason)),
        AccessRow::Gated(need) => need,
    };
    let enforced = need.enforced.iter();
    let enforced = enforced.map(|tier| format!("only {} is enforced for now", shown(&tier.name)));
    let details = need.version_texts(shown).into_iter().chain(enforced);
    need.text_with_details(&details.collect::<Vec<_>>(), shown)
}
