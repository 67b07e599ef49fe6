//! The rules for the function itself: whether it can have a guard.

use super::annotated_function::AnnotatedFunction;
use super::gate_attribute::is_gate_attribute;
use super::place::Place;
use crate::syntax::errors::Errors;
use quote::ToTokens;

/// Returns false, with an error, if the function can't have a guard.
pub(super) fn check_function(function: &AnnotatedFunction<'_>, errors: &mut Errors) -> bool {
    let signature = &function.signature;
    let mut ok = true;
    let mut wrong = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        ok = false;
    };
    for qualifier in &signature.qualifiers {
        match qualifier.to_string().as_str() {
            "const" => wrong(
                qualifier,
                "a `const fn` can run at compile time, without a caller to check; remove `const`",
            ),
            "extern" => wrong(
                qualifier,
                "callers of an `extern` function can't pass a guard; remove `extern`, or gate the function that it calls",
            ),
            _ => {}
        }
    }
    if let Some(second) = signature
        .attributes
        .iter()
        .find(|attribute| is_gate_attribute(attribute))
    {
        wrong(
            second,
            "a handler has only one tier, the lowest that may call it; remove one `#[requires_tier(…)]`",
        );
    }
    if matches!(function.place, Place::Impl(_)) {
        return ok;
    }
    let receiver = signature.parameters.receiver.as_ref();
    if let Some(of_impl) = receiver.or(signature.self_type.as_ref()) {
        wrong(
            of_impl,
            "methods need `#[tiergate::gated]` on the `impl` block; add it there",
        );
    } else if !signature.has_body() {
        wrong(
            &signature.name,
            "a function without a body can't be gated; annotate the function with the body",
        );
    }
    ok
}
