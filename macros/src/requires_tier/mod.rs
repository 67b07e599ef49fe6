//! `#[requires_tier(…)]`: parses the options and the signature, validates them, and adds the guard to
//! the function's parameters. Invalid input expands to a fallback.

mod access;
mod annotated_function;
mod documentation;
mod endpoint;
mod endpoint_route;
mod expand;
mod fallback;
mod function_head;
mod function_rules;
mod gate_attribute;
mod guard_parameter;
mod hidden_items;
mod options;
mod parameters;
mod place;
mod signature;

pub(crate) use self::expand::{Expanded, expand_function};
pub(crate) use self::gate_attribute::is_gate_attribute;
pub(crate) use self::place::{ImplBlock, Place};

use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;

/// Expands the attribute on a function outside of `#[gated]`.
pub(crate) fn requires_tier(options: TokenStream, function: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let expanded = expand_function(options, function, &Place::Module, &mut errors);
    // The items precede the function, because the documentation of the function contains the tier. An
    // editor that completes an unfinished tier finds the tier only in front of such text.
    let mut tokens = expanded.items;
    tokens.extend(expanded.function);
    tokens.extend(errors.into_tokens());
    tokens
}
