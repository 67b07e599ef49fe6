//! Release notes: the changes of a catalogue, written for customers.

use crate::export::markdown::{code, text};
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::{Change, Effect};
use crate::snapshot::rows::EndpointRow;
use std::fmt::Write as _;

const HEADINGS: [&str; 7] = [
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
    /// customers can't see: renamed functions, renamed parameters and new tier ranks.
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
        notes(self)
    }
}

pub(crate) fn notes(diff: &Diff) -> String {
    let mut sections: [Vec<String>; HEADINGS.len()] = Default::default();
    for change in diff.changes() {
        if let Some((section, note)) = note(change) {
            sections[section].push(note);
        }
    }
    let mut notes = String::new();
    for (heading, lines) in HEADINGS.iter().zip(sections) {
        if lines.is_empty() {
            continue;
        }
        let gap = if notes.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(notes, "{gap}### {heading}\n");
        for line in lines {
            let _ = writeln!(notes, "- {line}");
        }
    }
    if notes.is_empty() {
        notes.push_str("No changes.\n");
    }
    notes
}

/// Returns the section and the line of a change, or `None` if customers can't see the change. Names
/// of functions and parameters and ranks of tiers are internal to the program.
fn note(change: &Change) -> Option<(usize, String)> {
    Some(match change {
        Change::Removed(row) => (0, place(row)),
        Change::Raised { old, new, callers } => {
            (1, required(old, new, callers, "can no longer call it"))
        }
        Change::Moved { .. } if change.effect() == Effect::Neutral => return None,
        Change::Moved { old, new } => (2, format!("{}, was {}", place(new), place(old))),
        Change::Lowered { old, new, callers } => {
            (3, required(old, new, callers, "can now call it"))
        }
        Change::Added(row) => {
            let summary = match row.summary() {
                "" => String::new(),
                summary => format!(". {}", text(summary)),
            };
            (4, format!("{}: {}{summary}", place(row), access(row)))
        }
        Change::Reworded { new, .. } => (5, format!("{}: {}", place(new), access(new))),
        Change::TierRemoved(tier) => (6, format!("{} is no longer available", text(tier.name()))),
        Change::TierRenamed { old, new } => (
            6,
            format!("{} is now called {}", text(old.name()), text(new.name())),
        ),
        Change::TierAdded(tier) => (6, format!("{} is new", text(tier.name()))),
        Change::Renamed { .. } | Change::TierRanked { .. } => return None,
    })
}

/// Describes a changed requirement. If the required tier is the same, the order of the tiers changed,
/// and the line lists the affected tiers.
fn required(old: &EndpointRow, new: &EndpointRow, callers: &[String], can: &str) -> String {
    let (place, was, is) = (place(new), access(old), access(new));
    if was == is {
        format!("{place}: {is}; {} {can}", text(&callers.join(", ")))
    } else {
        format!("{place}: {is}, was {was}")
    }
}

fn place(row: &EndpointRow) -> String {
    match (row.method(), row.path()) {
        (Some(method), Some(path)) => format!("{} {}", text(method), code(path)),
        _ => code(row.name()),
    }
}

fn access(row: &EndpointRow) -> String {
    match (row.required_tier(), row.public_reason()) {
        (Some(tier), _) => text(tier),
        (None, reason) => format!("public ({})", text(reason.unwrap_or_default())),
    }
}
