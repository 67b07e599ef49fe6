//! Writes release notes that describe a catalogue's changes to customers.

use crate::endpoint::need::FeatureRule;
use crate::export::markdown::{code, text};
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::{Change, Effect};
use crate::snapshot::diff::change_text::verb;
use crate::snapshot::diff::limit_change::LimitChange;
use crate::snapshot::limit_text::limits_text;
use crate::snapshot::rows::{AccessRow, EndpointRow};
use std::fmt::Write as _;

/// The sections of the notes, in order.
#[derive(Clone, Copy)]
enum Section {
    RemovedEndpoints,
    RemovedEvents,
    HigherTier,
    HigherTierForNewCustomers,
    RequiredAddOn,
    RejectedAddOn,
    LowerLimits,
    MovedEndpoints,
    LowerTier,
    AcceptedAddOn,
    WithoutAddOn,
    HigherLimits,
    NewEndpoints,
    NewEvents,
    PublicEndpoints,
    Tiers,
    AddOns,
}

const NOTE_HEADINGS: [&str; 17] = [
    "Removed endpoints",
    "Removed events",
    "Now require a higher tier",
    "Now require a higher tier of new customers",
    "Now require an add-on",
    "No longer available with an add-on",
    "Lower limits",
    "Moved endpoints",
    "Now available in a lower tier",
    "Now available with an add-on",
    "No longer require an add-on",
    "Higher limits",
    "New endpoints",
    "New events",
    "Public endpoints",
    "Tiers",
    "Add-ons",
];

impl Diff {
    /// Returns the changes as Markdown release notes for customers. The notes omit changes that customers
    /// can't see: renamed functions, renamed parameters, changed tier ranks and changed aliases. The notes
    /// contain declared requirements, and not whether a tier is only observed for now.
    ///
    /// ```
    /// use tiergate::{Diff, Snapshot};
    ///
    /// let old = Snapshot::from_lock("version 1\ntier 0 Free\n")?;
    /// let new = Snapshot::from_lock("version 1\ntier 0 Free\ngate /units GET Free units\n")?;
    /// assert_eq!(
    ///     Diff::between(&old, &new).release_notes(),
    ///     "### New endpoints\n\n- GET `/units`: Free\n",
    /// );
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn release_notes(&self) -> String {
        release_notes(self)
    }
}

pub(crate) fn release_notes(diff: &Diff) -> String {
    let mut note_sections: [Vec<String>; NOTE_HEADINGS.len()] = Default::default();
    for change in diff.changes() {
        if let Some((section, note)) = release_note(change) {
            note_sections[section as usize].push(note);
        }
    }
    let mut notes = String::new();
    for (heading, section_notes) in NOTE_HEADINGS.iter().zip(note_sections) {
        if section_notes.is_empty() {
            continue;
        }
        let gap = if notes.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(notes, "{gap}### {heading}\n");
        for note in section_notes {
            let _ = writeln!(notes, "- {note}");
        }
    }
    if notes.is_empty() {
        notes.push_str("No changes.\n");
    }
    notes
}

/// Returns the section that a change belongs to, and the release note that describes the change. Returns
/// `None` for changes that customers can't see.
fn release_note(change: &Change) -> Option<(Section, String)> {
    Some(match change {
        Change::Removed(row) if row.is_event() => (Section::RemovedEvents, code(row.name())),
        Change::Removed(row) => (Section::RemovedEndpoints, route_text(row)),
        Change::Raised { old, new, callers } => access_note(old, new, callers, true)?,
        Change::Lowered { old, new, callers } => access_note(old, new, callers, false)?,
        Change::Observed { old, new, callers } => {
            access_note(old, new, callers, !callers.is_empty())?
        }
        Change::RaisedForNewCustomers { old, new, .. } => (
            Section::HigherTierForNewCustomers,
            format!(
                "{}: {}, was {}",
                route_text(new),
                access_text(new),
                access_text(old)
            ),
        ),
        Change::Limited { new, limits, .. } => {
            (Section::LowerLimits, limits_note(new, limits)?)
        }
        Change::Relaxed { new, limits, .. } => {
            (Section::HigherLimits, limits_note(new, limits)?)
        }
        Change::QuotaLimited { limits } => (Section::LowerLimits, quota_note(limits)),
        Change::QuotaRelaxed { limits } => (Section::HigherLimits, quota_note(limits)),
        Change::CostRaised { old, new } => (Section::LowerLimits, cost_note(old, new)),
        Change::CostLowered { old, new } => (Section::HigherLimits, cost_note(old, new)),
        Change::Moved { .. } if change.effect() == Effect::Neutral => return None,
        Change::Moved { old, new } => (
            Section::MovedEndpoints,
            format!("{}, was {}", route_text(new), route_text(old)),
        ),
        Change::Added(row) => {
            let summary = match row.summary() {
                "" => String::new(),
                summary => format!(". {}", text(summary)),
            };
            let details = match row.limit_details(text) {
                details if details.is_empty() => details,
                details => format!("; {details}"),
            };
            let (section, subject) = if row.is_event() {
                (Section::NewEvents, code(row.name()))
            } else {
                (Section::NewEndpoints, route_text(row))
            };
            (
                section,
                format!("{subject}: {}{details}{summary}", access_text(row)),
            )
        }
        Change::Reworded { new, .. } if new.is_public() => (
            Section::PublicEndpoints,
            format!("{}: {}", route_text(new), access_text(new)),
        ),
        Change::TierRemoved(tier) => (Section::Tiers, no_longer_available(tier.name())),
        Change::TierRenamed { old, new } => (Section::Tiers, is_now_called(old.name(), new.name())),
        Change::TierAdded(tier) => (Section::Tiers, is_new(tier.name())),
        Change::FeatureRemoved(feature) => (Section::AddOns, no_longer_available(feature.name())),
        Change::FeatureRenamed { old, new } => {
            (Section::AddOns, is_now_called(old.name(), new.name()))
        }
        Change::FeatureAdded(feature) => (Section::AddOns, is_new(feature.name())),
        Change::Renamed { .. }
        | Change::Reworded { .. }
        | Change::QuotaReworded { .. }
        // Customers have read the requirement since it is observed.
        | Change::Enforced { .. }
        | Change::TierRanked { .. }
        | Change::RankReused { .. }
        | Change::TierAliased { .. }
        | Change::FeatureRekeyed { .. } => return None,
    })
}

/// Describes the new limits of an endpoint. Returns `None` if the change affects only callers who may call the
/// endpoint because a lower tier is enforced for now.
fn limits_note(new: &EndpointRow, limits: &[LimitChange]) -> Option<String> {
    let lowest = new.need_row().and_then(|need| need.lowest_declared_tier());
    let limits: Vec<LimitChange> = match lowest {
        Some(lowest) => {
            let limits = limits.iter();
            limits
                .filter_map(|change| change.of_callers_from(lowest.rank))
                .collect()
        }
        None => limits.to_vec(),
    };
    (!limits.is_empty()).then(|| format!("{}: {}", route_text(new), changes_text(&limits)))
}

fn quota_note(limits: &[LimitChange]) -> String {
    format!("Quota of all endpoints together: {}", changes_text(limits))
}

fn changes_text(limits: &[LimitChange]) -> String {
    let limits = limits.iter().map(|change| {
        let [new, old] = [change.new_limits(), change.old_limits()].map(limits_text);
        format!("{}{new}, was {old}", change.callers_text(text))
    });
    limits.collect::<Vec<_>>().join("; ")
}

fn cost_note(old: &EndpointRow, new: &EndpointRow) -> String {
    format!(
        "{}: costs {}, was {}",
        route_text(new),
        units(new.cost()),
        old.cost()
    )
}

fn units(count: u32) -> String {
    match count {
        1 => "1 unit of the quota".to_owned(),
        count => format!("{count} units of the quota"),
    }
}

fn no_longer_available(name: &str) -> String {
    format!("{} is no longer available", text(name))
}

fn is_now_called(old: &str, new: &str) -> String {
    format!("{} is now called {}", text(old), text(new))
}

fn is_new(name: &str) -> String {
    format!("{} is new", text(name))
}

/// Describes a change in what an endpoint requires. If the endpoint declares the same requirement as
/// before, and only the order of the tiers has changed, the note lists the affected callers. Returns
/// `None` if only the temporarily enforced tier has changed.
fn access_note(
    old: &EndpointRow,
    new: &EndpointRow,
    callers: &[String],
    is_raised: bool,
) -> Option<(Section, String)> {
    let (route, old_access, new_access) = (route_text(new), access_text(old), access_text(new));
    let is_observed = old.enforced_tier().is_some() || new.enforced_tier().is_some();
    if is_observed && old_access == new_access {
        return None;
    }
    // The callers of a requirement that is only observed aren't those of the declared requirement.
    let is_raised = match (is_observed, old.required_rank(), new.required_rank()) {
        (true, Some(old), Some(new)) if old != new => old < new,
        _ => is_raised,
    };
    let section = if is_raised {
        raised_section(old, new)
    } else {
        lowered_section(old, new)
    };
    let note = if old_access == new_access {
        let since = if is_raised { "no longer" } else { "now" };
        format!(
            "{route}: {new_access}; {} can {since} {}",
            text(&callers.join(", ")),
            verb(new)
        )
    } else {
        format!("{route}: {new_access}, was {old_access}")
    };
    Some((section, note))
}

fn raised_section(old: &EndpointRow, new: &EndpointRow) -> Section {
    let has_same_feature = old.required_feature() == new.required_feature();
    if requires_add_on(new) && !(requires_add_on(old) && has_same_feature) {
        Section::RequiredAddOn
    } else if old.feature_rule() == FeatureRule::OrTier && !has_same_feature {
        Section::RejectedAddOn
    } else {
        Section::HigherTier
    }
}

fn lowered_section(old: &EndpointRow, new: &EndpointRow) -> Section {
    let has_same_feature = old.required_feature() == new.required_feature();
    if accepts_add_on(new) && !(accepts_add_on(old) && has_same_feature) {
        Section::AcceptedAddOn
    } else if requires_add_on(old) && new.required_feature().is_none() {
        Section::WithoutAddOn
    } else {
        Section::LowerTier
    }
}

/// Returns whether nobody can call the endpoint without its add-on.
fn requires_add_on(row: &EndpointRow) -> bool {
    matches!(
        row.feature_rule(),
        FeatureRule::AndTier | FeatureRule::FeatureOnly
    )
}

/// Returns whether everybody with the add-on can call the endpoint.
fn accepts_add_on(row: &EndpointRow) -> bool {
    matches!(
        row.feature_rule(),
        FeatureRule::OrTier | FeatureRule::FeatureOnly
    )
}

/// Describes the subject of a change. Endpoints and events share sections of the notes, so events are
/// labelled.
fn route_text(row: &EndpointRow) -> String {
    match (row.method(), row.path()) {
        (Some(method), Some(path)) => format!("{} {}", text(method), code(path)),
        _ if row.is_event() => format!("Event {}", code(row.name())),
        _ => code(row.name()),
    }
}

fn access_text(row: &EndpointRow) -> String {
    match &row.access {
        AccessRow::Gated(need) => need.declared_text(text),
        AccessRow::Public { reason } => format!("public ({})", text(reason)),
    }
}
