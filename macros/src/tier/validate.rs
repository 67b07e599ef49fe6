//! The rules for a tier enum.

use super::model::{Model, Variant, literal};
use crate::syntax::errors::Errors;
use syn::{Data, DeriveInput, Fields};

pub(super) fn validate(input: &DeriveInput, model: &Model<'_>, errors: &mut Errors) {
    if model.is_generic {
        errors.at(
            &input.generics,
            "a tier enum must not have generic parameters; remove them",
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
                        "`{}` has no tiers; write one variant for each tier, lowest first",
                        input.ident
                    ),
                );
            }
        }
        Data::Struct(data) => errors.at(
            data.struct_token,
            format!("`Tier` can be derived only for an enum of unit variants; write one variant for each tier, lowest first: `enum {} {{ Free, Plus }}`", input.ident),
        ),
        Data::Union(data) => errors.at(
            data.union_token,
            "`Tier` can be derived only for an enum of unit variants; write one variant for each tier, lowest first",
        ),
    }
    check_ranks(model, errors);
}

fn check_variant(variant: &Variant<'_>, earlier: &[Variant<'_>], errors: &mut Errors) {
    let Variant { ident, name, .. } = variant;
    if !matches!(variant.fields, Fields::Unit) {
        errors.at(
            variant.fields,
            format!("a tier must not have fields; remove the fields of `{ident}`"),
        );
    }
    // The compiler rejects two variants with one identifier.
    let same = earlier
        .iter()
        .find(|other| other.ident != *ident && other.name.to_lowercase() == name.to_lowercase());
    if let Some(other) = same {
        let message = format!(
            "the tiers `{}` and `{ident}` have the same name, \"{name}\" (upper and lower case count as equal); rename one of them",
            other.ident
        );
        match &variant.renamed {
            Some(name) => errors.at(name, message),
            None => errors.at(ident, message),
        }
    }
}

/// Checks the ranks that are written as numbers, so that the error points at the number.
fn check_ranks(model: &Model<'_>, errors: &mut Errors) {
    let mut last: Option<i128> = None;
    for variant in &model.variants {
        let (rank, at) = match variant.discriminant {
            None => match last {
                Some(last) => (last + 1, None),
                None if std::ptr::eq(variant, &raw const model.variants[0]) => (0, None),
                None => return,
            },
            Some(expression) => match literal(expression) {
                Some(rank) => (rank, Some(expression)),
                None => return,
            },
        };
        let wrong = match last {
            _ if !(0..=i128::from(u32::MAX)).contains(&rank) => Some(format!(
                "a rank must be between 0 and {}; write another number",
                u32::MAX
            )),
            // The compiler rejects equal discriminants.
            Some(last) if rank < last => Some(format!(
                "the rank {rank} is lower than the rank {last} before it; write the tiers in ascending order"
            )),
            _ => None,
        };
        if let Some(message) = wrong {
            match at {
                Some(expression) => errors.at(expression, message),
                None => errors.at(&variant.ident, message),
            }
            return;
        }
        last = Some(rank);
    }
}
