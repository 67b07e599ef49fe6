//! The rules for an `impl` block.

use super::block::Block;
use crate::syntax::errors::Errors;
use proc_macro2::Span;
use syn::Path;

/// `gates` are the attributes of the block's functions.
pub(super) fn validate_block(block: &Block, gates: &[Path], errors: &mut Errors) {
    if gates.is_empty() {
        errors.push(syn::Error::new(
            Span::call_site(),
            "no function in this `impl` is gated; write `#[requires_tier(…)]` on a function, or remove `#[gated]`",
        ));
    } else if let Some(of_trait) = &block.of_trait {
        errors.at(
            of_trait,
            "a trait fixes the parameters of its methods, so they can't take a guard; move the work into a gated function and call that, or enforce the catalogue in front of the service with `tiergate::tower`",
        );
    }
}
