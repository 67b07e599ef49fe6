//! Parses a function up to the end of its parameter list, and keeps all later tokens unchanged. An
//! incomplete body therefore causes no extra errors, and a long body takes no time to parse.
//!
//! This module iterates over the tokens instead of using a syn parser, which would first copy the body.
//! Speed matters here: the macro runs for each handler, and most builds don't optimise procedural macros.

use super::parameters::Parameters;
use crate::record::summary::Documentation;
use crate::requirement::gate::Gate;
use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::tokens::{comma, is_ident, is_punct};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::iter::Peekable;
use std::vec;
use syn::Attribute;
use syn::parse::Parser;

type SignatureTokens = Peekable<vec::IntoIter<TokenTree>>;

pub(crate) struct Signature {
    /// The function's attributes, without its documentation.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) documentation: Documentation,
    pub(crate) visibility: TokenStream,
    /// `const`, `async`, `unsafe` and `extern "C"`, as written.
    pub(crate) qualifiers: Vec<TokenTree>,
    pub(crate) name: Ident,
    pub(crate) parameters: Parameters,
    /// The first `Self` token in front of the function's body. Only an associated function can contain
    /// `Self`.
    pub(crate) self_type: Option<Ident>,
    attribute_tokens: Vec<TokenTree>,
    /// The tokens from the visibility to the generics.
    head: Vec<TokenTree>,
    /// The parameters in their parentheses.
    parameter_list: Group,
    /// The return type, the where clause and the body.
    after_parameters: Vec<TokenTree>,
}

impl Signature {
    pub(crate) fn parse(function: TokenStream, gate: Gate) -> syn::Result<Self> {
        let mut tokens: SignatureTokens = Vec::from_iter(function).into_iter().peekable();
        let mut attributes = Vec::new();
        let mut documentation = Documentation::default();
        let mut attribute_tokens = Vec::new();
        while let Some(hash) = tokens.next_if(|token| is_punct(token, '#')) {
            let Some(TokenTree::Group(brackets)) = tokens.next() else {
                return Err(not_a_function(None, gate));
            };
            match doc_attribute_value(&brackets) {
                Some(doc_value) => documentation.push(doc_value),
                None => attributes.push(parse_attribute(&hash, &brackets, gate)?),
            }
            attribute_tokens.extend([hash, brackets.into()]);
        }
        let mut head = Vec::new();
        let visibility = parse_visibility(&mut tokens, &mut head);
        let qualifiers = parse_qualifiers(&mut tokens, &mut head, gate)?;
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(not_a_function(None, gate));
        };
        head.push(name.clone().into());
        take_generics(&mut tokens, &mut head);
        let parameter_list = match tokens.next() {
            Some(TokenTree::Group(list)) if list.delimiter() == Delimiter::Parenthesis => list,
            unexpected => {
                return Err(syn::Error::new(
                    unexpected.map_or_else(Span::call_site, |token| token.span()),
                    "the parameter list of the function is missing; add `()`",
                ));
            }
        };
        let mut parameters = Parameters::parse(parameter_list.stream());
        let after_parameters: Vec<_> = tokens.collect();
        Ok(Self {
            attributes,
            documentation,
            visibility,
            qualifiers,
            name,
            self_type: parameters
                .self_type
                .take()
                .or_else(|| first_self_type(&after_parameters)),
            parameters,
            attribute_tokens,
            head,
            parameter_list,
            after_parameters,
        })
    }

    /// Returns whether the function has a body. A function such as `fn f();` has none.
    pub(crate) fn has_body(&self) -> bool {
        let last_token = self.after_parameters.last();
        !last_token.is_some_and(|token| is_punct(token, ';'))
    }

    /// Returns the function without a second gating attribute. The second attribute would cause another
    /// error.
    pub(crate) fn without_second_gate(mut self) -> TokenStream {
        let mut kept_attributes = Vec::new();
        let mut tokens = self.attribute_tokens.into_iter();
        while let (Some(hash), Some(brackets)) = (tokens.next(), tokens.next()) {
            let is_second_gate = matches!(&brackets, TokenTree::Group(brackets)
                if parse_attribute(&hash, brackets, Gate::Tier).is_ok_and(|attribute| Gate::of(&attribute).is_some()));
            if !is_second_gate {
                kept_attributes.extend([hash, brackets]);
            }
        }
        self.attribute_tokens = kept_attributes;
        self.with_attributes_and_guard(TokenStream::new(), None)
    }

    pub(crate) fn is_async(&self) -> bool {
        let mut qualifiers = self.qualifiers.iter();
        qualifiers.any(|token| matches!(token, TokenTree::Ident(word) if word == "async"))
    }

    /// Returns the function with added attributes and a guard. The added attributes follow the existing
    /// attributes. The guard becomes the function's first parameter, apart from any `self`.
    pub(crate) fn with_attributes_and_guard(
        self,
        added_attributes: TokenStream,
        guard: Option<TokenStream>,
    ) -> TokenStream {
        let parameter_list = match guard {
            None => self.parameter_list,
            Some(guard) => {
                let mut parameters = self.parameter_list.stream().into_iter();
                let receiver_length = self.parameters.receiver_length;
                let mut tokens: Vec<_> = parameters.by_ref().take(receiver_length).collect();
                if !tokens.is_empty() {
                    tokens.push(comma());
                    // Skips the comma after `self`.
                    parameters.next();
                }
                tokens.extend(guard);
                let mut parameters = parameters.peekable();
                if parameters.peek().is_some() {
                    tokens.push(comma());
                }
                tokens.extend(parameters);
                let mut list = Group::new(Delimiter::Parenthesis, tokens.into_iter().collect());
                list.set_span(self.parameter_list.span());
                list
            }
        };
        let mut tokens = self.attribute_tokens;
        tokens.extend(added_attributes);
        tokens.extend(self.head);
        tokens.push(parameter_list.into());
        tokens.extend(self.after_parameters);
        tokens.into_iter().collect()
    }
}

/// Parses `pub` or `pub(…)`, if the function has a visibility.
fn parse_visibility(tokens: &mut SignatureTokens, head: &mut Vec<TokenTree>) -> TokenStream {
    let mut visibility = Vec::new();
    let is_invisible = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None);
    if let Some(group) = tokens.next_if(is_invisible) {
        // A visibility from a `macro_rules!` parameter is in an invisible group, which may be empty.
        visibility.push(group);
    } else if let Some(pub_keyword) = tokens.next_if(|token| is_ident(token, "pub")) {
        visibility.push(pub_keyword);
        let is_restriction = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
        visibility.extend(tokens.next_if(is_restriction));
    }
    head.extend(visibility.iter().cloned());
    visibility.into_iter().collect()
}

/// Parses qualifiers such as `async`, followed by `fn`. Returns the qualifiers.
fn parse_qualifiers(
    tokens: &mut SignatureTokens,
    head: &mut Vec<TokenTree>,
    gate: Gate,
) -> syn::Result<Vec<TokenTree>> {
    let mut qualifiers = Vec::new();
    loop {
        let token = tokens.next().ok_or_else(|| not_a_function(None, gate))?;
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
        // The item isn't a function. Examples are `const X: u8 = 1;`, `unsafe impl` and `extern crate`.
        // The error quotes the item's first word.
        if !is_qualifier {
            let first_token = qualifiers.first().unwrap_or(&token);
            return Err(not_a_function(Some(first_token), gate));
        }
        head.push(token.clone());
        qualifiers.push(token);
    }
}

/// Moves the function's generics, such as `<T>`, from `tokens` to `head`.
fn take_generics(tokens: &mut SignatureTokens, head: &mut Vec<TokenTree>) {
    let mut brackets = AngleBrackets::default();
    while brackets.depth > 0 || tokens.peek().is_some_and(|token| is_punct(token, '<')) {
        let Some(token) = tokens.next() else { return };
        brackets.count(&token);
        head.push(token);
    }
}

/// Returns the error for an item that isn't a function. `first_token` is the item's first token.
fn not_a_function(first_token: Option<&TokenTree>, gate: Gate) -> syn::Error {
    let attribute = gate.attribute_name();
    let error_span = first_token.map_or_else(Span::call_site, TokenTree::span);
    let message = match first_token {
        Some(TokenTree::Ident(word)) => format!(
            "`#[{attribute}]` must be on a function, but this item starts with `{word}`; move it to a handler"
        ),
        _ => format!("`#[{attribute}]` must be on a function; move it to a handler"),
    };
    syn::Error::new(error_span, message)
}

/// Returns the value of a `#[doc = …]` attribute. `brackets` contains the tokens after the `#`.
fn doc_attribute_value(brackets: &Group) -> Option<TokenTree> {
    let mut tokens = brackets.stream().into_iter();
    match tokens.next()? {
        // An attribute from a `macro_rules!` parameter is in an invisible group.
        TokenTree::Group(invisible) if invisible.delimiter() == Delimiter::None => {
            doc_attribute_value(&invisible)
        }
        key if is_ident(&key, "doc") && is_punct(&tokens.next()?, '=') => tokens.next(),
        _ => None,
    }
}

fn parse_attribute(hash: &TokenTree, brackets: &Group, gate: Gate) -> syn::Result<Attribute> {
    let tokens = TokenStream::from_iter([hash.clone(), brackets.clone().into()]);
    let mut attributes = Attribute::parse_outer.parse2(tokens)?;
    attributes.pop().ok_or_else(|| not_a_function(None, gate))
}

/// Returns the first `Self` token in front of the function's body.
fn first_self_type(tokens: &[TokenTree]) -> Option<Ident> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => Some(ident.clone()),
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
            first_self_type(&Vec::from_iter(group.stream()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Gate, Signature};
    use proc_macro2::TokenStream;

    fn read(source: &str) -> Signature {
        let tokens: TokenStream = source.parse().expect(source);
        Signature::parse(tokens, Gate::Tier).unwrap_or_else(|error| panic!("{source}: {error}"))
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
            let with = read(source)
                .with_attributes_and_guard(TokenStream::new(), Some(quote::quote!(guard)));
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
            let kept = read(source)
                .with_attributes_and_guard(TokenStream::new(), None)
                .to_string();
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
            let error = Signature::parse(source.parse().expect(source), Gate::Tier)
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
