//! Parses option lists: `key = value` and `key(…)`, separated by commas.

use super::error_collector::Errors;
use super::option_messages::{
    attribute_without_parentheses, given_twice, missing_value, wrong_value,
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Token};

/// An option that can be given only once. The error about a second value points at the second key.
pub(crate) struct Once<T>(Option<T>);

// Written by hand, because the derive would require `T: Default`.
impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Once<T> {
    pub(crate) fn set(&mut self, key: &Ident, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(key, given_twice(key));
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.0
    }
}

/// Parses comma-separated options with `parse_option`. After an error, parsing continues with the option
/// after the next comma. Two mistakes therefore cause two errors.
pub(crate) fn parse_options(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse_option: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let parsed = parse_option(input, errors).and_then(|()| {
            if input.is_empty() || input.peek(Token![,]) {
                Ok(())
            } else {
                Err(input.error("a comma is missing between two options; add `,`"))
            }
        });
        if let Err(error) = parsed {
            errors.push(error);
            skip_to_comma(input);
        }
        // At this point, the input is either empty or continues with a comma.
        let _ = input.parse::<Token![,]>();
    }
}

/// Parses the options of each attribute with this name, such as `#[tier(…)]`.
pub(crate) fn parse_attributes(
    attributes: &[Attribute],
    name: &str,
    errors: &mut Errors,
    mut parse_option: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        let Meta::List(list) = &attribute.meta else {
            let example = format!("#[{name}(…)]");
            errors.at(attribute, attribute_without_parentheses(&example));
            continue;
        };
        let parser = |input: ParseStream<'_>| {
            parse_options(input, errors, &mut parse_option);
            Ok(())
        };
        if let Err(error) = parser.parse2(list.tokens.clone()) {
            errors.push(error);
        }
    }
}

/// Returns the token to which an error about a text points: the option that contains the text, or the
/// identifier from which the text is derived.
pub(crate) fn text_token(option: Option<&LitStr>, ident: &Ident) -> TokenStream {
    option.map_or_else(|| ident.to_token_stream(), ToTokens::to_token_stream)
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

/// Parses `key =` and returns the key. If the input starts differently, consumes nothing and returns
/// `None`. A keyword such as `crate` can be a key.
pub(crate) fn parse_key_and_equals(input: ParseStream<'_>) -> Option<Ident> {
    let lookahead = input.fork();
    let key = lookahead.call(Ident::parse_any).ok()?;
    if !lookahead.peek(Token![=]) || lookahead.peek(Token![==]) {
        return None;
    }
    let _ = input.call(Ident::parse_any);
    let _ = input.parse::<Token![=]>();
    Some(key)
}

/// Parses the string after `key =`.
pub(crate) fn parse_string(
    input: ParseStream<'_>,
    key: &Ident,
    example: &str,
) -> syn::Result<LitStr> {
    parse_value(input, key, example, "a string")
}

/// Parses the value after `key =`. If parsing fails, the error message contains the example.
pub(crate) fn parse_value<T: Parse>(
    input: ParseStream<'_>,
    key: &Ident,
    example: &str,
    kind: &str,
) -> syn::Result<T> {
    parse_value_with(input, key, example, kind, T::parse)
}

/// Parses the value after `key =` with the given parser.
pub(crate) fn parse_value_with<T>(
    input: ParseStream<'_>,
    key: &Ident,
    example: &str,
    kind: &str,
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    if input.is_empty() {
        return Err(syn::Error::new_spanned(key, missing_value(key, example)));
    }
    let at = input.span();
    let message = if input.peek(Token![,]) {
        missing_value(key, example)
    } else {
        wrong_value(key, kind, example)
    };
    parser(input).map_err(|_| syn::Error::new(at, message))
}
