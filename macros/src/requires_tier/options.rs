//! The options of `#[requires_tier(…)]`.

use crate::route::framework_macro;
use crate::route::method::is_route;
use crate::route::template;
use crate::syntax::errors::Errors;
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Path};

const KEYS: &str = "`get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect`, `any`, `prefix`, `name`, `guard`, `public`, `crate`";

/// Who may call.
pub(super) enum Access {
    /// The enum, and the variant that is required.
    Tier(TokenStream, Ident),
    /// Everybody, for this reason.
    Open(String),
}

/// The options as they were written.
#[derive(Default)]
pub(super) struct Options {
    tier: Option<Path>,
    public: Once<LitStr>,
    /// The method's key, such as `get`, and the template.
    pub(super) route: Option<(Ident, LitStr)>,
    /// The same, if not written here but in a route macro below.
    pub(super) below: Option<(String, String)>,
    /// What goes in front of the path of a route macro below: the prefix of a scope.
    pub(super) prefix: Once<LitStr>,
    /// The `prefix_path` of a block of poem-openapi, which `#[gated]` adds.
    prefix_path: Once<LitStr>,
    pub(super) name: Once<LitStr>,
    pub(super) guard: Once<Ident>,
    pub(super) crate_path: Once<Path>,
}

impl Options {
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
        // Looked at first: `parse` would take a literal of another kind before it complains.
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let message = match text.value() {
                route if route.starts_with('/') => {
                    format!("a route needs its method: write `get = \"{route}\"`")
                }
                name => format!("a tier is a name, not a string: write `{name}`"),
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
                _ if is_key(&key) => format!("an option is written with `=`: `{key} = …`"),
                Some(hint) => format!("unknown option `{key}`; {hint}"),
                None => format!("a tier has no arguments: write `{key}`"),
            };
            return Err(syn::Error::new_spanned(&path, message));
        }
        if path.get_ident().is_some_and(|key| is_key(&key.to_string())) {
            let key = last_segment(&path);
            errors.at(&path, format!("`{key}` needs a value: `{key} = …`"));
        } else if let Some(first) = &self.tier {
            errors.at(
                &path,
                format!(
                    "a handler requires one tier, the lowest that may call it: keep `{}` or `{}`, not both",
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
                if name.value().trim().is_empty() {
                    errors.at(&name, "the name is empty; remove `name`, or give one");
                } else if let Some(message) = too_long("the name", &name) {
                    errors.at(&name, message);
                } else {
                    self.name.set(key, name, errors);
                }
            }
            "prefix" => {
                let prefix = option_list::string(input, key, "\"/v1\"")?;
                let text = prefix.value();
                let wrong = match template::check(&text) {
                    Err(message) => Some(message),
                    Ok(()) => text.ends_with('/').then(|| {
                        "the path of the route macro starts with `/`; write the prefix without one at its end, or remove it".to_owned()
                    }),
                };
                if let Some(message) = wrong {
                    errors.at(&prefix, message);
                }
                self.prefix.set(key, prefix, errors);
            }
            "prefix_path" => {
                let prefix = option_list::string(input, key, "\"/users\"")?;
                self.prefix_path.set(key, prefix, errors);
            }
            "guard" => {
                let guard = option_list::value(input, key, "pass", "a name for the parameter")?;
                self.guard.set(key, guard, errors);
            }
            "public" => {
                let reason = option_list::string(input, key, "\"why everybody may call this\"")?;
                if reason.value().trim().is_empty() {
                    errors.at(
                        &reason,
                        "an open endpoint says why it is open: `public = \"health checks have no account\"`",
                    );
                }
                if let Some(message) = too_long("the reason", &reason) {
                    errors.at(&reason, message);
                }
                self.public.set(key, reason, errors);
            }
            "crate" => {
                let at = input.span();
                let path = Path::parse_mod_style(input).map_err(|_| {
                    syn::Error::new(at, "`crate` takes the path of tiergate: `crate = path`")
                })?;
                self.crate_path.set(key, path, errors);
            }
            method if is_route(method) => self.parse_route(key, input, errors)?,
            other => {
                let hint = hint(other).unwrap_or_else(|| format!("the options are {KEYS}"));
                // The value is read, so that the list goes on behind it.
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
                format!("`{key}` is given twice; remove one of the two")
            } else {
                format!(
                    "a handler has one route: keep `{first}` or `{key}`, and write a second handler for the other"
                )
            };
            errors.at(key, message);
            return Ok(());
        }
        let route = match template::check(&route.value()) {
            Ok(()) => route,
            Err(message) => {
                errors.at(&route, message);
                let other = template::in_place_of(&route.value());
                LitStr::new(&other, route.span())
            }
        };
        self.route = Some((key.clone(), route));
        Ok(())
    }

    /// Reads the route from a route macro below, unless it is written here.
    pub(super) fn read_below(&mut self, attributes: &[Attribute], errors: &mut Errors) {
        if self.route.is_none() {
            let prefixes = [self.prefix.get(), self.prefix_path.get()];
            self.below = framework_macro::route(attributes, prefixes, errors);
        }
        let Some(prefix) = self.prefix.get() else {
            return;
        };
        match &self.route {
            Some((method, _)) => errors.at(
                prefix,
                format!("`{method}` has the whole path, so there is nothing to put `prefix` in front of; remove `prefix`"),
            ),
            None if self.below.is_none() && errors.is_empty() => errors.at(
                prefix,
                "`prefix` goes in front of the path of a route macro below, such as `#[get(\"/x\")]`, and there is none; remove it, or write the whole path: `get = \"/v1/x\"`",
            ),
            None => {}
        }
    }

    /// Who may call; an error when the options do not say it and no other error explains why.
    pub(super) fn access(&self, errors: &Errors) -> Result<Access, syn::Error> {
        match (&self.tier, self.public.get()) {
            (Some(tier), None) => Ok(tier_access(tier)),
            (None, Some(reason)) => match self.guard.get() {
                None => Ok(Access::Open(reason.value())),
                Some(guard) => Err(syn::Error::new_spanned(
                    guard,
                    "an open endpoint has no guard; remove `guard`, or require a tier",
                )),
            },
            (Some(tier), Some(_)) => Err(syn::Error::new_spanned(
                tier,
                format!(
                    "an endpoint requires a tier or is public: keep `{}` or `public`, not both",
                    last_segment(tier)
                ),
            )),
            // The other mistake may be the reason.
            (None, None) if !errors.is_empty() => Ok(Access::Open(String::new())),
            (None, None) => Err(syn::Error::new(
                Span::call_site(),
                "which tier may call this handler? Write `#[requires_tier(Plus)]` with a variant of your tier enum, or `public = \"reason\"` if everybody may",
            )),
        }
    }
}

fn too_long(what: &str, text: &LitStr) -> Option<String> {
    let longest = template::LONGEST;
    (text.value().len() > longest)
        .then(|| format!("{what} has at most {longest} bytes; shorten it"))
}

/// What was probably meant by an unknown option.
fn hint(key: &str) -> Option<String> {
    let hint = match key {
        "tier" | "require" | "requires" | "required" | "min" | "minimum" => {
            "a tier stands alone: `#[requires_tier(Plus)]`"
        }
        "path" | "route" | "method" | "url" => {
            "a route is written with its method: `get = \"/path\"`"
        }
        "reason" | "open" | "anonymous" => "an open endpoint is written `public = \"reason\"`",
        other => {
            let lower = other.to_lowercase();
            return is_route(&lower)
                .then(|| format!("a method is written in lower case: `{lower}`"));
        }
    };
    Some(hint.to_owned())
}

fn is_key(text: &str) -> bool {
    is_route(text) || matches!(text, "prefix" | "name" | "guard" | "public" | "crate")
}

fn last_segment(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}

/// `Plus` is `Tier::Plus`; `Plan::Gold` is taken as it is.
fn tier_access(path: &Path) -> Access {
    let segments: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
    let Some((variant, of)) = segments.split_last() else {
        return Access::Open(String::new());
    };
    let leading = path.leading_colon;
    let of = if of.is_empty() {
        let tier = Ident::new("Tier", variant.span());
        quote!(#tier)
    } else {
        quote!(#leading #(#of)::*)
    };
    Access::Tier(of, (*variant).clone())
}
