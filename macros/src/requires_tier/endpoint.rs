//! A valid endpoint: access, name and route.

use super::access::{Access, validate_access};
use super::annotated_function::AnnotatedFunction;
use super::endpoint_route::validate_route;
use super::function_rules::check_function;
use crate::route::method::Route;
use crate::route::template;
use crate::syntax::errors::Errors;
use crate::syntax::option_errors::{empty_value, too_long};
use syn::LitStr;

/// A valid endpoint.
pub(super) struct Endpoint {
    pub(super) access: Access,
    pub(super) name: String,
    pub(super) route: Option<Route>,
}

/// Applies every rule. Returns `None` if there is no endpoint to describe; other mistakes are only
/// in `errors`.
pub(super) fn validate_endpoint(
    function: &AnnotatedFunction<'_>,
    errors: &mut Errors,
) -> Option<Endpoint> {
    if !check_function(function, errors) {
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
    let Some(name) = function.options.name.get() else {
        return function.default_name();
    };
    let value = name.value();
    if value.trim().is_empty() {
        errors.at(name, empty_value("name", "write a name, or remove `name`"));
    } else {
        check_length("`name`", name, errors);
    }
    value
}

/// Checks that a text fits into the endpoint's record.
pub(super) fn check_length(what: &str, text: &LitStr, errors: &mut Errors) {
    let longest = template::LONGEST;
    if text.value().len() > longest {
        errors.at(text, too_long(what, longest));
    }
}
