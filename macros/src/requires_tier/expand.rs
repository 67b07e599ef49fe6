//! Expands the attribute on a function: parses, validates, and writes the function with its guard and the
//! items next to it.

use super::access::Access;
use super::annotated_function::AnnotatedFunction;
use super::endpoint::{Endpoint, validate_endpoint};
use super::fallback;
use super::guard_parameter::guard_parameter;
use super::hidden_items::{hidden_items, hidden_type};
use super::place::Place;
use crate::syntax::errors::Errors;
use crate::syntax::tokens::lexed;
use proc_macro2::TokenStream;
use syn::ext::IdentExt;

/// An annotated function, and the items next to it.
pub(crate) struct Expanded {
    pub(crate) function: TokenStream,
    pub(crate) items: TokenStream,
}

impl Expanded {
    pub(super) fn unchanged(function: TokenStream) -> Self {
        Self {
            function,
            items: TokenStream::new(),
        }
    }
}

/// Expands the attribute on the function at this place.
pub(crate) fn expand_function(
    options: TokenStream,
    function: TokenStream,
    place: &Place<'_>,
    errors: &mut Errors,
) -> Expanded {
    let mut mistakes = Errors::default();
    let parsed = AnnotatedFunction::parse(options, function.clone(), place, &mut mistakes);
    let expanded = match parsed {
        None => Expanded::unchanged(function),
        Some(function) => match validate_endpoint(&function, &mut mistakes) {
            Some(endpoint) if mistakes.is_empty() => expand_endpoint(function, &endpoint),
            _ => fallback::fallback(function),
        },
    };
    errors.append(mistakes);
    expanded
}

/// Expands a function that has no mistakes, or whose mistakes have been reported.
pub(super) fn expand_endpoint(function: AnnotatedFunction<'_>, endpoint: &Endpoint) -> Expanded {
    let hidden = hidden_type(&function, endpoint);
    let items = hidden_items(&function, endpoint, &hidden);
    let is_gated = matches!(endpoint.access, Access::Tier(..));
    let guard = is_gated.then(|| guard_parameter(&function, &hidden));
    let attributes = attributes(&function, endpoint);
    Expanded {
        function: function.signature.with(lexed(&attributes), guard),
        items,
    }
}

/// Returns the attributes that are added to the function: documentation, and lints that the guard would
/// trigger.
fn attributes(function: &AnnotatedFunction<'_>, endpoint: &Endpoint) -> String {
    let line = match &endpoint.access {
        Access::Tier(_, variant) => format!("\" Requires the tier `{}`.\"", variant.unraw()),
        Access::Public(reason) => format!("{:?}", format!(" Public endpoint: {reason}")),
    };
    let mut attributes = format!("#[doc = \"\"] #[doc = {line}]");
    let signature = &function.signature;
    let is_gated = matches!(endpoint.access, Access::Tier(..));
    // The guard may be the one parameter too many for clippy.
    if is_gated && signature.parameters.may_be(7) {
        attributes.push_str(" #[allow(clippy::too_many_arguments)]");
    }
    if !signature.is_async() {
        // A handler can't be `const`.
        attributes.push_str(" #[allow(clippy::missing_const_for_fn)]");
        // The guard is passed by value. An async function keeps it in its future.
        if function.options.guard.get().is_some() {
            attributes.push_str(" #[allow(clippy::needless_pass_by_value)]");
        }
    }
    attributes
}
