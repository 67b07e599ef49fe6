//! Names and attributes of deprecated items, which generated code repeats without a warning.

use proc_macro2::{Ident, Span, TokenTree};
use syn::{Attribute, Meta, Path};

/// The name, with a span for which the compiler reports no use of something deprecated. It was the
/// user who deprecated it, and generated code has to name it. An `#[allow(deprecated)]` would be an
/// error below a `#![forbid(deprecated)]`.
pub(crate) fn quiet(name: &Ident) -> Ident {
    let mut quiet = name.clone();
    // Which crate `$crate` is depends on its span.
    if name != "$crate" {
        quiet.set_span(Span::call_site().located_at(name.span()));
    }
    quiet
}

/// The same for each segment of a path, but not for its generic arguments.
pub(crate) fn quiet_path(path: &Path) -> Path {
    let mut quiet_path = path.clone();
    for segment in &mut quiet_path.segments {
        segment.ident = quiet(&segment.ident);
    }
    quiet_path
}

/// The name of an item with these attributes, [`quiet`] if the item is deprecated.
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

/// The `#[allow(deprecated)]`s among the attributes of an item, for what is generated next to it.
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
