//! Parses the options of `#[requires_tier(…)]`.

use crate::route::is_route_key;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    given_twice, missing_equals_sign, missing_value, unknown_option, unknown_option_with_fix,
};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path};

const HANDLER_OPTIONS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `guard`, `public` or `crate`";

/// The options as written. Their values haven't been validated yet.
#[derive(Default)]
pub(super) struct HandlerOptions {
    pub(super) tier: Option<Path>,
    pub(super) public: Once<LitStr>,
    /// The HTTP method, such as `get`, and the path template.
    pub(super) route: Option<(Ident, LitStr)>,
    /// The path of the scope in which the application mounts a handler with a framework's route macro.
    pub(super) prefix: Once<LitStr>,
    pub(super) name: Once<LitStr>,
    pub(super) guard: Once<Ident>,
    pub(super) crate_path: Once<Path>,
}

impl HandlerOptions {
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
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
            None => self.parse_tier(input, errors),
        }
    }

    fn parse_tier(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        // Peeks before parsing, because a failed `parse` would consume a literal that isn't a string.
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let message = match text.value() {
                route if route.starts_with('/') => {
                    format!("a route needs a method; write `get = \"{route}\"`")
                }
                name => format!("a tier must be a variant, not a string; write `{name}`"),
            };
            return Err(syn::Error::new_spanned(text, message));
        }
        let tier_span = input.span();
        let tier = input.call(Path::parse_mod_style).map_err(|_| {
            let _ = input.parse::<proc_macro2::TokenTree>();
            syn::Error::new(
                tier_span,
                "expected a tier or an option; write, for example, `Plus` or `get = \"/path\"`",
            )
        })?;
        if input.peek(syn::token::Paren) {
            let key = last_segment(&tier);
            let message = match likely_fix(&key) {
                _ if is_option_key(&key) => missing_equals_sign(&key, option_example(&key)),
                Some(fix) => unknown_option_with_fix(&key, fix),
                None => format!("a tier takes no arguments; write `{key}`"),
            };
            return Err(syn::Error::new_spanned(&tier, message));
        }
        if tier.get_ident().is_some_and(is_option_key) {
            let key = last_segment(&tier);
            errors.at(&tier, missing_value(&key, option_example(&key)));
        } else if let Some(first_tier) = &self.tier {
            errors.at(
                &tier,
                format!(
                    "a handler has only one tier, the lowest that may call it; remove `{}` or `{}`",
                    last_segment(first_tier),
                    last_segment(&tier),
                ),
            );
        } else {
            self.tier = Some(tier);
        }
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
            "public" => {
                let reason = option_parser::parse_string(input, key, option_example(key))?;
                self.public.set(key, reason, errors);
            }
            "crate" => self
                .crate_path
                .set(key, parse_crate_path(input, key)?, errors),
            method if is_route_key(method) => self.parse_route(key, input, errors)?,
            _ => {
                // Skips the value. Parsing continues with the next option.
                option_parser::skip_to_comma(input);
                let message = match likely_fix(key) {
                    Some(fix) => unknown_option_with_fix(key, fix),
                    None => unknown_option(key, HANDLER_OPTIONS),
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
fn likely_fix(key: &Ident) -> Option<String> {
    let key = key.to_string();
    let fix = match key.as_str() {
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

fn is_option_key(key: &Ident) -> bool {
    let key = key.to_string();
    is_route_key(&key)
        || matches!(
            key.as_str(),
            "prefix" | "name" | "guard" | "public" | "crate"
        )
}

/// Returns an example value for the option with this key. Error messages contain the example.
fn option_example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "prefix" => "\"/v1\"",
        "name" => "\"…\"",
        "guard" => "pass",
        "public" => "\"reason\"",
        "crate" => "path",
        _ => "\"/path\"",
    }
}

/// Returns the path's last segment. Every path has at least one segment.
pub(super) fn last_segment(path: &Path) -> Ident {
    let last = path.segments.last().map(|segment| segment.ident.clone());
    last.unwrap_or_else(|| Ident::new("_", Span::call_site()))
}
