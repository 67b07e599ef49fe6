//! The rules for the options and the function.

use super::input::{Input, Place};
use super::options::last_segment;
use super::signature::is_gate;
use crate::route::method::Route;
use crate::route::prefix_path::PrefixPath;
use crate::route::{framework_macro, template};
use crate::syntax::errors::Errors;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{LitStr, Path};

/// A valid endpoint.
pub(super) struct Endpoint {
    pub(super) access: Access,
    pub(super) name: String,
    pub(super) route: Option<Route>,
}

/// Who may call an endpoint.
pub(super) enum Access {
    /// Callers with at least this tier: the enum and the variant.
    Tier(TokenStream, Ident),
    /// Everybody, for this reason.
    Public(String),
}

impl Access {
    /// Reads `Plus` as `Tier::Plus`, and takes `Plan::Gold` as written.
    pub(super) fn of_tier(path: &Path) -> Option<Self> {
        let segments: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        let (variant, of) = segments.split_last()?;
        let leading = path.leading_colon;
        let of = if of.is_empty() {
            let tier = Ident::new("Tier", variant.span());
            quote!(#tier)
        } else {
            quote!(#leading #(#of)::*)
        };
        Some(Self::Tier(of, (*variant).clone()))
    }
}

/// Applies every rule. Returns `None` if there is no endpoint to describe; other mistakes are only
/// in `errors`.
pub(super) fn endpoint(input: &Input<'_>, errors: &mut Errors) -> Option<Endpoint> {
    if !function(input, errors) {
        return None;
    }
    let name = name(input, errors);
    let route = route(input, errors);
    let access = access(input, errors)?;
    Some(Endpoint {
        access,
        name,
        route,
    })
}

/// The rules for the function itself. Returns false if it can't have a guard.
pub(super) fn function(input: &Input<'_>, errors: &mut Errors) -> bool {
    let signature = &input.signature;
    let mut ok = true;
    let mut wrong = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        ok = false;
    };
    for qualifier in &signature.qualifiers {
        match qualifier.to_string().as_str() {
            "const" => wrong(
                qualifier,
                "a `const fn` can run at compile time, where there is no caller to check; remove `const`",
            ),
            "extern" => wrong(
                qualifier,
                "callers of an `extern` function can't pass a guard; remove `extern`, or move the work into a Rust function and gate that",
            ),
            _ => {}
        }
    }
    if let Some(second) = signature
        .attributes
        .iter()
        .find(|attribute| is_gate(attribute))
    {
        wrong(
            second,
            "this handler already has a tier; keep only the lowest tier that may call it",
        );
    }
    if matches!(input.place, Place::Impl(_)) {
        return ok;
    }
    let receiver = signature.parameters.receiver.as_ref();
    if let Some(of_impl) = receiver.or(signature.self_type.as_ref()) {
        wrong(
            of_impl,
            "methods need `#[tiergate::gated]` on the `impl` block; add it there and leave this attribute here",
        );
    } else if !signature.has_body() {
        wrong(
            &signature.name,
            "a function without a body can't be gated; annotate the function that has the body",
        );
    }
    ok
}

fn name(input: &Input<'_>, errors: &mut Errors) -> String {
    let Some(name) = input.options.name.get() else {
        return input.default_name();
    };
    let value = name.value();
    if value.trim().is_empty() {
        errors.at(
            name,
            "the name must not be empty; remove `name`, or write a name",
        );
    } else {
        check_length("the name", name, errors);
    }
    value
}

/// The endpoint's route: from the options, or from a framework's route macro. A stand-in replaces an
/// invalid template.
pub(super) fn route(input: &Input<'_>, errors: &mut Errors) -> Option<Route> {
    let options = &input.options;
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
    let block = match input.place {
        Place::Impl(block) => block.prefix_path,
        Place::Module => &PrefixPath::None,
    };
    let prefix = prefix.filter(|_| is_prefix_valid);
    let attributes = &input.signature.attributes;
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

fn check_prefix(prefix: &LitStr, errors: &mut Errors) -> bool {
    let text = prefix.value();
    let wrong = match template::check(&text) {
        Err(message) => message,
        Ok(()) if text.ends_with('/') => {
            "the prefix must not end with `/`, because the path of the route macro starts with one; remove the last `/`".to_owned()
        }
        Ok(()) => return true,
    };
    errors.at(prefix, wrong);
    false
}

/// Who may call. Returns `None` after a mistake.
fn access(input: &Input<'_>, errors: &mut Errors) -> Option<Access> {
    let options = &input.options;
    match (&options.tier, options.public.get()) {
        (Some(tier), None) => return Access::of_tier(tier),
        (None, Some(reason)) => {
            check_reason(reason, errors);
            match options.guard.get() {
                None => return Some(Access::Public(reason.value())),
                Some(guard) => errors.at(
                    guard,
                    "a public endpoint has no guard; remove `guard`, or require a tier",
                ),
            }
        }
        (Some(tier), Some(_)) => errors.at(
            tier,
            format!(
                "an endpoint either requires a tier or is public; keep `{}` or `public`, not both",
                last_segment(tier)
            ),
        ),
        // Another mistake may be the reason why there is no tier.
        (None, None) if !errors.is_empty() => {}
        (None, None) => errors.push(syn::Error::new(
            Span::call_site(),
            "the tier is missing; write `#[requires_tier(Plus)]` with a variant of your tier enum, or `public = \"reason\"` if everybody may call this handler",
        )),
    }
    None
}

fn check_reason(reason: &LitStr, errors: &mut Errors) {
    if reason.value().trim().is_empty() {
        errors.at(
            reason,
            "the reason must not be empty; write why everybody may call this endpoint: `public = \"health checks have no account\"`",
        );
    }
    check_length("the reason", reason, errors);
}

fn check_length(what: &str, text: &LitStr, errors: &mut Errors) {
    let longest = template::LONGEST;
    if text.value().len() > longest {
        errors.at(
            text,
            format!("{what} must have at most {longest} bytes; shorten it"),
        );
    }
}
