//! `#[requires_tier(…)]` and `#[requires_feature(…)]`: parses and validates the options and the signature, and adds the guard to the
//! function's parameters. Invalid input expands to a fallback.

pub(crate) mod annotated_function;
mod endpoint;
pub(crate) mod expand;
mod fallback;
mod guard_parameter;
mod hidden_items;
mod limits_record;
mod options;
mod parameters;
pub(crate) mod signature;
mod validate;

use self::annotated_function::EnclosingItem;
use self::expand::expand_function;
use crate::requirement::gate::Gate;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;

/// Expands an attribute on a function that isn't in an `impl` block with `#[gated]`.
pub(crate) fn gated_function(
    gate: Gate,
    options: TokenStream,
    function: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let enclosing_item = EnclosingItem::Module;
    let expanded = expand_function(gate, options, function, &enclosing_item, &mut errors);
    // Writes the hidden items in front of the function. An editor that completes an unfinished tier
    // must find the tier in the hidden items before it finds the tier in the function's documentation.
    let mut tokens = expanded.items;
    tokens.extend(expanded.function);
    tokens.extend(errors.into_tokens());
    tokens
}
