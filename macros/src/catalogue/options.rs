//! Parses the `#[catalogue(…)]` attribute, including the entries of `handlers(…)`, `events(…)` and
//! `include(…)`.

use crate::limits::option::PolicyOption;
use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    attribute_without_parentheses, empty_value, missing_equals_sign, missing_parentheses,
    missing_value, not_an_option, unknown_option, unknown_option_with_fix,
};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{DeriveInput, Meta, Path, PathArguments, Token, Type};

/// The options in `#[catalogue(…)]`, before validation.
#[derive(Default)]
pub(super) struct CatalogueOptions {
    pub(super) tier: Once<Type>,
    pub(super) state: Once<Type>,
    pub(super) crate_path: Once<Path>,
    pub(super) handlers: Once<Vec<Path>>,
    pub(super) events: Once<Vec<Type>>,
    pub(super) include: Once<Vec<Path>>,
    pub(super) quota: Once<PolicyOption>,
}

const CATALOGUE_OPTIONS: &str = "`tier = …`, `state = …`, `handlers(…)`, `events(…)`, `include(…)`, `quota(…)` or `crate = path`";

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
                option_parser::parse_options(input, errors, |input, errors| {
                    options.parse_catalogue_option(input, errors)
                });
                Ok(())
            };
            if let Err(error) = parser.parse2(list.tokens.clone()) {
                errors.push(error);
            }
        }
        options
    }

    /// Returns whether the catalogue has a list of handlers or events. A catalogue without a list contains
    /// every handler and every event in the registry.
    pub(super) fn is_listed(&self) -> bool {
        self.handlers.get().is_some() || self.events.get().is_some() || self.include.get().is_some()
    }

    fn parse_catalogue_option(
        &mut self,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if let Some(key) = option_parser::parse_key_and_equals(input) {
            match key.to_string().as_str() {
                "tier" => {
                    let tier_enum =
                        option_parser::parse_value(input, &key, option_example(&key), "a type")?;
                    self.tier.set(&key, tier_enum, errors);
                }
                "state" => {
                    let state_type =
                        option_parser::parse_value(input, &key, option_example(&key), "a type")?;
                    self.state.set(&key, state_type, errors);
                }
                "crate" => {
                    let crate_path = parse_crate_path(input, &key)?;
                    self.crate_path.set(&key, crate_path, errors);
                }
                "quota" => {
                    let quota = PolicyOption::parse_text(&key, input)?;
                    self.quota.set(&key, quota, errors);
                }
                "handlers" | "events" | "include" => {
                    option_parser::skip_to_comma(input);
                    errors.at(&key, missing_parentheses(&key));
                }
                _ => {
                    option_parser::skip_to_comma(input);
                    errors.at(&key, unknown_catalogue_option(&key));
                }
            }
            return Ok(());
        }
        let key = input
            .call(Ident::parse_any)
            .map_err(|_| input.error(not_an_option(CATALOGUE_OPTIONS)))?;
        let message = match key.to_string().as_str() {
            "handlers" | "events" | "include" => return self.parse_list(&key, input, errors),
            "quota" if input.peek(Paren) => {
                let quota = PolicyOption::parse_list(&key, &input.parse()?, errors);
                self.quota.set(&key, quota, errors);
                return Ok(());
            }
            "tier" | "state" | "crate" if input.peek(Paren) => {
                missing_equals_sign(&key, option_example(&key))
            }
            "tier" | "state" | "crate" => missing_value(&key, option_example(&key)),
            "quota" => format!("`quota` needs limits; write, for example, `{QUOTA_EXAMPLE}`"),
            _ => unknown_catalogue_option(&key),
        };
        Err(syn::Error::new_spanned(&key, message))
    }

    fn parse_list(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let list = match input.parse() {
            Ok(TokenTree::Group(list)) if list.delimiter() == Delimiter::Parenthesis => list,
            _ => return Err(syn::Error::new_spanned(key, missing_parentheses(key))),
        };
        if key == "events" {
            let events = parse_entries(list.stream(), key, parse_event, errors)?;
            self.events.set(key, events, errors);
        } else if key == "handlers" {
            let handlers = parse_entries(list.stream(), key, parse_handler_path, errors)?;
            self.handlers.set(key, handlers, errors);
        } else {
            let included = parse_entries(list.stream(), key, parse_included_catalogue, errors)?;
            self.include.set(key, included, errors);
        }
        Ok(())
    }
}

const QUOTA_EXAMPLE: &str = "quota(Free = \"100/day\")";

fn unknown_catalogue_option(key: &Ident) -> String {
    match key.to_string().as_str() {
        "limit" | "limits" | "quotas" | "rate_limit" => {
            unknown_option_with_fix(key, format!("write, for example, `{QUOTA_EXAMPLE}`"))
        }
        "event" => unknown_option_with_fix(key, "write `events(…)`"),
        "handler" => unknown_option_with_fix(key, "write `handlers(…)`"),
        _ => unknown_option(key, CATALOGUE_OPTIONS),
    }
}

/// Returns an example value for the option with this key. Error messages contain the example.
fn option_example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "tier" => "Tier",
        "state" => "AppState",
        _ => "path",
    }
}

/// Parses the entries of `handlers(…)`, `events(…)` or `include(…)`. `key` is the option's name.
fn parse_entries<T>(
    list: TokenStream,
    key: &Ident,
    parse_entry: fn(ParseStream<'_>) -> syn::Result<T>,
    errors: &mut Errors,
) -> syn::Result<Vec<T>> {
    let parser = |input: ParseStream<'_>| {
        Punctuated::<T, Token![,]>::parse_terminated_with(input, parse_entry)
    };
    let entries = parser.parse2(list)?;
    if entries.is_empty() {
        let fix = match key.to_string().as_str() {
            "handlers" => "add handlers, or remove `handlers()` to list every annotated handler",
            "events" => "add events, or remove `events()`",
            _ => "add catalogues, or remove `include()`",
        };
        errors.at(key, empty_value(&format!("{key}()"), fix));
    }
    Ok(entries.into_iter().collect())
}

fn parse_event(input: ParseStream<'_>) -> syn::Result<Type> {
    refuse_attributes(input)?;
    input.parse().map_err(|_| {
        input.error("expected a type; write the name of an event, such as `emergency::UnitStatus`")
    })
}

fn parse_handler_path(input: ParseStream<'_>) -> syn::Result<Path> {
    let expected =
        "expected a path; write the path of a handler, such as `emergency::new_dispatch`";
    parse_listed_path(input, expected)
}

fn parse_included_catalogue(input: ParseStream<'_>) -> syn::Result<Path> {
    let expected = "expected a path; write the path of a catalogue, such as `emergency::Emergency`";
    parse_listed_path(input, expected)
}

fn parse_listed_path(input: ParseStream<'_>, expected: &str) -> syn::Result<Path> {
    refuse_attributes(input)?;
    let mut path: Path = input.parse().map_err(|_| input.error(expected))?;
    // Generated code uses the path in expressions, where the compiler would parse `list<Db>` as a
    // comparison. This loop therefore changes `list<Db>` to `list::<Db>`.
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            let bracket_span = arguments.lt_token.span;
            arguments
                .colon2_token
                .get_or_insert(Token![::](bracket_span));
        }
    }
    Ok(path)
}

fn refuse_attributes(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![#]) {
        return Err(input.error(
            "a list can't contain attributes; write one list for each build: `#[cfg_attr(…, catalogue(…))]`",
        ));
    }
    Ok(())
}
