//! The paths of tiers and add-ons in attributes.

use crate::feature::key::variant_of_key;
use proc_macro2::{Ident, Span, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
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

/// Parses the path of a tier or an add-on, or an option without `=`. `expected` is the message for anything
/// else, which is skipped.
pub(crate) fn parse_variant_or_option(input: ParseStream<'_>, expected: &str) -> syn::Result<Path> {
    let span = input.span();
    input.call(Path::parse_mod_style).map_err(|_| {
        let _ = input.parse::<TokenTree>();
        syn::Error::new(span, expected)
    })
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
