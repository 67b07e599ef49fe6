//! Parses the options of `#[requires_tier(…)]` and `#[requires_feature(…)]`.

use crate::limits::cost::CostOption;
use crate::limits::option::PolicyOption;
use crate::requirement::gate::Gate;
use crate::requirement::options::{
    RequirementOptions, is_requirement_key, requirement_without_value,
};
use crate::requirement::variant::{
    last_segment, parse_variant_or_option, string_instead_of_variant,
};
use crate::route::is_route_key;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    given_twice, missing_equals_sign, missing_value, unknown_option, unknown_option_with_fix,
};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path};

const TIER_OPTIONS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `feature`, `or_feature`, `until_version`, `enforced`, `limit`, `cost`, `guard`, `public` or `crate`";
const FEATURE_OPTIONS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `tier`, `limit`, `cost`, `guard` or `crate`";

/// The options as written. Their values haven't been validated yet.
#[derive(Default)]
pub(super) struct HandlerOptions {
    pub(super) gate: Gate,
    pub(super) requirement: RequirementOptions,
    pub(super) public: Once<LitStr>,
    /// The HTTP method, such as `get`, and the path template.
    pub(super) route: Option<(Ident, LitStr)>,
    /// The path of the scope in which the application mounts a handler with a framework's route macro.
    pub(super) prefix: Once<LitStr>,
    pub(super) name: Once<LitStr>,
    pub(super) guard: Once<Ident>,
    pub(super) crate_path: Once<Path>,
    pub(super) limit: Once<PolicyOption>,
    pub(super) cost: Once<CostOption>,
}

impl HandlerOptions {
    pub(super) fn parse(gate: Gate, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self {
            gate,
            ..Self::default()
        };
        let parser = |input: ParseStream<'_>| {
            option_parser::parse_options(input, errors, |input, errors| {
                options.parse_handler_option(input, errors)
            });
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        options
    }

    fn parse_handler_option(
        &mut self,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        match option_parser::parse_key_and_equals(input) {
            Some(key) => self.parse_option_value(&key, input, errors),
            None => self.parse_variant(input, errors),
        }
    }

    /// Parses a tier or an add-on, or an option without `=`.
    fn parse_variant(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let gate = self.gate;
        // Peeks before parsing, because a failed `parse` would consume a literal that isn't a string.
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let kind = gate.variant_kind();
            let route = text.value();
            return Err(if route.starts_with('/') {
                let message = format!("a route needs a method; write `get = \"{route}\"`");
                syn::Error::new_spanned(text, message)
            } else {
                string_instead_of_variant(kind, &text, None, gate.variant_example())
            });
        }
        let expected = format!(
            "expected {} or an option; write, for example, `{}` or `get = \"/path\"`",
            gate.variant_kind(),
            gate.variant_example()
        );
        let variant = parse_variant_or_option(input, &expected)?;
        if input.peek(syn::token::Paren) {
            let key = last_segment(&variant);
            if variant.is_ident("until_version") {
                let requirement = &mut self.requirement;
                return requirement.parse_until_version(gate, &key, input, errors);
            }
            if variant.is_ident("limit") {
                let limit = PolicyOption::parse_list(&key, &input.parse()?, errors);
                self.limit.set(&key, limit, errors);
                return Ok(());
            }
            let message = match likely_fix(&key, gate) {
                _ if is_option_key(&key, gate) => missing_equals_sign(&key, option_example(&key)),
                Some(fix) => unknown_option_with_fix(&key, fix),
                None => format!("{} takes no arguments; write `{key}`", gate.variant_kind()),
            };
            return Err(syn::Error::new_spanned(&variant, message));
        }
        if let Some(key) = variant.get_ident().filter(|key| is_option_key(key, gate)) {
            let message = option_without_value(key, gate);
            return Err(syn::Error::new_spanned(key, message));
        }
        self.requirement.set_variant(gate, variant, errors);
        Ok(())
    }

    fn parse_option_value(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        match key.to_string().as_str() {
            "name" => {
                let name = option_parser::parse_string(input, key, option_example(key))?;
                self.name.set(key, name, errors);
            }
            "prefix" => {
                let prefix = option_parser::parse_string(input, key, option_example(key))?;
                self.prefix.set(key, prefix, errors);
            }
            "guard" => {
                let guard = option_parser::parse_value(input, key, option_example(key), "a name")?;
                self.guard.set(key, guard, errors);
            }
            "public" if self.gate == Gate::Feature => {
                option_parser::skip_to_comma(input);
                errors.at(key, PUBLIC_WITH_FEATURE);
            }
            "public" => {
                let reason = option_parser::parse_string(input, key, option_example(key))?;
                self.public.set(key, reason, errors);
            }
            "crate" => self
                .crate_path
                .set(key, parse_crate_path(input, key)?, errors),
            "limit" => {
                let limit = PolicyOption::parse_text(key, input)?;
                self.limit.set(key, limit, errors);
            }
            "cost" => self.cost.set(key, CostOption::parse(key, input)?, errors),
            method if is_route_key(method) => self.parse_route(key, input, errors)?,
            _ if self
                .requirement
                .parse_value(self.gate, key, input, errors)? => {}
            _ => {
                // Skips the value. Parsing continues with the next option.
                option_parser::skip_to_comma(input);
                let message = match likely_fix(key, self.gate) {
                    Some(fix) => unknown_option_with_fix(key, fix),
                    None if self.gate == Gate::Feature => unknown_option(key, FEATURE_OPTIONS),
                    None => unknown_option(key, TIER_OPTIONS),
                };
                errors.at(key, message);
            }
        }
        Ok(())
    }

    fn parse_route(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let template = option_parser::parse_string(input, key, option_example(key))?;
        if let Some((first_method, _)) = &self.route {
            let message = if first_method == key {
                given_twice(key)
            } else {
                format!(
                    "a handler has only one route; remove `{first_method}` or `{key}`, or write a second handler"
                )
            };
            errors.at(key, message);
            return Ok(());
        }
        self.route = Some((key.clone(), template));
        Ok(())
    }
}

/// Suggests a fix for an unknown option whose meaning can be guessed.
fn likely_fix(key: &Ident, gate: Gate) -> Option<String> {
    let key = key.to_string();
    let fix = match key.as_str() {
        "features" | "add_on" | "addon" | "require" | "requires" | "required"
            if gate == Gate::Feature =>
        {
            "write the add-on without a key: `#[requires_feature(Radio)]`"
        }
        "features" | "add_on" | "addon" => "write `feature = Radio`",
        "min" | "minimum" if gate == Gate::Feature => {
            "write `#[requires_tier(Plus, feature = Radio)]`"
        }
        "or" => "write `or_feature = Radio`",
        "enforce" => "write `enforced = Free`",
        "limits" | "rate" | "rate_limit" | "ratelimit" | "quota" | "quotas" | "throttle" => {
            "write `limit = \"60/minute\"`"
        }
        "costs" | "weight" | "units" | "price" => "write `cost = 20`",
        "until" | "version" | "plan_version" => "write `until_version(3, Plus)`",
        "tier" | "require" | "requires" | "required" | "min" | "minimum" => {
            "write the tier without a key: `#[requires_tier(Plus)]`"
        }
        "path" | "route" | "method" | "url" => {
            "write the method as the key, such as `get = \"/path\"`"
        }
        "reason" | "open" | "anonymous" => "write `public = \"reason\"`",
        other => {
            let lower = other.to_lowercase();
            return is_route_key(&lower).then(|| format!("write `{lower}` in lower case"));
        }
    };
    Some(fix.to_owned())
}

fn is_option_key(key: &Ident, gate: Gate) -> bool {
    let key = key.to_string();
    is_route_key(&key)
        || is_requirement_key(&key, gate)
        || matches!(
            key.as_str(),
            "prefix" | "name" | "guard" | "public" | "limit" | "cost" | "crate"
        )
}

/// The message for an option without `=`.
fn option_without_value(key: &Ident, gate: Gate) -> String {
    if gate == Gate::Feature && key == "public" {
        return PUBLIC_WITH_FEATURE.to_owned();
    }
    requirement_without_value(key, gate).unwrap_or_else(|| missing_value(key, option_example(key)))
}

const PUBLIC_WITH_FEATURE: &str =
    "a public endpoint requires no add-on; write `#[requires_tier(public = \"reason\")]`";

/// Returns an example value for the option with this key. Error messages contain the example.
fn option_example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "prefix" => "\"/v1\"",
        "name" => "\"…\"",
        "guard" => "pass",
        "public" => "\"reason\"",
        "limit" => "\"60/minute\"",
        "cost" => "20",
        "crate" => "path",
        "feature" | "or_feature" => "Radio",
        "enforced" => "Free",
        "tier" => "Tier",
        _ => "\"/path\"",
    }
}
