//! The attribute `#[tier(…)]` on the enum and its variants.

use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::errors::Errors;
use crate::syntax::option_errors::{
    attribute_without_parentheses, empty_value, missing_value, no_option, unknown_option,
};
use crate::syntax::option_list::{self, Once};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Path};

const ENUM_OPTIONS: &str = "`trait_only` or `crate = path`";
const VARIANT_OPTIONS: &str = "`name = \"…\"`";

/// `#[tier(…)]` on the enum.
#[derive(Default)]
pub(super) struct EnumOptions {
    pub(super) crate_path: Once<Path>,
    pub(super) trait_only: bool,
}

impl EnumOptions {
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        each_option(attributes, errors, |input, errors| {
            let Some(key) = option_list::key_with_value(input) else {
                let flag: Ident = input
                    .call(Ident::parse_any)
                    .map_err(|_| input.error(no_option(ENUM_OPTIONS)))?;
                if flag == "trait_only" {
                    options.trait_only = true;
                } else if flag == "crate" {
                    errors.at(&flag, missing_value(&flag, "path"));
                } else {
                    errors.at(&flag, unknown_enum_option(&flag));
                }
                return Ok(());
            };
            if key == "crate" {
                let path = parse_crate_path(input, &key)?;
                options.crate_path.set(&key, path, errors);
            } else {
                option_list::skip_to_comma(input);
                errors.at(&key, unknown_enum_option(&key));
            }
            Ok(())
        });
        options
    }
}

fn unknown_enum_option(key: &Ident) -> String {
    if key == "name" {
        return "`name` renames a single tier; move `#[tier(name = \"…\")]` to a variant"
            .to_owned();
    }
    unknown_option(key, ENUM_OPTIONS)
}

/// `#[tier(name = "…")]` on a variant.
pub(super) fn parse_variant_name(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut found = Once::default();
    each_option(attributes, errors, |input, errors| {
        let Some(key) = option_list::key_with_value(input) else {
            let at = input.span();
            let message = match input.call(Ident::parse_any) {
                Ok(key) if key == "name" => missing_value(&key, "\"…\""),
                Ok(key) => unknown_option(&key, VARIANT_OPTIONS),
                Err(_) => no_option(VARIANT_OPTIONS),
            };
            return Err(syn::Error::new(at, message));
        };
        if key == "name" {
            let name = option_list::string(input, &key, "\"…\"")?;
            if name.value().trim().is_empty() {
                errors.at(&name, empty_value("name", "write a name, or remove `name`"));
            } else {
                found.set(&key, name, errors);
            }
        } else {
            option_list::skip_to_comma(input);
            errors.at(&key, unknown_option(&key, VARIANT_OPTIONS));
        }
        Ok(())
    });
    found.into_inner()
}

fn each_option(
    attributes: &[Attribute],
    errors: &mut Errors,
    mut parse_one: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attribute in attributes {
        if !attribute.path().is_ident("tier") {
            continue;
        }
        let Meta::List(list) = &attribute.meta else {
            errors.at(attribute, attribute_without_parentheses("#[tier(…)]"));
            continue;
        };
        let parser = |input: ParseStream<'_>| {
            option_list::parse_list(input, errors, &mut parse_one);
            Ok(())
        };
        if let Err(error) = parser.parse2(list.tokens.clone()) {
            errors.push(error);
        }
    }
}
