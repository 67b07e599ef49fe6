//! Validates a tier enum.

use super::model::{TierModel, Variant};
use super::ranks::check_literal_ranks;
use crate::syntax::error_collector::Errors;
use proc_macro2::{Ident, TokenStream};
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
    let mut earlier_variants = earlier_variants
        .iter()
        .filter(|earlier| earlier.ident != *ident);
    let same_name = earlier_variants
        .clone()
        .find(|earlier| earlier.tier_name.to_lowercase() == tier_name.to_lowercase());
    if let Some(earlier) = same_name {
        let message = format!(
            "the tiers `{}` and `{ident}` have the same name \"{tier_name}\", ignoring case; rename one of them",
            earlier.ident
        );
        match &variant.name_option {
            Some(name) => errors.at(name, message),
            None => errors.at(ident, message),
        }
    } else if let Some((name, token, earlier)) =
        earlier_variants.find_map(|earlier| shared_name(earlier, variant))
    {
        errors.at(
            token,
            format!(
                "\"{name}\" already stands for the tier `{}`, ignoring case; change one of them",
                earlier.ident
            ),
        );
    }
    check_aliases(variant, errors);
}

/// Returns a text that is read as both tiers, with its token in the later variant.
fn shared_name<'a>(
    earlier: &'a Variant<'a>,
    later: &Variant<'_>,
) -> Option<(String, TokenStream, &'a Variant<'a>)> {
    let earlier_names = earlier.readable_names();
    let is_taken = |name: &str| {
        let mut earlier_names = earlier_names.iter();
        earlier_names.any(|(earlier_name, _)| earlier_name.to_lowercase() == name.to_lowercase())
    };
    let mut later_names = later.readable_names().into_iter();
    let (name, token) = later_names.find(|(name, _)| is_taken(name))?;
    Some((name, token, earlier))
}

/// Checks that each alias differs from the tier's other names.
fn check_aliases(variant: &Variant<'_>, errors: &mut Errors) {
    let names = variant.readable_names();
    let first_alias = names.len() - variant.aliases.len();
    for (index, (alias, token)) in names.iter().enumerate().skip(first_alias) {
        let mut other_names = names[..index].iter();
        if other_names.any(|(name, _)| name.to_lowercase() == alias.to_lowercase()) {
            errors.at(
                token,
                format!(
                    "\"{alias}\" is already a name of the tier `{}`; remove this alias",
                    variant.ident
                ),
            );
        }
    }
}

fn not_an_enum(name: &Ident) -> String {
    format!("`Tier` can be derived only for an enum; write `enum {name} {{ Free, Plus }}`")
}
