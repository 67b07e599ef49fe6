//! Reads `#[cfg(…)]` and `#[cfg_attr(…)]` attributes. An attribute macro receives these
//! attributes before the compiler has evaluated them.

use super::tokens::without_invisible_group;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, parse_quote};

/// Returns the `#[cfg(…)]` attributes that decide whether an item with these attributes exists.
pub(crate) fn cfg_attributes(attributes: &[Attribute]) -> Vec<Attribute> {
    let predicates = attributes.iter().flat_map(|attribute| {
        // Skips other attributes, because parsing them would be slow.
        if is_cfg_attribute(attribute) {
            cfg_predicates(attribute.meta.to_token_stream())
        } else {
            Vec::new()
        }
    });
    predicates
        .map(|predicate| parse_quote!(#[cfg(#predicate)]))
        .collect()
}

/// Returns the predicates in an attribute. The annotated item exists only if all of these predicates
/// are true. `attribute` contains the tokens between the brackets.
pub(crate) fn cfg_predicates(attribute: TokenStream) -> Vec<TokenStream> {
    match parse_cfg_attribute(attribute) {
        Some(CfgAttribute::Cfg(predicate)) => vec![predicate],
        Some(CfgAttribute::CfgAttr(predicate, attributes)) => attributes
            .into_iter()
            .flat_map(cfg_predicates)
            .map(|nested_predicate| quote!(any(not(#predicate), #nested_predicate)))
            .collect(),
        None => Vec::new(),
    }
}

/// Returns whether an attribute is `#[cfg(…)]` or `#[cfg_attr(…)]`.
pub(super) fn is_cfg_attribute(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

/// A parsed `#[cfg(…)]` or `#[cfg_attr(…)]`.
pub(super) enum CfgAttribute {
    /// The predicate of a `#[cfg(…)]`.
    Cfg(TokenStream),
    /// The predicate of a `#[cfg_attr(…)]`, and the attributes that apply if this predicate is true.
    CfgAttr(TokenStream, Vec<TokenStream>),
}

pub(super) fn parse_cfg_attribute(attribute: TokenStream) -> Option<CfgAttribute> {
    let mut tokens = without_invisible_group(attribute).into_iter();
    let (TokenTree::Ident(name), TokenTree::Group(arguments)) = (tokens.next()?, tokens.next()?)
    else {
        return None;
    };
    if name == "cfg" {
        return Some(CfgAttribute::Cfg(arguments.stream()));
    }
    let mut arguments = (name == "cfg_attr")
        .then(|| split_at_commas(&arguments))?
        .into_iter();
    Some(CfgAttribute::CfgAttr(
        arguments.next()?,
        arguments.collect(),
    ))
}

/// Splits the arguments of a `cfg_attr` at the commas.
fn split_at_commas(arguments: &Group) -> Vec<TokenStream> {
    let mut split_arguments = vec![TokenStream::new()];
    for token in arguments.stream() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                split_arguments.push(TokenStream::new());
            }
            _ => {
                if let Some(last) = split_arguments.last_mut() {
                    last.extend([token]);
                }
            }
        }
    }
    split_arguments.retain(|argument| !argument.is_empty());
    split_arguments
}

#[cfg(test)]
mod tests {
    use super::cfg_attributes;
    use proc_macro2::TokenStream;
    use quote::ToTokens;
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
    fn a_condition_is_found_in_every_form() {
        for (source, expected) in [
            ("#[inline] #[doc = \"cfg\"]", ""),
            ("#[cfg(unix)]", "#[cfg(unix)]"),
            (
                "#[cfg(a)] #[inline] #[cfg(any(b, c),)]",
                "#[cfg(a)] #[cfg(any(b, c),)]",
            ),
            ("#[cfg_attr(a, inline)]", ""),
            (
                "#[cfg_attr(a, inline, cfg(b), cfg(c))]",
                "#[cfg(any(not(a), b))] #[cfg(any(not(a), c))]",
            ),
            (
                "#[cfg_attr(a, cfg_attr(b, cfg(c)))]",
                "#[cfg(any(not(a), any(not(b), c)))]",
            ),
        ] {
            let found: TokenStream = cfg_attributes(&attributes(source))
                .iter()
                .map(ToTokens::to_token_stream)
                .collect();
            assert!(same(&found.to_string(), expected), "{source}: {found}");
        }
    }
}
