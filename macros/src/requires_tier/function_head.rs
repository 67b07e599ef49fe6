//! Reads the start of a function: visibility, qualifiers and generics.

use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::tokens::{is_ident, is_punct};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use std::iter::Peekable;
use std::vec;

pub(super) type Tokens = Peekable<vec::IntoIter<TokenTree>>;

/// Reads `pub`, `pub(…)` or nothing.
pub(super) fn visibility(tokens: &mut Tokens, head: &mut Vec<TokenTree>) -> TokenStream {
    let mut visibility = Vec::new();
    let is_invisible = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None);
    if let Some(group) = tokens.next_if(is_invisible) {
        // The visibility of a `macro_rules!` parameter may be empty.
        visibility.push(group);
    } else if let Some(word) = tokens.next_if(|token| is_ident(token, "pub")) {
        visibility.push(word);
        let is_in = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
        visibility.extend(tokens.next_if(is_in));
    }
    head.extend(visibility.iter().cloned());
    visibility.into_iter().collect()
}

/// Reads the qualifiers and `fn`.
pub(super) fn qualifiers(
    tokens: &mut Tokens,
    head: &mut Vec<TokenTree>,
) -> syn::Result<Vec<TokenTree>> {
    let mut qualifiers = Vec::new();
    loop {
        let token = tokens.next().ok_or_else(|| not_a_function(None))?;
        let is_qualifier = match &token {
            TokenTree::Ident(ident) => match ident.to_string().as_str() {
                "fn" => {
                    head.push(token);
                    return Ok(qualifiers);
                }
                "const" | "async" | "unsafe" | "extern" => true,
                _ => false,
            },
            TokenTree::Literal(_) => qualifiers
                .last()
                .is_some_and(|last| is_ident(last, "extern")),
            _ => false,
        };
        // The first word shows which item this is: `const X: u8 = 1;`, `unsafe impl`, `extern crate`.
        if !is_qualifier {
            return Err(not_a_function(Some(qualifiers.first().unwrap_or(&token))));
        }
        head.push(token.clone());
        qualifiers.push(token);
    }
}

/// Reads `<…>` by counting angle brackets. Only the `>` of `->` is not a bracket.
pub(super) fn generics(tokens: &mut Tokens, head: &mut Vec<TokenTree>) {
    let mut brackets = AngleBrackets::default();
    while brackets.depth > 0 || tokens.peek().is_some_and(|token| is_punct(token, '<')) {
        let Some(token) = tokens.next() else { return };
        brackets.count(&token);
        head.push(token);
    }
}

/// The error for an item that is not a function. `found` is its first word.
pub(super) fn not_a_function(found: Option<&TokenTree>) -> syn::Error {
    let at = found.map_or_else(Span::call_site, TokenTree::span);
    let message = match found {
        Some(TokenTree::Ident(word)) => format!(
            "`#[requires_tier]` must be on a function, but this item starts with `{word}`; move it to a handler"
        ),
        _ => "`#[requires_tier]` must be on a function; move it to a handler".to_owned(),
    };
    syn::Error::new(at, message)
}
