//! Parses an `impl` block and finds its annotated functions.

use crate::requires_tier::is_gate;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Meta, Path};

/// An `impl` block.
pub(super) struct Block {
    pub(super) attributes: Vec<Attribute>,
    /// Everything in front of the braces.
    pub(super) head: TokenStream,
    pub(super) body: Group,
    /// The last segment of the type's path.
    pub(super) self_type: Ident,
    /// The `for` of `impl Trait for Type`.
    pub(super) of_trait: Option<Ident>,
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut head = TokenStream::new();
        let attributes = input.call(Attribute::parse_outer)?;
        if !(input.peek(syn::Token![impl]) || input.peek(syn::Token![unsafe])) {
            return Err(input.error(
                "`#[gated]` must be on an `impl` block; on a function, write only `#[requires_tier(…)]`",
            ));
        }
        let (mut self_type, mut of_trait, mut in_where) = (None, None, false);
        let (mut depth, mut after_dash) = (0_usize, false);
        loop {
            match input.parse()? {
                TokenTree::Group(body) if depth == 0 && body.delimiter() == Delimiter::Brace => {
                    let self_type = self_type.ok_or_else(|| {
                        syn::Error::new(
                            body.span_open(),
                            "`#[gated]` needs a type with a name, such as `impl Dispatch`",
                        )
                    })?;
                    return Ok(Self {
                        attributes,
                        head,
                        body,
                        self_type,
                        of_trait,
                    });
                }
                token => {
                    match &token {
                        TokenTree::Ident(ident) if depth == 0 && !in_where && ident == "for" => {
                            of_trait = Some(ident.clone());
                        }
                        TokenTree::Ident(ident) if depth == 0 && ident == "where" => {
                            in_where = true;
                        }
                        TokenTree::Ident(ident)
                            if depth == 0 && !in_where && ident != "impl" && ident != "unsafe" =>
                        {
                            self_type = Some(ident.clone());
                        }
                        TokenTree::Punct(punct) => match punct.as_char() {
                            '<' => depth += 1,
                            '>' if !after_dash => depth = depth.saturating_sub(1),
                            _ => {}
                        },
                        _ => {}
                    }
                    after_dash =
                        matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '-');
                    head.extend([token]);
                }
            }
        }
    }
}

/// Splits the body of a block into items. An item ends with `;`, or with the braces of a function or a
/// macro.
pub(super) fn split_items(tokens: TokenStream) -> Vec<TokenStream> {
    let mut items = vec![TokenStream::new()];
    let (mut is_function, mut after_bang, mut after_dash) = (false, false, false);
    // Braces between angle brackets are a constant argument of a type.
    let mut depth = 0_usize;
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    '<' => depth += 1,
                    '>' if !after_dash => depth = depth.saturating_sub(1),
                    _ => {}
                }
                punct.as_char() == ';'
            }
            TokenTree::Group(group) => {
                let is_body = is_function && depth == 0;
                group.delimiter() == Delimiter::Brace && (is_body || after_bang)
            }
            TokenTree::Ident(ident) => {
                is_function |= ident == "fn";
                false
            }
            TokenTree::Literal(_) => false,
        };
        let is =
            |character| matches!(&token, TokenTree::Punct(punct) if punct.as_char() == character);
        (after_bang, after_dash) = (is('!'), is('-'));
        if let Some(last) = items.last_mut() {
            last.extend([token]);
        }
        if ends {
            items.push(TokenStream::new());
            (is_function, depth) = (false, 0);
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
    let at = attributes.iter().position(is_gate)?;
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
