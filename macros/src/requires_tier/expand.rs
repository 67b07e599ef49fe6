//! Expands a gating attribute on a function: parses and validates the function, adds the guard to
//! its parameters, and generates the hidden items next to it.

use super::annotated_function::{AnnotatedFunction, EnclosingItem};
use super::endpoint::{Access, Endpoint};
use super::fallback;
use super::guard_parameter::guard_parameter;
use super::hidden_items::{hidden_items, hidden_type_of_function};
use super::validate::validate_endpoint;
use crate::limits::documentation::{cost_sentence, limits_sentence};
use crate::requirement::gate::Gate;
use crate::syntax::error_collector::Errors;
use crate::syntax::tokens::lexed;
use proc_macro2::TokenStream;

/// An expanded function, and the items that are generated next to it.
pub(crate) struct ExpandedFunction {
    pub(crate) function: TokenStream,
    pub(crate) items: TokenStream,
}

impl ExpandedFunction {
    pub(super) fn unchanged(function: TokenStream) -> Self {
        Self {
            function,
            items: TokenStream::new(),
        }
    }
}

/// Expands a gating attribute on a function. `enclosing_item` is the item that directly contains the
/// function.
pub(crate) fn expand_function(
    gate: Gate,
    options: TokenStream,
    function: TokenStream,
    enclosing_item: &EnclosingItem<'_>,
    errors: &mut Errors,
) -> ExpandedFunction {
    let mut function_errors = Errors::default();
    let parsed_function = AnnotatedFunction::parse(
        gate,
        options,
        function.clone(),
        enclosing_item,
        &mut function_errors,
    );
    let expanded_function = match parsed_function {
        None => ExpandedFunction::unchanged(function),
        Some(function) => match validate_endpoint(&function, &mut function_errors) {
            Some(endpoint) if function_errors.is_empty() => expand_endpoint(function, &endpoint),
            _ => fallback::expand_invalid_function(function),
        },
    };
    errors.append(function_errors);
    expanded_function
}

/// Expands a function whose mistakes, if any, have already been reported.
pub(super) fn expand_endpoint(
    function: AnnotatedFunction<'_>,
    endpoint: &Endpoint,
) -> ExpandedFunction {
    let hidden_type = hidden_type_of_function(&function, endpoint);
    let items = hidden_items(&function, endpoint, &hidden_type);
    let is_gated = endpoint.access.is_gated();
    let guard = is_gated.then(|| guard_parameter(&function, &hidden_type));
    let added_attributes = added_attributes(&function, endpoint);
    ExpandedFunction {
        function: function
            .signature
            .with_attributes_and_guard(lexed(&added_attributes), guard),
        items,
    }
}

/// Returns the attributes to add to the function: documentation, and `#[allow]` attributes for lints
/// that the function would otherwise trigger.
fn added_attributes(function: &AnnotatedFunction<'_>, endpoint: &Endpoint) -> String {
    let access_doc = match &endpoint.access {
        Access::Gated(requirement) => {
            let options = &function.options;
            let mut sentences = vec![requirement.documentation()];
            sentences.extend(
                options
                    .limit
                    .get()
                    .map(|limit| limits_sentence(&limit.policies)),
            );
            sentences.extend(options.cost.get().map(cost_sentence));
            format!("\" {}\"", sentences.join(" "))
        }
        Access::Public(reason) => format!("{:?}", format!(" Public endpoint: {reason}")),
    };
    let mut attributes = format!("#[doc = \"\"] #[doc = {access_doc}]");
    let signature = &function.signature;
    let is_gated = endpoint.access.is_gated();
    // Clippy permits seven parameters. The guard may be the eighth parameter.
    if is_gated && signature.parameters.may_have_count(7) {
        attributes.push_str(" #[allow(clippy::too_many_arguments)]");
    }
    if !signature.is_async() {
        // Clippy would suggest `const fn`, but a handler can't be `const`.
        attributes.push_str(" #[allow(clippy::missing_const_for_fn)]");
        // Clippy would also suggest taking the guard by reference. It doesn't suggest this for an async
        // function, because the function's future keeps the guard.
        if function.options.guard.get().is_some() {
            attributes.push_str(" #[allow(clippy::needless_pass_by_value)]");
        }
    }
    attributes
}
