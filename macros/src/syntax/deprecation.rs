//! Finds `#[deprecated]` attributes, and lets generated code use deprecated items without a warning.

use super::cfg_attributes::{CfgAttribute, is_cfg_attribute, parse_cfg_attribute};
use super::tokens::without_invisible_group;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta, Path};

/// Returns the name with a span that causes no deprecation warnings.
///
/// Generated code may have to refer to items that the user has deprecated. An `#[allow(deprecated)]` on
/// the generated code would be an error if the user's crate contains `#![forbid(deprecated)]`.
fn quiet(name: &Ident) -> Ident {
    let mut quiet_name = name.clone();
    // Keeps the span of `$crate`, because this span determines which crate `$crate` refers to.
    if name != "$crate" {
        quiet_name.set_span(Span::call_site().located_at(name.span()));
    }
    quiet_name
}

/// Applies [`quiet`] to each segment of a path. Generic arguments stay as they are.
pub(crate) fn quiet_path(path: &Path) -> Path {
    let mut quiet_path = path.clone();
    for segment in &mut quiet_path.segments {
        segment.ident = quiet(&segment.ident);
    }
    quiet_path
}

/// Returns the name of an item. Applies [`quiet`] to the name if the item's attributes contain
/// `#[deprecated]`.
pub(crate) fn name_of_item(name: &Ident, attributes: &[Attribute]) -> Ident {
    if is_deprecated(attributes) {
        quiet(name)
    } else {
        name.clone()
    }
}

/// Returns the name of an enum's variant. The variants of a deprecated enum are deprecated too.
pub(crate) fn name_of_variant(
    name: &Ident,
    attributes: &[Attribute],
    enum_attributes: &[Attribute],
) -> Ident {
    if is_deprecated(enum_attributes) {
        quiet(name)
    } else {
        name_of_item(name, attributes)
    }
}

/// Returns whether the attributes contain `#[deprecated]`.
pub(crate) fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

/// Returns an item's `#[allow(deprecated)]` attributes. The macros copy these attributes to the
/// generated items.
pub(crate) fn allow_deprecated_attributes(
    attributes: &[Attribute],
) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let mut tokens = list.tokens.clone().into_iter();
        list.path.is_ident("allow")
            && tokens.any(|token| matches!(token, TokenTree::Ident(lint) if lint == "deprecated"))
    })
}

/// Whether an item is deprecated.
pub(crate) enum Deprecation {
    Never,
    Always,
    /// Deprecated if this predicate is true.
    If(TokenStream),
}

/// Returns whether these attributes deprecate their item never, always, or only under a condition.
pub(crate) fn deprecation(attributes: &[Attribute]) -> Deprecation {
    let mut predicates = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("deprecated") {
            return Deprecation::Always;
        }
        if is_cfg_attribute(attribute) {
            let nested = deprecation_predicates(attribute.meta.to_token_stream());
            predicates.extend(nested.into_iter().flatten());
        }
    }
    match &predicates[..] {
        [] => Deprecation::Never,
        [predicate] => Deprecation::If(predicate.clone()),
        predicates => Deprecation::If(quote!(any(#(#predicates),*))),
    }
}

/// Returns the conditions under which an attribute deprecates its item. `None` represents an
/// unconditional `deprecated`.
fn deprecation_predicates(attribute: TokenStream) -> Vec<Option<TokenStream>> {
    if let Some(CfgAttribute::CfgAttr(predicate, attributes)) =
        parse_cfg_attribute(attribute.clone())
    {
        let nested = attributes.into_iter().flat_map(deprecation_predicates);
        return nested
            .map(|nested| match nested {
                Some(nested) => Some(quote!(all(#predicate, #nested))),
                None => Some(predicate.clone()),
            })
            .collect();
    }
    match without_invisible_group(attribute).into_iter().next() {
        Some(TokenTree::Ident(name)) if name == "deprecated" => vec![None],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Deprecation, deprecation};
    use proc_macro2::TokenStream;
    use syn::Attribute;
    use syn::parse::Parser;

    fn attributes(source: &str) -> Vec<Attribute> {
        let parsed = Attribute::parse_outer.parse_str(source);
        parsed.unwrap_or_else(|error| panic!("{source}: {error}"))
    }

    fn same(found: &str, expected: &str) -> bool {
        let tokens: TokenStream = expected.parse().expect(expected);
        found == tokens.to_string()
    }

    #[test]
    fn a_deprecation_is_found_in_every_form() {
        for source in ["", "#[doc = \"deprecated\"]", "#[cfg_attr(a, inline)]"] {
            let found = deprecation(&attributes(source));
            assert!(matches!(found, Deprecation::Never), "{source}");
        }
        for source in [
            "#[deprecated]",
            "#[deprecated = \"x\"]",
            "#[inline] #[deprecated(note = \"x\")]",
            "#[cfg_attr(a, deprecated)] #[deprecated]",
        ] {
            let found = deprecation(&attributes(source));
            assert!(matches!(found, Deprecation::Always), "{source}");
        }
        for (source, expected) in [
            ("#[cfg_attr(a, deprecated)]", "a"),
            (
                "#[cfg_attr(a, inline, cfg_attr(b, deprecated(note = \"x\")))]",
                "all(a, b)",
            ),
            (
                "#[cfg_attr(a, deprecated)] #[cfg_attr(b, deprecated)]",
                "any(a, b)",
            ),
        ] {
            let Deprecation::If(found) = deprecation(&attributes(source)) else {
                panic!("{source}");
            };
            assert!(same(&found.to_string(), expected), "{source}: {found}");
        }
    }
}
