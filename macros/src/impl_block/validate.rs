//! The rules for `#[gated]` and its `impl` block.

use super::block::Block;
use crate::syntax::errors::Errors;
use proc_macro2::{Span, TokenStream};
use syn::Path;

/// `options` are the tokens in `#[gated(…)]`.
pub(super) fn validate_options(options: TokenStream, errors: &mut Errors) {
    if !options.is_empty() {
        errors.at(
            options,
            "`#[gated]` takes no options; move them to `#[requires_tier(…)]` on each function",
        );
    }
}

/// `gates` are the attributes of the block's functions.
pub(super) fn validate_block(block: &Block, gates: &[Path], errors: &mut Errors) {
    if gates.is_empty() {
        errors.push(syn::Error::new(
            Span::call_site(),
            "no function in this `impl` block has `#[requires_tier(…)]`; add it to a function, or remove `#[gated]`",
        ));
    } else if let Some(of_trait) = &block.of_trait {
        errors.at(
            of_trait,
            "the methods of a trait can't take a guard; gate a function that they call, or enforce the catalogue with `tiergate::tower`",
        );
    }
}
