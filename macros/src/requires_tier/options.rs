//! The options of `#[requires_tier(…)]`.

use crate::route::method::is_route;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::errors::Errors;
use crate::syntax::option_errors::{
    given_twice, missing_equals_sign, missing_value, unknown_option, unknown_option_with_fix,
};
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path};

const OPTIONS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `guard`, `public` or `crate`";

/// The options as written. Their values may still be invalid.
#[derive(Default)]
pub(super) struct HandlerOptions {
    pub(super) tier: Option<Path>,
    pub(super) public: Once<LitStr>,
    /// The method's key, such as `get`, and the template.
    pub(super) route: Option<(Ident, LitStr)>,
    /// The path of the scope that a framework's route macro is mounted in.
    pub(super) prefix: Once<LitStr>,
    pub(super) name: Once<LitStr>,
    pub(super) guard: Once<Ident>,
    pub(super) crate_path: Once<Path>,
}

impl HandlerOptions {
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream<'_>| {
            option_list::parse_list(input, errors, |input, errors| {
                options.parse_one(input, errors)
            });
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        match option_list::key_with_value(input) {
            Some(key) => self.parse_key(&key, input, errors),
            None => self.parse_tier(input, errors),
        }
    }

    fn parse_tier(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        // Peeks first, because `parse` consumes a literal of another kind before it fails.
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
        let at = input.span();
        let path = input.call(Path::parse_mod_style).map_err(|_| {
            let _ = input.parse::<proc_macro2::TokenTree>();
            syn::Error::new(
                at,
                "expected a tier or an option; write, for example, `Plus` or `get = \"/path\"`",
            )
        })?;
        if input.peek(syn::token::Paren) {
            let key = last_segment(&path);
            let message = match likely_fix(&key) {
                _ if is_key(&key) => missing_equals_sign(&key, example(&key)),
                Some(fix) => unknown_option_with_fix(&key, fix),
                None => format!("a tier takes no arguments; write `{key}`"),
            };
            return Err(syn::Error::new_spanned(&path, message));
        }
        if path.get_ident().is_some_and(is_key) {
            let key = last_segment(&path);
            errors.at(&path, missing_value(&key, example(&key)));
        } else if let Some(first) = &self.tier {
            errors.at(
                &path,
                format!(
                    "a handler has only one tier, the lowest that may call it; remove `{}` or `{}`",
                    last_segment(first),
                    last_segment(&path),
                ),
            );
        } else {
            self.tier = Some(path);
        }
        Ok(())
    }

    fn parse_key(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        match key.to_string().as_str() {
            "name" => {
                let name = option_list::string(input, key, example(key))?;
                self.name.set(key, name, errors);
            }
            "prefix" => {
                let prefix = option_list::string(input, key, example(key))?;
                self.prefix.set(key, prefix, errors);
            }
            "guard" => {
                let guard = option_list::value(input, key, example(key), "a name")?;
                self.guard.set(key, guard, errors);
            }
            "public" => {
                let reason = option_list::string(input, key, example(key))?;
                self.public.set(key, reason, errors);
            }
            "crate" => self
                .crate_path
                .set(key, parse_crate_path(input, key)?, errors),
            method if is_route(method) => self.parse_route(key, input, errors)?,
            _ => {
                // Skips the value, so that parsing continues with the next option.
                option_list::skip_to_comma(input);
                let message = match likely_fix(key) {
                    Some(fix) => unknown_option_with_fix(key, fix),
                    None => unknown_option(key, OPTIONS),
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
        let route = option_list::string(input, key, example(key))?;
        if let Some((first, _)) = &self.route {
            let message = if first == key {
                given_twice(key)
            } else {
                format!(
                    "a handler has only one route; remove `{first}` or `{key}`, or write a second handler"
                )
            };
            errors.at(key, message);
            return Ok(());
        }
        self.route = Some((key.clone(), route));
        Ok(())
    }
}

/// Suggests what the user probably meant by an unknown option.
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
            return is_route(&lower).then(|| format!("write `{lower}` in lower case"));
        }
    };
    Some(fix.to_owned())
}

fn is_key(key: &Ident) -> bool {
    let key = key.to_string();
    is_route(&key)
        || matches!(
            key.as_str(),
            "prefix" | "name" | "guard" | "public" | "crate"
        )
}

/// Returns an example of the option's value.
fn example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "prefix" => "\"/v1\"",
        "name" => "\"…\"",
        "guard" => "pass",
        "public" => "\"reason\"",
        "crate" => "path",
        _ => "\"/path\"",
    }
}

/// Returns the name at the end of a path. A path always has one.
pub(super) fn last_segment(path: &Path) -> Ident {
    let last = path.segments.last().map(|segment| segment.ident.clone());
    last.unwrap_or_else(|| Ident::new("_", Span::call_site()))
}
