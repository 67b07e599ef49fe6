//! Parses the options of `#[event(…)]` on a struct, an enum or a variant.

use crate::requirement::gate::Gate;
use crate::requirement::options::{
    RequirementOptions, is_requirement_key, requirement_without_value,
};
use crate::requirement::variant::{last_segment, parse_variant_or_option};
use crate::route::is_route_key;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    missing_equals_sign, missing_value, unknown_option, unknown_option_with_fix,
};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, LitStr, Path};

const EVENT_OPTIONS: &str =
    "`name`, `feature`, `or_feature`, `until_version`, `enforced`, `tier`, `trait_only` or `crate`";

/// The options as written. Their values haven't been validated yet.
#[derive(Default)]
pub(super) struct EventOptions {
    pub(super) requirement: RequirementOptions,
    pub(super) name: Once<LitStr>,
    pub(super) crate_path: Once<Path>,
    /// Whether the type gets only the trait's methods.
    pub(super) trait_only: bool,
}

/// The item that has the options.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Owner {
    Struct,
    Enum,
    Variant,
}

impl EventOptions {
    pub(super) fn parse(owner: Owner, attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        option_parser::parse_attributes(attributes, "event", errors, |input, errors| {
            match option_parser::parse_key_and_equals(input) {
                Some(key) => options.parse_value(owner, &key, input, errors),
                None => options.parse_variant(owner, input, errors),
            }
        });
        options
    }

    fn parse_value(
        &mut self,
        owner: Owner,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if let Some(message) = misplaced(key, owner) {
            option_parser::skip_to_comma(input);
            errors.at(key, message);
        } else if key == "name" {
            let name = option_parser::parse_string(input, key, option_example(key))?;
            self.name.set(key, name, errors);
        } else if key == "crate" {
            let crate_path = parse_crate_path(input, key)?;
            self.crate_path.set(key, crate_path, errors);
        } else if !self
            .requirement
            .parse_value(Gate::Event, key, input, errors)?
        {
            // Skips the value. Parsing continues with the next option.
            option_parser::skip_to_comma(input);
            errors.at(key, unknown_event_option(key));
        }
        Ok(())
    }

    /// Parses a tier, or an option without `=`.
    fn parse_variant(
        &mut self,
        owner: Owner,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        // Peeks before parsing, because a failed `parse` would consume a literal that isn't a string.
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let message = "a string needs a key; write `name = \"…\"` for the name of the event, and the tier as a variant, such as `Plus`";
            return Err(syn::Error::new_spanned(text, message));
        }
        let expected = "expected a tier or an option; write, for example, `Plus` or `name = \"…\"`";
        let variant = parse_variant_or_option(input, expected)?;
        let key = last_segment(&variant);
        let is_option = variant.get_ident().is_some_and(is_option_key);
        let handlers_only = variant.get_ident().and_then(handlers_only);
        if input.peek(syn::token::Paren) {
            if variant.is_ident("until_version") {
                let requirement = &mut self.requirement;
                return requirement.parse_until_version(Gate::Event, &key, input, errors);
            }
            let message = match handlers_only {
                Some(message) => message,
                None if is_option => missing_equals_sign(&key, option_example(&key)),
                None => format!("a tier takes no arguments; write `{key}`"),
            };
            return Err(syn::Error::new_spanned(&variant, message));
        }
        if variant.is_ident("trait_only") {
            match misplaced(&key, owner) {
                Some(message) => errors.at(key, message),
                None => self.trait_only = true,
            }
            return Ok(());
        }
        if is_option || handlers_only.is_some() {
            let message = handlers_only
                .or_else(|| requirement_without_value(&key, Gate::Event))
                .unwrap_or_else(|| missing_value(&key, option_example(&key)));
            return Err(syn::Error::new_spanned(&key, message));
        }
        self.requirement.set_variant(Gate::Event, variant, errors);
        Ok(())
    }
}

/// The message for an option that its owner can't have.
fn misplaced(key: &Ident, owner: Owner) -> Option<&'static str> {
    match (key.to_string().as_str(), owner) {
        ("name", Owner::Enum) => {
            Some("`name` names a single event; move `#[event(name = \"…\")]` to a variant")
        }
        ("crate", Owner::Variant) => {
            Some("`crate` applies to all variants; move `#[event(crate = path)]` to the enum")
        }
        ("trait_only", Owner::Variant) => {
            Some("`trait_only` applies to all variants; move `#[event(trait_only)]` to the enum")
        }
        _ => None,
    }
}

fn is_option_key(key: &Ident) -> bool {
    key == "name" || key == "crate" || is_requirement_key(&key.to_string(), Gate::Event)
}

/// The message for an option that only handlers have.
fn handlers_only(key: &Ident) -> Option<String> {
    let key = key.to_string();
    Some(match key.as_str() {
        "public" => {
            "an event that everybody may receive requires the lowest tier; write this tier instead of `public`"
                .to_owned()
        }
        "guard" => {
            "an event has no guard, because `cleared_for` checks it; remove `guard`".to_owned()
        }
        "limit" => "`limit` counts calls, but nobody calls an event; remove `limit`".to_owned(),
        "cost" => "only calls take from a quota, and nobody calls an event; remove `cost`".to_owned(),
        "prefix" => "an event has no route; remove `prefix`".to_owned(),
        method if is_route_key(method) => format!("an event has no route; remove `{method}`"),
        _ => return None,
    })
}

fn unknown_event_option(key: &Ident) -> String {
    if let Some(message) = handlers_only(key) {
        return message;
    }
    if key == "trait_only" {
        return "`trait_only` takes no value; write `trait_only`".to_owned();
    }
    let fix = match key.unraw().to_string().as_str() {
        "features" | "add_on" | "addon" => "write `feature = Radio`",
        "or" => "write `or_feature = Radio`",
        "enforce" => "write `enforced = Free`",
        "until" | "version" | "plan_version" => "write `until_version(3, Plus)`",
        "require" | "requires" | "required" | "min" | "minimum" => {
            "write the tier without a key: `#[event(Plus)]`"
        }
        "rename" | "event" | "event_type" | "type" => "write `name = \"…\"`",
        "rename_all" => "write `name = \"…\"` for each event",
        _ => return unknown_option(key, EVENT_OPTIONS),
    };
    unknown_option_with_fix(key, fix)
}

/// Returns an example value for the option with this key. Error messages contain the example.
fn option_example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "name" => "\"…\"",
        "crate" => "path",
        "enforced" => "Free",
        "tier" => "Tier",
        _ => "Radio",
    }
}
