//! The attribute `#[tier(…)]` on the enum and its variants.

use crate::syntax::errors::Errors;
use crate::syntax::option_list::{self, Once};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Path};

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
                    .map_err(|_| input.error("expected `trait_only` or `crate = path`"))?;
                if flag == "trait_only" {
                    options.trait_only = true;
                } else {
                    errors.at(&flag, unknown(&flag));
                }
                return Ok(());
            };
            if key == "crate" {
                let path = input.call(Path::parse_mod_style).map_err(|_| {
                    syn::Error::new_spanned(
                        &key,
                        "`crate` takes the path of tiergate: `crate = path`",
                    )
                })?;
                options.crate_path.set(&key, path, errors);
            } else {
                option_list::skip_to_comma(input);
                errors.at(&key, unknown(&key));
            }
            Ok(())
        });
        options
    }
}

fn unknown(key: &Ident) -> String {
    if key == "name" {
        return "`name` renames one tier; write it on a variant: `#[tier(name = \"…\")]`"
            .to_owned();
    }
    format!(
        "unknown option `{key}`; the options of a tier enum are `trait_only` and `crate = path`"
    )
}

/// `#[tier(name = "…")]` on a variant.
pub(super) fn parse_variant_name(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut found = Once::default();
    each_option(attributes, errors, |input, errors| {
        let key = option_list::key_with_value(input)
            .ok_or_else(|| input.error("expected `name = \"…\"`, the name of the tier"))?;
        if key == "name" {
            let name = option_list::string(input, &key, "\"…\"")?;
            if name.value().trim().is_empty() {
                errors.at(
                    &name,
                    "the name of a tier must not be empty; remove `name`, or write a name",
                );
            } else {
                found.set(&key, name, errors);
            }
        } else {
            option_list::skip_to_comma(input);
            errors.at(
                &key,
                format!("unknown option `{key}`; the option of a variant is `name = \"…\"`"),
            );
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
            errors.at(
                attribute,
                "options are written in parentheses: `#[tier(…)]`",
            );
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
