//! The expansion of invalid input. It contains every item that other code refers to, so that one
//! mistake gives one error.

use super::expand::{self, Expanded};
use super::input::Input;
use super::validate::{self, Access, Endpoint};
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;

/// Expands the function with stand-ins for its invalid options. The guard remains if there is a tier.
///
/// A function that can't have a guard stays as it is.
pub(super) fn expand(input: Input<'_>) -> Expanded {
    // These mistakes have been reported.
    let mut reported = Errors::default();
    if !validate::function(&input, &mut reported) {
        return Expanded {
            function: input.signature.without_second_gate(),
            items: TokenStream::new(),
        };
    }
    let tier = input.options.tier.as_ref();
    let endpoint = Endpoint {
        access: tier
            .and_then(Access::of_tier)
            .unwrap_or_else(|| Access::Public(String::new())),
        name: input.default_name(),
        route: validate::route(&input, &mut reported),
    };
    expand::expand(input, &endpoint)
}
