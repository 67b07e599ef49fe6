//! The expansion of an invalid function. It contains every item that other code refers to, so that one
//! mistake gives one error.

use super::access::Access;
use super::annotated_function::AnnotatedFunction;
use super::endpoint::Endpoint;
use super::endpoint_route::validate_route;
use super::expand::{Expanded, expand_endpoint};
use super::function_rules::check_function;
use crate::syntax::editor_spans::is_for_editor;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Expands the function with stand-ins for its invalid options. The guard remains if there is a tier.
///
/// A function that can't have a guard stays as it is.
pub(super) fn fallback(function: AnnotatedFunction<'_>) -> Expanded {
    // These mistakes have been reported.
    let mut reported = Errors::default();
    if !check_function(&function, &mut reported) {
        return Expanded {
            function: function.signature.without_second_gate(),
            items: TokenStream::new(),
        };
    }
    let tier = function.options.tier.as_ref();
    let endpoint = Endpoint {
        access: tier
            .and_then(Access::of_tier)
            .or_else(|| unwritten_tier(&function))
            .unwrap_or_else(|| Access::Public(String::new())),
        name: function.default_name(),
        route: validate_route(&function, &mut reported),
    };
    expand_endpoint(function, &endpoint)
}

/// Returns a tier for an editor that completes `#[requires_tier()]`. The editor looks for the tier in the
/// items of a gated function.
fn unwritten_tier(function: &AnnotatedFunction<'_>) -> Option<Access> {
    let is_unwritten = is_for_editor() && function.options.public.get().is_none();
    is_unwritten.then(|| Access::Tier(quote!(Tier), format_ident!("unwritten")))
}
