//! `#[gated] impl …`: gates the annotated functions of a block. Their hidden types have no place
//! inside of it, so they are written behind it.

use crate::above;
use crate::requires_tier::signature::{Signature, is_gate};
use crate::requires_tier::{Expanded, expand_function, expand_misplaced};
use crate::route::method;
use crate::syntax::condition::cfgs;
use crate::syntax::errors::Errors;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Token};

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !options.is_empty() {
        errors.at(
            options,
            "`#[gated]` has no options; they stand on each function, in `#[requires_tier(…)]`",
        );
    }
    let mut tokens = match syn::parse2::<Block>(item.clone()) {
        Ok(block) => block.expand(&mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    tokens.extend(errors.into_tokens());
    tokens
}

/// An `impl` block: what stands in front of its braces, and what stands in them.
struct Block {
    attributes: Vec<Attribute>,
    head: TokenStream,
    body: Group,
    /// The last name of the type's path.
    of: Ident,
    /// The `for` of `impl Trait for Type`.
    of_trait: Option<Ident>,
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut head = TokenStream::new();
        let attributes = input.call(Attribute::parse_outer)?;
        if !(input.peek(syn::Token![impl]) || input.peek(syn::Token![unsafe])) {
            return Err(input.error(
                "`#[gated]` goes on an `impl` block; on a function, write `#[requires_tier(…)]` alone",
            ));
        }
        let (mut of, mut of_trait, mut in_where) = (None, None, false);
        let (mut depth, mut after_dash) = (0_usize, false);
        loop {
            match input.parse()? {
                TokenTree::Group(body) if depth == 0 && body.delimiter() == Delimiter::Brace => {
                    let of = of.ok_or_else(|| {
                        syn::Error::new(body.span_open(), "`#[gated]` needs a type that has a name")
                    })?;
                    return Ok(Self {
                        attributes,
                        head,
                        body,
                        of,
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
                            of = Some(ident.clone());
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

impl Block {
    fn expand(self, errors: &mut Errors) -> TokenStream {
        let Self {
            attributes,
            head,
            body,
            of,
            ..
        } = &self;
        let (mut functions, mut beside) = (TokenStream::new(), TokenStream::new());
        let mut gates: Vec<Path> = Vec::new();
        let misplaced = above::misplaced("#[tiergate::gated]", body);
        // What switches the block off switches off what stands beside it.
        let cfgs = cfgs(attributes);
        let prefix_path = PrefixPath::of(attributes);
        for item in split_items(body.stream()) {
            let Some((gate, options, item)) = take_gate(&item) else {
                functions.extend(item);
                continue;
            };
            let options = prefix_path.add_to(options, errors);
            gates.push(gate);
            if let Some(of_trait) = &self.of_trait {
                if gates.len() == 1 {
                    errors.at(
                        of_trait,
                        "a method of a trait has the parameters that the trait says, so it takes no guard; move what it does into a gated function and call that, or enforce the catalogue in front of the service with `tiergate::tower`",
                    );
                }
                functions.extend(item);
                continue;
            }
            match Signature::read(item.clone()) {
                Ok(signature) if misplaced.is_some() => {
                    functions.extend(expand_misplaced(options, signature, errors));
                }
                Ok(mut signature) => {
                    signature.attributes.extend(cfgs.iter().cloned());
                    let Expanded { function, items } =
                        expand_function(options, signature, Some((of, head)), errors);
                    functions.extend(function);
                    beside.extend(items);
                }
                Err(error) => {
                    errors.push(error);
                    functions.extend(item);
                }
            }
        }
        if let Some(message) = misplaced {
            errors.push(syn::Error::new(Span::call_site(), message));
        }
        if gates.is_empty() {
            errors.push(syn::Error::new(
                Span::call_site(),
                "nothing in this `impl` is gated; write `#[requires_tier(…)]` on its functions, or remove `#[gated]`",
            ));
        }
        let mut group = Group::new(Delimiter::Brace, functions);
        group.set_span(body.span());
        // The attributes are gone, and the import of their macro is to count as used.
        let used = quote!(const _: () = { #(#[allow(unused_imports)] use #gates as _;)* };);
        quote!(#(#attributes)* #head #group #(#cfgs)* #used #beside)
    }
}

/// The `prefix_path` of `#[OpenApi(prefix_path = "/users")]`.
enum PrefixPath {
    None,
    Literal(LitStr),
    /// A constant, or behind `cfg_attr`: the tokens that name it.
    Unknown(TokenStream),
}

impl PrefixPath {
    fn of(attributes: &[Attribute]) -> Self {
        let found = attributes.iter().find_map(|attribute| {
            let Meta::List(list) = &attribute.meta else {
                return None;
            };
            if attribute.path().is_ident("cfg_attr") {
                let text = list.tokens.to_string();
                return text
                    .contains("prefix_path")
                    .then(|| Self::Unknown(list.tokens.clone()));
            }
            let options = list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()?;
            let named = options.into_iter().find_map(|option| match option {
                Meta::NameValue(option) if option.path.is_ident("prefix_path") => Some(option),
                _ => None,
            })?;
            Some(match named.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(prefix),
                    ..
                }) => Self::Literal(prefix),
                other => Self::Unknown(other.into_token_stream()),
            })
        });
        found.unwrap_or(Self::None)
    }

    /// Adds the prefix to the options of a function, which may take its path from `#[oai(…)]`.
    fn add_to(&self, mut options: TokenStream, errors: &mut Errors) -> TokenStream {
        match self {
            Self::Literal(prefix) => {
                let ends = options.clone().into_iter().last().is_none_or(
                    |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','),
                );
                if !ends {
                    options.extend(quote!(,));
                }
                options.extend(quote!(prefix_path = #prefix));
            }
            Self::Unknown(value) if !has_route(&options) => errors.at(
                value,
                "the catalogue needs the whole path of each function, and can read `prefix_path` only if it is a string in `#[OpenApi(…)]`; write the string here, or the path on each function: `#[requires_tier(…, get = \"/users/{id}\")]`",
            ),
            Self::None | Self::Unknown(_) => {}
        }
        options
    }
}

/// Whether the options of a function name its path.
fn has_route(options: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = options.clone().into_iter().collect();
    tokens.windows(2).any(|pair| match pair {
        [TokenTree::Ident(key), TokenTree::Punct(punct)] if punct.as_char() == '=' => {
            let key = key.to_string();
            method::is_route(&key)
        }
        _ => false,
    })
}

/// The items of a block. An item ends with `;`, with the braces of a function or of a macro.
fn split_items(tokens: TokenStream) -> Vec<TokenStream> {
    let mut items = vec![TokenStream::new()];
    let (mut is_function, mut after_bang, mut after_dash) = (false, false, false);
    // Braces between angle brackets are a constant of a type.
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

/// The path and the options of an item's `#[requires_tier(…)]`, and the item without it.
fn take_gate(item: &TokenStream) -> Option<(Path, TokenStream, TokenStream)> {
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
    Some((gate.path().clone(), options, quote!(#(#attributes)* #rest)))
}
