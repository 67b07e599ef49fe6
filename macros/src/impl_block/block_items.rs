//! Splits the body of an `impl` block into items, and finds the annotated functions among them.

use crate::requires_tier::is_gate_attribute;
use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::tokens::is_punct;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Path};

/// Splits the body of a block into items. An item ends with `;`, or with the braces of a function or a
/// macro.
pub(super) fn split_items(tokens: TokenStream) -> Vec<TokenStream> {
    let mut items = vec![TokenStream::new()];
    let (mut is_function, mut after_bang) = (false, false);
    // Braces between angle brackets are a constant argument of a type.
    let mut brackets = AngleBrackets::default();
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => {
                let is_body = is_function && brackets.depth == 0;
                group.delimiter() == Delimiter::Brace && (is_body || after_bang)
            }
            TokenTree::Ident(ident) => {
                is_function |= ident == "fn";
                false
            }
            TokenTree::Literal(_) => false,
        };
        brackets.count(&token);
        after_bang = is_punct(&token, '!');
        if let Some(last) = items.last_mut() {
            last.extend([token]);
        }
        if ends {
            items.push(TokenStream::new());
            (is_function, brackets) = (false, AngleBrackets::default());
        }
    }
    items
}

/// An item with `#[requires_tier(…)]`.
pub(super) struct GatedItem {
    /// The path of the attribute.
    pub(super) path: Path,
    pub(super) options: TokenStream,
    /// The item without the attribute.
    pub(super) item: TokenStream,
}

/// Takes the attribute `#[requires_tier(…)]` from an item that has it.
pub(super) fn take_gate(item: &TokenStream) -> Option<GatedItem> {
    let parser = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let rest: TokenStream = input.parse()?;
        Ok((attributes, rest))
    };
    let (mut attributes, rest) = parser.parse2(item.clone()).ok()?;
    let at = attributes.iter().position(is_gate_attribute)?;
    let gate = attributes.remove(at);
    let options = match &gate.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    Some(GatedItem {
        path: gate.path().clone(),
        options,
        item: quote!(#(#attributes)* #rest),
    })
}
