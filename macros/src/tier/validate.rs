//! Validates a tier enum.

use super::model::{TierModel, Variant};
use super::ranks::check_literal_ranks;
use crate::syntax::error_collector::Errors;
use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields};

pub(super) fn validate_tier(input: &DeriveInput, model: &TierModel<'_>, errors: &mut Errors) {
    if model.is_generic {
        errors.at(
            &input.generics,
            "a tier enum must not have generic parameters; remove them",
        );
    }
    match &input.data {
        Data::Enum(data) => {
            for (index, variant) in model.variants.iter().enumerate() {
                check_tier_variant(variant, &model.variants[..index], errors);
            }
            if data.variants.is_empty() {
                errors.at(
                    &input.ident,
                    format!(
                        "`{}` has no tiers; write one variant for each tier, lowest first",
                        input.ident
                    ),
                );
            }
        }
        Data::Struct(data) => errors.at(data.struct_token, not_an_enum(&input.ident)),
        Data::Union(data) => errors.at(data.union_token, not_an_enum(&input.ident)),
    }
    check_literal_ranks(model, errors);
}

fn check_tier_variant(
    variant: &Variant<'_>,
    earlier_variants: &[Variant<'_>],
    errors: &mut Errors,
) {
    let Variant {
        ident, tier_name, ..
    } = variant;
    if !matches!(variant.fields, Fields::Unit) {
        errors.at(
            variant.fields,
            format!("a tier must not have fields; remove the fields of `{ident}`"),
        );
    }
    // Skips variants with the same identifier, because the compiler already rejects those.
    let same_name = earlier_variants.iter().find(|earlier| {
        earlier.ident != *ident && earlier.tier_name.to_lowercase() == tier_name.to_lowercase()
    });
    if let Some(earlier) = same_name {
        let message = format!(
            "the tiers `{}` and `{ident}` have the same name \"{tier_name}\", ignoring case; rename one of them",
            earlier.ident
        );
        match &variant.name_option {
            Some(name) => errors.at(name, message),
            None => errors.at(ident, message),
        }
    }
}

fn not_an_enum(name: &Ident) -> String {
    format!("`Tier` can be derived only for an enum; write `enum {name} {{ Free, Plus }}`")
}
