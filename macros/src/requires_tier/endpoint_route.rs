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
                format!("`prefix` can't be combined with `{method}`, which gives the whole path; remove `prefix`"),
            );
        }
        let text = template.value();
        return Some(Route {
            method: method.to_string(),
            template: match template::check(&text) {
                Ok(()) => text,
                Err(error) => {
                    errors.at(template, error);
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
            "the catalogue can't read this `prefix_path`; write a string literal, or give each function its whole path: `#[requires_tier(…, get = \"/users/{id}\")]`",
        ),
        (None, Some(prefix), _) if errors.is_empty() => errors.at(
            prefix,
            "`prefix` needs a route macro below, such as `#[get(\"/path\")]`; add it, or write the whole path: `get = \"/v1/path\"`",
        ),
        _ => {}
    }
    route
}
