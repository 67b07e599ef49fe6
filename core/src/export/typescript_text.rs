//! Texts that both the endpoints and the events of a TypeScript module need.

use crate::snapshot::quoting::quoted;
use crate::snapshot::rows::EndpointRow;

/// Quotes a property name. Writes `__proto__` as a computed key, because `"__proto__": …` would set the
/// object's prototype.
pub(super) fn property_key(name: &str) -> String {
    match name {
        "__proto__" => format!("[{}]", quoted(name)),
        name => quoted(name),
    }
}

/// Renders a string literal or `null`. TypeScript accepts both of them as values and as types.
pub(super) fn literal_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

/// Renders a number or `null`.
pub(super) fn number_or_null(number: Option<u32>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| number.to_string())
}

/// Returns the array with the lower tiers of customers with an older plan version.
pub(super) fn versions_array(row: &EndpointRow) -> String {
    let versions = row.need_row().map(|need| need.versions.iter());
    let versions = versions.into_iter().flatten().map(|version| {
        format!(
            "{{ version: {}, requiredTier: {}, requiredRank: {} }}",
            version.below,
            quoted(&version.tier.name),
            version.tier.rank
        )
    });
    format!("[{}]", versions.collect::<Vec<_>>().join(", "))
}
