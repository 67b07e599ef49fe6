//! The options of `#[requires_tier(…)]`.

use crate::route::method::is_route;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::errors::Errors;
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path};

const KEYS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `guard`, `public`, `crate`";

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
                name => format!("a tier must be a name, not a string; write `{name}`"),
            };
            return Err(syn::Error::new_spanned(text, message));
        }
        let at = input.span();
        let path = input.call(Path::parse_mod_style).map_err(|_| {
            let _ = input.parse::<proc_macro2::TokenTree>();
            syn::Error::new(
                at,
                "expected a tier, such as `Plus`, or an option, such as `get = \"/path\"`",
            )
        })?;
        if input.peek(syn::token::Paren) {
            let key = last_segment(&path);
            let message = match hint(&key) {
                _ if is_key(&key) => format!("options are written with `=`: `{key} = …`"),
                Some(hint) => format!("unknown option `{key}`; {hint}"),
                None => format!("a tier takes no arguments; write `{key}`"),
            };
            return Err(syn::Error::new_spanned(&path, message));
        }
        if path.get_ident().is_some_and(|key| is_key(&key.to_string())) {
            let key = last_segment(&path);
            errors.at(&path, format!("`{key}` needs a value; write `{key} = …`"));
        } else if let Some(first) = &self.tier {
            errors.at(
                &path,
                format!(
                    "a handler requires one tier, the lowest that may call it; keep `{}` or `{}`, not both",
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
                let name = option_list::string(input, key, "\"…\"")?;
                self.name.set(key, name, errors);
            }
            "prefix" => {
                let prefix = option_list::string(input, key, "\"/v1\"")?;
                self.prefix.set(key, prefix, errors);
            }
            "guard" => {
                let guard = option_list::value(input, key, "pass", "a name for the parameter")?;
                self.guard.set(key, guard, errors);
            }
            "public" => {
                let reason = option_list::string(input, key, "\"why everybody may call this\"")?;
                self.public.set(key, reason, errors);
            }
            "crate" => self.crate_path.set(key, parse_crate_path(input)?, errors),
            method if is_route(method) => self.parse_route(key, input, errors)?,
            other => {
                let hint = hint(other).unwrap_or_else(|| format!("the options are {KEYS}"));
                // Skips the value, so that parsing continues with the next option.
                option_list::skip_to_comma(input);
                errors.at(key, format!("unknown option `{other}`; {hint}"));
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
        let route = option_list::string(input, key, "\"/path\"")?;
        if let Some((first, _)) = &self.route {
            let message = if first == key {
                format!("`{key}` is given twice; remove one of them")
            } else {
                format!(
                    "a handler has one route; keep `{first}` or `{key}`, and write a second handler for the other"
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
fn hint(key: &str) -> Option<String> {
    let hint = match key {
        "tier" | "require" | "requires" | "required" | "min" | "minimum" => {
            "a tier is written without a key: `#[requires_tier(Plus)]`"
        }
        "path" | "route" | "method" | "url" => {
            "a route is written with its method as the key: `get = \"/path\"`"
        }
        "reason" | "open" | "anonymous" => "a public endpoint is written `public = \"reason\"`",
        other => {
            let lower = other.to_lowercase();
            return is_route(&lower)
                .then(|| format!("methods are written in lower case: `{lower}`"));
        }
    };
    Some(hint.to_owned())
}

fn is_key(text: &str) -> bool {
    is_route(text) || matches!(text, "prefix" | "name" | "guard" | "public" | "crate")
}

pub(super) fn last_segment(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}
