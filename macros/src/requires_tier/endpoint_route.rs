//! The route of an endpoint, from the options or from a framework's route macro.

use super::annotated_function::AnnotatedFunction;
use super::place::Place;
use crate::route::method::Route;
use crate::route::prefix::{PrefixPath, check_prefix};
use crate::route::{framework_macro, template};
use crate::syntax::errors::Errors;

/// Returns the endpoint's route. A stand-in replaces an invalid template.
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
                format!("`prefix` applies to the path of a route macro, but `{method}` already gives the whole path; remove `prefix`"),
            );
        }
        let text = template.value();
        return Some(Route {
            method: method.to_string(),
            template: match template::check(&text) {
                Ok(()) => text,
                Err(message) => {
                    errors.at(template, message);
                    template::in_place_of(&text)
                }
            },
        });
    }
    let block = match function.place {
        Place::Impl(block) => block.prefix_path,
        Place::Module => &PrefixPath::None,
    };
    let prefix = prefix.filter(|_| is_prefix_valid);
    let attributes = &function.signature.attributes;
    let route = framework_macro::route(attributes, [prefix, block.literal()], errors);
    match (&route, prefix, block) {
        (Some(_), _, PrefixPath::Unknown(value)) => errors.at(
            value,
            "the catalogue can read `prefix_path` only if it is a string in `#[OpenApi(…)]`; write a string here, or write the whole path on each function: `#[requires_tier(…, get = \"/users/{id}\")]`",
        ),
        (None, Some(prefix), _) if errors.is_empty() => errors.at(
            prefix,
            "`prefix` applies to the path of a route macro below, such as `#[get(\"/x\")]`, but there is none; remove `prefix`, or write the whole path: `get = \"/v1/x\"`",
        ),
        _ => {}
    }
    route
}
