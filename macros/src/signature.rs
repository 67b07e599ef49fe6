//! Reads a function as far as its parameter list and keeps the rest as tokens: a body is never
//! parsed, so a half-typed one does no harm and a long one costs nothing.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Token, Visibility};

pub(crate) struct Signature {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// `const`, `async`, `unsafe`, `extern "C"`, as written.
    pub(crate) qualifiers: Vec<TokenTree>,
    pub(crate) fn_token: Token![fn],
    pub(crate) name: Ident,
    generics: TokenStream,
    pub(crate) parameters: Group,
    /// Return type, where clause and body.
    rest: TokenStream,
}

impl Parse for Signature {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let mut qualifiers = Vec::new();
        while !input.peek(Token![fn]) {
            qualifiers.push(qualifier(input)?);
        }
        Ok(Self {
            attributes,
            visibility,
            qualifiers,
            fn_token: input.parse()?,
            name: input.parse()?,
            generics: generics(input)?,
            parameters: parameters(input)?,
            rest: input.parse()?,
        })
    }
}

fn qualifier(input: ParseStream<'_>) -> syn::Result<TokenTree> {
    let is_qualifier = input.peek(Token![const])
        || input.peek(Token![async])
        || input.peek(Token![unsafe])
        || input.peek(Token![extern])
        || input.peek(syn::LitStr);
    if is_qualifier {
        return input.parse();
    }
    Err(input.error(match input.fork().call(Ident::parse_any) {
        Ok(found) => format!(
            "`#[requires_tier]` goes on a function, the handler of an endpoint; this is not a function but starts with `{found}`"
        ),
        Err(_) => "`#[requires_tier]` goes on a function, the handler of an endpoint".to_owned(),
    }))
}

/// `<…>` as tokens. Counting angle brackets is enough here: only the `>` of an `->` is not one.
fn generics(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut depth = 0_usize;
    let mut after_dash = false;
    while depth > 0 || input.peek(Token![<]) {
        let token: TokenTree = input.parse()?;
        let mark = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match mark {
            '<' => depth += 1,
            '>' if !after_dash => depth -= 1,
            _ => {}
        }
        after_dash = mark == '-';
        tokens.extend([token]);
    }
    Ok(tokens)
}

fn parameters(input: ParseStream<'_>) -> syn::Result<Group> {
    match input.fork().parse() {
        Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            input.parse::<TokenTree>().map(|_| group)
        }
        _ => Err(input.error("expected the parameters of the function, in `(…)`")),
    }
}

/// The pieces between commas that stand outside of all brackets, angle brackets too.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let (mut pieces, mut depth, mut after_dash) = (vec![TokenStream::new()], 0_usize, false);
    for token in tokens {
        let mark = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match mark {
            '<' => depth += 1,
            '>' if !after_dash => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                pieces.push(TokenStream::new());
                continue;
            }
            _ => {}
        }
        after_dash = mark == '-';
        if let Some(last) = pieces.last_mut() {
            last.extend([token]);
        }
    }
    pieces
}

impl Signature {
    /// The `self` of a method's first parameter.
    pub(crate) fn receiver(&self) -> Option<Ident> {
        // `&'a mut self`, `mut self`, `self: Box<Self>`: only these tokens can stand before it,
        // and attributes.
        let mut tokens = self.parameters.stream().into_iter();
        loop {
            match tokens.next()? {
                TokenTree::Punct(punct) if matches!(punct.as_char(), '&' | '\'') => {}
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tokens.next()?;
                }
                TokenTree::Ident(ident) if ident == "self" => return Some(ident),
                TokenTree::Ident(ident) if ident == "mut" => {}
                // The name of a lifetime; a parameter's own name is followed by a colon.
                TokenTree::Ident(_) => match tokens.next()? {
                    TokenTree::Ident(ident) if ident == "self" => return Some(ident),
                    TokenTree::Ident(ident) if ident == "mut" => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    /// Whether an argument is an `impl Trait`.
    pub(crate) fn has_impl_trait(&self) -> bool {
        fn contains_impl(tokens: TokenStream) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Ident(ident) => ident == "impl",
                TokenTree::Group(group) => contains_impl(group.stream()),
                _ => false,
            })
        }
        contains_impl(self.parameters.stream())
    }

    /// The first `Self` in the parameters or the return type, which only an associated function
    /// can have.
    pub(crate) fn mentions_self_type(&self) -> Option<Ident> {
        fn find(tokens: TokenStream) -> Option<Ident> {
            tokens.into_iter().find_map(|token| match token {
                TokenTree::Ident(ident) if ident == "Self" => Some(ident),
                TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                    find(group.stream())
                }
                _ => None,
            })
        }
        find(self.parameters.stream()).or_else(|| find(self.rest.clone()))
    }

    /// The function as it was, but for a second `#[requires_tier]`, which would have an error of
    /// its own.
    pub(crate) fn without_second_gate(mut self) -> TokenStream {
        self.attributes.retain(|attribute| {
            let last = attribute.path().segments.last();
            last.is_none_or(|segment| segment.ident != "requires_tier")
        });
        self.with(&TokenStream::new(), None)
    }

    /// Whether the function has a body: `fn f();` has none.
    pub(crate) fn has_body(&self) -> bool {
        match self.rest.clone().into_iter().last() {
            Some(TokenTree::Punct(punct)) => punct.as_char() != ';',
            _ => true,
        }
    }

    /// How many parameters there are.
    pub(crate) fn parameter_count(&self) -> usize {
        let parameters = split_at_commas(self.parameters.stream());
        parameters.iter().filter(|own| !own.is_empty()).count()
    }

    /// The `self` of a method with its comma, and the parameters behind it.
    fn split_receiver(&self) -> (TokenStream, TokenStream) {
        if self.receiver().is_none() {
            return (TokenStream::new(), self.parameters.stream());
        }
        let parameters = split_at_commas(self.parameters.stream());
        let (receiver, own) = match parameters.split_first() {
            Some((receiver, own)) => (quote!(#receiver,), own),
            None => (TokenStream::new(), [].as_slice()),
        };
        (receiver, quote!(#(#own),*))
    }

    /// The function with `extra` attributes behind its own and `guard` in front of its parameters,
    /// but behind a `self`.
    pub(crate) fn with(&self, extra: &TokenStream, guard: Option<&TokenStream>) -> TokenStream {
        let Self {
            attributes,
            visibility,
            qualifiers,
            fn_token,
            name,
            generics,
            parameters,
            rest,
        } = self;
        let parameters = match guard {
            None => parameters.to_token_stream(),
            Some(guard) => {
                let (receiver, own) = self.split_receiver();
                let comma = (!own.is_empty()).then(|| quote!(,));
                let stream = quote!(#receiver #guard #comma #own);
                let mut group = Group::new(Delimiter::Parenthesis, stream);
                group.set_span(parameters.span());
                group.to_token_stream()
            }
        };
        quote! {
            #(#attributes)* #extra
            #visibility #(#qualifiers)* #fn_token #name #generics #parameters #rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Signature;

    fn parse(source: &str) -> Signature {
        syn::parse_str(source).expect(source)
    }

    #[test]
    fn receivers_are_found_in_every_form() {
        for method in [
            "fn f(self) {}",
            "fn f(mut self) {}",
            "fn f(&self) {}",
            "fn f(&mut self) {}",
            "fn f(&'a self) {}",
            "fn f(&'a mut self, x: u8) {}",
            "fn f(self: Box<Self>) {}",
            "fn f(#[allow(unused)] &self) {}",
        ] {
            assert!(parse(method).receiver().is_some(), "{method}");
        }
        for function in [
            "fn f() {}",
            "fn f(x: u8) {}",
            "fn f(mut x: &u8) {}",
            "fn f(&x: &u8) {}",
            "fn f((a, b): (u8, u8)) {}",
        ] {
            assert!(parse(function).receiver().is_none(), "{function}");
        }
    }

    #[test]
    fn generics_may_contain_arrows() {
        let signature = parse("fn f<F: Fn(u8) -> Vec<u8>, const N: usize>(f: F) -> u8 { 1 }");
        assert_eq!(signature.name, "f");
        assert_eq!(signature.parameter_count(), 1);
    }

    #[test]
    fn parameters_are_counted() {
        for (source, count) in [
            ("fn f() {}", 0),
            ("fn f(a: u8,) {}", 1),
            ("fn f(a: HashMap<u8, u8>, (b, c): (u8, u8)) {}", 2),
            ("fn f(a: impl Fn(u8) -> Vec<u8>, b: [u8; 2]) {}", 2),
        ] {
            assert_eq!(parse(source).parameter_count(), count, "{source}");
        }
    }

    #[test]
    fn the_guard_stands_behind_the_receiver() {
        for (source, expected) in [
            ("fn f() {}", "fn f (guard) { }"),
            ("fn f(a: u8) {}", "fn f (guard , a : u8) { }"),
            ("fn f(&self) {}", "fn f (& self , guard) { }"),
            (
                "fn f(self: Box<Self, A>, a: u8,) {}",
                "fn f (self : Box < Self , A > , guard , a : u8 ,) { }",
            ),
        ] {
            let with = parse(source).with(&quote::quote!(), Some(&quote::quote!(guard)));
            assert_eq!(with.to_string().replace(' ', ""), expected.replace(' ', ""));
        }
    }

    #[test]
    fn a_half_typed_body_is_kept() {
        assert!(parse("async fn f() -> u8 { let x = }").has_body());
        assert!(!parse("fn f() -> u8;").has_body());
    }
}
