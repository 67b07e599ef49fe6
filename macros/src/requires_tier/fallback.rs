//! Expands an invalid function. The expansion contains every item that other code may refer to. A
//! mistake in the function therefore causes no further errors in that code.

use super::annotated_function::AnnotatedFunction;
use super::endpoint::{Access, Endpoint};
use super::expand::{ExpandedFunction, expand_endpoint};
use super::options::HandlerOptions;
use super::validate::{check_can_have_guard, validate_route};
use crate::requirement::model::Requirement;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser::Once;
use crate::syntax::spans::is_for_editor;
use proc_macro2::TokenStream;
use quote::format_ident;
use syn::Path;

/// Expands the function with stand-ins for its invalid options. If the function's tier or
/// add-on is valid, the function still gets a guard.
///
/// A function that can't have a guard, such as a `const fn`, stays as it is.
pub(super) fn expand_invalid_function(mut function: AnnotatedFunction<'_>) -> ExpandedFunction {
    // Discards the errors that the checks below add to this collection, because the caller has already
    // reported these errors.
    let mut reported_errors = Errors::default();
    if !check_can_have_guard(&function, &mut reported_errors) {
        return ExpandedFunction {
            function: function.signature.without_second_gate(),
            items: TokenStream::new(),
        };
    }
    // A list of limits with a mistake may lack a tier, which would cause a second error. An editor needs the
    // list to complete a tier in it.
    if !is_for_editor() {
        function.options.limit = Once::default();
        function.options.cost = Once::default();
    }
    let written_variant = function.options.requirement.variant.as_ref();
    let endpoint = Endpoint {
        access: written_variant
            .and_then(|variant| requirement_of(variant, &function.options))
            .or_else(|| placeholder_requirement(&function.options))
            .map_or_else(|| Access::Public(String::new()), Access::Gated),
        name: function.default_name(),
        route: validate_route(&function, &mut reported_errors),
    };
    expand_endpoint(function, &endpoint)
}

/// Returns a placeholder if an editor is completing `#[requires_tier()]`. To complete the tier, the
/// editor must find a tier in the items that are generated for a gated function.
fn placeholder_requirement(options: &HandlerOptions) -> Option<Requirement> {
    let needs_placeholder = is_for_editor() && options.public.get().is_none();
    let unwritten = Path::from(format_ident!("unwritten"));
    requirement_of(&unwritten, options).filter(|_| needs_placeholder)
}

fn requirement_of(variant: &Path, options: &HandlerOptions) -> Option<Requirement> {
    Requirement::of_variant(options.gate, variant, &options.requirement)
}
