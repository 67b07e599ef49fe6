//! The paths of tiers and add-ons in attributes.

use crate::feature::key::variant_of_key;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{LitStr, Path};

/// Returns a path's variant as text, for messages and documentation.
pub(crate) fn variant_text(path: &Path) -> String {
    last_segment(path).unraw().to_string()
}

/// Returns the path's last segment. Every path has at least one segment.
pub(crate) fn last_segment(path: &Path) -> Ident {
    let last = path.segments.last().map(|segment| segment.ident.clone());
    last.unwrap_or_else(|| Ident::new("_", Span::call_site()))
}

/// The error for a string in place of a tier or an add-on. `key` is the option's key, unless the value
/// is in parentheses.
pub(crate) fn string_instead_of_variant(
    kind: &str,
    text: &LitStr,
    key: Option<&Ident>,
    example: &str,
) -> syn::Error {
    let variant = variant_of_key(&text.value()).unwrap_or_else(|| example.to_owned());
    let fix = match key {
        Some(key) => format!("{key} = {variant}"),
        None => variant,
    };
    let message = format!("{kind} must be a variant, not a string; write `{fix}`");
    syn::Error::new_spanned(text, message)
}
