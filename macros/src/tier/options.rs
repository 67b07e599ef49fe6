//! Parses the `#[tier(…)]` attribute on the enum and its variants.

use crate::syntax::crate_path::parse_crate_path;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{
    empty_value, missing_equals_sign, missing_value, not_an_option, unknown_option,
    unknown_option_with_fix,
};
use crate::syntax::option_parser::{self, Once};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Attribute, LitStr, Path};

const TIER_ENUM_OPTIONS: &str = "`features = Feature`, `trait_only` or `crate = path`";
const FEATURES_EXAMPLE: &str = "Feature";
const TIER_VARIANT_OPTIONS: &str = "`name = \"…\"` or `alias = \"…\"`";

/// The options of `#[tier(…)]` on the enum.
#[derive(Default)]
pub(super) struct EnumOptions {
    pub(super) features: Once<Path>,
    pub(super) crate_path: Once<Path>,
    pub(super) trait_only: bool,
}

impl EnumOptions {
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        option_parser::parse_attributes(attributes, "tier", errors, |input, errors| {
            let Some(key) = option_parser::parse_key_and_equals(input) else {
                let flag: Ident = input
                    .call(Ident::parse_any)
                    .map_err(|_| input.error(not_an_option(TIER_ENUM_OPTIONS)))?;
                let message = match flag.to_string().as_str() {
                    "trait_only" => {
                        options.trait_only = true;
                        return Ok(());
                    }
                    "crate" => missing_value(&flag, "path"),
                    "features" if input.peek(Paren) => missing_equals_sign(&flag, FEATURES_EXAMPLE),
                    "features" => missing_value(&flag, FEATURES_EXAMPLE),
                    _ => unknown_enum_option(&flag),
                };
                return Err(syn::Error::new_spanned(flag, message));
            };
            if key == "crate" {
                let crate_path = parse_crate_path(input, &key)?;
                options.crate_path.set(&key, crate_path, errors);
            } else if key == "features" {
                let features = parse_features(input, &key)?;
                options.features.set(&key, features, errors);
            } else {
                option_parser::skip_to_comma(input);
                errors.at(&key, unknown_enum_option(&key));
            }
            Ok(())
        });
        options
    }
}

/// Parses the path of the feature enum after `features =`.
fn parse_features(input: ParseStream<'_>, key: &Ident) -> syn::Result<Path> {
    let kind = "the path of an enum that derives `tiergate::Feature`";
    option_parser::parse_value_with(input, key, FEATURES_EXAMPLE, kind, Path::parse_mod_style)
}

fn unknown_enum_option(key: &Ident) -> String {
    if key == "name" || key == "alias" {
        return format!("`{key}` names a single tier; move `#[tier({key} = \"…\")]` to a variant");
    }
    if key == "feature" {
        return unknown_option_with_fix(key, "write `features = Feature`");
    }
    unknown_option(key, TIER_ENUM_OPTIONS)
}

/// The options of `#[tier(…)]` on a variant.
#[derive(Default)]
pub(super) struct VariantOptions {
    pub(super) name: Once<LitStr>,
    pub(super) aliases: Vec<LitStr>,
}

/// Parses `#[tier(name = "…", alias = "…")]` on a variant. A variant can have several aliases.
pub(super) fn parse_variant_options(
    attributes: &[Attribute],
    errors: &mut Errors,
) -> VariantOptions {
    let mut options = VariantOptions::default();
    option_parser::parse_attributes(attributes, "tier", errors, |input, errors| {
        let Some(key) = option_parser::parse_key_and_equals(input) else {
            let option_span = input.span();
            let message = match input.call(Ident::parse_any) {
                Ok(key) if key == "name" || key == "alias" => missing_value(&key, "\"…\""),
                Ok(key) => unknown_option(&key, TIER_VARIANT_OPTIONS),
                Err(_) => not_an_option(TIER_VARIANT_OPTIONS),
            };
            return Err(syn::Error::new(option_span, message));
        };
        if key == "name" || key == "alias" {
            let name = option_parser::parse_string(input, &key, "\"…\"")?;
            if name.value().trim().is_empty() {
                let fix = format!("write a name, or remove `{key}`");
                errors.at(&name, empty_value(&key.to_string(), &fix));
            } else if key == "name" {
                options.name.set(&key, name, errors);
            } else {
                options.aliases.push(name);
            }
        } else {
            option_parser::skip_to_comma(input);
            errors.at(&key, unknown_option(&key, TIER_VARIANT_OPTIONS));
        }
        Ok(())
    });
    options
}
