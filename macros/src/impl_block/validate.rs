//! Validates `#[gated]` and its `impl` block.

use super::parse::ImplBlock;
use crate::syntax::error_collector::Errors;
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

/// `gate_paths` are the paths of the block's gating attributes.
pub(super) fn validate_impl_block(block: &ImplBlock, gate_paths: &[Path], errors: &mut Errors) {
    if gate_paths.is_empty() {
        errors.push(syn::Error::new(
            Span::call_site(),
            "no function in this `impl` block has `#[requires_tier(…)]`; add it to a function, or remove `#[gated]`",
        ));
    } else if let Some(trait_for) = &block.trait_for {
        errors.at(
            trait_for,
            "the methods of a trait can't take a guard; gate a function that they call, or enforce the catalogue with `tiergate::tower`",
        );
    }
}
