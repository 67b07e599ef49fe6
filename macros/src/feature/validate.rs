//! Validates a feature enum.

use super::key::is_valid_key;
use super::model::{FeatureModel, Variant};
use crate::syntax::error_collector::Errors;
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Data, DeriveInput, Fields};

/// The highest number of variants. A `FeatureSet` has one bit for each variant.
const MOST_VARIANTS: usize = 64;

pub(super) fn validate_feature(input: &DeriveInput, model: &FeatureModel<'_>, errors: &mut Errors) {
    if model.is_generic {
        errors.at(
            &input.generics,
            "a feature enum must not have generic parameters; remove them",
        );
    }
    match &input.data {
        Data::Enum(data) => {
            for (index, variant) in model.variants.iter().enumerate() {
                check_variant(variant, &model.variants[..index], errors);
            }
            if data.variants.is_empty() {
                errors.at(
                    &input.ident,
                    format!(
                        "`{}` has no add-ons; write one variant for each add-on",
                        input.ident
                    ),
                );
            }
        }
        Data::Struct(data) => errors.at(data.struct_token, not_an_enum(&input.ident)),
        Data::Union(data) => errors.at(data.union_token, not_an_enum(&input.ident)),
    }
    if let Some(variant) = model.variants.get(MOST_VARIANTS) {
        errors.at(
            &variant.ident,
            format!(
                "a feature enum has at most {MOST_VARIANTS} variants; remove this variant and those after it"
            ),
        );
    }
}

fn check_variant(variant: &Variant<'_>, earlier_variants: &[Variant<'_>], errors: &mut Errors) {
    let Variant {
        ident, key, name, ..
    } = variant;
    if !matches!(variant.fields, Fields::Unit) {
        errors.at(
            variant.fields,
            format!("an add-on must not have fields; remove the fields of `{ident}`"),
        );
    }
    if let Some(number) = variant.discriminant {
        errors.at(
            number,
            format!(
                "the position of an add-on is its number; remove `= {}`",
                number.to_token_stream()
            ),
        );
    }
    if !is_valid_key(key) {
        errors.at(
            variant.key_token(),
            format!(
                "the key {key:?} must start with a lower-case letter, and contain only `a` to `z`, digits and `_`, at most 64 bytes; write, for example, `#[add_on(key = \"body_cam\")]`"
            ),
        );
    }
    // Skips variants with the same identifier, because the compiler already rejects those.
    let mut earlier_variants = earlier_variants
        .iter()
        .filter(|earlier| earlier.ident != *ident);
    let same_key = earlier_variants.clone().find(|earlier| earlier.key == *key);
    let same_name =
        earlier_variants.find(|earlier| earlier.name.to_lowercase() == name.to_lowercase());
    if let Some(earlier) = same_key {
        errors.at(
            variant.key_token(),
            format!(
                "the add-ons `{}` and `{ident}` have the same key \"{key}\"; change one of them with `#[add_on(key = \"…\")]`",
                earlier.ident
            ),
        );
    } else if let Some(earlier) = same_name {
        errors.at(
            variant.name_token(),
            format!(
                "the add-ons `{}` and `{ident}` have the same name \"{name}\", ignoring case; rename one of them",
                earlier.ident
            ),
        );
    }
}

fn not_an_enum(name: &Ident) -> String {
    format!("`Feature` can be derived only for an enum; write `enum {name} {{ Radio, BodyCam }}`")
}
