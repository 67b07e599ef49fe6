//! Names and attributes of deprecated items, which generated code repeats without a warning.

use proc_macro2::{Ident, Span, TokenTree};
use syn::{Attribute, Meta, Path};

/// Returns the name with a span that gives no deprecation warnings. Generated code must name items that
/// the user deprecated. `#[allow(deprecated)]` would be an error under `#![forbid(deprecated)]`.
pub(crate) fn quiet(name: &Ident) -> Ident {
    let mut quiet = name.clone();
    // The span of `$crate` decides which crate it means.
    if name != "$crate" {
        quiet.set_span(Span::call_site().located_at(name.span()));
    }
    quiet
}

/// Applies [`quiet`] to each segment of a path, but not to generic arguments.
pub(crate) fn quiet_path(path: &Path) -> Path {
    let mut quiet_path = path.clone();
    for segment in &mut quiet_path.segments {
        segment.ident = quiet(&segment.ident);
    }
    quiet_path
}

/// Returns the name of an item with these attributes, [`quiet`] if the item is deprecated.
pub(crate) fn name_of_item(name: &Ident, attributes: &[Attribute]) -> Ident {
    if is_deprecated(attributes) {
        quiet(name)
    } else {
        name.clone()
    }
}

pub(crate) fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

/// Returns the `#[allow(deprecated)]` attributes of an item, to repeat them on generated items.
pub(crate) fn allows_deprecated(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let mut tokens = list.tokens.clone().into_iter();
        list.path.is_ident("allow")
            && tokens.any(|token| matches!(token, TokenTree::Ident(lint) if lint == "deprecated"))
    })
}
