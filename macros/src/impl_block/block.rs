//! Parses an `impl` block up to its braces.

use crate::syntax::angle_brackets::AngleBrackets;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::Attribute;
use syn::parse::{Parse, ParseStream};

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
            return Err(input.error("`#[gated]` must be on an `impl` block; remove it here"));
        }
        let (mut self_type, mut of_trait, mut in_where) = (None, None, false);
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
                        of_trait,
                    });
                }
                token => {
                    match &token {
                        TokenTree::Ident(ident)
                            if brackets.depth == 0 && !in_where && ident == "for" =>
                        {
                            of_trait = Some(ident.clone());
                        }
                        TokenTree::Ident(ident) if brackets.depth == 0 && ident == "where" => {
                            in_where = true;
                        }
                        TokenTree::Ident(ident)
                            if brackets.depth == 0
                                && !in_where
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
