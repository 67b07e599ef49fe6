//! The ranks of the tiers: the discriminants of the variants.

use super::model::{TierModel, Variant};
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// Checks the ranks that are written as numbers, so that the error points at the number.
pub(super) fn check_literal_ranks(model: &TierModel<'_>, errors: &mut Errors) {
    let mut last: Option<i128> = None;
    for variant in &model.variants {
        let (rank, at) = match variant.discriminant {
            None => match last {
                Some(last) => (last + 1, None),
                None if std::ptr::eq(variant, &raw const model.variants[0]) => (0, None),
                None => return,
            },
            Some(expression) => match literal_rank(expression) {
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

/// Lets the compiler compare ranks that are written as expressions.
pub(super) fn const_rank_checks(model: &TierModel<'_>) -> TokenStream {
    let is_literal = |variant: &Variant<'_>| {
        variant
            .discriminant
            .is_none_or(|rank| literal_rank(rank).is_some())
    };
    if model.variants.iter().all(is_literal) {
        return TokenStream::new();
    }
    let place = |variant: &Variant<'_>| match variant.discriminant {
        Some(expression) => expression.span(),
        None => variant.ident.span(),
    };
    let in_range = model.variants.iter().map(|variant| {
        let ident = &variant.ident;
        let message = format!(
            "the rank of `{ident}` must be between 0 and {}; write another number",
            u32::MAX
        );
        quote_spanned! {place(variant)=>
            const _: () = ::core::assert!(
                0 <= __Self::#ident as ::core::primitive::i128
                    && __Self::#ident as ::core::primitive::i128
                        <= ::core::primitive::u32::MAX as ::core::primitive::i128,
                #message
            );
        }
    });
    let rising = model.variants.windows(2).map(|pair| {
        let (low, high) = (&pair[0].ident, &pair[1].ident);
        let message = format!(
            "the rank of `{high}` must be higher than the rank of `{low}`; write the tiers in ascending order"
        );
        quote_spanned! {place(&pair[1])=>
            const _: () = ::core::assert!(
                (__Self::#low as ::core::primitive::i128)
                    < (__Self::#high as ::core::primitive::i128),
                #message
            );
        }
    });
    quote!(#(#in_range)* #(#rising)*)
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
        Expr::Paren(inner) => literal_rank(&inner.expr),
        Expr::Group(inner) => literal_rank(&inner.expr),
        _ => None,
    }
}
