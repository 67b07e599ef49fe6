//! The attribute `#[catalogue(…)]`.

use super::path_list::parse_path_list;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::errors::Errors;
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Delimiter, Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{DeriveInput, Meta, Path, Type};

/// `#[catalogue(…)]` as written.
#[derive(Default)]
pub(super) struct CatalogueOptions {
    pub(super) tier: Once<Type>,
    pub(super) state: Once<Type>,
    pub(super) crate_path: Once<Path>,
    pub(super) handlers: Once<Vec<Path>>,
    pub(super) include: Once<Vec<Path>>,
}

const KEYS: &str = "`tier = …`, `state = …`, `handlers(…)`, `include(…)` and `crate = …`";

impl CatalogueOptions {
    pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attribute in &input.attrs {
            if !attribute.path().is_ident("catalogue") {
                continue;
            }
            let Meta::List(list) = &attribute.meta else {
                errors.at(
                    attribute,
                    "options are written in parentheses: `#[catalogue(tier = Tier)]`",
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
        options
    }

    /// Whether there is a list. Otherwise the catalogue contains the whole registry.
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
                    let path = parse_crate_path(input)?;
                    self.crate_path.set(&key, path, errors);
                }
                list @ ("handlers" | "include") => {
                    option_list::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("a list is written in parentheses: `{list}(a, b)`"),
                    );
                }
                other => {
                    option_list::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("unknown option `{other}`; the options of a catalogue are {KEYS}"),
                    );
                }
            }
            return Ok(());
        }
        let key = input.call(Ident::parse_any).map_err(|_| {
            input.error(format!(
                "expected an option; the options of a catalogue are {KEYS}"
            ))
        })?;
        if key != "handlers" && key != "include" {
            if matches!(key.to_string().as_str(), "tier" | "state" | "crate") {
                return Err(syn::Error::new_spanned(
                    &key,
                    format!("`{key}` is written with `=`: `{key} = …`"),
                ));
            }
            return Err(syn::Error::new_spanned(
                &key,
                format!("unknown option `{key}`; the options of a catalogue are {KEYS}"),
            ));
        }
        let group = match input.parse() {
            Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            _ => {
                return Err(syn::Error::new_spanned(
                    &key,
                    format!("a list is written in parentheses: `{key}(a, b)`"),
                ));
            }
        };
        let paths = parse_path_list.parse2(group.stream())?;
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

/// The message for an empty list.
fn empty_list(key: &Ident) -> String {
    let example = if key == "handlers" {
        "write handlers, such as `handlers(units, emergency::new_dispatch)`"
    } else {
        "write catalogues, such as `include(emergency::Emergency)`"
    };
    format!("`{key}()` must not be empty; {example}, or remove it to list every annotated handler")
}
