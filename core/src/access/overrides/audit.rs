//! Reports each change of an override as an event.

use crate::access::overrides::snapshot::OverrideSnapshot;
use crate::tier::Tier;

/// Records an event for each override that was added, changed or removed.
#[cfg(feature = "_check")]
pub(crate) fn report_changes<T: Tier>(old: &OverrideSnapshot<T>, new: &OverrideSnapshot<T>) {
    let version = new.version;
    let added = new.overrides.iter().enumerate();
    for (index, entry) in added.filter(|(_, entry)| !old.overrides.contains(entry)) {
        let endpoint = new.endpoints[index];
        let mut replaced = old.overrides.iter().zip(&old.endpoints);
        let replaced = replaced.find(|(old, of)| **of == endpoint && old.has_same_place(entry));
        let old = replaced.map(|(old, _)| old.to_string());
        let (by, because) = (quoted(entry.author()), quoted(entry.reason()));
        let (endpoint, new) = (endpoint.name(), entry.to_string());
        tracing::info!(version, endpoint, by, because, old, new, "override set");
    }
    let removed = old.overrides.iter().zip(&old.endpoints);
    for (entry, endpoint) in removed {
        let mut kept = new.overrides.iter().zip(&new.endpoints);
        if kept.any(|(new, of)| of == endpoint && new.has_same_place(entry)) {
            continue;
        }
        let (endpoint, old) = (endpoint.name(), entry.to_string());
        tracing::info!(version, endpoint, old, "override removed");
    }
}

#[cfg(not(feature = "_check"))]
pub(crate) fn report_changes<T: Tier>(_: &OverrideSnapshot<T>, _: &OverrideSnapshot<T>) {}

/// Escapes a text from a store for logs.
#[cfg(feature = "_check")]
fn quoted(text: Option<&str>) -> Option<String> {
    text.map(|text| format!("{text:?}"))
}
