//! Parses an `impl` block, splits its body into items, and removes gating attributes such as
//! `#[requires_tier(…)]` from those items.

use crate::requirement::gate::Gate;
use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::tokens::is_punct;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Meta, Path};

/// An `impl` block.
pub(super) struct ImplBlock {
    pub(super) attributes: Vec<Attribute>,
    /// The tokens in front of the block's braces, such as `impl Page<u8>`.
    pub(super) head: TokenStream,
    pub(super) body: Group,
    /// The last segment of the path of the block's type: `Page` in `impl model::Page`.
    pub(super) self_type: Ident,
    /// The `for` of `impl Trait for Type`.
    pub(super) trait_for: Option<Ident>,
}

impl Parse for ImplBlock {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut head = TokenStream::new();
        let attributes = input.call(Attribute::parse_outer)?;
        if !(input.peek(syn::Token![impl]) || input.peek(syn::Token![unsafe])) {
            return Err(input.error("`#[gated]` must be on an `impl` block; remove it here"));
        }
        let (mut self_type, mut trait_for, mut is_in_where_clause) = (None, None, false);
        let mut brackets = AngleBrackets::default();
        loop {
            match input.parse()? {
                TokenTree::Group(body)
                    if brackets.depth == 0 && body.delimiter() == Delimiter::Brace =>
                {
                    let self_type = self_type.ok_or_else(|| {
                        syn::Error::new(
                            body.span_open(),
                            "`#[gated]` needs a type with a name; write, for example, `impl Dispatch`",
                        )
                    })?;
                    return Ok(Self {
                        attributes,
                        head,
                        body,
                        self_type,
                        trait_for,
                    });
                }
                token => {
                    match &token {
                        TokenTree::Ident(ident)
                            if brackets.depth == 0 && !is_in_where_clause && ident == "for" =>
                        {
                            trait_for = Some(ident.clone());
                        }
                        TokenTree::Ident(ident) if brackets.depth == 0 && ident == "where" => {
                            is_in_where_clause = true;
                        }
                        TokenTree::Ident(ident)
                            if brackets.depth == 0
                                && !is_in_where_clause
                                && ident != "impl"
                                && ident != "unsafe" =>
                        {
                            self_type = Some(ident.clone());
                        }
                        _ => {}
                    }
                    brackets.count(&token);
                    head.extend([token]);
                }
            }
        }
    }
}

/// Splits a block's body into items. An item ends with `;`, or with the closing brace of a function's
/// body or of a macro call.
pub(super) fn split_items(body: TokenStream) -> Vec<TokenStream> {
    let mut items = vec![TokenStream::new()];
    let (mut is_function, mut is_after_bang) = (false, false);
    // Braces between angle brackets aren't the function's body. They contain a const generic argument,
    // as in `Page<{ 2 }>`.
    let mut brackets = AngleBrackets::default();
    for token in body {
        let ends_item = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => {
                let is_body = is_function && brackets.depth == 0;
                group.delimiter() == Delimiter::Brace && (is_body || is_after_bang)
            }
            TokenTree::Ident(ident) => {
                is_function |= ident == "fn";
                false
            }
            TokenTree::Literal(_) => false,
        };
        brackets.count(&token);
        is_after_bang = is_punct(&token, '!');
        if let Some(current_item) = items.last_mut() {
            current_item.extend([token]);
        }
        if ends_item {
            items.push(TokenStream::new());
            (is_function, brackets) = (false, AngleBrackets::default());
        }
    }
    items
}

/// An item whose gating attribute has been removed.
pub(super) struct GatedItem {
    pub(super) gate: Gate,
    /// The path of the removed attribute.
    pub(super) gate_path: Path,
    pub(super) options: TokenStream,
    /// The item without the removed attribute.
    pub(super) item: TokenStream,
}

/// Removes the gating attribute from an item. Returns `None` if the item doesn't have such an
/// attribute.
pub(super) fn take_gate_attribute(item: &TokenStream) -> Option<GatedItem> {
    let parser = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let after_attributes: TokenStream = input.parse()?;
        Ok((attributes, after_attributes))
    };
    let (mut attributes, after_attributes) = parser.parse2(item.clone()).ok()?;
    let mut gates = attributes.iter().map(Gate::of).enumerate();
    let (index, gate) = gates.find_map(|(index, gate)| Some((index, gate?)))?;
    let gate_attribute = attributes.remove(index);
    let options = match &gate_attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    Some(GatedItem {
        gate,
        gate_path: gate_attribute.path().clone(),
        options,
        item: quote!(#(#attributes)* #after_attributes),
    })
}
