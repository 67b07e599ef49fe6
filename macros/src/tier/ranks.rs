//! Checks the tiers' ranks, which are the discriminants of the variants.

use super::model::{TierModel, Variant};
use crate::syntax::error_collector::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// Checks the ranks that are written as numbers. The error points at the number.
pub(super) fn check_literal_ranks(model: &TierModel<'_>, errors: &mut Errors) {
    let mut previous_rank: Option<i128> = None;
    for (index, variant) in model.variants.iter().enumerate() {
        let (rank, written_rank) = match variant.discriminant {
            None => match previous_rank {
                Some(previous_rank) => (previous_rank + 1, None),
                None if index == 0 => (0, None),
                None => return,
            },
            Some(expression) => match literal_rank(expression) {
                Some(rank) => (rank, Some(expression)),
                None => return,
            },
        };
        let rank_error = match previous_rank {
            _ if !(0..=i128::from(u32::MAX)).contains(&rank) => Some(out_of_range(&variant.ident)),
            // Ignores equal ranks, because the compiler rejects equal discriminants.
            Some(previous_rank) if rank < previous_rank => Some(not_ascending(
                &model.variants[index - 1].ident,
                &variant.ident,
            )),
            _ => None,
        };
        if let Some(message) = rank_error {
            match written_rank {
                Some(expression) => errors.at(expression, message),
                None => errors.at(&variant.ident, message),
            }
            return;
        }
        previous_rank = Some(rank);
    }
}

/// Returns assertions that check the ranks at compile time. Returns no tokens if every rank is written
/// as a number.
pub(super) fn const_rank_checks(model: &TierModel<'_>) -> TokenStream {
    let has_literal_rank = |variant: &Variant<'_>| {
        variant
            .discriminant
            .is_none_or(|rank| literal_rank(rank).is_some())
    };
    if model.variants.iter().all(has_literal_rank) {
        return TokenStream::new();
    }
    let rank_span = |variant: &Variant<'_>| match variant.discriminant {
        Some(expression) => expression.span(),
        None => variant.ident.span(),
    };
    let range_checks = model.variants.iter().map(|variant| {
        let ident = &variant.ident;
        let message = out_of_range(ident);
        quote_spanned! {rank_span(variant)=>
            const _: () = ::core::assert!(
                0 <= __Self::#ident as ::core::primitive::i128
                    && __Self::#ident as ::core::primitive::i128
                        <= ::core::primitive::u32::MAX as ::core::primitive::i128,
                #message
            );
        }
    });
    let order_checks = model.variants.windows(2).map(|pair| {
        let (lower, higher) = (&pair[0].ident, &pair[1].ident);
        let message = not_ascending(lower, higher);
        quote_spanned! {rank_span(&pair[1])=>
            const _: () = ::core::assert!(
                (__Self::#lower as ::core::primitive::i128)
                    < (__Self::#higher as ::core::primitive::i128),
                #message
            );
        }
    });
    quote!(#(#range_checks)* #(#order_checks)*)
}

fn out_of_range(variant: &Ident) -> String {
    let highest_rank = u32::MAX;
    format!("the rank of `{variant}` must be between 0 and {highest_rank}; change the number")
}

fn not_ascending(low: &Ident, high: &Ident) -> String {
    format!(
        "the rank of `{high}` must be higher than the rank of `{low}`; write the lowest tier first"
    )
}

/// Returns the value of `3`, `-3` or `(3)`.
fn literal_rank(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            literal_rank(&unary.expr).map(|number| -number)
        }
        Expr::Paren(parenthesized) => literal_rank(&parenthesized.expr),
        Expr::Group(invisible_group) => literal_rank(&invisible_group.expr),
        _ => None,
    }
}
