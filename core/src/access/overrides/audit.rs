//! Reports each change of an override as an event.

use crate::access::overrides::snapshot::OverrideSnapshot;
#[cfg(any(feature = "_check", feature = "toml"))]
use crate::endpoint::Endpoint;
use crate::tier::Tier;

/// Records an event for each override that was added, changed or removed, and the installed version.
#[cfg(any(feature = "_check", feature = "toml"))]
pub(crate) fn report_changes<T: Tier>(old: &OverrideSnapshot<T>, new: &OverrideSnapshot<T>) {
    let version = new.version;
    for (entry, endpoint) in new.overrides.iter().zip(&new.endpoints) {
        let replaced = old.in_place_of(entry, *endpoint);
        if replaced == Some(entry) {
            continue;
        }
        let old = replaced.map(ToString::to_string);
        let (by, because) = (quoted(entry.author()), quoted(entry.reason()));
        let (endpoint, new) = (endpoint.as_ref().map(Endpoint::name), entry.to_string());
        tracing::info!(version, endpoint, by, because, old, new, "override set");
    }
    for (entry, endpoint) in old.overrides.iter().zip(&old.endpoints) {
        if new.in_place_of(entry, *endpoint).is_none() {
            let (endpoint, old) = (endpoint.as_ref().map(Endpoint::name), entry.to_string());
            tracing::info!(version, endpoint, old, "override removed");
        }
    }
    // A gauge can't represent every large version exactly. Versions that count changes never get that
    // large.
    #[cfg(feature = "metrics")]
    #[allow(clippy::cast_precision_loss)]
    metrics::gauge!("tiergate_overrides_version").set(version.unwrap_or_default() as f64);
}

#[cfg(not(any(feature = "_check", feature = "toml")))]
pub(crate) fn report_changes<T: Tier>(_: &OverrideSnapshot<T>, _: &OverrideSnapshot<T>) {}

/// Escapes a text from a store for logs.
#[cfg(any(feature = "_check", feature = "toml"))]
fn quoted(text: Option<&str>) -> Option<String> {
    text.map(|text| format!("{text:?}"))
}
