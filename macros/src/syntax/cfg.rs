//! Reads `#[cfg(…)]` and `#[cfg_attr(…)]`. Attribute macros see them before the compiler evaluates them.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, parse_quote};

/// Returns the `#[cfg(…)]` attributes that decide whether an item with these attributes exists.
pub(crate) fn cfg_attributes(attributes: &[Attribute]) -> Vec<Attribute> {
    let predicates = attributes.iter().flat_map(|attribute| {
        // Parsing is slow, and most attributes are not conditional.
        if is_conditional(attribute) {
            cfg_predicates(attribute.meta.to_token_stream())
        } else {
            Vec::new()
        }
    });
    predicates
        .map(|predicate| parse_quote!(#[cfg(#predicate)]))
        .collect()
}

/// Returns the predicates that must all be true for the attribute's item to exist. `content` is the
/// content of the attribute's brackets.
pub(crate) fn cfg_predicates(content: TokenStream) -> Vec<TokenStream> {
    match conditional(content) {
        Some(Conditional::Cfg(predicate)) => vec![predicate],
        Some(Conditional::CfgAttr(predicate, attributes)) => attributes
            .into_iter()
            .flat_map(cfg_predicates)
            .map(|nested| quote!(any(not(#predicate), #nested)))
            .collect(),
        None => Vec::new(),
    }
}

/// Whether an attribute is `#[cfg(…)]` or `#[cfg_attr(…)]`.
pub(super) fn is_conditional(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

/// A parsed `#[cfg(…)]` or `#[cfg_attr(…)]`.
pub(super) enum Conditional {
    Cfg(TokenStream),
    CfgAttr(TokenStream, Vec<TokenStream>),
}

pub(super) fn conditional(content: TokenStream) -> Option<Conditional> {
    let mut tokens = unwrapped(content).into_iter();
    let (TokenTree::Ident(name), TokenTree::Group(arguments)) = (tokens.next()?, tokens.next()?)
    else {
        return None;
    };
    if name == "cfg" {
        return Some(Conditional::Cfg(arguments.stream()));
    }
    let mut arguments = (name == "cfg_attr").then(|| split(&arguments))?.into_iter();
    Some(Conditional::CfgAttr(arguments.next()?, arguments.collect()))
}

/// Removes the invisible group around the tokens of a `macro_rules!` parameter.
pub(super) fn unwrapped(tokens: TokenStream) -> TokenStream {
    let mut all = tokens.clone().into_iter();
    match (all.next(), all.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            unwrapped(group.stream())
        }
        _ => tokens,
    }
}

/// Splits arguments at commas.
fn split(arguments: &Group) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in arguments.stream() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.extend([token]);
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
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
