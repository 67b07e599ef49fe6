//! The attribute `#[catalogue(…)]`.

use super::path_list::parse_path_list;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::errors::Errors;
use crate::syntax::option_errors::{
    attribute_without_parentheses, missing_equals_sign, missing_parentheses, missing_value,
    no_option, unknown_option,
};
use crate::syntax::option_list::{self, Once};
use proc_macro2::{Delimiter, Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
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

const OPTIONS: &str = "`tier = …`, `state = …`, `handlers(…)`, `include(…)` or `crate = path`";

impl CatalogueOptions {
    pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attribute in &input.attrs {
            if !attribute.path().is_ident("catalogue") {
                continue;
            }
            let Meta::List(list) = &attribute.meta else {
                let example = "#[catalogue(tier = Tier)]";
                errors.at(attribute, attribute_without_parentheses(example));
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
                    let tier = option_list::value(input, &key, example(&key), "a type")?;
                    self.tier.set(&key, tier, errors);
                }
                "state" => {
                    let state = option_list::value(input, &key, example(&key), "a type")?;
                    self.state.set(&key, state, errors);
                }
                "crate" => {
                    let path = parse_crate_path(input, &key)?;
                    self.crate_path.set(&key, path, errors);
                }
                "handlers" | "include" => {
                    option_list::skip_to_comma(input);
                    errors.at(&key, missing_parentheses(&key));
                }
                _ => {
                    option_list::skip_to_comma(input);
                    errors.at(&key, unknown_option(&key, OPTIONS));
                }
            }
            return Ok(());
        }
        let key = input
            .call(Ident::parse_any)
            .map_err(|_| input.error(no_option(OPTIONS)))?;
        let message = match key.to_string().as_str() {
            "handlers" | "include" => return self.parse_list(&key, input, errors),
            "tier" | "state" | "crate" if input.peek(Paren) => {
                missing_equals_sign(&key, example(&key))
            }
            "tier" | "state" | "crate" => missing_value(&key, example(&key)),
            _ => unknown_option(&key, OPTIONS),
        };
        Err(syn::Error::new_spanned(&key, message))
    }

    fn parse_list(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let group = match input.parse() {
            Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            _ => return Err(syn::Error::new_spanned(key, missing_parentheses(key))),
        };
        let paths = parse_path_list(group.stream(), key, errors)?;
        if key == "handlers" {
            self.handlers.set(key, paths, errors);
        } else {
            self.include.set(key, paths, errors);
        }
        Ok(())
    }
}

/// Returns an example of the option's value.
fn example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "tier" => "Tier",
        "state" => "AppState",
        _ => "path",
    }
}
