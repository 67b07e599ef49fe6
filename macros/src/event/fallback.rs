//! Stand-ins for invalid events. Code that uses the type then causes no further errors.

use super::model::{Event, ValidatedEvent};
use crate::requirement::gate::Gate;
use crate::requirement::model::Requirement;
use crate::requirement::options::RequirementOptions;
use crate::syntax::spans::is_for_editor;
use quote::format_ident;
use syn::Path;

/// Gives each invalid event the requirement of a valid event of the same type. If no event is valid,
/// returns no events, because the tier enum is unknown.
pub(super) fn with_stand_ins(events: Vec<ValidatedEvent<'_>>) -> Vec<Event<'_>> {
    let mut requirements = events.iter().filter_map(|event| event.requirement.clone());
    match requirements.next().or_else(unwritten_requirement) {
        Some(stand_in) => {
            let events = events.into_iter();
            events.map(|event| event.or_with(&stand_in)).collect()
        }
        None => Vec::new(),
    }
}

/// Returns a placeholder if an editor is completing `#[event()]`. The editor must find a tier in the generated
/// items to complete the tier.
fn unwritten_requirement() -> Option<Requirement> {
    let unwritten = Path::from(format_ident!("unwritten"));
    Requirement::of_variant(Gate::Event, &unwritten, &RequirementOptions::default())
        .filter(|_| is_for_editor())
}
