//! The attribute `#[catalogue(…)]`.

use crate::syntax::errors::Errors;
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Delimiter, Ident, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Meta, Path, PathArguments, Token, Type};

/// `#[catalogue(…)]` as it was written.
#[derive(Default)]
pub(super) struct Options {
    pub(super) tier: Once<Type>,
    pub(super) state: Once<Type>,
    pub(super) crate_path: Once<Path>,
    pub(super) handlers: Once<Vec<Path>>,
    pub(super) include: Once<Vec<Path>>,
}

const KEYS: &str = "`tier = …`, `state = …`, `handlers(…)`, `include(…)` and `crate = …`";

impl Options {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut found = false;
        if !input.generics.params.is_empty() {
            errors.at(
                &input.generics,
                "a catalogue has no generic parameters; remove them",
            );
        }
        for attribute in &input.attrs {
            if !attribute.path().is_ident("catalogue") {
                continue;
            }
            found = true;
            let Meta::List(list) = &attribute.meta else {
                errors.at(
                    attribute,
                    "options are written in brackets: `#[catalogue(tier = Tier)]`",
                );
                return options;
            };
            let parser = |input: ParseStream<'_>| {
                option_list::parse_list(input, errors, |input, errors| {
                    options.parse_one(input, errors)
                });
                Ok(())
            };
            if let Err(error) = parser.parse2(list.tokens.clone()) {
                errors.push(error);
            }
        }
        if options.tier.get().is_none() && (errors.is_empty() || !found) {
            errors.at(
                &input.ident,
                "of which tiers is this the catalogue? Add `#[catalogue(tier = Tier)]` with your tier enum",
            );
        }
        for list in [&options.handlers, &options.include] {
            check_listed_once(list.get().map_or(&[], Vec::as_slice), errors);
        }
        if let Some(state) = options.state.get()
            && !options.is_listed()
            && errors.is_empty()
        {
            errors.at(
                state,
                "a state is the state of `router()`, which needs a list: add `handlers(…)`, or remove `state`",
            );
        }
        // The compiler would find this cycle too, and tell a page about it.
        for other in options.include.get().into_iter().flatten() {
            if other.is_ident(&input.ident) || other.is_ident("Self") {
                errors.at(
                    other,
                    format!("`{}` cannot include itself; remove it", input.ident),
                );
            }
        }
        options
    }

    /// Whether there is a list; otherwise the registry is the catalogue.
    pub(super) fn is_listed(&self) -> bool {
        self.handlers.get().is_some() || self.include.get().is_some()
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if let Some(key) = option_list::key_with_value(input) {
            match key.to_string().as_str() {
                "tier" => {
                    let tier = option_list::value(input, &key, "Tier", "a type")?;
                    self.tier.set(&key, tier, errors);
                }
                "state" => {
                    let state = option_list::value(input, &key, "AppState", "a type")?;
                    self.state.set(&key, state, errors);
                }
                "crate" => {
                    let at = input.span();
                    let path = Path::parse_mod_style(input).map_err(|_| {
                        syn::Error::new(at, "`crate` takes the path of tiergate: `crate = path`")
                    })?;
                    self.crate_path.set(&key, path, errors);
                }
                list @ ("handlers" | "include") => {
                    option_list::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("a list is written in brackets: `{list}(a, b)`"),
                    );
                }
                other => {
                    option_list::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("unknown option `{other}`; a catalogue takes {KEYS}"),
                    );
                }
            }
            return Ok(());
        }
        let key = input
            .call(Ident::parse_any)
            .map_err(|_| input.error(format!("expected an option; a catalogue takes {KEYS}")))?;
        if key != "handlers" && key != "include" {
            if matches!(key.to_string().as_str(), "tier" | "state" | "crate") {
                return Err(syn::Error::new_spanned(
                    &key,
                    format!("`{key}` is written with `=`: `{key} = …`"),
                ));
            }
            return Err(syn::Error::new_spanned(
                &key,
                format!("unknown option `{key}`; a catalogue takes {KEYS}"),
            ));
        }
        let group = match input.parse() {
            Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            _ => {
                return Err(syn::Error::new_spanned(
                    &key,
                    format!("a list is written in brackets: `{key}(a, b)`"),
                ));
            }
        };
        let paths = parse_paths.parse2(group.stream())?;
        if paths.is_empty() {
            errors.at(&key, empty_list(&key));
        }
        if key == "handlers" {
            self.handlers.set(&key, paths, errors);
        } else {
            self.include.set(&key, paths, errors);
        }
        Ok(())
    }
}

/// What to write in the place of an empty list.
fn empty_list(key: &Ident) -> String {
    let example = if key == "handlers" {
        "list handlers, `handlers(units, emergency::new_dispatch)`"
    } else {
        "list catalogues, `include(emergency::Emergency)`"
    };
    format!(
        "`{key}()` is empty; {example}, or remove it: a catalogue without lists has every annotated handler"
    )
}

fn parse_paths(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(input, |input| {
        if input.peek(Token![#]) {
            return Err(input.error(
                "a list is the same in every build; write `#[cfg_attr(…, catalogue(…))]` with a whole list for each",
            ));
        }
        let mut path: Path = input.parse().map_err(|_| {
            input.error("expected the path of a handler, such as `emergency::new_dispatch`")
        })?;
        // Where a value is meant, `list<Db>` is a comparison.
        for segment in &mut path.segments {
            if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                let at = arguments.lt_token.span;
                arguments.colon2_token.get_or_insert(Token![::](at));
            }
        }
        Ok(path)
    })?;
    Ok(paths.into_iter().collect())
}

fn check_listed_once(paths: &[Path], errors: &mut Errors) {
    let mut seen = std::collections::HashSet::new();
    for path in paths {
        let text = path.to_token_stream().to_string();
        if !seen.insert(text) {
            errors.at(
                path,
                format!(
                    "`{}` is listed twice; remove one of the two",
                    last_ident(path)
                ),
            );
        }
    }
}

fn last_ident(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}
