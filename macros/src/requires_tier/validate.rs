//! Validates an annotated function and its options: the signature, the route, the name, and who may
//! call the endpoint.

use super::annotated_function::{AnnotatedFunction, EnclosingItem};
use super::endpoint::{Access, Endpoint};
use super::options::HandlerOptions;
use crate::record::text::{check_length, check_name};
use crate::requirement::gate::Gate;
use crate::requirement::validate::{check_no_tier_enum, validate_requirement};
use crate::requirement::variant::last_segment;
use crate::route::prefix::{PrefixPath, check_prefix};
use crate::route::{Route, framework_macro, template};
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::empty_value;
use proc_macro2::Span;
use quote::ToTokens;
use syn::LitStr;

/// Validates the function and its options, and adds all mistakes to `errors`. Returns `None` if the
/// function can't have a guard, or if it's unclear who may call the endpoint.
pub(super) fn validate_endpoint(
    function: &AnnotatedFunction<'_>,
    errors: &mut Errors,
) -> Option<Endpoint> {
    if !check_can_have_guard(function, errors) {
        return None;
    }
    let name = validate_name(function, errors);
    let route = validate_route(function, errors);
    let access = validate_access(function, errors)?;
    Some(Endpoint {
        access,
        name,
        route,
    })
}

fn validate_name(function: &AnnotatedFunction<'_>, errors: &mut Errors) -> String {
    let Some(name_option) = function.options.name.get() else {
        return function.default_name();
    };
    check_name(name_option, errors);
    name_option.value()
}

/// Reports an error and returns false if the function can't have a guard.
pub(super) fn check_can_have_guard(function: &AnnotatedFunction<'_>, errors: &mut Errors) -> bool {
    let signature = &function.signature;
    let mut can_have_guard = true;
    let mut reject = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        can_have_guard = false;
    };
    for qualifier in &signature.qualifiers {
        match qualifier.to_string().as_str() {
            "const" => reject(
                qualifier,
                "a `const fn` can run at compile time, without a caller to check; remove `const`",
            ),
            "extern" => reject(
                qualifier,
                "callers of an `extern` function can't pass a guard; remove `extern`, or gate the function that it calls",
            ),
            _ => {}
        }
    }
    let mut attributes = signature.attributes.iter();
    if let Some((second_gate, gate)) =
        attributes.find_map(|attribute| Some((attribute, Gate::of(attribute)?)))
    {
        reject(
            second_gate,
            second_gate_message(function.options.gate, gate),
        );
    }
    if matches!(function.enclosing_item, EnclosingItem::ImplBlock(_)) {
        return can_have_guard;
    }
    let receiver = signature.parameters.receiver.as_ref();
    if let Some(self_token) = receiver.or(signature.self_type.as_ref()) {
        reject(
            self_token,
            "methods need `#[tiergate::gated]` on the `impl` block; add it there",
        );
    } else if !signature.has_body() {
        reject(
            &signature.name,
            "a function without a body can't be gated; annotate the function with the body",
        );
    }
    can_have_guard
}

/// The message for a second gating attribute on a function.
fn second_gate_message(first: Gate, second: Gate) -> &'static str {
    if first != second {
        "a handler has only one gate; write `#[requires_tier(Plus, feature = Radio)]` for a tier and an add-on"
    } else if first == Gate::Feature {
        "a handler requires only one add-on; remove one `#[requires_feature(…)]`"
    } else {
        "a handler has only one tier, the lowest that may call it; remove one `#[requires_tier(…)]`"
    }
}

/// Returns the route from the endpoint's options or from a framework's route macro. Replaces an invalid
/// template with a valid stand-in.
pub(super) fn validate_route(
    function: &AnnotatedFunction<'_>,
    errors: &mut Errors,
) -> Option<Route> {
    let options = &function.options;
    let prefix = options.prefix.get();
    let is_prefix_valid = prefix.is_none_or(|prefix| check_prefix(prefix, errors));
    if let Some((method, template)) = &options.route {
        if let Some(prefix) = prefix {
            errors.at(
                prefix,
                format!("`prefix` can't be combined with `{method}`, which gives the whole path; remove `prefix`"),
            );
        }
        let template_text = template.value();
        return Some(Route {
            method: method.to_string(),
            template: match template::check_template(&template_text) {
                Ok(()) => template_text,
                Err(error) => {
                    errors.at(template, error);
                    template::stand_in(&template_text)
                }
            },
        });
    }
    let block_prefix = match function.enclosing_item {
        EnclosingItem::ImplBlock(block) => block.prefix_path,
        EnclosingItem::Module => &PrefixPath::None,
    };
    let prefix = prefix.filter(|_| is_prefix_valid);
    let attributes = &function.signature.attributes;
    let prefixes = [prefix, block_prefix.literal()];
    let framework_route = framework_macro::framework_route(attributes, prefixes, errors);
    match (&framework_route, prefix, block_prefix) {
        (Some(_), _, PrefixPath::Unknown(value)) => errors.at(
            value,
            "the catalogue can't read this `prefix_path`; write a string literal, or give each function its whole path: `#[requires_tier(…, get = \"/users/{id}\")]`",
        ),
        (None, Some(prefix), _) if errors.is_empty() => errors.at(
            prefix,
            "`prefix` needs a route macro below, such as `#[get(\"/path\")]`; add it, or write the whole path: `get = \"/v1/path\"`",
        ),
        _ => {}
    }
    framework_route
}

/// Returns who may call the endpoint. Returns `None` if the options don't state this, or if they
/// contradict each other.
fn validate_access(function: &AnnotatedFunction<'_>, errors: &mut Errors) -> Option<Access> {
    let options = &function.options;
    if let Some(reason) = options.public.get() {
        return validate_public(reason, options, errors);
    }
    let requirement = validate_requirement(
        options.gate,
        &options.requirement,
        Span::call_site(),
        errors,
    );
    requirement.map(Access::Gated)
}

/// Checks the options of a public endpoint.
fn validate_public(
    reason: &LitStr,
    options: &HandlerOptions,
    errors: &mut Errors,
) -> Option<Access> {
    if let Some(tier) = &options.requirement.variant {
        errors.at(
            tier,
            format!(
                "an endpoint can't both require a tier and be public; remove `{}` or `public`",
                last_segment(tier)
            ),
        );
        return None;
    }
    if let Some(key) = options.requirement.keys().next() {
        errors.at(
            key,
            format!("a public endpoint requires nothing; remove `{key}` or `public`"),
        );
        return None;
    }
    check_no_tier_enum(options.gate, &options.requirement, errors);
    check_no_limits(options, errors);
    check_public_reason(reason, errors);
    match options.guard.get() {
        None => return Some(Access::Public(reason.value())),
        Some(guard) => errors.at(
            guard,
            "a public endpoint has no guard; remove `guard`, or require a tier",
        ),
    }
    None
}

/// Checks that a public endpoint has neither a limit nor a cost.
fn check_no_limits(options: &HandlerOptions, errors: &mut Errors) {
    if let Some(limit) = options.limit.get() {
        errors.at(
            &limit.key,
            "nothing identifies the callers of a public endpoint; remove `limit`, or replace `public` with the lowest tier",
        );
    }
    if let Some(cost) = options.cost.get() {
        errors.at(
            &cost.key,
            "calls of a public endpoint don't count towards the quota; remove `cost`, or replace `public` with the lowest tier",
        );
    }
}

fn check_public_reason(reason: &LitStr, errors: &mut Errors) {
    if reason.value().trim().is_empty() {
        let fix = "write why the endpoint is public, such as \"health checks have no account\"";
        errors.at(reason, empty_value("public", fix));
    }
    check_length("`public`", reason, errors);
}
