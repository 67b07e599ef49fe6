//! Parses the `#[add_on(…)]` attribute on the enum and its variants.

use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{empty_value, missing_value, not_an_option, unknown_option};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path};

/// The attribute's name. The attribute can't be named `feature`, because the compiler has an attribute
/// with this name.
const ATTRIBUTE: &str = "add_on";
const FEATURE_ENUM_OPTIONS: &str = "`trait_only` or `crate = path`";
const FEATURE_VARIANT_OPTIONS: &str = "`key = \"…\"` or `name = \"…\"`";

/// The options of `#[add_on(…)]` on the enum.
#[derive(Default)]
pub(super) struct EnumOptions {
    pub(super) crate_path: Once<Path>,
    pub(super) trait_only: bool,
}

impl EnumOptions {
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        option_parser::parse_attributes(attributes, ATTRIBUTE, errors, |input, errors| {
            let Some(key) = option_parser::parse_key_and_equals(input) else {
                let flag: Ident = input
                    .call(Ident::parse_any)
                    .map_err(|_| input.error(not_an_option(FEATURE_ENUM_OPTIONS)))?;
                let message = match flag.to_string().as_str() {
                    "trait_only" => {
                        options.trait_only = true;
                        return Ok(());
                    }
                    "crate" => missing_value(&flag, "path"),
                    _ => unknown_enum_option(&flag),
                };
                return Err(syn::Error::new_spanned(flag, message));
            };
            if key == "crate" {
                let crate_path = parse_crate_path(input, &key)?;
                options.crate_path.set(&key, crate_path, errors);
            } else {
                option_parser::skip_to_comma(input);
                errors.at(&key, unknown_enum_option(&key));
            }
            Ok(())
        });
        options
    }
}

fn unknown_enum_option(key: &Ident) -> String {
    if key == "key" || key == "name" {
        return format!(
            "`{key}` belongs to a single add-on; move `#[add_on({key} = \"…\")]` to a variant"
        );
    }
    unknown_option(key, FEATURE_ENUM_OPTIONS)
}

/// The options of `#[add_on(…)]` on a variant.
#[derive(Default)]
pub(super) struct VariantOptions {
    pub(super) key: Once<LitStr>,
    pub(super) name: Once<LitStr>,
}

/// Parses `#[add_on(key = "…", name = "…")]` on a variant.
pub(super) fn parse_variant_options(
    attributes: &[Attribute],
    errors: &mut Errors,
) -> VariantOptions {
    let mut options = VariantOptions::default();
    option_parser::parse_attributes(attributes, ATTRIBUTE, errors, |input, errors| {
        let Some(key) = option_parser::parse_key_and_equals(input) else {
            let option_span = input.span();
            let message = match input.call(Ident::parse_any) {
                Ok(key) if key == "key" || key == "name" => missing_value(&key, "\"…\""),
                Ok(key) => unknown_option(&key, FEATURE_VARIANT_OPTIONS),
                Err(_) => not_an_option(FEATURE_VARIANT_OPTIONS),
            };
            return Err(syn::Error::new(option_span, message));
        };
        if key == "key" || key == "name" {
            let text = option_parser::parse_string(input, &key, "\"…\"")?;
            if text.value().trim().is_empty() {
                let fix = format!("write a {key}, or remove `{key}`");
                errors.at(&text, empty_value(&key.to_string(), &fix));
            } else if key == "key" {
                options.key.set(&key, text, errors);
            } else {
                options.name.set(&key, text, errors);
            }
        } else {
            option_parser::skip_to_comma(input);
            errors.at(&key, unknown_option(&key, FEATURE_VARIANT_OPTIONS));
        }
        Ok(())
    });
    options
}
