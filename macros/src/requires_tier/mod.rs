//! `#[requires_tier(…)]`: parses the options and the signature, validates them, and adds the guard to
//! the function's parameters. Invalid input expands to a fallback.

mod documentation;
mod expand;
mod fallback;
mod input;
mod options;
mod parameters;
mod signature;
mod validate;

pub(crate) use self::expand::Expanded;
pub(crate) use self::input::{ImplBlock, Place};
pub(crate) use self::signature::is_gate;

use self::input::Input;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;

/// Expands the attribute on a function outside of `#[gated]`.
pub(crate) fn expand(options: TokenStream, function: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Expanded {
        function: mut tokens,
        items,
    } = expand_function(options, function, &Place::Module, &mut errors);
    tokens.extend(items);
    tokens.extend(errors.into_tokens());
    tokens
}

/// Expands the attribute on the function at this place.
pub(crate) fn expand_function(
    options: TokenStream,
    function: TokenStream,
    place: &Place<'_>,
    errors: &mut Errors,
) -> Expanded {
    let mut mistakes = Errors::default();
    let expanded = match Input::parse(options, function.clone(), place, &mut mistakes) {
        None => Expanded::unchanged(function),
        Some(input) => match validate::endpoint(&input, &mut mistakes) {
            Some(endpoint) if mistakes.is_empty() => expand::expand(input, &endpoint),
            _ => fallback::expand(input),
        },
    };
    errors.append(mistakes);
    expanded
}
