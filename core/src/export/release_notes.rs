//! Writes release notes that describe a catalogue's changes to customers.

use crate::export::markdown::{code, text};
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::{Change, Effect};
use crate::snapshot::rows::EndpointRow;
use std::fmt::Write as _;

const NOTE_HEADINGS: [&str; 7] = [
    "Removed endpoints",
    "Now require a higher tier",
    "Moved endpoints",
    "Now available in a lower tier",
    "New endpoints",
    "Public endpoints",
    "Tiers",
];

impl Diff {
    /// Returns the changes as Markdown release notes for customers. The notes omit changes that
    /// customers can't see: renamed functions, renamed parameters and changed tier ranks.
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
            note_sections[section].push(note);
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

/// Returns the index of the section that a change belongs to, and the release note that describes the
/// change. Returns `None` for changes that customers can't see: renamed functions, renamed parameters and
/// changed tier ranks.
fn release_note(change: &Change) -> Option<(usize, String)> {
    Some(match change {
        Change::Removed(row) => (0, route_text(row)),
        Change::Raised { old, new, callers } => (
            1,
            requirement_note(old, new, callers, "can no longer call it"),
        ),
        Change::Moved { .. } if change.effect() == Effect::Neutral => return None,
        Change::Moved { old, new } => (2, format!("{}, was {}", route_text(new), route_text(old))),
        Change::Lowered { old, new, callers } => {
            (3, requirement_note(old, new, callers, "can now call it"))
        }
        Change::Added(row) => {
            let summary = match row.summary() {
                "" => String::new(),
                summary => format!(". {}", text(summary)),
            };
            (
                4,
                format!("{}: {}{summary}", route_text(row), access_text(row)),
            )
        }
        Change::Reworded { new, .. } => (5, format!("{}: {}", route_text(new), access_text(new))),
        Change::TierRemoved(tier) => (6, format!("{} is no longer available", text(tier.name()))),
        Change::TierRenamed { old, new } => (
            6,
            format!("{} is now called {}", text(old.name()), text(new.name())),
        ),
        Change::TierAdded(tier) => (6, format!("{} is new", text(tier.name()))),
        Change::Renamed { .. } | Change::TierRanked { .. } => return None,
    })
}

/// Describes a change in the tiers that may call an endpoint. If the endpoint still requires the same
/// tier as before, and only the order of the tiers has changed, the note lists the affected tiers.
fn requirement_note(old: &EndpointRow, new: &EndpointRow, callers: &[String], can: &str) -> String {
    let (route, old_access, new_access) = (route_text(new), access_text(old), access_text(new));
    if old_access == new_access {
        format!("{route}: {new_access}; {} {can}", text(&callers.join(", ")))
    } else {
        format!("{route}: {new_access}, was {old_access}")
    }
}

fn route_text(row: &EndpointRow) -> String {
    match (row.method(), row.path()) {
        (Some(method), Some(path)) => format!("{} {}", text(method), code(path)),
        _ => code(row.name()),
    }
}

fn access_text(row: &EndpointRow) -> String {
    match (row.required_tier(), row.public_reason()) {
        (Some(tier), _) => text(tier),
        (None, reason) => format!("public ({})", text(reason.unwrap_or_default())),
    }
}
