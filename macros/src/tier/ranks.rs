//! The ranks of the tiers: the discriminants of the variants.

use super::model::{TierModel, Variant};
use crate::syntax::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// Checks the ranks that are written as numbers, so that the error points at the number.
pub(super) fn check_literal_ranks(model: &TierModel<'_>, errors: &mut Errors) {
    let mut last: Option<i128> = None;
    for (index, variant) in model.variants.iter().enumerate() {
        let (rank, at) = match variant.discriminant {
            None => match last {
                Some(last) => (last + 1, None),
                None if index == 0 => (0, None),
                None => return,
            },
            Some(expression) => match literal_rank(expression) {
                Some(rank) => (rank, Some(expression)),
                None => return,
            },
        };
        let wrong = match last {
            _ if !(0..=i128::from(u32::MAX)).contains(&rank) => Some(out_of_range(&variant.ident)),
            // The compiler rejects equal discriminants.
            Some(last) if rank < last => Some(not_ascending(
                &model.variants[index - 1].ident,
                &variant.ident,
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
        let message = out_of_range(ident);
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
        let message = not_ascending(low, high);
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

fn out_of_range(variant: &Ident) -> String {
    let highest = u32::MAX;
    format!("the rank of `{variant}` must be between 0 and {highest}; change the number")
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
        Expr::Paren(inner) => literal_rank(&inner.expr),
        Expr::Group(inner) => literal_rank(&inner.expr),
        _ => None,
    }
}
