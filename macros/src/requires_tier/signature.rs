//! Parses a function up to its parameter list and keeps the rest as tokens. The body is never parsed,
//! so an incomplete body gives no extra errors and a long body costs nothing.
//!
//! This module iterates over the tokens, because a parser of syn would first copy the body. Most builds
//! don't optimise procedural macros, and this one runs for each handler.

use super::documentation::Documentation;
use super::function_head::{Tokens, generics, not_a_function, qualifiers, visibility};
use super::gate_attribute::is_gate_attribute;
use super::parameters::Parameters;
use crate::syntax::tokens::{comma, is_ident, is_punct};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::Attribute;
use syn::parse::Parser;

pub(crate) struct Signature {
    /// The attributes that are not documentation.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) documentation: Documentation,
    pub(crate) visibility: TokenStream,
    /// `const`, `async`, `unsafe`, `extern "C"`, as written.
    pub(crate) qualifiers: Vec<TokenTree>,
    pub(crate) name: Ident,
    pub(crate) parameters: Parameters,
    /// The first `Self` in the parameters or the return type. Only associated functions have one.
    pub(crate) self_type: Option<Ident>,
    attribute_tokens: Vec<TokenTree>,
    /// The tokens from the visibility to the generics.
    head: Vec<TokenTree>,
    /// The parameters in their parentheses.
    brackets: Group,
    /// The return type, the where clause and the body.
    rest: Vec<TokenTree>,
}

impl Signature {
    pub(crate) fn parse(function: TokenStream) -> syn::Result<Self> {
        let mut tokens: Tokens = Vec::from_iter(function).into_iter().peekable();
        let mut attributes = Vec::new();
        let mut documentation = Documentation::default();
        let mut attribute_tokens = Vec::new();
        while let Some(mark) = tokens.next_if(|token| is_punct(token, '#')) {
            let Some(TokenTree::Group(content)) = tokens.next() else {
                return Err(not_a_function(None));
            };
            match value_of_documentation(&content) {
                Some(value) => documentation.push(value),
                None => attributes.push(attribute(&mark, &content)?),
            }
            attribute_tokens.extend([mark, content.into()]);
        }
        let mut head = Vec::new();
        let visibility = visibility(&mut tokens, &mut head);
        let qualifiers = qualifiers(&mut tokens, &mut head)?;
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(not_a_function(None));
        };
        head.push(name.clone().into());
        generics(&mut tokens, &mut head);
        let brackets = match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            other => {
                return Err(syn::Error::new(
                    other.map_or_else(Span::call_site, |token| token.span()),
                    "the parameter list of the function is missing; add `()`",
                ));
            }
        };
        let mut parameters = Parameters::of(brackets.stream());
        let rest: Vec<_> = tokens.collect();
        Ok(Self {
            attributes,
            documentation,
            visibility,
            qualifiers,
            name,
            self_type: parameters.self_type.take().or_else(|| self_type(&rest)),
            parameters,
            attribute_tokens,
            head,
            brackets,
            rest,
        })
    }

    /// Whether the function has a body, unlike `fn f();`.
    pub(crate) fn has_body(&self) -> bool {
        !self.rest.last().is_some_and(|token| is_punct(token, ';'))
    }

    /// Returns the function without a second `#[requires_tier]`, which would give another error.
    pub(crate) fn without_second_gate(mut self) -> TokenStream {
        let mut kept = Vec::new();
        let mut tokens = self.attribute_tokens.into_iter();
        while let (Some(mark), Some(content)) = (tokens.next(), tokens.next()) {
            let is_second = matches!(&content, TokenTree::Group(content)
                if attribute(&mark, content).is_ok_and(|attribute| is_gate_attribute(&attribute)));
            if !is_second {
                kept.extend([mark, content]);
            }
        }
        self.attribute_tokens = kept;
        self.with(TokenStream::new(), None)
    }

    pub(crate) fn is_async(&self) -> bool {
        let mut qualifiers = self.qualifiers.iter();
        qualifiers.any(|token| matches!(token, TokenTree::Ident(word) if word == "async"))
    }

    /// Returns the function with `extra` attributes after its own attributes, and with `guard` as its
    /// first parameter after `self`.
    pub(crate) fn with(self, extra: TokenStream, guard: Option<TokenStream>) -> TokenStream {
        let parameters = match guard {
            None => self.brackets,
            Some(guard) => {
                let mut own = self.brackets.stream().into_iter();
                let receiver_length = self.parameters.receiver_length;
                let mut tokens: Vec<_> = own.by_ref().take(receiver_length).collect();
                if !tokens.is_empty() {
                    tokens.push(comma());
                    // Skips the comma after `self`.
                    own.next();
                }
                tokens.extend(guard);
                let mut own = own.peekable();
                if own.peek().is_some() {
                    tokens.push(comma());
                }
                tokens.extend(own);
                let mut group = Group::new(Delimiter::Parenthesis, tokens.into_iter().collect());
                group.set_span(self.brackets.span());
                group
            }
        };
        let mut tokens = self.attribute_tokens;
        tokens.extend(extra);
        tokens.extend(self.head);
        tokens.push(parameters.into());
        tokens.extend(self.rest);
        tokens.into_iter().collect()
    }
}

/// Returns the value of `[doc = …]`.
fn value_of_documentation(content: &Group) -> Option<TokenTree> {
    let mut tokens = content.stream().into_iter();
    match tokens.next()? {
        // The attribute of a `macro_rules!` parameter is in an invisible group.
        TokenTree::Group(inner) if inner.delimiter() == Delimiter::None => {
            value_of_documentation(&inner)
        }
        key if is_ident(&key, "doc") && is_punct(&tokens.next()?, '=') => tokens.next(),
        _ => None,
    }
}

fn attribute(mark: &TokenTree, content: &Group) -> syn::Result<Attribute> {
    let tokens = TokenStream::from_iter([mark.clone(), content.clone().into()]);
    let mut parsed = Attribute::parse_outer.parse2(tokens)?;
    parsed.pop().ok_or_else(|| not_a_function(None))
}

/// Finds the first `Self` in front of the body.
fn self_type(tokens: &[TokenTree]) -> Option<Ident> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => Some(ident.clone()),
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
            self_type(&Vec::from_iter(group.stream()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Signature;
    use proc_macro2::TokenStream;

    fn read(source: &str) -> Signature {
        let tokens: TokenStream = source.parse().expect(source);
        Signature::parse(tokens).unwrap_or_else(|error| panic!("{source}: {error}"))
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
            assert!(read(method).parameters.receiver.is_some(), "{method}");
        }
        for function in [
            "fn f() {}",
            "fn f(x: u8) {}",
            "fn f(mut x: &u8) {}",
            "fn f(&x: &u8) {}",
            "fn f((a, b): (u8, u8)) {}",
            "fn f(a: u8, self: u8) {}",
        ] {
            assert!(read(function).parameters.receiver.is_none(), "{function}");
        }
    }

    #[test]
    fn generics_may_contain_arrows() {
        let signature = read("fn f<F: Fn(u8) -> Vec<u8>, const N: usize>(f: F) -> u8 { 1 }");
        assert_eq!(signature.name, "f");
        let form = signature.parameters.form(&TokenStream::new());
        assert_eq!(form.to_string(), "Takes1");
    }

    #[test]
    fn a_self_type_is_found_at_any_depth() {
        for (source, has_self_type) in [
            ("fn f(a: impl Copy) {}", false),
            ("fn f(a: [Self; 2]) {}", true),
            ("fn f() -> Result<Self, ()> {}", true),
            ("fn f() where Self: Copy {}", true),
            ("fn f(a: u8) { Self }", false),
        ] {
            assert_eq!(read(source).self_type.is_some(), has_self_type, "{source}");
        }
    }

    #[test]
    fn the_guard_follows_the_receiver() {
        for (source, expected) in [
            ("fn f() {}", "fn f (guard) { }"),
            ("fn f(a: u8) {}", "fn f (guard , a : u8) { }"),
            ("fn f(&self) {}", "fn f (& self , guard) { }"),
            ("fn f(&self,) {}", "fn f (& self , guard) { }"),
            (
                "fn f(self: Box<Self, A>, a: u8,) {}",
                "fn f (self : Box < Self , A > , guard , a : u8 ,) { }",
            ),
        ] {
            let with = read(source).with(TokenStream::new(), Some(quote::quote!(guard)));
            assert_eq!(with.to_string().replace(' ', ""), expected.replace(' ', ""));
        }
    }

    #[test]
    fn everything_before_the_parameters_is_kept() {
        for source in [
            "pub fn f () { }",
            "pub (crate) async fn f () { }",
            "pub (in crate :: a) const unsafe extern \"C\" fn f () { }",
            "# [inline] # [doc = \"x\"] fn f < T > () where T : Copy { }",
        ] {
            let kept = read(source).with(TokenStream::new(), None).to_string();
            assert_eq!(kept.replace(' ', ""), source.replace(' ', ""));
        }
        let qualifiers = read("pub async unsafe fn f() {}").qualifiers;
        assert_eq!(qualifiers.len(), 2);
    }

    #[test]
    fn other_items_are_named_in_the_error() {
        for (source, start) in [
            ("struct S;", "`struct`"),
            ("const X: u8 = 1;", "`const`"),
            ("pub enum E {}", "`enum`"),
            ("unsafe impl X for Y {}", "`unsafe`"),
        ] {
            let error = Signature::parse(source.parse().expect(source))
                .err()
                .expect(source);
            assert!(error.to_string().contains(start), "{source}: {error}");
        }
    }

    #[test]
    fn an_incomplete_body_is_kept() {
        assert!(read("async fn f() -> u8 { let x = }").has_body());
        assert!(!read("fn f() -> u8;").has_body());
    }
}
